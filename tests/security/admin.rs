//! SEC-068, SEC-192: numbers for whoever runs the program, on a listener of their own, and nowhere else.

use std::collections::BTreeMap;
use std::sync::Arc;

use parlor::domain::entry::News;
use parlor::live::Live;
use parlor::live::bus::Bus;
use serde_json::json;

use crate::world::{Person, Program, Wire, World, head, within};

/// Where others have had something to see.
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

/// Every sample by its name with its labels.
async fn numbers(runner: &Person) -> BTreeMap<String, f64> {
    let reply = runner.gets("/metrics").await.is(200);
    assert!(reply.header("content-type").unwrap().starts_with("application/openmetrics-text"), "{:?}", reply.headers);
    let samples = reply.text.lines().filter(|line| !line.starts_with('#'));
    samples.map(|line| line.rsplit_once(' ').unwrap()).map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

#[tokio::test]
async fn sec_068_the_admin_listener_is_off_unless_asked_for() {
    let program = Program::starts(&[]).await;
    let stranger = program.person_from([127, 1, 0, 1]);
    for path in ELSEWHERE {
        stranger.gets(path).await.is_problem(404, "not_found");
    }
    let said = program.ends_on("TERM").await;
    assert_eq!(said.printed.lines().count(), 1, "{}", said.printed);
}

#[tokio::test]
async fn sec_192_the_numbers_are_on_the_admin_listener_alone() {
    let program = Program::starts(&["--admin-listen", "127.0.0.1:0"]).await;
    assert_ne!(program.admin, Some(program.address));
    let (stranger, runner) = (program.person_from([127, 1, 0, 1]), program.runner());
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

/// What is counted of what happens in the test below.
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

#[tokio::test]
async fn sec_192_the_numbers_tell_what_happened() {
    let program = Program::starts(&["--admin-listen", "127.0.0.1:0", "--chat-links", "1", "--rate-factor", "0"]).await;
    let (mut ana, mut ben, runner) = (program.person_from([127, 1, 0, 1]), program.person_from([127, 1, 0, 2]), program.runner());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let mut owners = ana.follows(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    let mut waiting = ben.waits(&link).await;
    let before = numbers(&runner).await;
    assert_eq!((before["parlor_streams"], before["parlor_members"]), (2.0, 1.0));
    ana.lets_in(&link, &knock).await;
    waiting.hears("knock_decided").await;
    waiting.ends().await;
    let mut bens = ben.follows(&chat).await;
    for key in ["a", "b", "b"] {
        ana.posts_keyed(&chat.path, key, json!({"text": key})).await.is(201);
    }
    for _ in 0..2 {
        bens.hears("message").await;
    }
    for name in ["knock", "member_joined", "knock_decided", "message", "message"] {
        owners.hears(name).await;
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
    let program = Program::starts(&["--admin-listen", "127.0.0.1:0", "--rate-factor", "0"]).await;
    let (stranger, runner) = (program.person_from([127, 1, 0, 1]), program.runner());
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

/// A bus that rings nobody.
#[derive(Debug)]
struct Mute;

impl Bus for Mute {
    fn ring(&self, _: News) {}
}

#[tokio::test]
async fn sec_192_rings_that_the_audit_repaired_are_counted() {
    let world = World::with_bus(|_: Arc<Live>| Arc::new(Mute)).await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let mut hearing = ana.follows(&chat).await;
    let repaired = || world.service.figures().repaired_rings.get();
    world.service.audit().await.unwrap();
    let before = repaired();
    ana.says(&chat, "Is anybody there?").await;
    world.service.audit().await.unwrap();
    hearing.hears("message").await;
    assert_eq!(repaired(), before + 1);
    world.service.audit().await.unwrap();
    assert_eq!(repaired(), before + 1, "what was known is repaired again");
}

#[tokio::test]
async fn sec_103_connections_that_were_refused_or_cut_are_counted_by_why() {
    let program = Program::starts(&["--admin-listen", "127.0.0.1:0"]).await;
    for (reason, said) in [
        ("bad_head", "NONSENSE\r\n\r\n".to_owned()),
        ("head_too_large", head("GET", "/", None, &[("X", &"x".repeat(9_000))])),
        ("no_request", "GET".into()),
    ] {
        let mut wire = Wire::to(program.address).await;
        wire.sends(said).await;
        wire.rest().await;
        let counted = format!("parlor_refusals_total{{reason=\"{reason}\"}}");
        let is_counted = async { while numbers(&program.runner()).await.get(&counted) != Some(&1.0) {} };
        within(is_counted).await;
    }
    let mut many = Vec::new();
    for _ in 0..256 {
        many.push(Wire::busy(program.address).await);
    }
    let mut last = Wire::to(program.address).await;
    last.sends(head("GET", "/healthz", None, &[])).await;
    assert!(last.answer().await.starts_with("HTTP/1.1 429"));
    let now = numbers(&program.runner()).await;
    assert_eq!(now.get("parlor_refusals_total{reason=\"too_many_connections\"}"), Some(&1.0), "{now:?}");
}
