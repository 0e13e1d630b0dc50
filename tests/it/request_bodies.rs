//! Request bodies: JSON, its media type, its encoding, its size.

use reqwest::{Body, Method};
use serde_json::{Value, json};

use crate::errors::{places, raw};
use crate::support::TestServer;

#[tokio::test]
async fn what_is_not_json_is_told_from_what_is_wrong() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for path in places(&chat) {
        for broken in [
            "",
            "{",
            "{\"text\": \"x\"} x",
            "{\"text\": \"x\",}",
            "text=x",
            "\u{feff}\u{feff}{}",
            " \u{feff}{}",
            "{\u{feff}}",
            "{\"text\": \"\\ud800\"}",
        ] {
            raw(&ana, &path, Some("application/json"), broken).await.is_problem(400, "bad_json");
        }
        raw(&ana, &path, Some("application/json"), b"{\"text\": \"\xff\"}".to_vec()).await.is_problem(400, "bad_json");
        for (body, field) in [
            ("null", "body"),
            ("7", "body"),
            ("\"x\"", "body"),
            ("[]", "body"),
            ("[\"x\"]", "body"),
            ("{}", "text"),
            ("{\"text\": null}", "text"),
            ("{\"text\": 7}", "text"),
            ("{\"text\": [\"x\"]}", "text"),
            ("{\"text\": {\"a\": 1}}", "text"),
            ("{\"text\": \"x\", \"user_id\": 7}", "user_id"),
            ("{\"text\": \"x\", \"more\": 1}", "more"),
            ("{\"Text\": \"x\"}", "Text"),
        ] {
            let reply = raw(&ana, &path, Some("application/json"), body).await.is_problem(422, "invalid");
            assert_eq!(reply.json["field"], json!(field), "{body}");
        }
        raw(&ana, &path, Some("application/json"), "{\"text\": \"x\", \"text\": \"y\"}").await.is_problem(422, "invalid");
    }
    assert!(ana.texts(&chat).await.is_empty());
}

#[tokio::test]
async fn what_is_not_json_is_told_with_the_place_and_what_was_expected() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for (broken, told) in [
        ("'{text:hi}'", "expected value, at line 1, column 1"),
        ("{text:hi}", "key must be a string, at line 1, column 2"),
        ("{\"text\": hi}", "expected value, at line 1, column 10"),
        ("{\n  \"text\": \"x\",\n}", "trailing comma, at line 3, column 1"),
        ("{\n\"text\": \"é中😀\" x}", "expected `,` or `}`, at line 2, column 15"),
        ("{\"text\": \"x\"", "EOF while parsing an object, at line 1, column 12"),
        ("{\"text\": \"x\"} x", "trailing characters, at line 1, column 15"),
        ("{\"text\": \"<b>\n\"}", "control character (\\u0000-\\u001F) found while parsing a string, at line 2, column 0"),
        ("", "EOF while parsing a value, at line 1, column 0"),
        ("\u{feff}{", "EOF while parsing an object, at line 1, column 1"),
    ] {
        let reply = raw(&ana, &chat.path, Some("application/json"), broken).await.is_problem(400, "bad_json");
        assert_eq!(reply.json["detail"], json!(format!("The body is not JSON: {told}.")), "{broken:?}");
    }
    let utf_16: Vec<u8> = "{\"text\": \"x\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let reply = raw(&ana, &chat.path, Some("application/json"), [vec![0xff, 0xfe], utf_16].concat()).await.is_problem(400, "bad_json");
    assert_eq!(reply.json["detail"], json!("The body is not JSON: it is not UTF-8 after 0 bytes."));
}

#[tokio::test]
async fn a_byte_order_mark_in_front_of_a_body_is_taken() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let marked = |body: Value| format!("\u{feff}{body}");
    let json = Some("application/json");
    raw(&ana, &chat.path, json, marked(json!({"text": "x"}))).await.is(201);
    raw(&ana.nobody(), "/v1/chats", json, marked(json!({"name": "Ben"}))).await.is(201);
    raw(&ana, "/v1/links", json, marked(json!({"chat_url": chat.url}))).await.is(201);
    raw(&ana.nobody(), &format!("{}/knocks", link.path), json, marked(json!({"name": "Cem"}))).await.is(201);
    raw(&server.person(), &format!("{}/knocks", link.path), json, "\u{feff}").await.is(201);
    raw(&ana, "/v1/tickets", json, marked(json!({"chat_id": chat.id}))).await.is(201);
    let patch = ana.request(Method::PATCH, &chat.path).header("Content-Type", "application/json").body(marked(json!({"title": "Plans"})));
    assert_eq!(ana.sends(patch).await.is(200).json["title"], json!("Plans"));
    raw(&ana, "/v1/chats", None, "\u{feff}").await.is_problem(415, "unsupported_media_type");
    assert_eq!(ana.texts(&chat).await, ["x"]);
}

#[tokio::test]
async fn a_body_with_a_mark_is_another_body_to_an_idempotency_key() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let keyed = |body: &str| {
        let request = ana.request(Method::POST, &chat.path).header("Content-Type", "application/json").header("Idempotency-Key", "a-key");
        ana.sends(request.body(body.to_owned()))
    };
    keyed("\u{feff}{\"text\": \"x\"}").await.is(201);
    assert_eq!(keyed("\u{feff}{\"text\": \"x\"}").await.is(201).header("idempotent-replayed"), Some("true"));
    keyed("{\"text\": \"x\"}").await.is_problem(422, "invalid");
}

#[tokio::test]
async fn a_body_without_a_coding_may_say_so_and_one_with_a_coding_is_told_which() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let coded = |coding: &str| {
        let request = ana.request(Method::POST, &chat.path).header("Content-Type", "application/json").header("Content-Encoding", coding);
        ana.sends(request.body("{\"text\": \"x\"}"))
    };
    for none in ["identity", "Identity", "identity, identity", "", " , identity"] {
        let reply = coded(none).await.is(201);
        assert_eq!(reply.header("accept-encoding"), None);
    }
    for (packed, named) in [("gzip", "gzip"), ("identity, br", "br"), ("GZIP", "GZIP"), ("<b>", "\\u{3c}b\\u{3e}")] {
        let reply = coded(packed).await.is_problem(415, "unsupported_media_type");
        let told = format!("The content coding {named} is not supported: send the body without one.");
        assert_eq!((reply.json["detail"].as_str(), reply.header("accept-encoding")), (Some(told.as_str()), Some("identity")));
    }
    let plain = ana.request(Method::POST, &chat.path).header("Content-Type", "text/plain").header("Content-Encoding", "identity").body("x");
    assert_eq!(
        ana.sends(plain).await.is_problem(415, "unsupported_media_type").header("accept-encoding"),
        None,
        "it is not the coding that is wrong"
    );
}

#[tokio::test]
async fn a_list_is_no_object_wherever_a_body_is_taken() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knocks = format!("{}/knocks", link.path);
    for (method, path) in [
        (Method::POST, "/v1/chats"),
        (Method::PATCH, &chat.path),
        (Method::POST, &chat.path),
        (Method::POST, "/v1/links"),
        (Method::POST, &knocks),
        (Method::POST, "/v1/approval"),
        (Method::POST, "/v1/tickets"),
    ] {
        for body in [json!([]), json!([chat.url]), json!(["x", "y"]), json!(true), json!("x"), json!(1), json!(null)] {
            let request = ana.request(method.clone(), path).json(&body);
            let reply = ana.sends(request).await.is_problem(422, "invalid");
            assert_eq!(reply.json["field"], json!("body"), "{method} {path} {body}");
        }
        ana.sends(ana.request(method.clone(), path).json(&json!({"nothing_of_the_kind": 1}))).await.is_problem(422, "invalid");
    }
}

#[tokio::test]
async fn a_body_is_json_and_says_so() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let text = "{\"text\": \"x\"}";
    for fine in ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/vnd.a+json"] {
        raw(&ana, &chat.path, Some(fine), text).await.is(201);
    }
    let wrong =
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("multipart/form-data; boundary=x"), Some("json"), Some("")];
    for path in places(&chat) {
        for content_type in wrong {
            raw(&ana, &path, content_type, text).await.is_problem(415, "unsupported_media_type");
        }
        let packed = ana.request(Method::POST, &path).header("Content-Type", "application/json").header("Content-Encoding", "gzip").body(text);
        ana.sends(packed).await.is_problem(415, "unsupported_media_type");
        let twice = ana.request(Method::POST, &path).header("Content-Type", "application/json").header("Content-Type", "text/plain").body(text);
        ana.sends(twice).await.is_problem(415, "unsupported_media_type");
    }
    for path in [format!("{}/knocks", link.path), "/v1/links/nowhere/knocks".into()] {
        for content_type in wrong {
            raw(&ana, &path, content_type, "").await.is_problem(415, "unsupported_media_type");
            raw(&ana, &path, content_type, "{}").await.is_problem(415, "unsupported_media_type");
        }
    }
    raw(&server.person(), &format!("{}/knocks", link.path), Some("application/json"), "").await.is(201);
    raw(&ana, "/v1/chats", None, "{}").await.is_problem(415, "unsupported_media_type");
    raw(&ana, "/v1/chats", Some("text/plain"), "").await.is_problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_body_has_at_most_64_kib_however_it_comes() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let fits = |bytes: usize| format!("{{\"text\": \"x\"{}}}", " ".repeat(bytes - 13));
    for path in places(&chat) {
        let reply = raw(&ana, &path, Some("application/json"), fits(65_537)).await.is_problem(413, "too_large");
        assert_eq!(reply.json["limit"], json!("body"));
        let pieces = futures_util::stream::iter((0..17).map(|_| Ok::<_, std::io::Error>(vec![b' '; 4_096])));
        raw(&ana, &path, Some("application/json"), Body::wrap_stream(pieces)).await.is_problem(413, "too_large");
    }
    raw(&ana, &chat.path, Some("application/json"), fits(65_536)).await.is(201);
    let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>("{\"text\": "), Ok("\"in pieces\"}")]);
    raw(&ana, &chat.path, Some("application/json"), Body::wrap_stream(pieces)).await.is(201);
    assert_eq!(ana.texts(&chat).await, ["x", "in pieces"]);
}
