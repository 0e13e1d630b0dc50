//! Text of strangers cannot act on the terminal.

use crate::support::TestServer;
use crate::terminal::Terminal;

/// Messages may hold what names may not; each begins and ends with letters, so that it is text to the server.
const HOSTILE: [&str; 8] = [
    "a\u{1b}[2Jz",
    "a\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\z",
    "a\u{9b}31mz",
    "a\u{202e}txt.exe\u{2066}z",
    "a\rz\u{8}\u{8}",
    "a\u{7f}\u{85}z",
    "a\u{200b}\u{200d}\u{feff}z",
    "a\u{1b}P+q\u{9c}z",
];

#[tokio::test]
async fn no_control_character_of_a_message_reaches_the_terminal() {
    let server = TestServer::start().await;
    let ana = Terminal::new(server.address);
    ana.does(&["open", "--detach"]).await;
    for text in HOSTILE {
        ana.run_with(text, &["send", "-"]).await.is(0);
    }
    let read = ana.does(&["read", "-"]).await;
    assert_eq!(read.lines().filter(|line| line.starts_with('[')).count(), HOSTILE.len(), "{read:?}");
    let is_control =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}');
    assert!(!read.contains(is_control), "{read:?}");
    let json = ana.does(&["read", "-", "--json"]).await;
    assert!(!json.contains('\u{1b}'), "JSON escapes what controls: {json:?}");
}

#[tokio::test]
async fn no_color_is_written_off_a_terminal() {
    let server = TestServer::start().await;
    let ana = Terminal::new(server.address);
    ana.does(&["open", "--detach"]).await;
    ana.does(&["send", "-", "hi"]).await;
    assert_eq!(ana.does(&["read", "-"]).await, "[2] Owner: hi\n");
}
