//! Messages: texts arrive as people wrote them.

use serde_json::{Value, json};

use crate::support::{TestServer, without_status};

#[tokio::test]
async fn a_message_says_who_wrote_it_and_when() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let reply = ben.posts(&chat.path, json!({"text": "Hello", "client_ref": "a-1"})).await.is(201).json;
    let expected = json!({
        "seq": 3, "chat_id": chat.id, "member": {"id": 2, "name": "Ben", "role": "member", "username": null}, "kind": "text", "text": "Hello",
        "client_ref": "a-1", "created_at": "2026-11-20T12:00:00.000Z",
    });
    assert_eq!(without_status(reply), expected);
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
async fn unknown_fields_of_a_message_are_refused() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    ana.says(&chat, "one").await;
    for field in ["kind", "html", "member", "message", "reactions", "edited_at", "status"] {
        let reply = ana.posts(&chat.path, json!({"text": "x", field: "text"})).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"].as_str(), Some(field), "{}", reply.text);
    }
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

#[tokio::test]
async fn a_message_shows_an_image_or_a_video_and_replies() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let image = json!({"url": "https://example.com/Map.png?x=1#y", "width": 1_200, "height": 800, "alt": "The way"});
    let posted = ana.posts(&chat.path, json!({"image": image, "text": "See *here*"})).await.is(201).json;
    assert_eq!((&posted["kind"], &posted["image"], &posted["html"]), (&json!("image"), &image, &json!("<p>See <em>here</em></p>")));
    let video = json!({"url": "https://youtu.be/dQw4w9WgXcQ", "duration_seconds": 212.0});
    let posted = ana.posts(&chat.path, json!({"video": video, "reply_to": posted["seq"]})).await.is(201).json;
    assert_eq!((&posted["kind"], &posted["reply_to"], posted.get("text")), (&json!("video"), &json!(2), None));
    assert_eq!(posted["video"], json!({"url": "https://youtu.be/dQw4w9WgXcQ", "duration_seconds": 212, "source": "youtube"}));
    let read = ana.reads(&chat).await;
    assert_eq!((&read["messages"][0]["image"], &read["messages"][1]), (&image, &without_status(posted.clone())));
    let path = format!("{}/messages/3", chat.path);
    assert_eq!(ana.patches(&path, json!({"text": "A song"})).await.is(200).json["text"], "A song");
    let bare = ana.patches(&path, json!({"text": null})).await.is(200).json;
    assert_eq!((&bare["kind"], bare.get("text"), &bare["video"]), (&json!("video"), None, &posted["video"]));
}

#[tokio::test]
async fn what_a_message_shows_is_checked() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let good = "https://example.com/a.png";
    for (body, field) in [
        (json!({}), "text"),
        (json!({"text": null}), "text"),
        (json!({"image": {"url": "http://example.com/a.png"}}), "image.url"),
        (json!({"image": {"url": "https://ana:secret@example.com/a.png"}}), "image.url"),
        (json!({"image": {"url": "javascript:alert(1)"}}), "image.url"),
        (json!({"image": {"url": good, "width": 0}}), "image.width"),
        (json!({"image": {"url": good, "height": 20_001}}), "image.height"),
        (json!({"image": {"url": good, "alt": "a\nb"}}), "image.alt"),
        (json!({"video": {"url": good, "duration_seconds": 86_401}}), "video.duration_seconds"),
        (json!({"image": {"url": good}, "video": {"url": good}}), "video"),
        (json!({"text": "a", "reply_to": 1}), "reply_to"),
        (json!({"text": "a", "reply_to": 99}), "reply_to"),
        (json!({"image": {"url": good}, "text": " "}), "text"),
    ] {
        let problem = ana.posts(&chat.path, body.clone()).await.is_problem(422, "invalid").json;
        assert_eq!(problem["field"], field, "{body}");
    }
    for body in [json!({"video": {"url": good, "source": "vimeo"}}), json!({"image": {}}), json!({"image": good})] {
        ana.posts(&chat.path, body).await.is_problem(422, "invalid");
    }
    assert_eq!(ana.reads(&chat).await["head"], 1);
}

#[tokio::test]
async fn only_markup_is_rendered() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for plain in ["Hello", "Two\nlines", "1 < 2 & 3 > 2", "snake_case", "5 * 3 * 2"] {
        let posted = ana.posts(&chat.path, json!({"text": plain})).await.is(201).json;
        assert_eq!(posted.get("html"), None, "{plain}");
    }
    let posted = ana.posts(&chat.path, json!({"text": "<b>**a**</b>\n[b](javascript:c) https://d.example"})).await.is(201).json;
    let link = r#"<a href="https://d.example" rel="nofollow noopener noreferrer ugc">https://d.example</a>"#;
    assert_eq!(posted["html"], format!("<p>&lt;b&gt;<strong>a</strong>&lt;/b&gt;<br>b {link}</p>"));
}
