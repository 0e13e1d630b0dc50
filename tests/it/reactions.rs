//! Reactions to messages.

use serde_json::json;

use crate::support::{StreamPath, TestServer, on_both_paths};

async fn a_reaction_is_told_with_its_count(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let seq = ana.says(&chat, "Hello").await;
    let mut heard = ben.follows(&chat).await;
    let thumbs = format!("{}/messages/{seq}/reactions/👍", chat.path);
    for _ in 0..2 {
        ana.puts_bare(&thumbs).await.is(204);
        ben.puts_bare(&thumbs).await.is(204);
    }
    ana.puts_bare(&format!("{}/messages/{seq}/reactions/%E2%9D%A4%EF%B8%8F", chat.path)).await.is(204);
    let (owner, guest) =
        (json!({"id": 1, "name": "Ana", "role": "owner", "username": null}), json!({"id": 2, "name": "Ben", "role": "member", "username": null}));
    for (at, emoji, member, count) in [(1, "👍", &owner, 1), (2, "👍", &guest, 2), (3, "❤️", &owner, 1)] {
        let data = json!({"seq": seq + at, "chat_id": chat.id, "target": seq, "emoji": emoji, "member": member, "added": true, "count": count});
        assert_eq!(heard.expect("reaction").await.data, data);
    }
    let reactions = json!([{"emoji": "👍", "count": 2, "members": [1, 2]}, {"emoji": "❤️", "count": 1, "members": [1]}]);
    assert_eq!(ana.reads(&chat).await["messages"][0]["reactions"], reactions);
    for _ in 0..2 {
        ana.deletes(&thumbs).await.is(204);
    }
    let data = heard.expect("reaction").await.data;
    assert_eq!((&data["added"], &data["count"], &data["emoji"]), (&json!(false), &json!(1), &json!("👍")));
    assert_eq!(ben.reads(&chat).await["messages"][0]["reactions"][0], json!({"emoji": "👍", "count": 1, "members": [2]}));
    let entry = &ana.items(&format!("{}/activity?limit=1", chat.path)).await[0];
    let told = json!({
        "seq": seq + 4, "kind": "reaction", "at": "2026-11-20T12:00:00.000Z", "target": seq, "emoji": "👍", "added": false, "member": owner,
    });
    assert_eq!(*entry, told);
}

#[tokio::test]
async fn a_reaction_is_one_emoji_on_a_message_that_is_there() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let seq = ana.says(&chat, "Hello").await;
    let on = |seq: u64, emoji: &str| format!("{}/messages/{seq}/reactions/{emoji}", chat.path);
    for wrong in ["a", "1", "👍👍", "%E2%9D%A4", "%20", "%00"] {
        ana.puts_bare(&on(seq, wrong)).await.is_problem(422, "invalid");
    }
    ana.puts_bare(&on(1, "👍")).await.is_problem(404, "not_found");
    server.person().puts_bare(&on(seq, "👍")).await.is_problem(404, "not_found");
    for emoji in ["👍", "👎", "😀", "😂", "😢", "😡", "🎉", "🔥", "👀", "🙏", "🤔", "🚀"] {
        ana.puts_bare(&on(seq, emoji)).await.is(204);
    }
    ana.puts_bare(&on(seq, "🐱")).await.is_problem(409, "too_many_reactions");
    ana.deletes(&format!("{}/messages/{seq}", chat.path)).await.is(204);
    ana.puts_bare(&on(seq, "👍")).await.is_problem(409, "message_deleted");
    ana.deletes(&on(seq, "👍")).await.is_problem(409, "message_deleted");
}

on_both_paths!(a_reaction_is_told_with_its_count);
