//! Typing: members say that they type, and the others are told until they stop.

use serde_json::{Value, json};

use crate::support::{Chat, EventStream, Person, Reply, StreamPath, TestServer, on_both_paths, seconds};

impl Person {
    pub(crate) async fn types(&self, chat: &Chat, typing: bool) -> Reply {
        self.posts(&format!("{}/typing", chat.path), json!({"typing": typing})).await
    }
}

/// Returns the members of the next event, which must be `typing`.
async fn typing(stream: &mut EventStream) -> Value {
    stream.signal("typing").await["members"].clone()
}

/// Returns a chat with its owner Ana and the guests Ben and Cleo.
async fn three(server: &TestServer) -> ([Person; 3], Chat) {
    let (mut ana, mut ben, mut cleo) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    cleo.enters(&ana, &link, "Cleo").await;
    ([ana, ben, cleo], chat)
}

/// Opens a stream, and returns it after who is online.
pub(crate) async fn after_presence(person: &Person, chat: &Chat) -> EventStream {
    let mut stream = person.follows(chat).await;
    stream.signal("presence").await;
    stream
}

async fn who_types_is_told_as_a_whole_to_all_members(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ([ana, ben, cleo], chat) = three(&server).await;
    let (mut anas, mut bens) = (after_presence(&ana, &chat).await, ben.follows(&chat).await);
    server.publishes().await;
    anas.signal("presence").await;
    bens.signal("presence").await;
    ben.types(&chat, true).await.is(204);
    cleo.types(&chat, true).await.is(204);
    server.publishes().await;
    for stream in [&mut anas, &mut bens] {
        assert_eq!(typing(stream).await, json!([2, 3]), "oneself included");
    }
    let mut late = cleo.follows(&chat).await;
    assert_eq!(typing(&mut late).await, json!([2, 3]), "who comes later is told at once");
    ben.types(&chat, false).await.is(204);
    ben.types(&chat, false).await.is(204);
    server.publishes().await;
    assert_eq!(bens.until("typing").await["members"], json!([3]));
}

async fn typing_lapses_after_six_seconds_and_is_repeated_without_an_event(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ([ana, ben, _], chat) = three(&server).await;
    let mut anas = after_presence(&ana, &chat).await;
    ben.types(&chat, true).await.is(204);
    server.publishes_for(4).await;
    assert_eq!(typing(&mut anas).await, json!([2]));
    ben.types(&chat, true).await.is(204);
    server.publishes_for(5).await;
    ana.says(&chat, "Nothing was told in between").await;
    assert_eq!(anas.next_told().await.name, "message");
    server.publishes_for(2).await;
    assert_eq!(typing(&mut anas).await, json!([]));
}

async fn a_message_ends_typing(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ([ana, ben, cleo], chat) = three(&server).await;
    let mut anas = after_presence(&ana, &chat).await;
    ben.types(&chat, true).await.is(204);
    cleo.types(&chat, true).await.is(204);
    server.publishes().await;
    assert_eq!(typing(&mut anas).await, json!([2, 3]));
    ben.says(&chat, "Hello").await;
    server.publishes().await;
    assert_eq!(anas.next_told().await.name, "message");
    assert_eq!(typing(&mut anas).await, json!([3]));
    ana.removes(&chat, 3).await.is(204);
    server.publishes().await;
    assert_eq!(anas.next_told().await.name, "member_left");
    assert_eq!(typing(&mut anas).await, json!([]), "a former member does not type");
}

async fn a_visitor_of_an_open_chat_does_not_type_and_is_told_of_none(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let visitor = server.person();
    let mut visitors = visitor.follows(&chat).await;
    let mut anas = after_presence(&ana, &chat).await;
    let nothing = visitor.gets("/v1/chats/none").await.without_request_id();
    assert_eq!(visitor.types(&chat, true).await.is(404).without_request_id(), nothing);
    ana.types(&chat, true).await.is(204);
    server.publishes_for(2).await;
    assert_eq!(typing(&mut anas).await, json!([1]));
    ana.says(&chat, "Hello").await;
    assert_eq!(visitors.next_told().await.name, "message");
}

async fn a_many_is_told_of_twice_a_second(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    let mut guests = Vec::new();
    for number in 0..30 {
        let mut guest = server.person();
        guest.knocks(&link, &format!("Guest {number}")).await;
        guests.push(guest);
    }
    let mut anas = after_presence(&ana, &chat).await;
    let mut told = 0;
    for guest in &guests {
        guest.types(&chat, true).await.is(204);
        server.clock.advance(std::time::Duration::from_millis(100));
        told += 1;
    }
    server.publishes().await;
    ana.says(&chat, "Last").await;
    let mut events = Vec::new();
    loop {
        let event = anas.next_told().await;
        if event.name == "message" {
            break;
        }
        events.push(event.data["members"].as_array().unwrap().len());
    }
    assert!(told == 30 && events.len() <= 7 && events.last() == Some(&20), "{events:?}");
}

on_both_paths!(
    who_types_is_told_as_a_whole_to_all_members,
    typing_lapses_after_six_seconds_and_is_repeated_without_an_event,
    a_message_ends_typing,
    a_visitor_of_an_open_chat_does_not_type_and_is_told_of_none,
    a_many_is_told_of_twice_a_second,
);

#[tokio::test]
async fn typing_is_told_in_direct_chats_and_groups_on_the_streams_of_accounts() {
    let server = TestServer::start().await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    let direct = ana.posts("/v1/messages", json!({"to": "@ben", "text": "Hello"})).await.is(201).json["chat_id"].clone();
    let group = ana.posts("/v1/groups", json!({"name": "club", "members": ["ben"]})).await.is(201).json["chat_id"].clone();
    let (mut anas, _) = ana.follows_me().await;
    for chat in [direct, group] {
        let path = format!("/v1/chats/{}/typing", chat.as_str().unwrap());
        ben.posts(&path, json!({"typing": true})).await.is(204);
        server.publishes().await;
        loop {
            let event = anas.next_told().await;
            if event.name == "typing" {
                assert_eq!((&event.data["chat_id"], &event.data["members"], event.id), (&chat, &json!([2]), None));
                break;
            }
        }
    }
}

#[tokio::test]
async fn typing_has_a_form_and_a_limit_of_its_own() {
    let server = TestServer::start().await;
    let ([ana, ben, _], chat) = three(&server).await;
    for (body, field) in
        [(json!({}), "body"), (json!({"typing": null}), "typing"), (json!({"typing": 1}), "typing"), (json!({"typing": true, "x": 1}), "x")]
    {
        let reply = ben.posts(&format!("{}/typing", chat.path), body).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], json!(field), "{}", reply.text);
    }
    for _ in 0..20 {
        ben.types(&chat, true).await.is(204);
    }
    ben.types(&chat, true).await.is_problem(429, "too_many_signals");
    ana.types(&chat, true).await.is(204);
    server.clock.advance(seconds(4));
    ben.types(&chat, true).await.is(204);
    for _ in 0..30 {
        ben.says(&chat, "It counts as no post").await;
    }
}
