//! Errors: every failure says what went wrong in one form, and says it before it asks who is there.

use reqwest::{Body, Method};
use serde_json::{Value, json};

use crate::world::{Chat, Person, Reply, Wire, World};

/// Fails unless this is a problem with all its members.
fn is_whole(reply: &Reply) {
    let problem = &reply.json;
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.text);
    assert_eq!(problem["status"], json!(reply.status));
    assert_eq!(problem["type"], json!(format!("urn:parlor:problem:{}", problem["code"].as_str().unwrap())));
    for member in ["title", "detail", "code"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} in {problem}");
    }
    let id: uuid::Uuid = problem["request_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(reply.header("x-request-id"), Some(id.to_string().as_str()));
}

fn has_the_headers_of_the_api(reply: &Reply) {
    assert!(reply.header("cache-control").unwrap().starts_with("no-store"), "{:?}", reply.headers);
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
}

async fn raw(person: &Person, path: &str, content_type: Option<&str>, body: impl Into<Body>) -> Reply {
    let mut request = person.request(Method::POST, path).body(body);
    if let Some(content_type) = content_type {
        request = request.header("Content-Type", content_type);
    }
    person.sends(request).await
}

/// A place of each kind, as it is to whoever asks: there, not there, no id at all.
fn places(chat: &Chat) -> [String; 5] {
    [chat.path.clone(), format!("/v1/chats/{}", "A".repeat(43)), "/v1/chats/nowhere".into(), "/v1/chats/%F0%9F%98%80".into(), "/v1/chats/%00".into()]
}

#[tokio::test]
async fn every_failure_has_one_form() {
    let world = World::with(&["--chat-links", "1"]).await;
    let (mut ana, mut ben) = (world.person(), world.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    let failures = [
        (ana.gets("/v1/nothing").await, 404, "not_found"),
        (ana.gets("/nothing").await, 404, "not_found"),
        (ana.gets("/v1/chats/nowhere").await, 404, "not_found"),
        (ana.gets("/v1/chats").await, 405, "method_not_allowed"),
        (raw(&ana, &chat.path, Some("application/json"), "{").await, 400, "bad_json"),
        (raw(&ana, &chat.path, Some("text/plain"), "{}").await, 415, "unsupported_media_type"),
        (raw(&ana, &chat.path, Some("application/json"), "{}").await, 422, "invalid"),
        (raw(&ana, &chat.path, Some("application/json"), vec![b' '; 65_537]).await, 413, "too_large"),
        (ana.says_to_the_only_one(&link, false).await, 200, ""),
        (ana.decides(&link, &knock, true).await, 409, "already_decided"),
        (ben.nobody().posts(&format!("{}/knocks", link.path), json!({"name": "Ben"})).await, 429, "declined_recently"),
        (ana.posts("/v1/links", json!({"chat_url": chat.url})).await, 507, "chat_full"),
        (ana.sends(ana.nobody().request(Method::GET, &chat.path).header("Authorization", "Basic YTpi")).await, 401, "unauthenticated"),
    ];
    for (reply, status, code) in failures.into_iter().filter(|(_, status, _)| *status != 200) {
        let reply = reply.is_problem(status, code);
        is_whole(&reply);
        has_the_headers_of_the_api(&reply);
    }
}

#[tokio::test]
async fn every_answer_keeps_secrets_out_of_caches_and_referrers() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let paths =
        [&chat.path, &format!("{}/export", chat.path), &link.path, &format!("{}/events", link.path), "/healthz", "/readyz", "/openapi.json", "/v1/x"];
    for path in paths {
        has_the_headers_of_the_api(&ana.gets(path).await);
    }
    has_the_headers_of_the_api(&ana.posts("/v1/chats", json!({})).await.is(201));
    has_the_headers_of_the_api(&ana.sends(ana.request(Method::OPTIONS, &chat.path)).await);
    let hearing = ana.follows(&chat).await;
    assert_eq!(hearing.headers["cache-control"], "no-store, no-transform");
    for path in [format!("/l/{}", link.id), format!("/c/{}", chat.id), "/l/x/".into(), "/c/x/".into()] {
        let page = ana.gets(&path).await.is(200);
        has_the_headers_of_the_api(&page);
        assert_eq!(page.header("x-robots-tag"), Some("noindex, nofollow, noarchive"));
        assert!(page.header("content-type").unwrap().starts_with("text/html"));
    }
}

#[tokio::test]
async fn what_is_not_json_is_told_from_what_is_wrong() {
    let world = World::open().await;
    let mut ana = world.person();
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
            ("{}", "body"),
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
    let world = World::open().await;
    let mut ana = world.person();
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
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let marked = |body: Value| format!("\u{feff}{body}");
    let json = Some("application/json");
    raw(&ana, &chat.path, json, marked(json!({"text": "x"}))).await.is(201);
    raw(&ana.nobody(), "/v1/chats", json, marked(json!({"name": "Ben"}))).await.is(201);
    raw(&ana, "/v1/links", json, marked(json!({"chat_url": chat.url}))).await.is(201);
    raw(&ana.nobody(), &format!("{}/knocks", link.path), json, marked(json!({"name": "Cem"}))).await.is(201);
    raw(&world.person(), &format!("{}/knocks", link.path), json, "\u{feff}").await.is(201);
    raw(&ana, "/v1/tickets", json, marked(json!({"chat_id": chat.id}))).await.is(201);
    let patch = ana.request(Method::PATCH, &chat.path).header("Content-Type", "application/json").body(marked(json!({"title": "Plans"})));
    assert_eq!(ana.sends(patch).await.is(200).json["title"], json!("Plans"));
    raw(&ana, "/v1/chats", None, "\u{feff}").await.is_problem(415, "unsupported_media_type");
    assert_eq!(ana.texts(&chat).await, ["x"]);
}

#[tokio::test]
async fn a_body_with_a_mark_is_another_body_to_an_idempotency_key() {
    let world = World::open().await;
    let mut ana = world.person();
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
    let world = World::open().await;
    let mut ana = world.person();
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
        let told = format!("The body has the content coding {named}, which is not taken: send it without.");
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
    let world = World::open().await;
    let mut ana = world.person();
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
    let world = World::open().await;
    let mut ana = world.person();
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
    raw(&world.person(), &format!("{}/knocks", link.path), Some("application/json"), "").await.is(201);
    raw(&ana, "/v1/chats", None, "{}").await.is_problem(415, "unsupported_media_type");
    raw(&ana, "/v1/chats", Some("text/plain"), "").await.is_problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_body_has_at_most_64_kib_however_it_comes() {
    let world = World::open().await;
    let mut ana = world.person();
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

#[tokio::test]
async fn what_is_there_with_another_method_says_with_which() {
    let world = World::open().await;
    let ana = world.person();
    for (method, path, allowed) in [
        (Method::GET, "/v1/chats", "POST"),
        (Method::PUT, "/v1/chats/nowhere", "GET,HEAD,POST,PATCH,DELETE"),
        (Method::POST, "/v1/chats/nowhere/members", "GET,HEAD"),
        (Method::GET, "/v1/chats/nowhere/members/1", "DELETE"),
        (Method::DELETE, "/v1/chats/nowhere/activity", "GET,HEAD"),
        (Method::POST, "/v1/chats/nowhere/export", "GET,HEAD"),
        (Method::GET, "/v1/links", "POST"),
        (Method::POST, "/v1/links/nowhere", "GET,HEAD,DELETE"),
        (Method::GET, "/v1/links/nowhere/knocks", "POST"),
        (Method::GET, "/v1/links/nowhere/knocks/x", "DELETE"),
        (Method::DELETE, "/v1/approval", "GET,HEAD,POST"),
        (Method::GET, "/v1/tickets", "POST"),
        (Method::POST, "/healthz", "GET,HEAD"),
        (Method::POST, "/l/x", "GET,HEAD"),
    ] {
        let reply = ana.sends(ana.request(method, path)).await.is_problem(405, "method_not_allowed");
        is_whole(&reply);
        let sorted = |list: &str| {
            let mut methods: Vec<String> = list.split(',').map(|one| one.trim().to_owned()).collect();
            methods.sort();
            methods
        };
        assert_eq!(sorted(reply.header("allow").unwrap()), sorted(allowed), "{path}");
    }
}

#[tokio::test]
async fn a_malformed_authorization_is_told_so_everywhere() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let nobody = ana.nobody();
    for header in ["Basic YTpi", "Bearer", "Bearer ", "", "Bearer a b", "Bearer a,b", "Bearer \u{e9}", "Token x", chat.author.as_str()] {
        for path in places(&chat).iter().chain(&["/v1/links/nowhere".into(), "/v1/approval?link_url=x".into()]) {
            let reply = nobody.sends(nobody.request(Method::GET, path).header("Authorization", header)).await.is_problem(401, "unauthenticated");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{header}");
        }
    }
    let twice = ana.request(Method::GET, &chat.path).header("Authorization", format!("Bearer {}", chat.author));
    ana.sends(twice).await.is_problem(401, "unauthenticated");
    for fine in [format!("bearer {}", chat.author), format!("BEARER  {}", chat.author.to_uppercase())] {
        nobody.sends(nobody.request(Method::GET, &chat.path).header("Authorization", fine)).await.is(200);
    }
}

#[tokio::test]
async fn the_form_is_judged_before_who_asks() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let eve = world.person().showing("nobody");
    for path in places(&chat) {
        let here = |reply: Reply| (reply.status, reply.json["code"].clone(), reply.json["detail"].clone());
        let at = |query: &str| format!("{path}{query}");
        for person in [&eve, &eve.nobody(), &ana] {
            assert_eq!(here(person.gets(&at("?limit=0")).await).0, 422);
            assert_eq!(here(person.gets(&at("/members?cursor=!")).await).0, 422);
            assert_eq!(here(person.gets(&at("/activity?log=all")).await).0, 422);
            assert_eq!(here(person.gets(&at("/knocks?status=all")).await).0, 422);
            assert_eq!(here(person.patches(&at(""), json!({"expires_in": 1})).await).0, 422);
            assert_eq!(here(person.posts(&at(""), json!({"text": ""})).await).0, 422);
        }
    }
    let long = "é".repeat(121);
    for path in ["nowhere", &chat.url] {
        eve.posts("/v1/links", json!({"chat_url": path, "label": long})).await.is_problem(422, "invalid");
        eve.posts("/v1/approval", json!({"link_url": path, "knock_ids": []})).await.is_problem(422, "invalid");
    }
    eve.posts("/v1/links/nowhere/knocks", json!({"name": ""})).await.is_problem(422, "invalid");
    eve.deletes("/v1/links/nowhere?evict=perhaps").await.is_problem(422, "invalid");
    eve.posts("/v1/tickets", json!({})).await.is_problem(422, "invalid");
}

#[tokio::test]
async fn a_request_names_one_host_and_comes_in_no_coding_but_chunks() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_an_open_chat().await;
    let stream = format!("{}/events", chat.path);
    for path in ["/healthz", "/", "/v1/chats/x", &stream] {
        for hosts in ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host: a/b\r\n"] {
            let mut wire = Wire::to(world.address).await;
            wire.sends(format!("GET {path} HTTP/1.1\r\n{hosts}\r\n")).await;
            let said = String::from_utf8(wire.rest().await).unwrap();
            assert!(said.starts_with("HTTP/1.1 400") && said.contains("\"bad_host\""), "{path} {hosts:?}: {said}");
        }
        let mut old = Wire::to(world.address).await;
        old.sends(format!("GET {path} HTTP/1.0\r\n\r\n")).await;
        let said = String::from_utf8_lossy(&old.reads().await).into_owned();
        assert!(said.starts_with("HTTP/1.0 200") || said.starts_with("HTTP/1.0 404"), "{path}: {said}");
    }
    for codings in ["Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"] {
        let mut wire = Wire::to(world.address).await;
        let body = "Content-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        wire.sends(format!("POST /v1/chats HTTP/1.1\r\nHost: parlor\r\n{codings}{body}")).await;
        let said = String::from_utf8(wire.rest().await).unwrap();
        assert!(said.starts_with("HTTP/1.1 501") && said.contains("\"transfer_coding_not_implemented\""), "{codings:?}: {said}");
    }
}
