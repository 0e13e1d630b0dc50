//! Direct chats at their limits: what is forgotten is told as a `gap`.

use serde_json::json;

use crate::support::{Chat, Person, StreamPath, TestServer, on_both_paths};

/// A chat of Ana and Ben that keeps 20 entries, with entries up to number 30: the first that it has is number 11.
async fn a_chat(path: StreamPath) -> (TestServer, Person, Person, Chat) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0", "--lasting-chat-entries", "20"])).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    let chat = ana.begins("ben", "3").await;
    for number in 4..=30 {
        assert_eq!(ana.says(&chat, &number.to_string()).await, number);
    }
    (server, ana, ben, chat)
}

async fn a_stream_whose_cursor_lies_before_is_told(path: StreamPath) {
    let (_server, ana, ben, chat) = a_chat(path).await;
    let page = ben.gets(&chat.path).await.is(200).json;
    let first = page["chat"]["first"].as_u64().unwrap();
    assert_eq!((page["messages"][0]["seq"].as_u64().unwrap(), first), (first, 11));
    let mut late = ben.hears(&format!("{}/events?after=5", chat.path)).await;
    assert_eq!(late.hello.data["resumed"], true);
    assert_eq!(late.expect("gap").await.data, json!({"chat_id": chat.id, "log": "chat", "from": 6, "to": first - 1}));
    for number in first..=30 {
        assert_eq!(late.expect("message").await.data["seq"], number);
    }
    ana.says(&chat, "Live").await;
    assert_eq!(late.expect("message").await.data["text"], "Live");
    let mut stream = ben.hears(&format!("{}/events?after=20", chat.path)).await;
    assert_eq!(stream.expect("message").await.data["seq"], 21, "nothing is missing");
}

async fn an_open_stream_misses_nothing(path: StreamPath) {
    let (_server, ana, ben, chat) = a_chat(path).await;
    let mut stream = ben.follows(&chat).await;
    for number in 31..=80 {
        ana.says(&chat, "On").await;
        assert_eq!(stream.expect("message").await.data["seq"], number);
    }
}

on_both_paths!(a_stream_whose_cursor_lies_before_is_told, an_open_stream_misses_nothing);
