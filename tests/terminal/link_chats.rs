//! A link chat from two terminals: opened, knocked on, one key, both talk.

use std::time::Duration;

use crate::pseudo_terminal::{Home, Terminal};
use crate::support::Program;

pub(crate) const WIDE: (u16, u16) = (80, 24);
pub(crate) const NARROW: (u16, u16) = (40, 12);
pub(crate) const UP: &str = "\u{1b}[A";
pub(crate) const PAGE_UP: &str = "\u{1b}[5~";
pub(crate) const PAGE_DOWN: &str = "\u{1b}[6~";
pub(crate) const ESCAPE: &str = "\u{1b}";
pub(crate) const CONTROL_N: &str = "\u{e}";
pub(crate) const CONTROL_Y: &str = "\u{19}";
pub(crate) const CONTROL_C: &str = "\u{3}";
pub(crate) const CONTROL_P: &str = "\u{10}";

/// Opens a chat; returns its owner's terminal, and the link.
pub(crate) async fn opened(server: std::net::SocketAddr, home: &Home, size: (u16, u16)) -> (Terminal, String) {
    let mut owner = home.runs(server, &["open", "Friday dinner", "--name", "Ben"], size);
    owner.until("the link", |screen| screen.alternate_screen() && screen.contents().contains("/l/")).await;
    // The link may be wrapped.
    let joined: String = owner.screen().lines().map(|line| line.rsplit('│').next().unwrap().trim()).collect();
    let at = joined.find("http://").unwrap();
    let end = joined[at..].find("/l/").unwrap() + at + 3 + 27;
    (owner, joined[at..end].to_owned())
}

/// Knocks on a link, and is let in by one key of the owner.
pub(crate) async fn let_in(owner: &mut Terminal, server: std::net::SocketAddr, home: &Home, link: &str, size: (u16, u16)) -> Terminal {
    let mut guest = home.runs(server, &["knock", link, "--name", "Ana", "--note", "It is me"], size);
    owner.shows("? Ana knocks: ").await;
    guest.until("the two words", |screen| !screen.contents().is_empty()).await;
    owner.shows("It is me").await;
    decides(owner, CONTROL_Y).await;
    owner.shows("Ana joined").await;
    guest.until("the chat", |screen| screen.alternate_screen() && screen.contents().contains("● connected")).await;
    guest
}

/// Presses a key until it decides the knock: one that has only just appeared is not decided.
async fn decides(owner: &mut Terminal, key: &str) {
    for _ in 0..100 {
        owner.presses(key);
        if tokio::time::timeout(Duration::from_millis(300), owner.hides(" knocks: ")).await.is_ok() {
            return;
        }
    }
    panic!("the key decides nothing:\n{}", owner.screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_terminals_knock_open_and_talk() {
    for size in [WIDE, NARROW] {
        let server = Program::start(&[]).await;
        let (ben, ana) = (Home::new(), Home::new());
        let (mut owner, link) = opened(server.address, &ben, size).await;
        let mut guest = let_in(&mut owner, server.address, &ana, &link, size).await;
        owner.says("Hello Ana");
        guest.shows("Hello Ana").await;
        guest.presses("Hello");
        owner.shows("Ana is typing").await;
        guest.says(" Ben");
        owner.shows("Hello Ben").await;
        owner.shows("✓✓ read").await;
        owner.presses("?");
        owner.shows("choose a message").await;
        owner.presses(CONTROL_C);
        let (status, parser) = owner.ends().await;
        assert!(status.success());
        let restored = parser.lock();
        assert!(!restored.screen().alternate_screen() && !restored.screen().hide_cursor() && !restored.screen().bracketed_paste());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_guest_is_told_and_the_banner_goes() {
    let server = Program::start(&[]).await;
    let (ben, ana) = (Home::new(), Home::new());
    let (mut owner, link) = opened(server.address, &ben, WIDE).await;
    let mut guest = ana.runs(server.address, &["knock", &link, "--name", "Ana"], WIDE);
    owner.shows("? Ana knocks: ").await;
    let words = owner.screen().split("Ana knocks: ").nth(1).unwrap().split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    guest.shows(&words).await;
    decides(&mut owner, CONTROL_N).await;
    let (status, _) = guest.ends().await;
    assert!(!status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_edited_deleted_replied_to_and_reacted_to_by_keys() {
    let server = Program::start(&[]).await;
    let (ben, ana) = (Home::new(), Home::new());
    let (mut owner, link) = opened(server.address, &ben, WIDE).await;
    let mut guest = let_in(&mut owner, server.address, &ana, &link, WIDE).await;
    owner.says("Helo");
    guest.shows("Helo").await;
    owner.shows("Helo  ✓").await;
    owner.presses(UP);
    owner.shows("e edit").await;
    owner.presses("e");
    owner.shows("Editing").await;
    owner.presses("\u{7f}\u{7f}llo\r");
    guest.shows("Hello  (edited)").await;
    guest.presses(UP);
    guest.shows("+ react").await;
    guest.presses("+1");
    owner.shows("👍 1").await;
    guest.presses("r");
    guest.shows("Esc ends the reply").await;
    guest.says("A reply");
    owner.shows("┌ Ben: Hello").await;
    guest.shows("A reply  ✓").await;
    guest.presses(UP);
    guest.shows("d delete").await;
    guest.presses("dy");
    owner.shows("(deleted)").await;
    owner.hides("A reply").await;
    guest.presses(ESCAPE);
    guest.presses("\u{1b}[200~two\nlines\u{1b}[201~");
    guest.shows("lines").await;
    guest.presses("\r");
    owner.shows("  lines").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_changes_its_size_is_drawn_anew() {
    let server = Program::start(&[]).await;
    let (ben, ana) = (Home::new(), Home::new());
    let (mut owner, link) = opened(server.address, &ben, WIDE).await;
    let mut guest = let_in(&mut owner, server.address, &ana, &link, NARROW).await;
    guest.says("A message that is longer than a narrow terminal is wide, by some words");
    owner.shows("by some words").await;
    for (size, side) in [(NARROW, false), ((120, 40), true), ((20, 6), false), (WIDE, true)] {
        owner.resizes(size);
        owner
            .until("the lists", |screen| {
                let rows: Vec<_> = screen.rows(0, size.0).collect();
                rows.last().unwrap().starts_with('●') && screen.contents().contains("words") && rows.iter().any(|row| row.contains('│')) == side
            })
            .await;
    }
    owner.presses(CONTROL_P);
    owner.shows("People 2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn colour_goes_away_when_it_is_not_wanted() {
    let server = Program::start(&[]).await;
    for (ben, colored) in [(Home::new(), true), (Home::new().without_color(), false)] {
        let (mut owner, link) = opened(server.address, &ben, WIDE).await;
        let ana = Home::new();
        let _guest = ana.runs(server.address, &["knock", &link, "--name", "Ana"], WIDE);
        owner.shows("? Ana knocks: ").await;
        owner.shows("● connected").await;
        let cells = (0..24).flat_map(|row| (0..80).map(move |column| (row, column)));
        let has_color = owner.looks(|screen, _| {
            let plain = |cell: &vt100::Cell| [cell.fgcolor(), cell.bgcolor()] == [vt100::Color::Default; 2];
            cells.into_iter().any(|(row, column)| !plain(screen.cell(row, column).unwrap()))
        });
        assert_eq!(has_color, colored);
    }
}
