//! SEC-030, 031, 062, 063: whoever is gone is a stranger from that moment, also on what was open and with what they knew.

use serde_json::json;

use crate::asking::{bare, nothing_here, sends};
use crate::rows::rows;
use crate::scene::{Scene, Who};
use crate::world::{Hearing, Reply, World};

/// The last event of a stream that ends with somebody's leaving.
async fn ends_with_leaving(mut stream: Hearing, reason: &str) {
    let event = stream.hears("member_left").await;
    assert_eq!((&event.data["member"]["id"], &event.data["reason"]), (&json!(4), &json!(reason)));
    stream.ends().await;
}

async fn everything_is_gone(scene: &Scene) {
    let (nothing, guest) = (nothing_here(&scene.world).await, scene.person(Who::Guest));
    let before = scene.as_owner_sees().await;
    for row in rows().iter().filter(|row| !row.is_public()) {
        let reply = sends((row.ask)(&scene.real()).by(guest)).await;
        assert_eq!(bare(&reply), nothing, "{}", row.operation);
    }
    assert_eq!(scene.as_owner_sees().await, before);
}

#[tokio::test]
async fn sec_030_a_removed_members_streams_end_and_everything_is_the_404() {
    let scene = Scene::opens().await;
    let (owner, guest) = (scene.person(Who::Owner), scene.person(Who::Guest));
    let (first, second) = (guest.follows(&scene.chat).await, guest.follows(&scene.chat).await);
    let ticket = guest.posts("/v1/tickets", json!({"chat_id": scene.chat.id})).await.is(201).json["ticket"].as_str().unwrap().to_owned();
    let by_ticket = format!("{}/events?ticket={ticket}", scene.chat.path);
    let third = guest.nobody().hears(&by_ticket).await;
    owner.removes(&scene.chat, 4).await.is(204);
    for stream in [first, second, third] {
        ends_with_leaving(stream, "removed").await;
    }
    everything_is_gone(&scene).await;
    assert_eq!(bare(&guest.nobody().gets(&by_ticket).await), nothing_here(&scene.world).await);
}

#[tokio::test]
async fn sec_030_who_leaves_is_gone_too() {
    let scene = Scene::opens().await;
    let guest = scene.person(Who::Guest);
    let stream = guest.follows(&scene.chat).await;
    guest.removes(&scene.chat, 4).await.is(204);
    ends_with_leaving(stream, "left").await;
    everything_is_gone(&scene).await;
}

#[tokio::test]
async fn sec_030_who_is_evicted_with_their_link_is_gone_too() {
    let scene = Scene::opens().await;
    let stream = scene.person(Who::Guest).follows(&scene.chat).await;
    scene.person(Who::Owner).deletes(&format!("{}?evict=true", scene.link.path)).await.is(204);
    ends_with_leaving(stream, "evicted").await;
    everything_is_gone(&scene).await;
}

#[tokio::test]
async fn sec_030_an_idempotency_key_brings_nobody_back() {
    let scene = Scene::opens().await;
    let (owner, guest) = (scene.person(Who::Owner), scene.person(Who::Guest));
    let said: Reply = guest.posts_keyed(&scene.chat.path, "once", json!({"text": "Hello"})).await.is(201);
    owner.removes(&scene.chat, 4).await.is(204);
    let nothing = nothing_here(&scene.world).await;
    let again = guest.posts_keyed(&scene.chat.path, "once", json!({"text": "Hello"})).await;
    assert_eq!(bare(&again), nothing, "{}", said.text);
}

#[tokio::test]
async fn sec_030_the_streams_of_a_closed_chat_end() {
    let scene = Scene::opens().await;
    let owner = scene.person(Who::Owner);
    let (mut inside, mut waiting) = (scene.person(Who::Guest).follows(&scene.chat).await, scene.person(Who::Pending).waits(&scene.link).await);
    let mut owners = owner.follows(&scene.chat).await;
    owner.deletes(&scene.chat.path).await.is(204);
    assert_eq!(inside.hears("chat_closed").await.data["reason"], "closed");
    inside.ends().await;
    assert_eq!(owners.hears("chat_closed").await.data["reason"], "closed");
    owners.ends().await;
    assert_eq!(waiting.hears("knock_decided").await.data["status"], "expired");
    waiting.ends().await;
    let nothing = nothing_here(&scene.world).await;
    for who in Who::ALL {
        for row in rows().iter().filter(|row| !row.is_public()) {
            assert_eq!(bare(&sends((row.ask)(&scene.real()).by(scene.person(who))).await), nothing, "{} by {who:?}", row.operation);
        }
    }
}

#[tokio::test]
async fn sec_031_the_owner_cannot_leave_only_close() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let mut ana = world.person();
    for chat in [ana.creates_a_chat().await, ana.creates_an_open_chat().await] {
        let ana = ana.showing(&chat.author);
        ana.removes(&chat, 1).await.is_problem(409, "owner_cannot_leave");
        let owner = ana.gets(&format!("{}/members/", chat.path)).await.is(200).json["items"][0].clone();
        assert_eq!((&owner["id"], &owner["role"]), (&json!(1), &json!("owner")));
        ana.deletes(&chat.path).await.is(204);
        ana.gets(&chat.path).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn sec_063_an_old_position_brings_a_removed_member_nothing() {
    let scene = Scene::opens().await;
    let (owner, guest) = (scene.person(Who::Owner), scene.person(Who::Guest));
    owner.says(&scene.chat, "Before").await;
    let mut stream = guest.follows(&scene.chat).await;
    owner.says(&scene.chat, "Now").await;
    let known = stream.hears("message").await.id.unwrap();
    owner.removes(&scene.chat, 4).await.is(204);
    owner.says(&scene.chat, "Afterwards").await;
    let nothing = nothing_here(&scene.world).await;
    let events = format!("{}/events", scene.chat.path);
    for position in [known.as_str(), "0", "1", "garbage"] {
        let by_header = guest.request(reqwest::Method::GET, &events).header("Last-Event-ID", position);
        assert_eq!(bare(&sends(by_header).await), nothing, "{position}");
        assert_eq!(bare(&guest.gets(&format!("{events}?after={position}")).await), nothing, "{position}");
    }
    for page in ["?after=0", "?before=99", "?limit=1", "/activity?after=0", "/activity?log=door", "/members?limit=1", "/export"] {
        assert_eq!(bare(&guest.gets(&format!("{}{page}", scene.chat.path)).await), nothing, "{page}");
    }
}

/// SEC-062: in an open chat that shuts, a stream without a credential ends with the news of it.
#[tokio::test]
async fn sec_062_a_chat_that_shuts_ends_the_streams_of_visitors() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let (mut ana, visitor) = (world.person(), world.person());
    let chat = ana.creates_an_open_chat().await;
    let mut stream = visitor.follows(&chat).await;
    let link = visitor.shares(&chat).await;
    ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200);
    stream.hears("chat_updated").await;
    stream.ends().await;
    let nothing = nothing_here(&world).await;
    for path in [format!("{}/events", chat.path), chat.path.clone(), link.path] {
        assert_eq!(bare(&visitor.gets(&path).await), nothing, "{path}");
    }
}
