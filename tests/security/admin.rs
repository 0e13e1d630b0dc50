//! SEC-068, SEC-192: metrics and the operator's routes are on the admin listener, and nowhere else; no web page reaches it.

use std::collections::BTreeMap;
use std::sync::Arc;

use parlor::domain::event_log::LogUpdate;
use parlor::hub::Hub;
use parlor::hub::bus::Bus;
use serde_json::json;

use crate::support::{Person, Program, RawClient, StreamPath, TestServer, head, on_both_paths, within};

/// Paths at which other programs expose internals.
const ELSEWHERE: [&str; 12] = [
    "/metrics",
    "/metrics/",
    "/debug",
    "/debug/pprof",
    "/debug/pprof/heap",
    "/debug/vars",
    "/admin",
    "/actuator",
    "/actuator/env",
    "/server-status",
    "/status",
    "/.env",
];

/// Returns every sample by its name with its labels.
async fn numbers(runner: &Person) -> BTreeMap<String, f64> {
    let reply = runner.gets("/metrics").await.is(200);
    assert!(reply.header("content-type").unwrap().starts_with("application/openmetrics-text"), "{:?}", reply.headers);
    let mut samples = BTreeMap::new();
    for (name, value) in reply.text.lines().filter(|line| !line.starts_with('#')).map(|line| line.rsplit_once(' ').unwrap()) {
        assert!(samples.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{name} stands twice");
    }
    samples
}

#[tokio::test]
async fn sec_068_the_admin_listener_is_off_unless_asked_for() {
    let program = Program::start(&[]).await;
    let stranger = program.person_from([127, 1, 0, 1]);
    for path in ELSEWHERE {
        stranger.gets(path).await.is_problem(404, "not_found");
    }
    let said = program.stop("TERM").await;
    assert_eq!(said.printed.lines().count(), 1, "{}", said.printed);
}

async fn sec_192_the_numbers_are_on_the_admin_listener_alone(path: StreamPath) {
    let program = Program::start(&path.flags(&["--admin-listen", "127.0.0.1:0"])).await;
    assert_ne!(program.admin, Some(program.address));
    let (stranger, runner) = (program.person_from([127, 1, 0, 1]), program.operator());
    for path in ELSEWHERE {
        stranger.gets(path).await.is_problem(404, "not_found");
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        runner.gets(path).await.is(200);
    }
    for path in ELSEWHERE.iter().filter(|path| !path.starts_with("/metrics")).chain(&["/", "/v1/chats", "/docs/", "/openapi.json", "/l/x"]) {
        runner.gets(path).await.is(404);
    }
    let made = within(runner.request(reqwest::Method::POST, "/v1/chats").json(&json!({})).send()).await.unwrap();
    assert_eq!(made.status(), 404);
    runner.posts("/metrics", json!({})).await.is(405);
}

/// Every route of the admin listener that shows or changes data.
const PRIVATE: [(&str, &str); 9] = [
    ("GET", "/users"),
    ("POST", "/users"),
    ("DELETE", "/users/ana"),
    ("PUT", "/users/ana/suspension"),
    ("DELETE", "/users/ana/suspension"),
    ("POST", "/users/ana/password-reset"),
    ("DELETE", "/chats/x"),
    ("GET", "/reports"),
    ("PATCH", "/reports/x"),
];

#[tokio::test]
async fn sec_068_the_public_listener_has_no_route_of_the_operator() {
    let program = Program::start(&["--admin-listen", "127.0.0.1:0"]).await;
    let stranger = program.person_from([127, 1, 0, 1]);
    for (method, path) in PRIVATE {
        let request = stranger.request(method.parse().unwrap(), path).json(&json!({}));
        stranger.sends(request).await.is_problem(404, "not_found");
    }
    let document = stranger.gets("/openapi.json").await.is(200).json;
    for (_, path) in PRIVATE {
        assert!(document["paths"][path].is_null(), "{path}");
    }
}

#[tokio::test]
async fn sec_068_no_web_page_reaches_the_admin_listener() {
    let program = Program::start(&["--admin-listen", "127.0.0.1:0", "--rate-factor", "0"]).await;
    let (mut ana, operator) = (program.person_from([127, 1, 0, 1]), program.operator());
    ana.signs_up("ana").await.is(201);
    ana.signs_in("ana").await;
    let port = program.admin.unwrap().port();
    let ask = async |method: &str, path: &str, name: &str, value: &str| {
        let request = operator.request(method.parse().unwrap(), path).header(name, value);
        operator.sends(if method == "POST" { request.json(&json!({"username": "eve", "password": "plum-tree-42"})) } else { request }).await
    };
    let rebound = [format!("evil.example:{port}"), format!("localhost.evil.example:{port}"), format!("127.0.0.1:{}", port ^ 1), "127.0.0.1".into()];
    let origins = [format!("http://127.0.0.1:{port}"), "http://evil.example".into(), "null".into()];
    for (method, path) in PRIVATE.into_iter().chain([("GET", "/unknown")]) {
        for host in &rebound {
            ask(method, path, "Host", host).await.is_problem(403, "not_allowed");
        }
        for origin in &origins {
            let reply = ask(method, path, "Origin", origin).await.is_problem(403, "not_allowed");
            assert!(reply.header("access-control-allow-origin").is_none());
        }
    }
    for path in ["/metrics", "/healthz", "/readyz"] {
        ask("GET", path, "Host", "metrics.example").await.is(200);
        ask("GET", path, "Origin", "http://evil.example").await.is(200);
    }
    ana.gets("/v1/me").await.is(200);
    let users = ask("GET", "/users", "Host", &format!("localhost:{port}")).await.is(200);
    assert_eq!(users.json["items"].as_array().unwrap().len(), 1, "nothing was created or deleted");
    assert_eq!((users.header("cache-control"), users.header("x-content-type-options")), (Some("no-store"), Some("nosniff")));
    let problem = operator.gets("/unknown").await.is_problem(404, "not_found");
    assert_eq!(problem.header("content-type"), Some("application/problem+json"));
    operator.posts("/users", json!([])).await.is_problem(422, "invalid");
    operator.deletes("/users").await.is_problem(405, "method_not_allowed");
}

/// The counters that the test below changes.
const COUNTED: [(&str, f64); 11] = [
    ("parlor_chats", 1.0),
    ("parlor_members", 2.0),
    ("parlor_streams", 2.0),
    ("parlor_posts_total", 2.0),
    ("parlor_knocks_total", 1.0),
    ("parlor_deliveries_total", 7.0),
    ("parlor_refusals_total{reason=\"chat_full\"}", 1.0),
    ("parlor_request_seconds_count{route=\"/v1/chats/{chat_id}\",class=\"2xx\"}", 3.0),
    ("parlor_request_seconds_count{route=\"/v1/chats/{chat_id}/events\",class=\"2xx\"}", 2.0),
    ("parlor_request_seconds_count{route=\"-\",class=\"4xx\"}", 1.0),
    ("parlor_repaired_rings_total", 0.0),
];

async fn sec_192_the_numbers_tell_what_happened(path: StreamPath) {
    let program = Program::start(&path.flags(&["--admin-listen", "127.0.0.1:0", "--chat-links", "1", "--rate-factor", "0"])).await;
    let (mut ana, mut ben, runner) = (program.person_from([127, 1, 0, 1]), program.person_from([127, 1, 0, 2]), program.operator());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let mut owners = ana.follows(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    owners.expect("knock").await;
    let mut waiting = ben.waits(&link).await;
    let before = numbers(&runner).await;
    assert_eq!((before["parlor_streams"], before["parlor_members"]), (2.0, 1.0));
    ana.lets_in(&link, &knock).await;
    // The two logs of a chat have no order among each other: what stands in one is awaited before the other grows.
    for name in ["member_joined", "knock_decided"] {
        owners.expect(name).await;
    }
    waiting.expect("knock_decided").await;
    waiting.expect_end().await;
    let mut bens = ben.follows(&chat).await;
    for key in ["a", "b", "b"] {
        ana.posts_keyed(&chat.path, key, json!({"text": key})).await.is(201);
    }
    for _ in 0..2 {
        bens.expect("message").await;
    }
    for name in ["message", "message"] {
        owners.expect(name).await;
    }
    ana.posts("/v1/links", json!({"chat_url": chat.url})).await.is_problem(507, "chat_full");
    ben.nobody().gets("/nowhere/at/all").await.is(404);
    let after = numbers(&runner).await;
    for (name, value) in COUNTED {
        assert_eq!(after.get(name), Some(&value), "{name} in {after:#?}");
    }
    assert!(after["parlor_bytes_most"] > after["parlor_bytes_held"] && after["parlor_bytes_held"] > 0.0, "{after:#?}");
    assert!(after.keys().any(|name| name.starts_with("parlor_build_info{version=")) && after["parlor_connections"] >= 2.0);
}

#[tokio::test]
async fn sec_192_labels_are_bounded_whatever_is_asked_for() {
    let program = Program::start(&["--admin-listen", "127.0.0.1:0", "--rate-factor", "0"]).await;
    let (stranger, runner) = (program.person_from([127, 1, 0, 1]), program.operator());
    let ask = async |marker: &str| {
        for path in
            [format!("/{marker}"), format!("/v1/chats/{marker}"), format!("/l/{marker}"), format!("/docs/{marker}"), format!("/v1/{marker}/x")]
        {
            stranger.gets(&path).await;
            stranger.sends(stranger.request(reqwest::Method::from_bytes(marker.as_bytes()).unwrap(), &path)).await;
        }
    };
    ask("FIRST").await;
    let before: Vec<String> = numbers(&runner).await.into_keys().collect();
    for number in 0..20 {
        ask(&format!("MARKER{number}")).await;
    }
    let after: Vec<String> = numbers(&runner).await.into_keys().collect();
    assert_eq!(before, after);
}

/// A bus that notifies nobody.
#[derive(Debug)]
struct Mute;

impl Bus for Mute {
    fn notify(&self, _: LogUpdate) {}
}

async fn sec_192_rings_that_the_audit_repaired_are_counted(path: StreamPath) {
    let server = TestServer::with_bus(path, |_: Arc<Hub>| Arc::new(Mute)).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut stream = ana.follows(&chat).await;
    let repaired = || server.service.counters().repaired_rings.get();
    server.service.audit_heads().await.unwrap();
    let before = repaired();
    ana.says(&chat, "Is anybody there?").await;
    server.service.audit_heads().await.unwrap();
    stream.expect("message").await;
    assert_eq!(repaired(), before + 1);
    server.service.audit_heads().await.unwrap();
    assert_eq!(repaired(), before + 1, "a known head is repaired again");
}

#[tokio::test]
async fn sec_103_connections_that_were_refused_or_cut_are_counted_by_why() {
    let program = Program::start(&["--admin-listen", "127.0.0.1:0"]).await;
    for (reason, said) in [
        ("bad_head", "NONSENSE\r\n\r\n".to_owned()),
        ("head_too_large", head("GET", "/", None, &[("X", &"x".repeat(9_000))])),
        ("no_request", "GET".into()),
    ] {
        let mut connection = RawClient::connect(program.address).await;
        connection.send(said).await;
        connection.read_to_end().await;
        let counted = format!("parlor_refusals_total{{reason=\"{reason}\"}}");
        let is_rate_limited = async { while numbers(&program.operator()).await.get(&counted) != Some(&1.0) {} };
        within(is_rate_limited).await;
    }
    let mut many = Vec::new();
    for _ in 0..256 {
        many.push(RawClient::with_pending_request(program.address).await);
    }
    let mut last = RawClient::connect(program.address).await;
    last.send(head("GET", "/healthz", None, &[])).await;
    assert!(last.response().await.starts_with("HTTP/1.1 429"));
    let now = numbers(&program.operator()).await;
    assert_eq!(now.get("parlor_refusals_total{reason=\"too_many_connections\"}"), Some(&1.0), "{now:?}");
}

on_both_paths!(
    sec_192_the_numbers_are_on_the_admin_listener_alone,
    sec_192_the_numbers_tell_what_happened,
    sec_192_rings_that_the_audit_repaired_are_counted,
);
