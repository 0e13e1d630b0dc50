//! Export of an account: one JSON object per line.

use serde_json::{Value, json};

use crate::support::{TestServer, each, openapi_check};

fn lines(text: &str) -> Vec<Value> {
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn an_export_has_the_profile_the_sessions_and_the_own_messages_of_every_chat() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (mut ana, mut ben) = (server.account("ana").await, server.person());
    let host = ben.creates_a_chat().await;
    let link = ben.shares(&host).await;
    let member = ana.clone().enters(&ben, &link, "Ana").await;
    ana.says(&host, "Mine in a chat that I left").await;
    ben.says(&host, "A secret of Ben's").await;
    ana.removes(&host, member).await.is(204);
    let own = ana.creates(json!({"title": "My own"})).await;
    for number in 0..150 {
        ana.says(&own, &format!("Mine {number}")).await;
    }
    let reply = ana.gets("/v1/me/export").await.is(200);
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    assert!(reply.header("content-disposition").unwrap().starts_with("attachment"));
    let lines = lines(&reply.text);
    assert_eq!(each(&lines[..2], "event"), ["profile", "session"]);
    assert_eq!(lines[0]["data"], ana.gets("/v1/me").await.is(200).json);
    assert_eq!(lines[1]["data"]["current"], true);
    let of = |event: &str| lines.iter().filter(|line| line["event"] == event).map(|line| &line["data"]).collect::<Vec<_>>();
    let memberships = of("membership");
    assert_eq!((memberships.len(), &memberships[0]["chat_id"], &memberships[0]["title"]), (1, &json!(own.id), &json!("My own")));
    let messages = of("message");
    assert_eq!((messages.len(), lines.len()), (151, 154));
    for message in &messages {
        openapi_check::check_named_schema("Message", message);
    }
    let texts: Vec<&str> = messages.iter().map(|message| message["text"].as_str().unwrap()).collect();
    assert!(texts.contains(&"Mine in a chat that I left") && texts.contains(&"Mine 149"), "{texts:?}");
    assert!(!reply.text.contains("Ben's"), "what others said is theirs");
    assert!(!reply.text.contains(ana.credential.as_ref().unwrap()), "it holds no credential");
    ben.gets("/v1/me/export").await.is_problem(401, "unauthenticated");
}

#[tokio::test]
async fn an_export_has_friends_blocks_and_friend_requests() {
    let server = TestServer::start().await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    for username in ["carla", "dora"] {
        server.account(username).await;
    }
    ana.befriends(&ben, "ben").await;
    ana.blocks("carla").await;
    ana.sends_request("dora").await;
    let lines = lines(&ana.gets("/v1/me/export").await.is(200).text);
    let of = |event: &str, field: &str| {
        let named = lines.iter().filter(|line| line["event"] == event);
        named.map(|line| line["data"].pointer(field).and_then(Value::as_str).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("friend", "/user/username"), ["ben"]);
    assert_eq!(of("block", "/user/username"), ["carla"]);
    assert_eq!(of("friend_request", "/to/username"), ["dora", "ben"]);
}
