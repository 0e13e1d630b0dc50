//! What happens at once in the sources: typing and status of the second, messages by socket and presence of the fifth.

use serde_json::json;

use crate::support::{Client, Person, TestServer, Transport};

async fn two_friends(server: &TestServer) -> [Person; 2] {
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    [ana, ben]
}

/// Messaging, *typing* and *status*.
#[tokio::test]
async fn typing_and_the_status_of_a_friend() {
    let server = TestServer::start().await;
    let [ana, ben] = two_friends(&server).await;
    let chat = ben.begins("ana", "Hello").await;
    let (mut anas, _) = ana.follows_me().await;

    // Status: Ben is online while he has a stream open.
    let (_bens, _) = ben.follows_me().await;
    server.publishes_for(1).await;
    let status = anas.until("friend_presence").await;
    assert_eq!((&status["username"], &status["online"]), (&json!("ben"), &json!(true)));
    assert_eq!(ana.gets("/v1/users/ben").await.is(200).json["presence"]["online"], true);

    // Typing.
    ben.posts(&format!("{}/typing", chat.path), json!({"typing": true})).await.is(204);
    server.publishes().await;
    let typing = anas.until("typing").await;
    assert_eq!((&typing["chat_id"], typing["members"].as_array().unwrap().len()), (&json!(chat.id), 1));
}

/// Chat server, *message by socket*, *presence*.
#[tokio::test]
async fn messages_by_socket_and_who_is_there() {
    let server = TestServer::start().await;
    let [ana, ben] = two_friends(&server).await;
    let channel = ana.founds("launch", &["ben"]).await;
    let mut anas = Client::open(Transport::Socket, &ana).await;
    let mut bens = Client::open(Transport::Socket, &ben).await;

    // Subscribe to a channel.
    anas.follows(&channel.id, None).await.unwrap();
    bens.follows(&channel.id, None).await.unwrap();

    // Presence: who of its participants is there.
    server.publishes_for(1).await;
    anas.hears_signal(&channel.id, "presence", &json!({"chat_id": channel.id, "members": [1, 2], "count": 2})).await;

    // Send a message by socket.
    let sent = bens.sends(&channel.id, json!({"text": "Good morning"}), None).await.unwrap();
    let heard = anas.expects(&channel.id, "message").await;
    assert_eq!((&heard.data["seq"], &heard.data["text"]), (&sent["seq"], &json!("Good morning")));
}
