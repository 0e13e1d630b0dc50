//! Export: a transcript with one JSON object per line.

use serde_json::{Value, json};

use crate::support::{TestServer, each, openapi_check};

fn lines(text: &str) -> Vec<Value> {
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_transcript_has_the_chat_and_then_what_its_stream_had() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(json!({"name": "Ana", "title": "Plans"})).await;
    let link = ana.shares(&chat).await;
    let mut stream = ana.hears(&format!("{}/events?after=0", chat.path)).await;
    ben.enters(&ana, &link, "Ben").await;
    ben.says(&chat, "one\ntwo\u{2028}three\u{2029}four\u{85}five").await;
    ana.patches(&chat.path, json!({"title": "Other plans"})).await.is(200);
    ana.removes(&chat, 2).await.is(204);
    let reply = ana.gets(&format!("{}/export", chat.path)).await.is(200);
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    assert!(reply.header("content-disposition").unwrap().starts_with("attachment"));
    let breaks = |c: char| matches!(c, '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    assert!(!reply.text.contains(breaks) && reply.text.contains(r"one\ntwo\u2028three\u2029four\u0085five"), "{}", reply.text);
    let lines = lines(&reply.text);
    assert_eq!(each(&lines, "event"), ["chat", "member_joined", "member_joined", "message", "chat_updated", "member_left"]);
    assert_eq!(lines[0]["data"], ana.reads(&chat).await["chat"]);
    let schemas = ["Chat", "MemberJoined", "MemberJoined", "Message", "ChatUpdated", "MemberLeft"];
    for (line, schema) in lines.iter().zip(schemas) {
        openapi_check::check_named_schema(schema, &line["data"]);
    }
    let mut heard = Vec::new();
    while heard.len() < 5 {
        let event = stream.next().await;
        if event.data.get("door").is_none() {
            heard.push(json!({"event": event.name, "data": event.data}));
        }
    }
    assert_eq!(lines[1..], heard);
    assert!(!reply.text.contains(&chat.author) && !reply.text.contains(&link.id), "the export contains no credential");
}

#[tokio::test]
async fn a_long_transcript_is_whole() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for number in 2..=420 {
        assert_eq!(ana.says(&chat, &number.to_string()).await, number);
    }
    let lines = lines(&ana.gets(&format!("{}/export", chat.path)).await.is(200).text);
    let numbers: Vec<u64> = lines[1..].iter().map(|line| line["data"]["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=420).collect::<Vec<_>>());
    assert_eq!(lines[0]["data"]["head"], json!(420));
}
