//! SEC-088: errors have one form, which reveals no internals and reflects nothing that a browser could take for markup.

use reqwest::Method;
use serde_json::{Value, json};

use crate::access_matrix::rows;
use crate::fixture::{Fixture, Who, absent, malformed};
use crate::requests::sends;
use crate::support::openapi_check::DOCUMENT;
use crate::support::{Reply, StreamPath, on_both_paths, openapi_check};

/// Text that could act if a browser or a terminal displayed it.
const ACTING: [&str; 6] =
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\u{1b}[2J\u{7}", "\"'`><svg/onload=1>", "\u{202e}gnp", "&lt;b&gt;{{7*7}}${7*7}"];

/// Words that only internals contain.
const INSIDE: [&str; 22] = [
    "src/",
    ".rs",
    "panicked",
    "unwrap",
    "backtrace",
    "RUST_",
    "/home",
    "/usr",
    "/root",
    "/tmp",
    "cargo",
    "hyper",
    "axum",
    "tokio",
    "tower",
    "serde",
    "rustc",
    "127.0.0.1",
    "localhost",
    "memory",
    "0x",
    "struct ",
];

/// Returns every operation with a request body, with invalid bodies: wrong names and wrong values.
fn bodies(acting: &str) -> Vec<String> {
    let quoted = json!(acting).to_string();
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let mut all = vec![acting.to_owned(), quoted.clone(), format!("[{quoted}]"), deep, "{".into(), "\u{0}".into(), format!("{{{quoted}: {quoted}}}")];
    for field in ["text", "title", "name", "admission", "expires_in", "label", "chat_url", "link_url", "knock_ids", "note", "chat_id", "approve"] {
        all.push(format!("{{\"{field}\": {quoted}, {quoted}: 1}}"));
        all.push(format!("{{\"{field}\": {{{quoted}: {quoted}}}}}"));
    }
    all
}

/// Fails unless the response has the one form and reveals nothing.
fn tells_nothing(reply: &Reply, acting: &str) {
    let problem = &reply.json;
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.text);
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    openapi_check::check_named_schema("Problem", problem);
    assert_eq!(problem["status"], json!(reply.status));
    assert_eq!(problem["type"], json!(format!("urn:parlor:problem:{}", problem["code"].as_str().unwrap())));
    assert!(!reply.text.chars().any(|c| c.is_control() || "<>&\u{202e}".contains(c)), "{acting:?} is reflected unescaped: {}", reply.text);
    assert!(reply.text.len() < 2_000, "{} bytes about {acting:?}", reply.text.len());
    for word in INSIDE {
        assert!(!reply.text.contains(word), "{word:?} is in {}", reply.text);
    }
}

async fn sec_088_bad_bodies_are_told_in_one_form_that_tells_nothing(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let mut refused = 0;
    let long = format!("<{}>", "a".repeat(50_000));
    for row in rows().iter().filter(|row| (row.ask)(&absent()).body.is_some()) {
        let ask = (row.ask)(&absent());
        for acting in ACTING.into_iter().chain([long.as_str()]) {
            for body in bodies(acting) {
                let method = Method::from_bytes(ask.method.as_bytes()).unwrap();
                let request = fixture.person(Who::Owner).request(method, &ask.path).header("Content-Type", "application/json").body(body);
                let reply = sends(request).await;
                // An open chat with an odd name is outside this test.
                if reply.status != 201 {
                    assert!(matches!(reply.status, 400 | 404 | 413 | 422), "{}", reply.text);
                    tells_nothing(&reply, acting);
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
}

async fn sec_088_bad_paths_queries_and_headers_are_told_in_one_form_that_tells_nothing(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let owner = fixture.person(Who::Owner);
    for acting in ACTING {
        let coded: String = url::form_urlencoded::byte_serialize(acting.as_bytes()).collect();
        for path in [format!("/{coded}"), format!("/v1/{coded}"), format!("/v1/chats/{coded}"), format!("/v1/links/{coded}/events")] {
            tells_nothing(&owner.gets(&path).await.is(404), acting);
        }
        for parameter in parameters() {
            let reply = sends(owner.request(Method::GET, &format!("{}?{parameter}={coded}", parameter_path(&fixture, parameter)))).await;
            if reply.status >= 400 {
                tells_nothing(&reply, acting);
            }
        }
    }
    for row in rows() {
        for names in malformed() {
            let reply = sends((row.ask)(&names).by(fixture.person(Who::Stranger))).await;
            if reply.status >= 400 {
                tells_nothing(&reply, "a malformed id");
            }
        }
        let reply = sends((row.ask)(&absent()).by(fixture.person(Who::Nobody)).header("Authorization", "Basic <script>")).await;
        if reply.status >= 400 {
            tells_nothing(&reply, "<script>");
        }
    }
}

/// Returns every name of a query parameter in the document.
fn parameters() -> Vec<&'static str> {
    let items = DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let all = items.filter_map(|operation| operation["parameters"].as_array()).flatten().filter(|one| one["in"] == "query");
    let mut names: Vec<&str> = all.filter_map(|one| one["name"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns a path that takes this parameter.
fn parameter_path(fixture: &Fixture, parameter: &str) -> String {
    let of = |rest: &str| format!("{}{rest}", fixture.chat.path);
    match parameter {
        "cursor" => of("/links"),
        "status" => of("/knocks"),
        "log" => of("/activity"),
        "ticket" => of("/events"),
        "client_id" | "evict" => fixture.link.path.clone(),
        "link_url" => "/v1/approval".into(),
        _ => of(""),
    }
}

/// Returns every kind of problem in the document.
#[test]
fn sec_088_the_documents_examples_tell_nothing_either() {
    let mut seen = 0;
    for item in DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values()) {
        for answer in item["responses"].as_object().unwrap().values() {
            let examples: &Value = &answer["content"]["application/problem+json"]["examples"];
            for (name, example) in examples.as_object().into_iter().flatten() {
                let text = example["value"].to_string();
                assert!(INSIDE.iter().all(|word| !text.contains(word)), "{name}: {text}");
                seen += 1;
            }
        }
    }
    assert!(seen > 50);
}

on_both_paths!(
    sec_088_bad_bodies_are_told_in_one_form_that_tells_nothing,
    sec_088_bad_paths_queries_and_headers_are_told_in_one_form_that_tells_nothing,
);
