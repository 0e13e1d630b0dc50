//! SEC-068, SEC-192: metrics are on the admin listener, and nowhere else.

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
    let samples = reply.text.lines().filter(|line| !line.starts_with('#'));
    samples.map(|line| line.rsplit_once(' ').unwrap()).map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
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
    let mut waiting = ben.waits(&link).await;
    let before = numbers(&runner).await;
    assert_eq!((before["parlor_streams"], before["parlor_members"]), (2.0, 1.0));
    ana.lets_in(&link, &knock).await;
    waiting.expect("knock_decided").await;
    waiting.expect_end().await;
    let mut bens = ben.follows(&chat).await;
    for key in ["a", "b", "b"] {
        ana.posts_keyed(&chat.path, key, json!({"text": key})).await.is(201);
    }
    for _ in 0..2 {
        bens.expect("message").await;
    }
    for name in ["knock", "member_joined", "knock_decided", "message", "message"] {
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
