//! Commands behave alike over HTTP and over the socket: each scene runs on both.

use serde_json::json;

use crate::stream_ends::comes_in;
use crate::support::{Answer, Client, TestServer, Transport, on_both_transports, seconds};

/// Returns the status, the code and the field of a problem.
pub(crate) fn problem(answer: &Answer) -> (u64, &str, &str) {
    let problem = answer.as_ref().unwrap_err();
    (problem["status"].as_u64().unwrap(), problem["code"].as_str().unwrap(), problem["field"].as_str().unwrap_or_default())
}

async fn what_one_does_the_other_hears(transport: Transport) {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let (mut ana, mut ben) = (Client::open(transport, &ana).await, Client::open(transport, &ben).await);
    let hello = ben.follows(&chat.id, None).await.unwrap();
    assert_eq!((&hello["chat_id"], &hello["head"], &hello["resumed"]), (&json!(chat.id), &json!(2), &json!(false)));
    let id = |seq: u64| Some(format!("{}-{seq}", hello["epoch"].as_str().unwrap()));
    let sent = ana.sends(&chat.id, json!({"text": "Is it **ten**?", "client_ref": "a-1"}), None).await.unwrap();
    assert_eq!((&sent["seq"], &sent["status"], &sent["client_ref"]), (&json!(3), &json!("sent"), &json!("a-1")));
    let heard = ben.expects(&chat.id, "message").await;
    let mut plain = sent.clone();
    plain.as_object_mut().unwrap().remove("status");
    assert_eq!((heard.id, heard.data), (id(3), plain));
    let edited = ana.edits(&chat.id, 3, json!("Is it eleven?")).await.unwrap();
    assert_eq!((&edited["text"], &edited["seq"]), (&json!("Is it eleven?"), &json!(3)));
    let heard = ben.expects(&chat.id, "message_edited").await;
    assert_eq!((heard.id, &heard.data["target"], &heard.data["message"]["text"]), (id(4), &json!(3), &json!("Is it eleven?")));
    assert_eq!(ben.reacts(&chat.id, 3, "👍", true).await, Ok(json!({})));
    let heard = ben.expects(&chat.id, "reaction").await;
    assert_eq!((heard.id, &heard.data["count"], &heard.data["added"]), (id(5), &json!(1), &json!(true)));
    assert_eq!(ben.reacts(&chat.id, 3, "👍", false).await, Ok(json!({})));
    assert_eq!(ben.expects(&chat.id, "reaction").await.data["added"], false);
    let image = json!({"image": {"url": "https://example.com/map.png", "alt": "A map"}, "reply_to": 3});
    assert_eq!(ben.sends(&chat.id, image, None).await.unwrap()["kind"], "image");
    assert_eq!(ben.expects(&chat.id, "message").await.data["reply_to"], 3);
    assert_eq!(ana.deletes(&chat.id, 3).await, Ok(json!({})));
    let heard = ben.expects(&chat.id, "message_deleted").await;
    assert_eq!((&heard.data["message"]["kind"], &heard.data["target"]), (&json!("deleted"), &json!(3)));
    assert_eq!(ana.receives(&chat.id, json!({"delivered": 7, "read": 5})).await, Ok(json!({"delivered": 7, "read": 5})));
    server.clock.advance(seconds(1));
    let heard = ben.expects(&chat.id, "receipt").await;
    assert_eq!((heard.id, heard.data), (None, json!({"chat_id": chat.id, "member_id": 1, "delivered": 7, "read": 5})));
}

async fn what_cannot_be_done_has_the_same_problem(transport: Transport) {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let other = server.person().creates_a_chat().await;
    let (mut ana, mut ben) = (Client::open(transport, &ana).await, Client::open(transport, &ben).await);
    let seq = ana.says(&chat.id, "Mine").await;
    let nowhere = "A".repeat(43);
    for hidden in [&other.id, &nowhere, "x"] {
        let said = ben.sends(hidden, json!({"text": "Hello"}), None).await;
        assert_eq!(problem(&said), (404, "not_found", ""));
        assert_eq!(said.unwrap_err()["detail"], ben.follows(hidden, None).await.unwrap_err()["detail"]);
        assert_eq!(problem(&ben.edits(hidden, 1, json!("x")).await), (404, "not_found", ""));
        assert_eq!(problem(&ben.receives(hidden, json!({"read": 1})).await), (404, "not_found", ""));
    }
    for (body, field) in [
        (json!({}), "text"),
        (json!({"text": ""}), "text"),
        (json!({"text": 5}), "text"),
        (json!({"text": "a", "loud": true}), "loud"),
        (json!({"text": "a", "reply_to": 99}), "reply_to"),
        (json!({"image": {"url": "http://example.com/"}}), "image.url"),
        (json!({"text": "a", "client_ref": "a b"}), "client_ref"),
    ] {
        assert_eq!(problem(&ben.sends(&chat.id, body.clone(), None).await), (422, "invalid", field), "{body}");
        assert_eq!(problem(&ben.sends(&nowhere, body.clone(), None).await).0, if field == "reply_to" { 404 } else { 422 }, "{body}");
    }
    assert_eq!(problem(&ben.edits(&chat.id, seq, json!("Yours")).await), (403, "not_allowed", ""));
    assert_eq!(problem(&ben.deletes(&chat.id, seq).await), (403, "not_allowed", ""));
    assert_eq!(problem(&ben.deletes(&chat.id, 99).await), (404, "not_found", ""));
    assert_eq!(problem(&ben.reacts(&chat.id, seq, "x", true).await), (422, "invalid", "emoji"));
    assert_eq!(problem(&ben.receives(&chat.id, json!({})).await), (422, "invalid", "read"));
    assert_eq!(problem(&ben.receives(&chat.id, json!({"read": 99})).await), (422, "invalid", "read"));
    assert_eq!(problem(&ben.sends_to("@ana", "Hello").await), (401, "unauthenticated", ""));
    ana.deletes(&chat.id, seq).await.unwrap();
    assert_eq!(problem(&ana.edits(&chat.id, seq, json!("Again")).await), (409, "message_deleted", ""));
}

async fn a_key_makes_a_message_happen_once(transport: Transport) {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut client = Client::open(transport, &ana).await;
    let first = client.sends(&chat.id, json!({"text": "Once"}), Some("a-key")).await.unwrap();
    assert_eq!(client.sends(&chat.id, json!({"text": "Once"}), Some("a-key")).await, Ok(first.clone()));
    assert_eq!(problem(&client.sends(&chat.id, json!({"text": "Twice"}), Some("a-key")).await).0, 422);
    assert_eq!(problem(&client.sends(&chat.id, json!({"text": "Once"}), Some("a key")).await).0, 422);
    for other in [Transport::Http, Transport::Socket] {
        let repeated = Client::open(other, &ana).await.sends(&chat.id, json!({"text": "Once"}), Some("a-key")).await;
        assert_eq!(repeated, Ok(first.clone()), "a key counts on both");
    }
    assert_eq!(client.says(&chat.id, "Then").await, first["seq"].as_u64().unwrap() + 1);
}

async fn the_rates_are_the_same(transport: Transport) {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut client = Client::open(transport, &ana).await;
    for number in 0..30 {
        client.says(&chat.id, &number.to_string()).await;
    }
    let refused = client.sends(&chat.id, json!({"text": "Too much"}), None).await;
    assert_eq!(problem(&refused), (429, "too_many_posts", ""));
    assert!(refused.unwrap_err()["retry_after_ms"].as_u64().unwrap() > 0);
    for _ in 0..20 {
        client.receives(&chat.id, json!({"read": 1})).await.unwrap();
    }
    assert_eq!(problem(&client.receives(&chat.id, json!({"read": 1})).await), (429, "too_many_receipts", ""));
    let mut allowed = 0;
    while client.edits(&chat.id, 99, json!("x")).await.unwrap_err()["code"] != "too_many_requests" {
        allowed += 1;
    }
    assert!((160..=200).contains(&allowed), "requests of a person: {allowed}");
    server.clock.advance(seconds(1));
    client.says(&chat.id, "Now").await;
}

async fn who_types_is_told_until_they_post(transport: Transport) {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let (mut ana, mut ben) = (Client::open(transport, &ana).await, Client::open(transport, &ben).await);
    ana.follows(&chat.id, None).await.unwrap();
    ana.hears_signal(&chat.id, "presence", &json!({"chat_id": chat.id, "members": [1], "count": 1})).await;
    assert_eq!(ben.types(&chat.id, true).await, Ok(json!({})));
    server.publishes().await;
    ana.hears_signal(&chat.id, "typing", &json!({"chat_id": chat.id, "members": [2]})).await;
    ben.says(&chat.id, "Here I am").await;
    server.publishes().await;
    ana.hears_signal(&chat.id, "typing", &json!({"chat_id": chat.id, "members": []})).await;
    assert_eq!(problem(&ben.types("x", true).await), (404, "not_found", ""));
}

on_both_transports!(
    what_one_does_the_other_hears,
    what_cannot_be_done_has_the_same_problem,
    a_key_makes_a_message_happen_once,
    the_rates_are_the_same,
    who_types_is_told_until_they_post,
);
