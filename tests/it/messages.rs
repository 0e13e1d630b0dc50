//! Messages: texts arrive as people wrote them.

use serde_json::{Value, json};

use crate::support::TestServer;

#[tokio::test]
async fn a_message_says_who_wrote_it_and_when() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let mut reply = ben.posts(&chat.path, json!({"text": "Hello", "client_ref": "a-1"})).await.is(201).json;
    let expected = json!({
        "seq": 3, "chat_id": chat.id, "member": {"id": 2, "name": "Ben", "role": "member", "username": null}, "kind": "text", "text": "Hello",
        "client_ref": "a-1", "created_at": "2026-11-20T12:00:00.000Z",
    });
    assert_eq!(reply.as_object_mut().unwrap().remove("status"), Some(json!("sent")));
    assert_eq!(reply, expected);
    let read = ana.reads(&chat).await;
    assert_eq!((&read["messages"], &read["head"]), (&json!([expected]), &json!(3)));
    let entry = &ana.items(&format!("{}/activity?limit=1", chat.path)).await[0];
    let without_body = json!({"seq": 3, "kind": "message", "at": "2026-11-20T12:00:00.000Z", "member": expected["member"]});
    assert_eq!(*entry, without_body);
    let plain = ben.posts(&chat.path, json!({"text": "Hello"})).await.is(201).json;
    assert!(plain.get("client_ref").is_none(), "{plain}");
}

#[tokio::test]
async fn what_was_said_arrives_unchanged() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let texts = [
        " . ".to_owned(),
        "\r\n\n\r tab\t \u{b}\u{c}\u{85}".to_owned(),
        "data: x\n\nevent: message\nid: 9\n\n".to_owned(),
        "a\u{2028}b\u{2029}c \u{202e}left\u{202c} \u{feff}".to_owned(),
        "<script>alert(1)</script> & \"quotes\" \\ \u{1b}[2J \u{7f} \u{1}".to_owned(),
        format!("e{}", "\u{301}".repeat(8)),
        "👩‍👩‍👧‍👦 e\u{301} é".to_owned(),
        "é".repeat(4_096),
        format!("{}x", "\r\n".repeat(499)),
    ];
    let mut stream = ana.hears(&format!("{}/events?after=1", chat.path)).await;
    for text in &texts {
        let said = ana.posts(&chat.path, json!({"text": text})).await.is(201).json;
        assert_eq!(said["text"], json!(text));
        assert_eq!(stream.expect("message").await.data["text"], json!(text));
    }
    assert_eq!(ana.texts(&chat).await, texts);
    let transcript = ana.gets(&format!("{}/export", chat.path)).await.is(200).text;
    let lines: Vec<Value> = transcript.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let exported: Vec<&str> = lines.iter().filter_map(|line| line["data"]["text"].as_str()).collect();
    assert_eq!(exported, texts);
}

#[tokio::test]
async fn a_message_has_its_limits() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for (text, status) in [
        (String::new(), 422),
        ("a".repeat(8_192), 201),
        ("a".repeat(8_193), 422),
        (format!("{}a", "é".repeat(4_096)), 422),
        (format!("{}x", "\n".repeat(499)), 201),
        (format!("{}x", "\n".repeat(500)), 422),
        (format!("{}x", "\r\n".repeat(500)), 422),
        (format!("{}x", "\u{2028}".repeat(500)), 422),
        ("a\0b".to_owned(), 422),
        (format!("e{}", "\u{301}".repeat(8)), 201),
        (format!("e{}", "\u{301}".repeat(9)), 422),
    ] {
        let reply = ana.posts(&chat.path, json!({"text": text})).await.is(status);
        assert_eq!(reply.json["field"].as_str(), (status == 422).then_some("text"));
    }
    assert_eq!(ana.texts(&chat).await.len(), 3);
}

#[tokio::test]
async fn a_message_that_shows_nothing_is_refused() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for nothing in [
        " ",
        "\n",
        " \r\n\t\u{b}\u{c}\u{85} ",
        "\u{a0}\u{3000}",
        "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}",
        "\u{2800}",
        "\u{3164}\u{ffa0}\u{115f}",
        "\u{2028}\u{2029}",
        "\u{202e}\u{200f}\u{2066}\u{61c}",
        "\u{ad}\u{fe0f}\u{e0041}",
        "\u{1}\u{7f}\u{9b}",
        "\u{1d159}\u{fffc}",
    ] {
        let reply = ana.posts(&chat.path, json!({"text": nothing})).await.is_problem(422, "invalid");
        assert_eq!((&reply.json["field"], reply.json["detail"].as_str().unwrap()), (&json!("text"), "text must contain something that can be seen."));
        ana.says(&chat, &format!("{nothing}.")).await;
    }
    assert_eq!(ana.texts(&chat).await.len(), 12);
}

#[tokio::test]
async fn a_clients_own_reference_is_visible_ascii() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let most = "~".repeat(64);
    for fine in ["!", most.as_str()] {
        let said = ana.posts(&chat.path, json!({"text": "x", "client_ref": fine})).await.is(201).json;
        assert_eq!(said["client_ref"], json!(fine));
    }
    let more = "~".repeat(65);
    for wrong in ["", "a b", "é", "a\0", "\n", more.as_str()] {
        let reply = ana.posts(&chat.path, json!({"text": "x", "client_ref": wrong})).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], json!("client_ref"), "{wrong:?}");
    }
}

#[tokio::test]
async fn what_messages_cannot_do_yet_is_refused() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    ana.says(&chat, "one").await;
    for more in [
        json!({"reply_to": 2}),
        json!({"image": {"url": "https://a.example/x.png", "width": 1, "height": 1}}),
        json!({"video": {"url": "https://a.example/x.mp4"}}),
        json!({"kind": "text"}),
        json!({"html": "<b>x</b>"}),
        json!({"member": {"id": 1}}),
        json!({"message": "x"}),
    ] {
        let mut body = json!({"text": "x"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let field = more.as_object().unwrap().keys().next().unwrap();
        let reply = ana.posts(&chat.path, body).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"].as_str(), Some(field.as_str()), "{}", reply.text);
    }
    ana.patches(&format!("{}/messages/2", chat.path), json!({"text": "x"})).await.is_problem(404, "not_found");
    ana.deletes(&format!("{}/messages/2", chat.path)).await.is_problem(404, "not_found");
    assert_eq!(ana.texts(&chat).await, ["one"]);
}

#[tokio::test]
async fn a_member_may_name_themselves_in_the_body() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let bens = ben.credential.clone().unwrap();
    let said = ben.nobody().posts(&chat.path, json!({"text": "x", "user_id": bens})).await.is(201).json;
    assert_eq!(said["member"]["name"], json!("Ben"));
    ben.posts(&chat.path, json!({"text": "x", "user_id": bens})).await.is(201);
    ben.nobody().posts(&chat.path, json!({"text": "x", "user_id": bens.to_uppercase()})).await.is(201);
    for other in [chat.author.as_str(), "nobody", "", "00000000-0000-4000-8000-000000000000"] {
        let reply = ben.posts(&chat.path, json!({"text": "x", "user_id": other})).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], json!("user_id"), "{other}");
    }
    for unknown in ["nobody", "", "00000000-0000-4000-8000-000000000000"] {
        ben.nobody().posts(&chat.path, json!({"text": "x", "user_id": unknown})).await.is_problem(404, "not_found");
    }
    ben.nobody().posts(&chat.path, json!({"text": "x"})).await.is_problem(404, "not_found");
}
