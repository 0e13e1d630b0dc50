//! Presence: who is online in a chat is told to its members.

use std::sync::Arc;

use parlor::domain::event_log::LogUpdate;
use parlor::hub::bus::Bus;
use parlor::hub::bus::in_process::InProcessBus;
use serde_json::{Value, json};

use crate::stream_connections::until_open;
use crate::support::{Chat, EventStream, Person, StreamPath, TestServer, on_both_paths};

/// Returns the members and the count of the next event, which must be `presence`.
async fn online(stream: &mut EventStream) -> (Value, Value) {
    let data = stream.signal("presence").await;
    (data["members"].clone(), data["count"].clone())
}

fn members(numbers: &[u64]) -> (Value, Value) {
    (json!(numbers), json!(numbers.len()))
}

/// Returns a chat of Ana with the guest Ben.
async fn a_pair(server: &TestServer) -> (Person, Person, Chat) {
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    (ana, ben, chat)
}

async fn who_is_online_is_told_after_hello_and_when_it_changes(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben, chat) = a_pair(&server).await;
    let mut anas = ana.follows(&chat).await;
    assert_eq!(online(&mut anas).await, members(&[1]), "oneself included");
    let mut bens = ben.follows(&chat).await;
    assert_eq!(online(&mut bens).await, members(&[1, 2]));
    let second = ben.follows(&chat).await;
    server.publishes_for(2).await;
    assert_eq!(online(&mut anas).await, members(&[1, 2]));
    drop(second);
    until_open(&server, 2).await;
    server.publishes_for(12).await;
    ana.says(&chat, "Several streams of one member count once").await;
    for stream in [&mut anas, &mut bens] {
        assert_eq!(stream.next_told().await.name, "message");
    }
    drop(bens);
    until_open(&server, 1).await;
    server.publishes_for(12).await;
    assert_eq!(online(&mut anas).await, members(&[1]), "also after a stream that carried messages");
}

async fn who_closes_the_last_stream_stays_online_for_ten_seconds(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben, chat) = a_pair(&server).await;
    let mut anas = ana.follows(&chat).await;
    let bens = ben.follows(&chat).await;
    server.publishes_for(1).await;
    for all in [members(&[1]), members(&[1, 2])] {
        assert_eq!(online(&mut anas).await, all);
    }
    drop(bens);
    until_open(&server, 1).await;
    server.publishes_for(9).await;
    let mut late = ana.follows(&chat).await;
    assert_eq!(online(&mut late).await, members(&[1, 2]), "still");
    let again = ben.follows(&chat).await;
    server.publishes_for(5).await;
    drop(again);
    until_open(&server, 2).await;
    server.publishes_for(9).await;
    ana.says(&chat, "Ben is back, and stays a while").await;
    assert_eq!(anas.next_told().await.name, "message");
    server.publishes_for(2).await;
    for stream in [&mut anas, &mut late] {
        stream.until("presence").await;
    }
    drop((anas, late));
    until_open(&server, 0).await;
    let mut bens = ben.follows(&chat).await;
    assert_eq!(online(&mut bens).await, members(&[1, 2]), "also where nobody listened meanwhile");
}

async fn a_former_member_is_offline_at_once(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben, chat) = a_pair(&server).await;
    let mut anas = ana.follows(&chat).await;
    let mut bens = ben.follows(&chat).await;
    server.publishes_for(1).await;
    for all in [members(&[1]), members(&[1, 2])] {
        assert_eq!(online(&mut anas).await, all);
    }
    ana.removes(&chat, 2).await.is(204);
    let mut late = ana.follows(&chat).await;
    assert_eq!(online(&mut late).await, members(&[1]));
    server.publishes_for(1).await;
    assert_eq!(anas.next_told().await.name, "member_left");
    assert_eq!(online(&mut anas).await, members(&[1]));
    bens.expect("member_left").await;
    bens.expect_end().await;
    let mut cleo = server.person();
    cleo.enters(&ana, &ana.shares(&chat).await, "Cleo").await;
    drop((cleo.follows(&chat).await, bens));
    until_open(&server, 2).await;
    ana.removes(&chat, 3).await.is(204);
    let mut later = ana.follows(&chat).await;
    assert_eq!(online(&mut later).await, members(&[1]), "also one whose streams have closed a moment ago");
}

async fn a_visitor_is_told_of_none_and_is_none(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let visitor = server.person();
    let mut visitors = visitor.follows(&chat).await;
    let mut anas = ana.follows(&chat).await;
    assert_eq!(online(&mut anas).await, members(&[1]));
    server.publishes_for(2).await;
    ana.says(&chat, "Hello").await;
    assert_eq!(visitors.next_told().await.name, "message");
    assert_eq!(anas.next_told().await.name, "message");
}

async fn a_large_chat_is_told_how_many_are_online(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    let mut last = None;
    for number in 0..100 {
        let mut guest = server.person();
        guest.knocks(&link, &format!("Guest {number}")).await;
        last = Some(guest);
    }
    let mut anas = ana.follows(&chat).await;
    assert_eq!(online(&mut anas).await, (json!([]), json!(1)));
    let _guests = last.as_ref().unwrap().follows(&chat).await;
    server.publishes_for(1).await;
    assert_eq!(online(&mut anas).await, (json!([]), json!(2)));
    ana.removes(&chat, 2).await.is(204);
    let mut late = ana.follows(&chat).await;
    assert_eq!(online(&mut late).await, members(&[1, 101]), "a hundred are listed");
}

on_both_paths!(
    who_is_online_is_told_after_hello_and_when_it_changes,
    who_closes_the_last_stream_stays_online_for_ten_seconds,
    a_former_member_is_offline_at_once,
    a_visitor_is_told_of_none_and_is_none,
    a_large_chat_is_told_how_many_are_online,
    what_no_notification_tells_is_found_by_the_audit,
);

#[tokio::test]
async fn the_stream_of_an_account_makes_it_online_in_all_its_chats() {
    let server = TestServer::start().await;
    let (mut ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    ana.posts("/v1/messages", json!({"to": "@ben", "text": "Hello"})).await.is(201);
    let link_chat = ana.creates_a_chat().await;
    let (mut anas, state) = ana.follows_me().await;
    let mut told = Vec::new();
    for _ in 0..2 {
        let data = anas.signal("presence").await;
        assert_eq!(data["members"], json!([1]));
        told.push(data["chat_id"].clone());
    }
    let mut chats: Vec<Value> = state.data["chats"].as_array().unwrap().iter().map(|chat| chat["chat_id"].clone()).collect();
    told.sort_by_key(Value::to_string);
    chats.sort_by_key(Value::to_string);
    assert_eq!(told, chats);
    let (mut bens, _) = ben.follows_me().await;
    let friend = bens.signal("friend_presence").await;
    assert_eq!((&friend["username"], &friend["online"]), (&json!("ana"), &json!(true)));
    assert_eq!(online(&mut bens).await, members(&[1, 2]));
    let mut own = ana.follows(&link_chat).await;
    assert_eq!(online(&mut own).await, members(&[1]));
    server.publishes_for(1).await;
    let seen = [anas.next_told().await, anas.next_told().await];
    let by_name = |name: &str| seen.iter().find(|event| event.name == name).unwrap().data.clone();
    assert_eq!(by_name("presence")["members"], json!([1, 2]));
    assert_eq!((&by_name("friend_presence")["username"], &by_name("friend_presence")["online"]), (&json!("ben"), &json!(true)));
}

#[tokio::test]
async fn the_presence_of_a_member_without_a_stream_is_that_of_none() {
    let server = TestServer::start().await;
    let (ana, ben, chat) = a_pair(&server).await;
    ben.says(&chat, "A message alone makes nobody online").await;
    let mut anas = ana.follows(&chat).await;
    assert_eq!(online(&mut anas).await, members(&[1]));
}

/// Delivers neither entries nor changes of settings, as a bus between nodes may.
#[derive(Debug)]
struct BareBus(InProcessBus);

impl Bus for BareBus {
    fn notify(&self, update: LogUpdate) {
        match update {
            LogUpdate::SightChanged { .. } => {}
            LogUpdate::Appended { topic, head, .. } => self.0.notify(LogUpdate::Appended { topic, head, entries: Vec::new() }),
            other => self.0.notify(other),
        }
    }
}

async fn what_no_notification_tells_is_found_by_the_audit(path: StreamPath) {
    let server = TestServer::with_bus(path, |hub| Arc::new(BareBus(InProcessBus::new(hub)))).await;
    let (mut ana, mut ben) = (server.person(), server.account("ben").await);
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let mut anas = ana.follows(&chat).await;
    let mut bens = ben.follows(&chat).await;
    server.publishes_for(2).await;
    for all in [members(&[1]), members(&[1, 2])] {
        assert_eq!(online(&mut anas).await, all);
    }
    ben.patches("/v1/me", json!({"presence": false})).await.is(200);
    server.service.audit_sights().await.unwrap();
    server.publishes_for(2).await;
    assert_eq!(online(&mut anas).await, members(&[1]));
    ben.patches("/v1/me", json!({"presence": true})).await.is(200);
    server.service.audit_sights().await.unwrap();
    server.publishes_for(2).await;
    assert_eq!(online(&mut anas).await, members(&[1, 2]));
    ana.removes(&chat, 2).await.is(204);
    bens.expect("member_left").await;
    bens.expect_end().await;
    server.publishes_for(2).await;
    assert_eq!(anas.until("presence").await["members"], json!([1]), "the end of the stream says it, without grace");
}
