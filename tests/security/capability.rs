//! SEC-001 to 003: ids and credentials cannot be guessed and reveal nothing when they are wrong.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::{Fixture, UNKNOWN, Who, absent};
use crate::requests::{Ask, bare, nothing_here, sends};
use crate::support::openapi_check::DOCUMENT;
use crate::support::{Link, Person, TestServer, seconds, within};

const MANY: usize = 2_000;

async fn makes(person: &Person, path: &str, body: Value) -> Value {
    let response = within(person.request(Method::POST, path).json(&body).send()).await.unwrap();
    assert_eq!(response.status(), 201, "{path}");
    within(response.json()).await.unwrap()
}

/// Fails unless ids have a fixed length and one alphabet, are distinct, and are uniform in every position.
fn unguessable(what: &str, ids: &[String], length: usize, free: &[usize], alphabet: usize) {
    assert_eq!(ids.len(), MANY);
    assert!(ids.iter().all(|id| id.len() == length), "{what}: not all have {length} characters");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), MANY, "{what}: a duplicate");
    let prefixes: BTreeSet<&str> = ids.iter().map(|id| &id[..8]).collect();
    assert!(prefixes.len() > MANY - 10, "{what}: many have the same beginning");
    for place in free.iter().copied() {
        let mut counts: BTreeMap<char, usize> = BTreeMap::new();
        for id in ids {
            *counts.entry(id.as_bytes()[place] as char).or_default() += 1;
        }
        assert_eq!(counts.len(), alphabet, "{what}: place {place} has {counts:?}");
        assert!(is_flat(counts.values().copied(), alphabet), "{what}: place {place} is uneven: {counts:?}");
    }
    let rising = ids.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((MANY * 2 / 5..MANY * 3 / 5).contains(&rising), "{what}: they are sorted");
}

/// Returns true if these counts of equally likely letters are uniform: chi-square, at six deviations (by Wilson and Hilferty), which chance
/// exceeds about once in a thousand million.
fn is_flat(counts: impl Iterator<Item = usize>, alphabet: usize) -> bool {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    let (even, freedom) = (number(MANY) / number(alphabet), number(alphabet - 1));
    let chi_square: f64 = counts.map(|count| (number(count) - even).powi(2) / even).sum();
    let spread = 2.0 / (9.0 * freedom);
    chi_square < freedom * (1.0 - spread + 6.0 * spread.sqrt()).powi(3)
}

#[tokio::test]
async fn sec_001_ids_are_long_and_random() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let somebody = server.person();
    let mut made: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for _ in 0..MANY {
        let chat = makes(&somebody, "/v1/chats", json!({})).await;
        let owner = somebody.showing(chat["author_id"].as_str().unwrap());
        let link = makes(&owner, "/v1/links", json!({"chat_url": chat["chat_id"]})).await;
        let knock = makes(&somebody, &format!("/v1/links/{}/knocks", link["link_id"].as_str().unwrap()), json!({})).await;
        let ticket = makes(&owner, "/v1/tickets", json!({"chat_id": chat["chat_id"]})).await;
        for (from, field) in
            [(&chat, "chat_id"), (&chat, "author_id"), (&link, "link_id"), (&knock, "client_id"), (&knock, "knock_id"), (&ticket, "ticket")]
        {
            made.entry(field).or_default().push(from[field].as_str().unwrap().to_owned());
        }
    }
    let places = |length: usize| (0..length).collect::<Vec<_>>();
    let uuid: Vec<usize> = (0..36).filter(|place| ![8, 13, 14, 18, 19, 23].contains(place)).collect();
    for (what, length, free, alphabet) in [
        ("chat_id", 43, places(42), 64),
        ("link_id", 27, places(26), 64),
        ("ticket", 27, places(26), 64),
        ("author_id", 36, uuid.clone(), 16),
        ("client_id", 36, uuid.clone(), 16),
        ("knock_id", 36, uuid, 16),
    ] {
        unguessable(what, &made[what], length, &free, alphabet);
    }
    let of_version_4 = |id: &&String| id.as_bytes()[14] == b'4' && b"89ab".contains(&id.as_bytes()[19]);
    assert_eq!(made["author_id"].iter().chain(&made["client_id"]).filter(of_version_4).count(), 2 * MANY);
}

/// Headers of link previews, which must change nothing.
const LOOKS: [(&str, &str); 9] = [
    ("User-Agent", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
    ("User-Agent", "WhatsApp/2.23.20.0"),
    ("User-Agent", "Mozilla/5.0 (compatible; SomeCrawler/1.0)"),
    ("Sec-Purpose", "prefetch;prerender"),
    ("Purpose", "preview"),
    ("X-Moz", "prefetch"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Site", "same-site"),
    ("Accept", "text/html,application/xhtml+xml"),
];

#[tokio::test]
async fn sec_002_looking_at_a_link_changes_nothing() {
    let fixture = Fixture::opens().await;
    let owner = fixture.person(Who::Owner);
    let open = owner.shares_so(&fixture.chat, json!({"auto_approve": true})).await;
    let before = fixture.as_owner_sees().await;
    for link in [&fixture.link, &open] {
        for (name, value) in LOOKS {
            let request = fixture.server.person().request(Method::GET, &link.path).header(name, value);
            let reply = sends(request).await;
            let empty = reply.status == 200 && reply.json["request_sent_status"] == json!(false) && reply.json["client_id"].is_null();
            assert!(empty || reply.status == 303, "{name}: {value} got {}", reply.text);
        }
        for path in [format!("/l/{}", link.id), format!("/l/{}/", link.id)] {
            fixture.server.person().gets(&path).await.is(200);
        }
    }
    fixture.server.person().gets(&format!("/c/{}", fixture.chat.id)).await.is(200);
    assert_eq!(fixture.as_owner_sees().await, before);
}

#[tokio::test]
async fn sec_002_head_and_options_change_nothing_anywhere() {
    let fixture = Fixture::opens().await;
    let before = fixture.as_owner_sees().await;
    let names = fixture.real();
    for pattern in DOCUMENT["paths"].as_object().unwrap().keys().map(String::as_str).chain(["/", "/docs/", "/openapi.json", "/l/{link_id}"]) {
        let path = pattern.replace("{chat_id}", &names.chat).replace("{link_id}", &names.link).replace("{knock_id}", &names.knock);
        let path = path.replace("{member_id}", "4");
        for method in ["HEAD", "OPTIONS", "TRACE"] {
            for who in Who::ALL {
                let ask = Ask { method, path: path.clone(), body: None };
                let reply = sends(ask.by(fixture.person(who))).await;
                assert!(reply.status < 500, "{method} {path}");
            }
        }
    }
    assert_eq!(fixture.as_owner_sees().await, before);
}

/// Links that no longer admit guests, each for another reason.
async fn dead_links(fixture: &Fixture) -> Vec<(&'static str, String)> {
    let owner = fixture.person(Who::Owner);
    let revoked = owner.shares(&fixture.chat).await;
    owner.deletes(&revoked.path).await.is(204);
    let used_up = owner.shares_so(&fixture.chat, json!({"max_uses": 1})).await;
    let mut last = fixture.server.person();
    let knock = last.knocks(&used_up, "Last").await;
    owner.lets_in(&used_up, &knock).await;
    let expired = owner.shares_so(&fixture.chat, json!({"expires_in": 60})).await;
    let mut elsewhere = fixture.server.person();
    let gone = elsewhere.creates_a_chat().await;
    let of_a_closed_chat: Link = elsewhere.shares(&gone).await;
    elsewhere.deletes(&gone.path).await.is(204);
    fixture.server.advance(seconds(60)).await;
    vec![
        ("unknown", absent().link),
        ("malformed", "x".into()),
        ("revoked", revoked.id),
        ("used up", used_up.id),
        ("expired", expired.id),
        ("of a closed chat", of_a_closed_chat.id),
    ]
}

#[tokio::test]
async fn sec_003_whatever_is_wrong_with_a_link_the_answer_is_one() {
    let fixture = Fixture::opens().await;
    let nothing = nothing_here(&fixture.server).await;
    let links = dead_links(&fixture).await;
    let before = fixture.as_owner_sees().await;
    let somebody = fixture.server.person();
    for (cause, link) in links {
        for person in [somebody.clone(), somebody.showing(UNKNOWN), fixture.person(Who::OtherOwner).clone()] {
            for ask in [
                Ask::get(format!("/v1/links/{link}")),
                Ask::post(format!("/v1/links/{link}/knocks"), json!({"name": "Ben"})),
                Ask::get(format!("/v1/approval?link_url={link}")),
                Ask::get(format!("/v1/links/{link}/events")),
                Ask::delete(format!("/v1/links/{link}")),
                Ask::post("/v1/approval", json!({"link_url": link})),
                Ask::post("/v1/tickets", json!({"link_id": link})),
            ] {
                let reply = sends(ask.by(&person)).await;
                assert_eq!(bare(&reply), nothing, "{cause}: {} {}", ask.method, ask.path);
            }
        }
    }
    assert_eq!(fixture.as_owner_sees().await, before);
}

#[tokio::test]
async fn sec_003_a_chat_that_expired_or_was_closed_never_was() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let nothing = nothing_here(&server).await;
    let (mut ana, mut eva) = (server.person(), server.person());
    let (closed, expired) = (ana.creates(json!({})).await, eva.creates(json!({"expires_in": 60})).await);
    ana.deletes(&closed.path).await.is(204);
    server.clock.advance(seconds(60));
    for (person, chat) in [(&ana, &closed), (&eva, &expired)] {
        for rest in ["", "/members", "/links", "/knocks", "/activity", "/activity?log=door", "/export", "/events", "/events?after=0"] {
            let reply = sends(Ask::get(format!("{}{rest}", chat.path)).by(person)).await;
            assert_eq!(bare(&reply), nothing, "{rest}");
        }
    }
}
