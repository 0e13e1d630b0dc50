//! SEC-030, 031, 062, 063: a removed member is a stranger at once, also on open streams and with earlier knowledge.

use serde_json::json;

use crate::access_matrix::rows;
use crate::fixture::{Fixture, Who};
use crate::requests::{bare, nothing_here, sends};
use crate::support::{EventStream, Reply, StreamPath, TestServer, on_both_paths};

/// Expects the stream to end with this member's `member_left`.
async fn ends_with_leaving(mut stream: EventStream, reason: &str) {
    let event = stream.expect("member_left").await;
    assert_eq!((&event.data["member"]["id"], &event.data["reason"]), (&json!(4), &json!(reason)));
    stream.expect_end().await;
}

async fn everything_is_gone(fixture: &Fixture) {
    let (nothing, guest) = (nothing_here(&fixture.server).await, fixture.person(Who::Guest));
    let before = fixture.as_owner_sees().await;
    for row in rows().iter().filter(|row| !row.is_public()) {
        let reply = sends((row.ask)(&fixture.real()).by(guest)).await;
        assert_eq!(bare(&reply), nothing, "{}", row.operation);
    }
    assert_eq!(fixture.as_owner_sees().await, before);
}

async fn sec_030_a_removed_members_streams_end_and_everything_is_the_404(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let (owner, guest) = (fixture.person(Who::Owner), fixture.person(Who::Guest));
    let (first, second) = (guest.follows(&fixture.chat).await, guest.follows(&fixture.chat).await);
    let ticket = guest.posts("/v1/tickets", json!({"chat_id": fixture.chat.id})).await.is(201).json["ticket"].as_str().unwrap().to_owned();
    let by_ticket = format!("{}/events?ticket={ticket}", fixture.chat.path);
    let third = guest.nobody().hears(&by_ticket).await;
    owner.removes(&fixture.chat, 4).await.is(204);
    for stream in [first, second, third] {
        ends_with_leaving(stream, "removed").await;
    }
    everything_is_gone(&fixture).await;
    assert_eq!(bare(&guest.nobody().gets(&by_ticket).await), nothing_here(&fixture.server).await);
}

async fn sec_030_who_leaves_is_gone_too(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let guest = fixture.person(Who::Guest);
    let stream = guest.follows(&fixture.chat).await;
    guest.removes(&fixture.chat, 4).await.is(204);
    ends_with_leaving(stream, "left").await;
    everything_is_gone(&fixture).await;
}

async fn sec_030_who_is_evicted_with_their_link_is_gone_too(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let stream = fixture.person(Who::Guest).follows(&fixture.chat).await;
    fixture.person(Who::Owner).deletes(&format!("{}?evict=true", fixture.link.path)).await.is(204);
    ends_with_leaving(stream, "evicted").await;
    everything_is_gone(&fixture).await;
}

#[tokio::test]
async fn sec_030_an_idempotency_key_brings_nobody_back() {
    let fixture = Fixture::opens().await;
    let (owner, guest) = (fixture.person(Who::Owner), fixture.person(Who::Guest));
    let said: Reply = guest.posts_keyed(&fixture.chat.path, "once", json!({"text": "Hello"})).await.is(201);
    owner.removes(&fixture.chat, 4).await.is(204);
    let nothing = nothing_here(&fixture.server).await;
    let again = guest.posts_keyed(&fixture.chat.path, "once", json!({"text": "Hello"})).await;
    assert_eq!(bare(&again), nothing, "{}", said.text);
}

async fn sec_030_the_streams_of_a_closed_chat_end(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let owner = fixture.person(Who::Owner);
    let (mut inside, mut waiting) =
        (fixture.person(Who::Guest).follows(&fixture.chat).await, fixture.person(Who::Pending).waits(&fixture.link).await);
    let mut owners = owner.follows(&fixture.chat).await;
    owner.deletes(&fixture.chat.path).await.is(204);
    assert_eq!(inside.expect("chat_closed").await.data["reason"], "closed");
    inside.expect_end().await;
    assert_eq!(owners.expect("chat_closed").await.data["reason"], "closed");
    owners.expect_end().await;
    assert_eq!(waiting.expect("knock_decided").await.data["status"], "expired");
    waiting.expect_end().await;
    let nothing = nothing_here(&fixture.server).await;
    for who in Who::ALL {
        for row in rows().iter().filter(|row| !row.is_public()) {
            assert_eq!(bare(&sends((row.ask)(&fixture.real()).by(fixture.person(who))).await), nothing, "{} by {who:?}", row.operation);
        }
    }
}

#[tokio::test]
async fn sec_031_the_owner_cannot_leave_only_close() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    for chat in [ana.creates_a_chat().await, ana.creates_an_open_chat().await] {
        let ana = ana.showing(&chat.author);
        ana.removes(&chat, 1).await.is_problem(409, "owner_cannot_leave");
        let owner = ana.gets(&format!("{}/members/", chat.path)).await.is(200).json["items"][0].clone();
        assert_eq!((&owner["id"], &owner["role"]), (&json!(1), &json!("owner")));
        ana.deletes(&chat.path).await.is(204);
        ana.gets(&chat.path).await.is_problem(404, "not_found");
    }
}

async fn sec_063_an_old_position_brings_a_removed_member_nothing(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let (owner, guest) = (fixture.person(Who::Owner), fixture.person(Who::Guest));
    owner.says(&fixture.chat, "Before").await;
    let mut stream = guest.follows(&fixture.chat).await;
    owner.says(&fixture.chat, "Now").await;
    let known = stream.expect("message").await.id.unwrap();
    owner.removes(&fixture.chat, 4).await.is(204);
    owner.says(&fixture.chat, "Afterwards").await;
    let nothing = nothing_here(&fixture.server).await;
    let events = format!("{}/events", fixture.chat.path);
    for position in [known.as_str(), "0", "1", "garbage"] {
        let by_header = guest.request(reqwest::Method::GET, &events).header("Last-Event-ID", position);
        assert_eq!(bare(&sends(by_header).await), nothing, "{position}");
        assert_eq!(bare(&guest.gets(&format!("{events}?after={position}")).await), nothing, "{position}");
    }
    for page in ["?after=0", "?before=99", "?limit=1", "/activity?after=0", "/activity?log=door", "/members?limit=1", "/export"] {
        assert_eq!(bare(&guest.gets(&format!("{}{page}", fixture.chat.path)).await), nothing, "{page}");
    }
}

/// SEC-062: closing an open chat ends streams without a credential, after the event that says so.
async fn sec_062_a_chat_that_shuts_ends_the_streams_of_visitors(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (mut ana, visitor) = (server.person(), server.person());
    let chat = ana.creates_an_open_chat().await;
    let mut stream = visitor.follows(&chat).await;
    let link = visitor.shares(&chat).await;
    ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200);
    stream.expect("chat_updated").await;
    stream.expect_end().await;
    let nothing = nothing_here(&server).await;
    for path in [format!("{}/events", chat.path), chat.path.clone(), link.path] {
        assert_eq!(bare(&visitor.gets(&path).await), nothing, "{path}");
    }
}

on_both_paths!(
    sec_030_a_removed_members_streams_end_and_everything_is_the_404,
    sec_030_who_leaves_is_gone_too,
    sec_030_who_is_evicted_with_their_link_is_gone_too,
    sec_030_the_streams_of_a_closed_chat_end,
    sec_063_an_old_position_brings_a_removed_member_nothing,
    sec_062_a_chat_that_shuts_ends_the_streams_of_visitors,
);
