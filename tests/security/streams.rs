//! SEC-081 to 085: where a stream goes on, what its headers say, that it lives, how it ends, that nobody else keeps it.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use crate::asking::{bare, nothing_here, sends};
use crate::rows::rows;
use crate::scene::{Scene, Who};
use crate::wire::{answer, request};
use crate::world::{Ear, Hearing, Wire, World, head, seconds};

/// Where somebody could want to go on, and cannot.
fn positions(epoch: &str, another: &str) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    for number in
        ["-1", "9223372036854775808", "18446744073709551616", "340282366920938463463374607431768211456", "1e3", "0x1", "+1", " 1", "1.0", ""]
    {
        all.push(format!("{epoch}-{number}").into());
        all.push(format!("{epoch}-1-{number}").into());
    }
    all.extend(
        [&b"0"[..], b"-1", b"9223372036854775808", b"18446744073709551616", b"decided", b"\xff\xfe", b"\xc3\x28-1", b"{}", b"%00"].map(Vec::from),
    );
    all.extend([format!("{another}-1").into(), format!("{}-1", epoch.to_uppercase() + "A").into(), vec![b'9'; 4_000], vec![b'-'; 4_000]]);
    all
}

#[tokio::test]
async fn sec_081_a_position_that_is_none_leads_to_the_head() {
    let scene = Scene::opens().await;
    let owner = scene.person(Who::Owner);
    let epoch_of = |hearing: &Hearing| hearing.hello.data["epoch"].as_str().unwrap().to_owned();
    let epoch = epoch_of(&owner.follows(&scene.chat).await);
    let mut eva = scene.world.person();
    let other = eva.creates_a_chat().await;
    let another = epoch_of(&eva.follows(&other).await);
    let path = format!("{}/events", scene.chat.path);
    for position in positions(&epoch, &another) {
        let value = reqwest::header::HeaderValue::from_bytes(&position).unwrap();
        let mut hearing = Hearing::open(owner.request(Method::GET, &path).header("Last-Event-ID", value)).await;
        // Some clients' stream APIs send an empty header before the first event.
        assert_eq!(hearing.hello.data["resumed"], false, "{position:?}");
        hearing.hears("reset").await;
    }
    let twice = owner.request(Method::GET, &path).header("Last-Event-ID", format!("{epoch}-1-0")).header("Last-Event-ID", format!("{epoch}-2-0"));
    Hearing::open(twice).await.hears("reset").await;
    let mut whole = Hearing::open(owner.request(Method::GET, &path).header("Last-Event-ID", format!("{epoch}-0-0"))).await;
    assert_eq!(whole.hello.data["resumed"], true, "a position that is one is taken");
    whole.hears("member_joined").await;
}

#[tokio::test]
async fn sec_081_what_no_header_may_hold_is_refused_by_the_parser() {
    let scene = Scene::opens().await;
    let credential = scene.person(Who::Owner).credential.clone();
    let path = format!("{}/events", scene.chat.path);
    for wrong in [&b"a\0b"[..], b"a\rb", b"a\x01b", b"\x7f"] {
        let (before, after) = (request("GET", &path, credential.as_deref(), &[("Last-Event-ID", "")]), &b"\r\n\r\n"[..]);
        let bytes = [before.trim_end_matches("\r\n").as_bytes(), wrong, after].concat();
        let told = answer(scene.world.address, bytes).await;
        assert!(told.is_none_or(|told| told.status == 400), "{wrong:?}");
    }
    // Whether 9 KiB still fit into a header block or an address is the parser's to say; what fits is no position.
    let long = "9".repeat(9 << 10);
    let header = head("GET", &path, credential.as_deref(), &[("Last-Event-ID", &long)]);
    let query = head("GET", &format!("{path}?after={long}"), credential.as_deref(), &[]);
    for whole in [header, query] {
        let mut wire = Wire::to(scene.world.address).await;
        assert!(wire.sends(whole).await);
        // A stream has no end to wait for.
        let first = String::from_utf8_lossy(&wire.reads().await).into_owned();
        assert!(["200", "400", "414", "431"].iter().any(|status| first.starts_with(&format!("HTTP/1.1 {status}"))), "{first}");
    }
}

#[tokio::test]
async fn sec_081_a_guest_who_waits_has_one_position() {
    let scene = Scene::opens().await;
    let guest = scene.person(Who::Pending);
    let path = format!("{}/events", scene.link.path);
    for position in ["0", "-1", "9223372036854775808", "00000000-1", "DECIDED", "decided ", " decided", "decided-1", "x"] {
        let mut hearing = Hearing::open(guest.request(Method::GET, &path).header("Last-Event-ID", position)).await;
        if position.trim() == "decided" {
            continue;
        }
        assert_eq!(hearing.hello.data["status"], "pending", "{position}");
        scene.world.later(seconds(15)).await;
        assert_eq!(hearing.beat().await.name, "heartbeat");
    }
}

#[tokio::test]
async fn sec_082_a_stream_is_not_stored_not_changed_not_compressed() {
    let scene = Scene::opens().await;
    for (who, path) in [(Who::Owner, &scene.chat.path), (Who::Guest, &scene.chat.path), (Who::Pending, &scene.link.path)] {
        for coding in ["gzip", "gzip, br, zstd, deflate", "br;q=1.0, *;q=0.5", "*", "identity;q=0"] {
            let request = scene.person(who).request(Method::GET, &format!("{path}/events")).header("Accept-Encoding", coding);
            let hearing = Hearing::open(request).await;
            let header = |name: &str| hearing.headers.get(name).map(|value| value.to_str().unwrap());
            assert_eq!(header("content-type"), Some("text/event-stream; charset=utf-8"));
            assert_eq!(header("cache-control"), Some("no-store, no-transform"));
            assert_eq!(header("x-accel-buffering"), Some("no"));
            assert_eq!((header("content-encoding"), header("content-length"), header("etag")), (None, None, None), "{coding}");
        }
    }
}

#[tokio::test]
async fn sec_083_a_stream_says_hello_at_once_and_then_that_it_lives() {
    let scene = Scene::opens().await;
    for (who, path) in [(Who::Owner, &scene.chat.path), (Who::Guest, &scene.chat.path), (Who::Pending, &scene.link.path)] {
        // Nobody turns the clock: the first event comes without it.
        let mut hearing = scene.person(who).hears(&format!("{path}/events")).await;
        for _ in 0..3 {
            scene.world.later(seconds(15)).await;
            assert_eq!(hearing.beat().await.name, "heartbeat", "{who:?}");
        }
    }
}

/// Each is heard before the next is said: one that waited for the next to push it out would be waited for in vain.
#[tokio::test]
async fn sec_083_a_single_message_arrives_by_itself() {
    let scene = Scene::opens().await;
    let (owner, guest) = (scene.person(Who::Owner), scene.person(Who::Guest));
    let mut hearing = guest.follows(&scene.chat).await;
    let mut bare = Ear::open(scene.world.address, &format!("{}/events", scene.chat.path), guest.credential.as_deref(), None).await;
    assert_eq!(bare.hears().await.unwrap().name, "hello");
    for number in 0..300 {
        let said = owner.says(&scene.chat, &format!("Message {number}")).await;
        assert_eq!(hearing.hears("message").await.data["seq"], said);
        assert!(bare.hears().await.unwrap().data.contains(&format!("Message {number}\"")));
    }
}

#[tokio::test]
async fn sec_084_a_stream_ends_with_its_last_word_and_then_there_is_nothing() {
    let scene = Scene::opens().await;
    let nothing = nothing_here(&scene.world).await;
    let (owner, guest, pending) = (scene.person(Who::Owner), scene.person(Who::Guest), scene.person(Who::Pending));
    let events = format!("{}/events", scene.chat.path);
    let mut removed = guest.follows(&scene.chat).await;
    owner.removes(&scene.chat, scene.real().member).await.is(204);
    assert_eq!(removed.hears("member_left").await.data["reason"], "removed");
    removed.ends().await;
    assert_eq!(bare(&sends(guest.request(Method::GET, &events)).await), nothing);
    let mut waiting = pending.waits(&scene.link).await;
    owner.declines(&scene.link, &scene.pending).await;
    let told = waiting.hears("knock_decided").await;
    assert_eq!((told.id.as_deref(), &told.data["status"]), (Some("decided"), &json!("declined")));
    waiting.ends().await;
    let back = pending.request(Method::GET, &format!("{}/events", scene.link.path)).header("Last-Event-ID", "decided");
    assert!(sends(back).await.is(204).text.is_empty(), "whoever was told is not told again");
    let mut closed = owner.follows(&scene.chat).await;
    owner.deletes(&scene.chat.path).await.is(204);
    assert_eq!(closed.hears("chat_closed").await.data["reason"], "closed");
    closed.ends().await;
    for who in [owner, pending] {
        assert_eq!(bare(&sends(who.request(Method::GET, &events)).await), nothing);
    }
}

#[tokio::test]
async fn sec_085_no_cache_may_keep_what_a_credential_opened() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        let scene = Scene::opens().await;
        for who in [Who::Owner, Who::Guest, Who::Pending, Who::Stranger, Who::Nobody] {
            let reply = sends((row.ask)(&scene.real()).by(scene.person(who))).await;
            let control = reply.header("cache-control").unwrap_or_default();
            assert!(control.split(',').any(|word| word.trim() == "no-store"), "{} as {who:?}: {control}", row.operation);
            assert!(reply.header("etag").is_none() && reply.header("last-modified").is_none() && reply.header("expires").is_none());
            seen.insert(reply.status);
        }
    }
    assert!([200, 201, 204, 403, 404].iter().all(|status| seen.contains(status)), "{seen:?}");
    let world = World::open().await;
    assert!(world.person().gets("/openapi.json").await.header("cache-control").is_some());
}
