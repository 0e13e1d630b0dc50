//! Two hundred hostile strings as title, name, note and text: the terminal shows text in its place, and does nothing else.

use std::sync::Arc;

use serde_json::json;

use crate::link_chats::{WIDE, opened};
use crate::proxy::{Proxy, Replacements};
use crate::pseudo_terminal::{Home, Terminal};
use crate::support::Program;

/// What is put between the letters of a hostile string.
const PAYLOADS: [&str; 50] = [
    "\u{1b}[31m",
    "\u{1b}[2J",
    "\u{1b}[H",
    "\u{1b}[5A",
    "\u{1b}[?25l",
    "\u{1b}[?1049l",
    "\u{1b}[8m",
    "\u{1b}[7m",
    "\u{1b}[4m",
    "\u{1b}c",
    "\u{1b}7\u{1b}8",
    "\u{1b}]0;own\u{7}",
    "\u{1b}]2;own\u{1b}\\",
    "\u{1b}]52;c;eA==\u{7}",
    "\u{1b}]8;;http://e\u{7}",
    "\u{1b}P+q\u{1b}\\",
    "\u{1b}_G\u{1b}\\",
    "\u{1b}^x\u{1b}\\",
    "\u{1b}#8",
    "\u{1b}(0",
    "\u{1b}[6n",
    "\u{1b}[c",
    "\u{1b}[3;5r",
    "\u{1b}[8;1;1t",
    "\u{1b}[?2004l",
    "\u{9b}31m",
    "\u{9b}2J",
    "\u{9d}0;own\u{9c}",
    "\u{90}q\u{9c}",
    "\u{8d}\u{84}\u{85}",
    "\u{7}",
    "\u{8}\u{8}\u{8}",
    "\r",
    "\n\n",
    "\t\t",
    "\u{b}\u{c}",
    "\u{e}\u{f}",
    "\u{7f}\u{18}\u{1a}",
    "\u{0}",
    "\u{202e}",
    "\u{202a}\u{202d}",
    "\u{2066}\u{2067}\u{2068}",
    "\u{200e}\u{200f}\u{61c}",
    "\u{200b}\u{200c}\u{200d}\u{2060}",
    "\u{feff}\u{ad}\u{34f}",
    "\u{2028}\u{2029}",
    "\u{e0041}\u{e007f}",
    "\u{301}\u{489}\u{20dd}",
    "\u{3164}\u{115f}\u{fe0f}",
    "\u{fff9}\u{fffb}\u{10ffff}",
];

/// The longest name.
const NAME: usize = 40;

/// Returns 200 pairs: a harmless word, and the hostile string that arrives instead, as JSON of the same length.
fn replacements() -> Vec<(String, Vec<u8>)> {
    let around = ["", "中文", "e\u{301}", "👨‍👩‍👧"];
    let all = around.iter().flat_map(|text| PAYLOADS.iter().map(move |payload| format!("{text}{payload}a{payload}")));
    let as_json = all.map(|hostile| {
        let quoted = serde_json::to_string(&hostile).unwrap();
        let mut bytes = quoted[1..quoted.len() - 1].replace('\u{7f}', "\\u007f").into_bytes();
        // Names and words of the same length, long enough to have a number.
        bytes.resize(bytes.len().max(12), b'z');
        bytes
    });
    (0..).zip(as_json).map(|(number, bytes): (usize, _)| (format!("{:q<width$}", format!("Zj{number:03}"), width = bytes.len()), bytes)).collect()
}

/// The screen is what the program drew: its frame is whole, its state is its own, and nothing was asked of the terminal.
async fn is_intact(terminal: &mut Terminal, about: usize) {
    // The cursor goes back to its place at the end of each drawing.
    terminal.until("the cursor in its place", |screen| !screen.hide_cursor() && screen.cursor_position() == (22, 26)).await;
    terminal.looks(|screen, deeds| {
        let shown = || format!("string {about}, {:?}\n{}", deeds.0, screen.contents());
        assert!(deeds.0.is_empty(), "{}", shown());
        assert!(screen.alternate_screen() && screen.bracketed_paste(), "{}", shown());
        for row in 1..23 {
            assert_eq!(screen.cell(row, 23).unwrap().contents(), "│", "row {row}: {}", shown());
        }
        assert!(screen.cell(23, 0).unwrap().contents() == "●", "{}", shown());
        for (row, column) in (0..24).flat_map(|row| (0..80).map(move |column| (row, column))) {
            let cell = screen.cell(row, column).unwrap();
            let colours = [vt100::Color::Default, vt100::Color::Idx(1), vt100::Color::Idx(3), vt100::Color::Idx(6)];
            assert!(colours.contains(&cell.fgcolor()) && cell.bgcolor() == vt100::Color::Default, "{row} {column}: {}", shown());
            assert!(!cell.underline() && !cell.italic() && (row == 0 || !cell.inverse() || (18..23).contains(&row)), "{row} {column}: {}", shown());
            assert!(cell.contents().chars().all(|c| !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c)), "{row} {column}: {}", shown());
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_write_cannot_act_on_the_terminal() {
    let server = Program::start(&["--rate-factor", "0"]).await;
    let strings = replacements();
    let words: Replacements = Arc::new(strings.iter().map(|(word, hostile)| (word.clone().into_bytes(), hostile.clone())).collect());
    let proxy = Proxy::replacing(server.address, words).await;
    let home = Home::new();
    let (mut owner, link) = opened(proxy.address, &home, WIDE).await;
    owner.presses("x\u{1b}");
    owner.shows("● connected").await;
    let (chat_id, credential) = home.chat();
    let (ben, chat) = (server.person().showing(&credential), format!("/v1/chats/{chat_id}"));
    for (number, (word, _)) in strings.iter().enumerate() {
        let mut guest = server.person();
        let name = if word.len() <= NAME { word.clone() } else { format!("Guest {number}") };
        let knock =
            guest.posts(&format!("/v1/links/{}/knocks", link.rsplit('/').next().unwrap()), json!({"name": name, "note": word})).await.is(201).json;
        owner.shows(knock["code"].as_str().unwrap()).await;
        is_intact(&mut owner, number).await;
        ben.patches(&chat, json!({"title": word})).await.is(200);
        ben.posts("/v1/approval", json!({"chat_url": chat_id, "knock_ids": [knock["knock_id"]]})).await.is(200);
        guest.credential = knock["client_id"].as_str().map(str::to_owned);
        guest.posts(&chat, json!({"text": word})).await.is(201);
        guest.posts(&chat, json!({"text": format!("sentinel {number}.")})).await.is(201);
        owner.shows(&format!("sentinel {number}.")).await;
        is_intact(&mut owner, number).await;
    }
}
