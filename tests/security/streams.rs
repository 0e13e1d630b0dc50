//! SEC-081 to 085: resume positions, headers, liveness and end of a stream, and that it is not cached.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use crate::access_matrix::rows;
use crate::fixture::{Fixture, Who};
use crate::raw_http::{answer, request};
use crate::requests::{bare, nothing_here, sends};
use crate::support::{EventStream, RawClient, RawStream, StreamPath, TestServer, head, on_both_paths, seconds};

/// Invalid positions.
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

async fn sec_081_a_position_that_is_none_leads_to_the_head(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let owner = fixture.person(Who::Owner);
    let epoch_of = |stream: &EventStream| stream.hello.data["epoch"].as_str().unwrap().to_owned();
    let epoch = epoch_of(&owner.follows(&fixture.chat).await);
    let mut eva = fixture.server.person();
    let other = eva.creates_a_chat().await;
    let another = epoch_of(&eva.follows(&other).await);
    let path = format!("{}/events", fixture.chat.path);
    for position in positions(&epoch, &another) {
        let value = reqwest::header::HeaderValue::from_bytes(&position).unwrap();
        let mut stream = EventStream::open(owner.request(Method::GET, &path).header("Last-Event-ID", value)).await;
        // Some clients' stream APIs send an empty header before the first event.
        assert_eq!(stream.hello.data["resumed"], false, "{position:?}");
        stream.expect("reset").await;
    }
    let twice = owner.request(Method::GET, &path).header("Last-Event-ID", format!("{epoch}-1-0")).header("Last-Event-ID", format!("{epoch}-2-0"));
    EventStream::open(twice).await.expect("reset").await;
    let mut whole = EventStream::open(owner.request(Method::GET, &path).header("Last-Event-ID", format!("{epoch}-0-0"))).await;
    assert_eq!(whole.hello.data["resumed"], true, "a valid position is accepted");
    whole.expect("member_joined").await;
}

async fn sec_081_what_no_header_may_hold_is_refused_by_the_parser(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let credential = fixture.person(Who::Owner).credential.clone();
    let path = format!("{}/events", fixture.chat.path);
    for wrong in [&b"a\0b"[..], b"a\rb", b"a\x01b", b"\x7f"] {
        let (before, after) = (request("GET", &path, credential.as_deref(), &[("Last-Event-ID", "")]), &b"\r\n\r\n"[..]);
        let bytes = [before.trim_end_matches("\r\n").as_bytes(), wrong, after].concat();
        let told = answer(fixture.server.address, bytes).await;
        assert!(told.is_none_or(|told| told.status == 400), "{wrong:?}");
    }
    // Whether 9 KiB fit into a header block or an address is up to the parser; what fits is an invalid position.
    let long = "9".repeat(9 << 10);
    let header = head("GET", &path, credential.as_deref(), &[("Last-Event-ID", &long)]);
    let query = head("GET", &format!("{path}?after={long}"), credential.as_deref(), &[]);
    for whole in [header, query] {
        let mut connection = RawClient::connect(fixture.server.address).await;
        assert!(connection.send(whole).await);
        // A stream has no end to wait for.
        let first = String::from_utf8_lossy(&connection.read().await).into_owned();
        assert!(["200", "400", "414", "431"].iter().any(|status| first.starts_with(&format!("HTTP/1.1 {status}"))), "{first}");
    }
}

async fn sec_081_a_guest_who_waits_has_one_position(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let guest = fixture.person(Who::Pending);
    let path = format!("{}/events", fixture.link.path);
    for position in ["0", "-1", "9223372036854775808", "00000000-1", "DECIDED", "decided ", " decided", "decided-1", "x"] {
        let mut stream = EventStream::open(guest.request(Method::GET, &path).header("Last-Event-ID", position)).await;
        if position.trim() == "decided" {
            continue;
        }
        assert_eq!(stream.hello.data["status"], "pending", "{position}");
        fixture.server.advance(seconds(15)).await;
        assert_eq!(stream.next_any().await.name, "heartbeat");
    }
}

async fn sec_082_a_stream_is_not_stored_not_changed_not_compressed(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    for (who, path) in [(Who::Owner, &fixture.chat.path), (Who::Guest, &fixture.chat.path), (Who::Pending, &fixture.link.path)] {
        for coding in ["gzip", "gzip, br, zstd, deflate", "br;q=1.0, *;q=0.5", "*", "identity;q=0"] {
            let request = fixture.person(who).request(Method::GET, &format!("{path}/events")).header("Accept-Encoding", coding);
            let stream = EventStream::open(request).await;
            let header = |name: &str| stream.headers.get(name).map(|value| value.to_str().unwrap());
            assert_eq!(header("content-type"), Some("text/event-stream; charset=utf-8"));
            assert_eq!(header("cache-control"), Some("no-store, no-transform"));
            assert_eq!(header("x-accel-buffering"), Some("no"));
            assert_eq!((header("content-encoding"), header("content-length"), header("etag")), (None, None, None), "{coding}");
        }
    }
}

async fn sec_083_a_stream_says_hello_at_once_and_then_that_it_lives(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    for (who, path) in [(Who::Owner, &fixture.chat.path), (Who::Guest, &fixture.chat.path), (Who::Pending, &fixture.link.path)] {
        // The clock does not advance: the first event comes without it.
        let mut stream = fixture.person(who).hears(&format!("{path}/events")).await;
        for _ in 0..3 {
            fixture.server.advance(seconds(15)).await;
            assert_eq!(stream.next_any().await.name, "heartbeat", "{who:?}");
        }
    }
}

/// Each message arrives before the next is posted: a message that waits for the next one would never arrive.
async fn sec_083_a_single_message_arrives_by_itself(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let (owner, guest) = (fixture.person(Who::Owner), fixture.person(Who::Guest));
    let mut stream = guest.follows(&fixture.chat).await;
    let mut bare = RawStream::open(fixture.server.address, &format!("{}/events", fixture.chat.path), guest.credential.as_deref(), None).await;
    assert_eq!(bare.next().await.unwrap().name, "hello");
    for number in 0..300 {
        let said = owner.says(&fixture.chat, &format!("Message {number}")).await;
        assert_eq!(stream.expect("message").await.data["seq"], said);
        assert!(bare.next().await.unwrap().data.contains(&format!("Message {number}\"")));
    }
}

async fn sec_084_a_stream_ends_with_its_last_word_and_then_there_is_nothing(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let nothing = nothing_here(&fixture.server).await;
    let (owner, guest, pending) = (fixture.person(Who::Owner), fixture.person(Who::Guest), fixture.person(Who::Pending));
    let events = format!("{}/events", fixture.chat.path);
    let mut removed = guest.follows(&fixture.chat).await;
    owner.removes(&fixture.chat, fixture.real().member).await.is(204);
    assert_eq!(removed.expect("member_left").await.data["reason"], "removed");
    removed.expect_end().await;
    assert_eq!(bare(&sends(guest.request(Method::GET, &events)).await), nothing);
    let mut waiting = pending.waits(&fixture.link).await;
    owner.declines(&fixture.link, &fixture.pending).await;
    let told = waiting.expect("knock_decided").await;
    assert_eq!((told.id.as_deref(), &told.data["status"]), (Some("decided"), &json!("declined")));
    waiting.expect_end().await;
    let back = pending.request(Method::GET, &format!("{}/events", fixture.link.path)).header("Last-Event-ID", "decided");
    assert!(sends(back).await.is(204).text.is_empty(), "a guest who knows the decision is not told again");
    let mut closed = owner.follows(&fixture.chat).await;
    owner.deletes(&fixture.chat.path).await.is(204);
    assert_eq!(closed.expect("chat_closed").await.data["reason"], "closed");
    closed.expect_end().await;
    for who in [owner, pending] {
        assert_eq!(bare(&sends(who.request(Method::GET, &events)).await), nothing);
    }
}

async fn sec_085_no_cache_may_keep_what_a_credential_opened(path: StreamPath) {
    let mut seen = BTreeSet::new();
    for row in rows() {
        let fixture = Fixture::on(path).await;
        for who in [Who::Owner, Who::Guest, Who::Pending, Who::Stranger, Who::Nobody] {
            let reply = sends((row.ask)(&fixture.real()).by(fixture.person(who))).await;
            let control = reply.header("cache-control").unwrap_or_default();
            assert!(control.split(',').any(|word| word.trim() == "no-store"), "{} as {who:?}: {control}", row.operation);
            assert!(reply.header("etag").is_none() && reply.header("last-modified").is_none() && reply.header("expires").is_none());
            seen.insert(reply.status);
        }
    }
    assert!([200, 201, 204, 403, 404].iter().all(|status| seen.contains(status)), "{seen:?}");
    let server = TestServer::on(path).await;
    assert!(server.person().gets("/openapi.json").await.header("cache-control").is_some());
}

on_both_paths!(
    sec_081_a_position_that_is_none_leads_to_the_head,
    sec_081_what_no_header_may_hold_is_refused_by_the_parser,
    sec_081_a_guest_who_waits_has_one_position,
    sec_082_a_stream_is_not_stored_not_changed_not_compressed,
    sec_083_a_stream_says_hello_at_once_and_then_that_it_lives,
    sec_083_a_single_message_arrives_by_itself,
    sec_084_a_stream_ends_with_its_last_word_and_then_there_is_nothing,
    sec_085_no_cache_may_keep_what_a_credential_opened,
);
