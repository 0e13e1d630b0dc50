//! The calls of the third source, a chat backend: users, tokens, messages of three kinds, fetching between two, editing, deleting.

use serde_json::json;

use crate::support::TestServer;
use crate::support::account::PASSWORD;

#[tokio::test]
async fn the_calls_of_the_chat_backend() {
    let server = TestServer::start().await;
    let mut ana = server.person();

    // Create a user; a token proves who it is.
    ana.posts("/v1/users", json!({"username": "ana", "password": PASSWORD})).await.is(201);
    ana.gets("/v1/me").await.is_problem(401, "unauthenticated");
    let session = ana.signs_in("ana").await;
    assert_eq!(session.access.split('.').count(), 3, "a JSON Web Token");
    assert_eq!(ana.gets("/v1/me").await.is(200).json["username"], "ana");
    let ben = server.account("ben").await;
    ana.befriends(&ben, "ben").await;

    // Send a text, an image and a video, the latter with their metadata.
    let text = ana.posts("/v1/messages", json!({"to": "@ben", "text": "Hello"})).await.is(201).json;
    let image = json!({"url": "https://example.org/map.png", "width": 1_200, "height": 800});
    let shown = ana.posts("/v1/messages", json!({"to": "@ben", "image": image})).await.is(201).json;
    let video = json!({"url": "https://youtu.be/dQw4w9WgXcQ", "duration_seconds": 212});
    let played = ana.posts("/v1/messages", json!({"to": "@ben", "video": video})).await.is(201).json;
    assert_eq!((&text["kind"], &shown["kind"], &played["kind"]), (&json!("text"), &json!("image"), &json!("video")));
    assert_eq!((&shown["image"]["width"], &shown["image"]["height"]), (&json!(1_200), &json!(800)));
    assert_eq!((&played["video"]["source"], &played["video"]["duration_seconds"]), (&json!("youtube"), &json!(212)));

    // Fetch the messages between two users, by page and size.
    let second = ben.gets("/v1/users/ana/messages?page=2&per_page=2").await.is(200).json;
    assert_eq!((&second["page"], &second["per_page"], &second["total"]), (&json!(2), &json!(2), &json!(3)));
    assert_eq!((second["items"].as_array().unwrap().len(), &second["items"][0]["text"]), (1, &json!("Hello")));
    let everything = ben.gets("/v1/users/ana/messages").await.is(200).json;
    assert_eq!((&everything["items"][1]["image"], &everything["items"][2]["kind"]), (&shown["image"], &json!("video")));

    // Edit a message.
    let path = format!("/v1/chats/{}/messages/{}", text["chat_id"].as_str().unwrap(), text["seq"]);
    ana.patches(&path, json!({"text": "Hello, Ben"})).await.is(200);
    ben.patches(&path, json!({"text": "Hello, Eve"})).await.is_problem(403, "not_allowed");
    let edited = ben.gets(&path).await.is(200).json;
    assert_eq!((&edited["text"], edited["edited_at"].is_string()), (&json!("Hello, Ben"), true));

    // Delete a message.
    ana.deletes(&path).await.is(204);
    let deleted = ben.gets(&path).await.is(200).json;
    assert_eq!((&deleted["kind"], &deleted["text"]), (&json!("deleted"), &json!(null)));
}
