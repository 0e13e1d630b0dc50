//! Changes of messages: whose they are, where they act, how many there may be, and what their text can do.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::attacks::markdown_attacks;
use crate::support::rendered_html::text_of_message;
use crate::support::{Chat, Person, TestServer};

fn message(chat: &Chat, seq: u64) -> String {
    format!("{}/messages/{seq}", chat.path)
}

/// Returns Ana with a chat of hers, and Ben, a member of it.
async fn ana_and_ben(server: &TestServer) -> (Person, Chat, Person) {
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    (ana, chat, ben)
}

#[tokio::test]
async fn sec_065_a_message_is_its_authors_and_the_owner_may_only_delete_it() {
    let server = TestServer::start().await;
    let (ana, chat, ben) = ana_and_ben(&server).await;
    let (anas, bens) = (ana.says(&chat, "Mine").await, ben.says(&chat, "His").await);
    for (person, seq) in [(&ana, bens), (&ben, anas)] {
        person.patches(&message(&chat, seq), json!({"text": "Changed"})).await.is_problem(403, "not_allowed");
    }
    ben.deletes(&message(&chat, anas)).await.is_problem(403, "not_allowed");
    assert_eq!(ana.texts(&chat).await, ["Mine", "His"]);
    ana.deletes(&message(&chat, bens)).await.is(204);
    ben.removes(&chat, 2).await.is(204);
    ben.patches(&message(&chat, bens), json!({"text": "Back"})).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn sec_065_a_change_acts_in_its_own_chat_while_the_chat_lives() {
    let server = TestServer::start().await;
    let (ana, chat, _) = ana_and_ben(&server).await;
    let mut eve = server.person();
    let elsewhere = eve.creates_a_chat().await;
    let (_, seq) = (eve.says(&elsewhere, "Hers").await, ana.says(&chat, "Mine").await);
    for (person, chat) in [(&eve, &chat), (&ana, &elsewhere)] {
        person.patches(&message(chat, seq), json!({"text": "Changed"})).await.is_problem(404, "not_found");
        person.deletes(&message(chat, seq)).await.is_problem(404, "not_found");
        person.puts_bare(&format!("{}/reactions/👍", message(chat, seq))).await.is_problem(404, "not_found");
    }
    server.clock.advance(Duration::from_hours(24));
    for gone in [ana.patches(&message(&chat, seq), json!({"text": "Late"})).await, ana.deletes(&message(&chat, seq)).await] {
        gone.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn sec_061_a_reply_names_a_message_of_its_own_chat() {
    let server = TestServer::start().await;
    let (ana, chat, _) = ana_and_ben(&server).await;
    let mut eve = server.person();
    let elsewhere = eve.creates_a_chat().await;
    let theirs = [eve.says(&elsewhere, "One").await, eve.says(&elsewhere, "Two").await, eve.says(&elsewhere, "Three").await];
    for seq in theirs {
        ana.posts(&chat.path, json!({"text": "Reply", "reply_to": seq})).await.is_problem(422, "invalid");
    }
    assert_eq!(ana.reads(&chat).await["messages"], json!([]));
}

#[tokio::test]
async fn sec_112_edits_and_reactions_count_as_posts_and_deletions_do_not() {
    let server = TestServer::start().await;
    let (ana, chat, _) = ana_and_ben(&server).await;
    let seq = ana.says(&chat, "0").await;
    let reaction = format!("{}/reactions/👍", message(&chat, seq));
    for number in 1..=27 {
        ana.patches(&message(&chat, seq), json!({"text": number.to_string()})).await.is(200);
    }
    ana.puts_bare(&reaction).await.is(204);
    ana.deletes(&reaction).await.is(204);
    ana.patches(&message(&chat, seq), json!({"text": "31"})).await.is_problem(429, "too_many_posts");
    ana.puts_bare(&reaction).await.is_problem(429, "too_many_posts");
    ana.posts(&chat.path, json!({"text": "31"})).await.is_problem(429, "too_many_posts");
    ana.deletes(&message(&chat, seq)).await.is(204);
}

#[tokio::test]
async fn sec_135_formatted_text_has_only_what_messages_may_have() {
    let server = TestServer::with(&["--rate-factor", "0", "--chat-content", "100000000"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (mut rendered, attacks) = (0, markdown_attacks());
    assert!(attacks.len() >= 500, "{}", attacks.len());
    for attack in attacks {
        let reply = ana.posts(&chat.path, json!({"text": attack})).await;
        if reply.status != 201 {
            reply.is_problem(422, "invalid");
            continue;
        }
        assert_eq!(reply.json["text"], json!(attack), "it is kept as typed");
        if let Some(html) = reply.json["html"].as_str() {
            text_of_message(html);
            rendered += 1;
        }
    }
    assert!(rendered > 200, "{rendered} attacks have markup");
    let read: Value = ana.reads(&chat).await;
    assert!(read["messages"].as_array().unwrap().iter().filter_map(|message| message["html"].as_str()).map(text_of_message).count() == rendered);
}
