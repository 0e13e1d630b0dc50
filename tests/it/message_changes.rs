//! Edited and deleted messages: what everyone hears and reads, and that the old text is nowhere.

use serde_json::{Value, json};

use crate::support::{Chat, Person, StreamPath, TestServer, on_both_paths, without_status};

/// Returns Ana with a chat of hers, and Ben, a member.
async fn ana_and_ben(server: &TestServer, chat: Value) -> (Person, Chat, Person) {
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(chat).await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    (ana, chat, ben)
}

fn message(chat: &Chat, seq: u64) -> String {
    format!("{}/messages/{seq}", chat.path)
}

/// Returns everything that a member can read of a chat, as one text.
async fn everything(person: &Person, chat: &Chat) -> String {
    let mut all = String::new();
    for path in [chat.path.clone(), format!("{}?limit=200", chat.path), format!("{}/activity?limit=200", chat.path), format!("{}/export", chat.path)]
    {
        all.push_str(&person.gets(&path).await.is(200).text);
    }
    let (mut replay, head) = (person.hears(&format!("{}/events?after=0", chat.path)).await, person.reads(chat).await["head"].as_u64().unwrap());
    loop {
        let event = replay.next().await;
        all.push_str(&event.data.to_string());
        if event.data["seq"] == head {
            return all;
        }
    }
}

async fn an_edit_is_told_and_the_old_text_is_nowhere(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ben) = ana_and_ben(&server, json!({"name": "Ana"})).await;
    let (mut anas, mut bens) = (ana.follows(&chat).await, ben.follows(&chat).await);
    let posted = ben.posts_keyed(&chat.path, "a-key-of-some-length-0", json!({"text": "At nine"})).await.is(201).json;
    for stream in [&mut anas, &mut bens] {
        assert_eq!(stream.expect("message").await.data["text"], "At nine");
    }
    assert!(everything(&ana, &chat).await.contains("At nine"), "the page is cached, and the tail holds it");
    let (edit, seq) = (message(&chat, posted["seq"].as_u64().unwrap()), posted["seq"].as_u64().unwrap());
    let edited = ben.patches(&edit, json!({"text": "At *ten*"})).await.is(200).json;
    let expected = json!({
        "seq": seq, "chat_id": chat.id, "member": {"id": 2, "name": "Ben", "role": "member", "username": null}, "kind": "text", "text": "At *ten*",
        "html": "<p>At <em>ten</em></p>", "created_at": "2026-11-20T12:00:00.000Z", "edited_at": "2026-11-20T12:00:00.000Z",
    });
    assert_eq!(without_status(edited), expected);
    for stream in [&mut anas, &mut bens] {
        let told = stream.expect("message_edited").await;
        assert!(told.id.is_some(), "it is an entry");
        assert_eq!(told.data, json!({"seq": seq + 1, "chat_id": chat.id, "target": seq, "message": expected, "by": expected["member"]}));
    }
    assert_eq!(without_status(ben.patches(&edit, json!({"text": "At *ten*"})).await.is(200).json), expected);
    assert_eq!(ana.reads(&chat).await["head"], seq + 1, "the same text is no entry");
    assert_eq!(ana.gets(&edit).await.is(200).json, expected);
    let again = ben.posts_keyed(&chat.path, "a-key-of-some-length-0", json!({"text": "At nine"})).await.is(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(without_status(again.json), expected);
    let left = everything(&ana, &chat).await;
    assert!(!left.contains("At nine") && left.contains("At *ten*"), "{left}");
    let entry = &ana.items(&format!("{}/activity?limit=1", chat.path)).await[0];
    let told = json!({"seq": seq + 1, "kind": "message_edited", "at": "2026-11-20T12:00:00.000Z", "target": seq, "by": expected["member"]});
    assert_eq!(*entry, told, "activity has no text");
}

async fn a_deletion_leaves_a_tombstone(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ben) = ana_and_ben(&server, json!({"name": "Ana"})).await;
    let mut bens = ben.follows(&chat).await;
    let seq = ben.says(&chat, "A secret").await;
    ben.patches(&message(&chat, seq), json!({"text": "A secret still"})).await.is(200);
    assert!(everything(&ana, &chat).await.contains("A secret"));
    for _ in 0..2 {
        assert_eq!(ana.deletes(&message(&chat, seq)).await.is(204).text, "");
    }
    let (owner, author) = (json!({"id": 1, "name": "Ana", "role": "owner", "username": null}), "2026-11-20T12:00:00.000Z");
    let left = json!({
        "seq": seq, "chat_id": chat.id, "member": {"id": 2, "name": "Ben", "role": "member", "username": null}, "kind": "deleted",
        "created_at": author, "deleted_at": author, "deleted_by": owner,
    });
    bens.expect("message").await;
    bens.expect("message_edited").await;
    let told = bens.expect("message_deleted").await.data;
    assert_eq!(told, json!({"seq": seq + 2, "chat_id": chat.id, "target": seq, "message": left, "by": owner}));
    assert_eq!(ana.reads(&chat).await["messages"], json!([left]));
    let all = everything(&ben, &chat).await;
    assert!(!all.contains("secret"), "{all}");
    ben.patches(&message(&chat, seq), json!({"text": "Back"})).await.is_problem(409, "message_deleted");
}

#[tokio::test]
async fn a_message_is_changed_by_its_author_and_deleted_by_the_owner_too() {
    let server = TestServer::start().await;
    let (ana, chat, ben) = ana_and_ben(&server, json!({"name": "Ana"})).await;
    let (anas, bens) = (ana.says(&chat, "Mine").await, ben.says(&chat, "His").await);
    ana.patches(&message(&chat, bens), json!({"text": "Hers"})).await.is_problem(403, "not_allowed");
    ben.patches(&message(&chat, anas), json!({"text": "His"})).await.is_problem(403, "not_allowed");
    ben.deletes(&message(&chat, anas)).await.is_problem(403, "not_allowed");
    for nothing in ["0", "1", "99", "x", "-1", "03", "99999999999999999999"] {
        let path = format!("{}/messages/{nothing}", chat.path);
        ana.gets(&path).await.is_problem(404, "not_found");
        ana.patches(&path, json!({"text": "x"})).await.is_problem(404, "not_found");
        ana.deletes(&path).await.is_problem(404, "not_found");
    }
    for wrong in [json!({}), json!({"text": null}), json!({"text": " "}), json!({"text": 1}), json!({"text": "a", "image": null})] {
        ben.patches(&message(&chat, bens), wrong).await.is_problem(422, "invalid");
    }
    ben.patches(&message(&chat, bens), json!({"text": "y".repeat(8_193)})).await.is_problem(422, "invalid");
    assert_eq!(ana.texts(&chat).await, ["Mine", "His"]);
    ben.deletes(&message(&chat, bens)).await.is(204);
    ben.deletes(&format!("{}/members/2", chat.path)).await.is(204);
    ben.patches(&message(&chat, bens), json!({"text": "Back"})).await.is_problem(404, "not_found");
}

async fn who_joined_later_gets_only_the_numbers_of_a_change_before(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, _) = ana_and_ben(&server, json!({"name": "Ana", "history": "since_join"})).await;
    let seq = ana.says(&chat, "Before").await;
    let (mut cleo, link) = (server.person(), ana.shares(&chat).await);
    cleo.enters(&ana, &link, "Cleo").await;
    let (mut anas, mut cleos) = (ana.follows(&chat).await, cleo.follows(&chat).await);
    ana.puts_bare(&format!("{}/reactions/👍", message(&chat, seq))).await.is(204);
    ana.patches(&message(&chat, seq), json!({"text": "After"})).await.is(200);
    ana.deletes(&message(&chat, seq)).await.is(204);
    let first = seq + 2;
    for (name, at) in [("reaction", first), ("message_edited", first + 1), ("message_deleted", first + 2)] {
        assert_eq!(cleos.expect(name).await.data, json!({"seq": at, "chat_id": chat.id, "target": seq}));
        assert!(anas.expect(name).await.data.as_object().unwrap().len() > 3, "{name}: the owner gets all");
    }
    let mut replay = cleo.hears(&format!("{}/events?after=0", chat.path)).await;
    replay.expect("member_joined").await;
    assert_eq!(replay.expect("reaction").await.data, json!({"seq": first, "chat_id": chat.id, "target": seq}));
    let entries = cleo.items(&format!("{}/activity?limit=2", chat.path)).await;
    assert_eq!(entries[0], json!({"seq": first + 1, "kind": "message_edited", "at": "2026-11-20T12:00:00.000Z", "target": seq}));
    let exported = cleo.gets(&format!("{}/export", chat.path)).await.is(200).text;
    let last: Value = serde_json::from_str(exported.lines().last().unwrap()).unwrap();
    assert_eq!(last, json!({"event": "message_deleted", "data": {"seq": first + 2, "chat_id": chat.id, "target": seq}}));
    for change in [
        cleo.gets(&message(&chat, seq)).await,
        cleo.deletes(&message(&chat, seq)).await,
        cleo.puts_bare(&format!("{}/reactions/👍", message(&chat, seq))).await,
    ] {
        change.is_problem(404, "not_found");
    }
    cleo.posts(&chat.path, json!({"text": "What?", "reply_to": seq})).await.is_problem(422, "invalid");
}

on_both_paths!(an_edit_is_told_and_the_old_text_is_nowhere, a_deletion_leaves_a_tombstone, who_joined_later_gets_only_the_numbers_of_a_change_before,);
