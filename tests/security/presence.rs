//! SEC-066, SEC-067: who is online and who types reaches neither those in a block, nor those who hide theirs, nor anybody outside; SEC-112.

use reqwest::Method;
use serde_json::{Value, json};

use crate::rate_limits::{exceeds, posts, succeed};
use crate::support::{EventStream, Person, StreamPath, TestServer, on_both_paths, seconds};

/// The events of a stream up to `last`, which ends the scene, without ids and times.
async fn heard(stream: &mut EventStream, last: &str) -> Vec<(String, Value)> {
    let mut events = Vec::new();
    loop {
        let event = stream.next_told().await;
        if event.data["text"] == json!(last) {
            return events;
        }
        if matches!(event.name.as_str(), "typing" | "presence") {
            events.push((event.name, event.data["members"].clone()));
        }
    }
}

/// Returns a group of Cleo with Ana and Ben, who are its members 2 and 3.
async fn a_group(server: &TestServer) -> ([Person; 3], String) {
    let people = [server.account("ana").await, server.account("ben").await, server.account("cleo").await];
    let [ana, ben, cleo] = &people;
    cleo.befriends(ana, "ana").await;
    cleo.befriends(ben, "ben").await;
    let group = cleo.posts("/v1/groups", json!({"name": "club", "members": ["ana", "ben"]})).await.is(201);
    let path = format!("/v1/chats/{}", group.json["chat_id"].as_str().unwrap());
    (people, path)
}

/// Plays a scene in which Ben comes, types, posts and goes. Returns what Ana hears of him on the stream of the chat, and then Ben of Ana.
async fn scene(path: StreamPath, before: impl AsyncFn(&Person)) -> (Vec<(String, Value)>, Vec<(String, Value)>) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let ([ana, ben, cleo], chat) = a_group(&server).await;
    before(&ben).await;
    let events = format!("{chat}/events");
    let mut anas = ana.hears(&events).await;
    server.publishes_for(2).await;
    let mut bens = ben.hears(&events).await;
    server.publishes_for(2).await;
    for person in [&ben, &ana] {
        person.posts(&format!("{chat}/typing"), json!({"typing": true})).await.is(204);
        server.publishes_for(2).await;
        person.posts(&chat, json!({"text": "Hello"})).await.is(201);
        server.publishes_for(2).await;
        person.posts(&format!("{chat}/typing"), json!({"typing": true})).await.is(204);
        server.publishes_for(8).await;
    }
    cleo.posts(&chat, json!({"text": "Last"})).await.is(201);
    let of_ben = heard(&mut bens, "Last").await;
    drop(bens);
    server.publishes_for(2).await;
    (heard(&mut anas, "Last").await, of_ben)
}

async fn sec_066_neither_of_a_block_is_told_of_the_other_and_one_that_hides_is_like_one_that_blocks(path: StreamPath) {
    let (open, _) = scene(path, async |_| {}).await;
    let named = |name: &str, members: Value| (name.to_owned(), members);
    assert!(open.contains(&named("presence", json!([2, 3]))) && open.contains(&named("typing", json!([3]))), "{open:?}");
    let alone = |own: u32| {
        let types = [named("typing", json!([own])), named("typing", json!([]))];
        [vec![named("presence", json!([own]))], types.to_vec(), types.to_vec()].concat()
    };
    let (anas, bens) = scene(path, async |ben| ben.blocks("ana").await).await;
    assert_eq!(anas, alone(2), "nothing tells that Ben is there, not even an event that changes nothing");
    assert_eq!(bens, alone(3));
    let (anas, bens) = scene(path, async |ben| drop(ben.patches("/v1/me", json!({"presence": false})).await.is(200))).await;
    assert_eq!(anas, alone(2));
    assert_eq!(bens, [named("presence", json!([]))], "who hides sees nobody");
}

async fn sec_066_a_block_and_a_setting_reach_streams_that_are_open(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ([ana, ben, _cleo], chat) = a_group(&server).await;
    let events = format!("{chat}/events");
    let (mut anas, mut bens) = (ana.hears(&events).await, ben.hears(&events).await);
    server.publishes_for(2).await;
    let shown = async |stream: &mut EventStream| stream.until("presence").await["members"].clone();
    assert_eq!((shown(&mut anas).await, shown(&mut anas).await, shown(&mut bens).await), (json!([2]), json!([2, 3]), json!([2, 3])));
    ben.posts(&format!("{chat}/typing"), json!({"typing": true})).await.is(204);
    server.publishes_for(1).await;
    assert_eq!(anas.until("typing").await["members"], json!([3]));
    ben.blocks("ana").await;
    server.publishes_for(2).await;
    assert_eq!((shown(&mut anas).await, shown(&mut bens).await), (json!([2]), json!([3])));
    ben.unblocks("ana").await;
    server.publishes_for(2).await;
    assert_eq!((shown(&mut anas).await, shown(&mut bens).await), (json!([2, 3]), json!([2, 3])));
    ben.patches("/v1/me", json!({"presence": false})).await.is(200);
    server.publishes_for(2).await;
    assert_eq!((shown(&mut anas).await, shown(&mut bens).await), (json!([2]), json!([])));
    ana.deletes(&format!("{chat}/members/2")).await.is(204);
}

async fn sec_066_a_friend_who_blocks_is_told_of_no_more(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    let (mut anas, _) = ana.follows_me().await;
    ben.blocks("ana").await;
    anas.expect("friendship").await;
    let (_bens, _) = ben.follows_me().await;
    server.publishes_for(2).await;
    assert_eq!(ana.looks_up("ben").await["presence"], Value::Null);
    ana.patches("/v1/me", json!({"name": "Last"})).await.is(200);
    assert_eq!(anas.next_told().await.name, "me_updated", "nothing in between");
}

async fn sec_067_nobody_outside_is_told_who_types_or_is_online(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (mut ana, mut cleo, mut guest) = (server.person(), server.person(), server.person());
    let chat = ana.creates_an_open_chat().await;
    let visitor = server.person();
    let mut visitors = visitor.follows(&chat).await;
    let ticket = visitor.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is(201).json["ticket"].clone();
    let mut by_ticket = visitor.hears(&format!("{}/events?ticket={}", chat.path, ticket.as_str().unwrap())).await;
    let closed = cleo.creates_a_chat().await;
    let door = cleo.shares(&closed).await;
    guest.knocks(&door, "Ben").await;
    let mut waiting = guest.waits(&door).await;
    let _streams = (ana.follows(&chat).await, cleo.follows(&closed).await);
    for (owner, of) in [(&ana, &chat), (&cleo, &closed)] {
        owner.posts(&format!("{}/typing", of.path), json!({"typing": true})).await.is(204);
    }
    server.publishes_for(3).await;
    ana.says(&chat, "Last").await;
    for stream in [&mut visitors, &mut by_ticket] {
        assert_eq!(stream.next_told().await.name, "message");
    }
    cleo.deletes(&door.path).await.is(204);
    assert_eq!(waiting.next_told().await.name, "knock_decided");
}

on_both_paths!(
    sec_066_neither_of_a_block_is_told_of_the_other_and_one_that_hides_is_like_one_that_blocks,
    sec_066_a_block_and_a_setting_reach_streams_that_are_open,
    sec_066_a_friend_who_blocks_is_told_of_no_more,
    sec_067_nobody_outside_is_told_who_types_or_is_online,
);

#[tokio::test]
async fn sec_112_typing_is_told_20_times_at_once_and_every_3_seconds_and_counts_as_no_other_request() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let path = format!("{}/typing", chat.path);
    let types = || async { ben.sends(ben.request(Method::POST, &path).json(&json!({"typing": true}))).await };
    let (count, reply) = succeed(204, &types).await;
    assert_eq!((count, exceeds(&reply, "too_many_signals", "typing").as_millis()), (20, 3_000));
    ana.posts(&path, json!({"typing": true})).await.is(204);
    posts(&ben, &chat).await.is(201);
    server.clock.advance(seconds(3));
    assert_eq!(succeed(204, &types).await.0, 1);
}
