//! Text fields: length limits and allowed characters.

use serde_json::{Value, json};

use crate::support::{Chat, Link, Person, TestServer};

/// Sends `text` in the field with this name wherever it exists; returns the responses.
async fn gives(ana: &Person, chat: &Chat, link: &Link, field: &str, text: &str) -> Vec<(u16, Value)> {
    let guest = ana.nobody();
    let knocks = format!("{}/knocks", link.path);
    let replies = match field {
        "name" => vec![ana.posts("/v1/chats", json!({"name": text})).await, guest.posts(&knocks, json!({"name": text})).await],
        "title" => vec![ana.posts("/v1/chats", json!({"title": text})).await, ana.patches(&chat.path, json!({"title": text})).await],
        "label" => vec![ana.posts("/v1/links", json!({"chat_url": chat.url, "label": text})).await],
        "note" => vec![guest.posts(&knocks, json!({"note": text})).await],
        _ => vec![ana.posts("/v1/approval", json!({"link_url": link.url, "knock_ids": ["nobody"], "reason": text})).await],
    };
    replies.into_iter().map(|reply| (reply.status, reply.json["field"].clone())).collect()
}

const FIELDS: [(&str, usize); 5] = [("name", 40), ("title", 120), ("label", 60), ("note", 280), ("reason", 280)];

async fn fixture(server: &TestServer) -> (Person, Chat, Link) {
    let mut ana = server.person();
    let chat = ana.creates(json!({"name": "Ana"})).await;
    let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    (ana, chat, link)
}

#[tokio::test]
async fn every_text_has_its_length_in_characters() {
    let server = TestServer::start().await;
    let (ana, chat, link) = fixture(&server).await;
    for (field, most) in FIELDS {
        for character in ["a", "é", "𝒜", "中"] {
            for (length, fits) in [(0, false), (1, true), (most, true), (most + 1, false)] {
                for (status, named) in gives(&ana, &chat, &link, field, &character.repeat(length)).await {
                    let place = format!("{length} × {character} as {field}: {status}");
                    assert_eq!(status == 422, !fits, "{place}");
                    assert_eq!(named, if fits { json!(null) } else { json!(field) }, "{place}");
                }
            }
        }
    }
}

/// Texts that no one-line field accepts.
const REFUSED: [&str; 32] = [
    "a\0b",
    "a\u{1}b",
    "a\tb",
    "a\nb",
    "a\rb",
    "a\r\nb",
    "a\u{1b}[2J",
    "a\u{7f}",
    "a\u{85}b",
    "a\u{9b}b",
    "a\u{2028}b",
    "a\u{2029}b",
    "a\u{202a}b",
    "a\u{202e}b",
    "a\u{202c}b",
    "a\u{2066}b",
    "a\u{2069}b",
    "a\u{200e}b",
    "a\u{200f}b",
    "a\u{61c}b",
    "a\n",
    " ",
    "\u{200b}",
    "\u{3000}",
    "\u{200f}",
    "\u{1d159}",
    "\u{301}",
    " \u{20e3} ",
    "\u{378}",
    "a\u{378}",
    "\u{fdd0}",
    "a\u{ffff}",
];

#[tokio::test]
async fn one_line_stays_one_line_in_its_direction() {
    let server = TestServer::start().await;
    let (ana, chat, link) = fixture(&server).await;
    let marks = |count: usize| format!("a{}", "\u{301}".repeat(count));
    for (field, _) in FIELDS {
        for text in REFUSED.into_iter().map(str::to_owned).chain([marks(9)]) {
            for (status, named) in gives(&ana, &chat, &link, field, &text).await {
                assert_eq!((status, named), (422, json!(field)), "{text:?} as {field}");
            }
        }
        for text in ["a b".to_owned(), "Ж中é👩‍👩‍👧".to_owned(), marks(8), "<b>&\"'\\".to_owned()] {
            for (status, _) in gives(&ana, &chat, &link, field, &text).await {
                assert_ne!(status, 422, "{text:?} as {field}");
            }
        }
    }
}

#[tokio::test]
async fn texts_come_back_as_they_were_given() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let text = "Ж 中 é e\u{301} 👩‍👩‍👧 <b>&\"'\\";
    let chat = ana.creates(json!({"name": text, "title": text})).await;
    let link = ana.shares_so(&chat, json!({"label": text})).await;
    let guest = server.person();
    let asked = guest.posts(&format!("{}/knocks", link.path), json!({"name": format!("{text}2"), "note": text})).await.is(201).json;
    let waiting = &ana.pending(&chat).await[0];
    assert_eq!((&waiting["name"], &waiting["note"], &waiting["label"]), (&json!(format!("{text}2")), &json!(text), &json!(text)));
    ana.posts("/v1/approval", json!({"link_url": link.url, "reason": text})).await.is(200);
    let guest = guest.showing(asked["client_id"].as_str().unwrap());
    assert_eq!(guest.gets(&link.path).await.is(200).json["reason"], json!(text));
    let read = guest.reads(&chat).await;
    assert_eq!((&read["chat"]["title"], &read["chat"]["me"]["name"]), (&json!(text), &json!(format!("{text}2"))));
    assert_eq!(link.json["label"], json!(text));
}

#[tokio::test]
async fn what_stands_around_a_text_of_one_line_is_dropped() {
    let server = TestServer::start().await;
    for around in [" ", "\u{200f}", "\u{200e}", "\u{61c}", "\u{a0}\u{200f} \u{3000}"] {
        let mut ana = server.person();
        let given = |text: &str| format!("{around}{text}{around}");
        let chat = ana.creates(json!({"name": given("Ana"), "title": given("Plans")})).await;
        let link = ana.shares_so(&chat, json!({"label": given("market")})).await;
        let guest = server.person();
        let asked = guest.posts(&format!("{}/knocks", link.path), json!({"name": given("Ben"), "note": given("It is me")})).await.is(201).json;
        let waiting = &ana.pending(&chat).await[0];
        assert_eq!((&waiting["name"], &waiting["note"], &waiting["label"]), (&json!("Ben"), &json!("It is me"), &json!("market")), "{around:?}");
        ana.posts("/v1/approval", json!({"link_url": link.url, "reason": given("Welcome")})).await.is(200);
        let guest = guest.showing(asked["client_id"].as_str().unwrap());
        assert_eq!(guest.gets(&link.path).await.is(200).json["reason"], json!("Welcome"));
        let read = guest.reads(&chat).await;
        assert_eq!((&read["chat"]["title"], &read["chat"]["me"]["name"]), (&json!("Plans"), &json!("Ben")));
        assert_eq!(ana.names(&chat).await, ["Ana", "Ben"]);
    }
}
