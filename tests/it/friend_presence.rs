//! Presence of friends, on the streams of accounts and wherever an account is shown.

use serde_json::{Value, json};

use crate::stream_connections::until_open;
use crate::support::{EventStream, Person, StreamPath, TestServer, on_both_paths};

const NOON: &str = "2026-11-20T12:00:00.000Z";

/// Returns two friends.
async fn friends(server: &TestServer) -> (Person, Person) {
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    (ana, ben)
}

/// Returns the next event, which must be `friend_presence`: the friend, whether they are online, and when they were last.
async fn told(stream: &mut EventStream) -> (Value, Value, Value) {
    let data = stream.signal("friend_presence").await;
    (data["username"].clone(), data["online"].clone(), data["last_seen_at"].clone())
}

async fn friends_are_told_when_one_comes_and_goes(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = friends(&server).await;
    let (mut anas, _) = ana.follows_me().await;
    server.publishes().await;
    let (bens, _) = ben.follows_me().await;
    let second = ben.follows_me().await;
    server.publishes_for(1).await;
    assert_eq!(told(&mut anas).await, (json!("ben"), json!(true), json!(NOON)));
    assert_eq!(ana.looks_up("ben").await["presence"], json!({"online": true, "last_seen_at": NOON}));
    assert_eq!(ana.lists("/v1/friends").await[0]["user"]["presence"]["online"], json!(true));
    drop(second);
    until_open(&server, 2).await;
    server.clock.advance(std::time::Duration::from_mins(7));
    server.publishes().await;
    assert_eq!(ana.looks_up("ben").await["presence"], json!({"online": true, "last_seen_at": "2026-11-20T12:05:00.000Z"}));
    drop(bens);
    until_open(&server, 1).await;
    server.publishes_for(9).await;
    assert_eq!(ana.looks_up("ben").await["presence"]["online"], json!(true), "for a while longer");
    server.publishes_for(2).await;
    assert_eq!(told(&mut anas).await, (json!("ben"), json!(false), json!("2026-11-20T12:05:00.000Z")));
    assert_eq!(ana.looks_up("ben").await["presence"], json!({"online": false, "last_seen_at": "2026-11-20T12:05:00.000Z"}));
}

async fn who_is_online_already_is_told_after_the_state(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = friends(&server).await;
    let (mut anas, _) = ana.follows_me().await;
    let (mut bens, _) = ben.follows_me().await;
    assert_eq!(told(&mut bens).await, (json!("ana"), json!(true), json!(NOON)));
    ana.unfriends("ben").await;
    for (stream, name) in [(&mut anas, "ben"), (&mut bens, "ana")] {
        let ended = stream.expect("friendship").await.data;
        assert_eq!((&ended["user"]["username"], &ended["user"]["presence"]), (&json!(name), &Value::Null));
    }
    server.publishes_for(2).await;
    ana.befriends(&ben, "ben").await;
    let began = bens.until("friendship").await;
    assert_eq!(began["user"]["presence"]["online"], json!(true), "a new friend is shown with their presence");
    let _ = anas;
}

async fn presence_that_is_hidden_is_hidden_both_ways(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = friends(&server).await;
    let (mut anas, _) = ana.follows_me().await;
    let (mut bens, _) = ben.follows_me().await;
    assert_eq!(told(&mut bens).await, (json!("ana"), json!(true), json!(NOON)));
    server.publishes_for(1).await;
    assert_eq!(told(&mut anas).await, (json!("ben"), json!(true), json!(NOON)));
    bens.signal("friend_presence").await;
    ben.patches("/v1/me", json!({"presence": false})).await.is(200);
    server.publishes_for(1).await;
    assert_eq!(told(&mut anas).await, (json!("ben"), json!(false), Value::Null), "open streams follow the setting");
    bens.expect("me_updated").await;
    assert_eq!((ana.looks_up("ben").await["presence"].clone(), ben.looks_up("ana").await["presence"].clone()), (Value::Null, Value::Null));
    let (_again, _) = ana.follows_me().await;
    server.publishes_for(1).await;
    drop(ben.follows_me().await);
    until_open(&server, 3).await;
    server.publishes_for(12).await;
    ben.patches("/v1/me", json!({"presence": true})).await.is(200);
    server.publishes_for(1).await;
    assert_eq!(told(&mut anas).await, (json!("ben"), json!(true), json!(NOON)));
    bens.until("me_updated").await;
    assert_eq!(told(&mut bens).await, (json!("ana"), json!(true), json!(NOON)), "and who is online is seen again");
}

on_both_paths!(friends_are_told_when_one_comes_and_goes, who_is_online_already_is_told_after_the_state, presence_that_is_hidden_is_hidden_both_ways,);
