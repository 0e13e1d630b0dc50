//! The sample scenario of the first source, step by step: shivam writes to shahn for the first time, then into a group, and creates one.

use serde_json::json;

use super::texts;
use crate::support::{Person, TestServer, seconds};

/// shahn, shivam and udit; each is a friend of the others.
async fn three_friends(server: &TestServer) -> [Person; 3] {
    let [shahn, shivam, udit] = [server.account("shahn").await, server.account("shivam").await, server.account("udit").await];
    shahn.befriends(&shivam, "shivam").await;
    shivam.befriends(&udit, "udit").await;
    shahn.befriends(&udit, "udit").await;
    [shahn, shivam, udit]
}

#[tokio::test]
async fn shivam_sends_a_message_to_shahn_for_the_first_time() {
    let server = TestServer::start().await;
    let [shahn, shivam, _] = three_friends(&server).await;

    // Are they friends?
    assert!(texts(&shivam, "/v1/friends", "/user/username").await.contains(&"shahn".to_owned()));

    // Is there a chat of the two? There is none: the message creates it. Shivam needs shahn's name, and no id.
    assert!(texts(&shivam, "/v1/chats?kind=direct&participant=shahn", "/title").await.is_empty());
    let first = shivam.posts("/v1/messages", json!({"to": "@shahn", "text": "hi"})).await.is(201).json;
    assert_eq!(texts(&shivam, "/v1/chats?kind=direct&participant=shahn", "/title").await, ["shahn"]);

    // There is one: it is used, whichever of the two writes.
    let second = shivam.posts("/v1/messages", json!({"to": "@shahn", "text": "hi again"})).await.is(201).json;
    let answer = shahn.posts("/v1/messages", json!({"to": "@shivam", "text": "helloo"})).await.is(201).json;
    assert_eq!((&second["chat_id"], &answer["chat_id"]), (&first["chat_id"], &first["chat_id"]));
    let page = shahn.gets("/v1/users/shivam/messages").await.is(200).json;
    let said: Vec<_> = page["items"].as_array().unwrap().iter().map(|message| message["text"].as_str().unwrap()).collect();
    assert_eq!(said, ["hi", "hi again", "helloo"]);

    // Who is no friend cannot begin: nothing is created, for either of the two.
    let atharva = server.account("atharva").await;
    atharva.posts("/v1/messages", json!({"to": "@shahn", "text": "hi"})).await.is_problem(403, "not_accepted");
    assert!(texts(&atharva, "/v1/chats", "/title").await.is_empty());
    assert_eq!(texts(&shahn, "/v1/chats", "/title").await, ["shivam"]);
}

#[tokio::test]
async fn shivam_sends_a_message_in_a_group() {
    let server = TestServer::start().await;
    let [shahn, shivam, udit] = three_friends(&server).await;

    // A group with a list of participants. Its name may be that of a person: @ and # keep them apart.
    let group = shivam.posts("/v1/groups", json!({"name": "udit", "members": ["shahn", "udit"]})).await.is(201).json;
    assert_eq!(texts(&udit, "/v1/groups/udit/members", "/member/username").await, ["shivam", "shahn", "udit"]);
    shahn.posts("/v1/groups", json!({"name": "UDIT"})).await.is_problem(409, "group_name_taken");

    // Shivam lists the groups, chooses one, and needs nothing but its name.
    server.clock.advance(seconds(1));
    assert_eq!(texts(&shivam, "/v1/chats?kind=group", "/group/name").await, ["udit"]);
    let to_the_group = shivam.posts("/v1/messages", json!({"to": "#udit", "text": "hi all"})).await.is(201).json;
    let to_the_person = shivam.posts("/v1/messages", json!({"to": "@udit", "text": "hi udit"})).await.is(201).json;
    assert_eq!(to_the_group["chat_id"], group["chat_id"]);
    assert_ne!(to_the_person["chat_id"], group["chat_id"]);
    assert_eq!(texts(&shahn, "/v1/chats", "/last_message/text").await, ["hi all"]);

    // Participants need not be friends to write in it.
    shahn.deletes("/v1/friends/udit").await.is(204);
    udit.posts("/v1/messages", json!({"to": "#udit", "text": "hello"})).await.is(201);
    assert_eq!(texts(&shahn, "/v1/chats", "/last_message/text").await, ["hello"]);
}
