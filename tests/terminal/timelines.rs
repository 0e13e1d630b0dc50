//! A long conversation: the newest is shown, scrolling loads what was before, and nothing is shown twice.

use serde_json::json;

use crate::link_chats::{NARROW, PAGE_DOWN, PAGE_UP, WIDE, let_in, opened};
use crate::pseudo_terminal::Home;
use crate::support::Program;

/// The numbers of the messages on a screen.
fn numbers(screen: &str) -> Vec<u32> {
    let lines = screen.lines().filter_map(|line| line.split("number ").nth(1));
    lines.map(|rest| rest.split_whitespace().next().unwrap().parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_messages_are_read_from_the_last_to_the_first() {
    for size in [WIDE, NARROW] {
        let server = Program::start(&["--rate-factor", "0"]).await;
        let (ben, ana) = (Home::new(), Home::new());
        let (mut owner, link) = opened(server.address, &ben, size).await;
        let_in(&mut owner, server.address, &ana, &link, size).await;
        let (chat_id, credential) = ana.chat();
        let guest = server.person().showing(&credential);
        for number in 1..=300 {
            guest.posts(&format!("/v1/chats/{chat_id}"), json!({"text": format!("number {number}")})).await.is(201);
        }
        owner.shows("number 300").await;
        let mut reader = ben.runs(server.address, &["chat", "-"], size);
        reader.shows("number 300").await;
        reader.shows("● connected").await;
        let mut first = 300;
        while first > 1 {
            let before = numbers(&reader.screen());
            assert!(before.is_sorted_by(|a, b| a + 1 == *b), "dense and in order: {before:?}");
            assert!(before.contains(&first) || before[0] == first);
            first = before[0];
            if first > 1 {
                reader.presses(PAGE_UP);
                reader.until("earlier messages", |screen| numbers(&screen.contents()).first().is_some_and(|number| *number < first)).await;
                first = numbers(&reader.screen())[0];
            }
        }
        while !reader.screen().contains("number 300") {
            let last = *numbers(&reader.screen()).last().unwrap();
            reader.presses(PAGE_DOWN);
            reader.until("later messages", |screen| numbers(&screen.contents()).last().is_some_and(|number| *number > last)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_or_pasted_faster_than_it_is_read_arrives_whole() {
    let server = Program::start(&["--rate-factor", "0"]).await;
    let home = Home::new();
    let (mut owner, _) = opened(server.address, &home, WIDE).await;
    owner.presses("\u{1b}");
    owner.shows("● connected").await;
    let words = (1..=600).map(|number| format!("word{number}")).collect::<Vec<_>>().join(" ");
    owner.presses(&format!("\u{1b}[200~{words}\u{1b}[201~"));
    owner.shows("word600").await;
    owner.presses("\r");
    owner.shows("word600  ✓").await;
    for number in 1..=150 {
        owner.says(&format!("number {number}"));
    }
    owner.shows("number 150  ✓").await;
    let (chat_id, credential) = home.chat();
    let said = server.person().showing(&credential).gets(&format!("/v1/chats/{chat_id}")).await.json;
    let texts: Vec<_> = said["messages"].as_array().unwrap().iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect();
    let typed = (1..=150).map(|number| format!("number {number}"));
    assert_eq!(texts, std::iter::once(words).chain(typed).collect::<Vec<_>>());
}
