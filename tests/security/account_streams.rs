//! SEC-048, 062, 063, 106: the stream of an account has the events of its own chats alone, as long as it may read them.

use serde_json::{Value, json};

use crate::support::{Chat, EventStream, Person, StreamPath, TestServer, on_both_paths, seconds};

/// A group of Ana's.
async fn a_group(ana: &Person, more: Value) -> Chat {
    let mut body = json!({"name": "readers"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let json = ana.posts("/v1/groups", body).await.is(201).json;
    let id = json["chat_id"].as_str().unwrap().to_owned();
    Chat { path: format!("/v1/chats/{id}"), url: json["chat_url"].as_str().unwrap().into(), id, author: String::new(), json }
}

/// Opens the stream of an account with a ticket that names this position in a chat.
async fn goes_on(person: &Person, chat: &Chat, after: &str) -> EventStream {
    let body = json!({"me": true, "after": [{"chat_id": chat.id, "after": after}]});
    let ticket = person.posts("/v1/tickets", body).await.is(201).json["ticket"].as_str().unwrap().to_owned();
    person.nobody().hears(&format!("/v1/me/events?ticket={ticket}")).await
}

/// Fails if the stream has anything before what its account brings about now.
async fn expect_nothing(person: &Person, stream: &mut EventStream) {
    person.patches("/v1/me", json!({"findable": false})).await.is(200);
    stream.expect("me_updated").await;
}

async fn sec_062_no_event_of_a_chat_reaches_who_is_not_in_it(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (mut ana, ben, cleo) = (server.account("ana").await, server.account("ben").await, server.account("cleo").await);
    let group = a_group(&ana, json!({"admission": "knock"})).await;
    let chat = ana.creates(json!({})).await;
    let link = ana.shares(&chat).await;
    ben.posts(&format!("{}/knocks", link.path), json!({})).await.is(201);
    ben.posts("/v1/groups/readers/knocks", json!({})).await.is(201);
    for person in [&ben, &cleo] {
        for chat in [&group, &chat] {
            let mut stream = goes_on(person, chat, "0").await;
            assert_eq!(stream.expect("state").await.data["chats"], json!([]));
            ana.says(chat, "Not for you").await;
            ana.shares(chat).await;
            expect_nothing(person, &mut stream).await;
        }
    }
}

async fn sec_062_a_right_that_is_taken_ends_at_once(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    let group = a_group(&ana, json!({"members": ["ben"]})).await;
    ana.patches("/v1/groups/readers/members/ben", json!({"role": "admin"})).await.is(200);
    let (mut stream, state) = ben.follows_me().await;
    assert_eq!(state.data["chats"][0]["pending"], 0);
    ana.patches("/v1/groups/readers/members/ben", json!({"role": "member"})).await.is(200);
    ana.shares(&group).await;
    ana.says(&group, "Hello").await;
    stream.expect("member_updated").await;
    stream.expect("message").await;
    ana.deletes("/v1/groups/readers/members/ben").await.is(204);
    ana.says(&group, "He is gone").await;
    stream.expect("member_left").await;
    stream.expect("chat_removed").await;
    expect_nothing(&ben, &mut stream).await;
    for after in ["0", "1", "99"] {
        let mut stream = goes_on(&ben, &group, after).await;
        assert_eq!(stream.expect("state").await.data["chats"], json!([]));
        expect_nothing(&ben, &mut stream).await;
    }
}

async fn sec_063_a_position_before_the_floor_gives_nothing_more(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    let group = a_group(&ana, json!({"history": "since_join", "admission": "open"})).await;
    let seq = ana.says(&group, "Before Ben").await;
    ben.posts("/v1/groups/readers/members", json!({})).await.is(201);
    ana.patches(&format!("{}/messages/{seq}", group.path), json!({"text": "Still before Ben"})).await.is(200);
    let mut stream = goes_on(&ben, &group, "0").await;
    let state = stream.expect("state").await.data;
    assert_eq!((&state["chats"][0]["head"], &state["chats"][0]["first"]), (&json!(2), &json!(3)));
    assert_eq!(stream.expect("member_joined").await.data["seq"], 3);
    assert_eq!(stream.expect("message_edited").await.data, json!({"seq": 4, "chat_id": group.id, "target": 2}));
    expect_nothing(&ben, &mut stream).await;
}

async fn sec_048_a_stream_with_busy_chats_ends_with_its_session(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (mut ana, session) = server.signed_in("ana").await;
    let chat = ana.creates(json!({})).await;
    let desk = ana.showing(&ana.clone().signs_in("ana").await.access);
    let (mut stream, _) = ana.follows_me().await;
    for _ in 0..20 {
        desk.says(&chat, "Before").await;
    }
    desk.deletes(&format!("/v1/sessions/{}", session.id)).await.is(204);
    desk.says(&chat, "After").await;
    while let Some(event) = stream.next_or_end().await {
        assert!(event.data["text"] != "After" && ["message", "signed_out"].contains(&event.name.as_str()), "{event:?}");
    }
}

async fn sec_106_the_stream_of_an_account_counts_once(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.account("ana").await;
    let mut chats = Vec::new();
    for _ in 0..20 {
        chats.push(ana.creates(json!({})).await);
    }
    let (mut first, _) = ana.follows_me().await;
    let mut others = Vec::new();
    for chat in &chats[..15] {
        others.push(ana.follows(chat).await);
    }
    ana.says(&chats[19], "Hello").await;
    first.expect("message").await;
    others.push(ana.follows(&chats[15]).await);
    first.expect("bye").await;
    first.expect_end().await;
    server.advance(seconds(1)).await;
    ana.says(&chats[15], "Hello").await;
    others.last_mut().unwrap().expect("message").await;
}

on_both_paths!(
    sec_062_no_event_of_a_chat_reaches_who_is_not_in_it,
    sec_062_a_right_that_is_taken_ends_at_once,
    sec_063_a_position_before_the_floor_gives_nothing_more,
    sec_048_a_stream_with_busy_chats_ends_with_its_session,
    sec_106_the_stream_of_an_account_counts_once,
);
