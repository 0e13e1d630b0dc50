//! The calls of the fourth source, Silly Chat: chats behind a link, without an account.

use serde_json::json;

use crate::support::TestServer;

/// Its first milestone: who has the address of a chat reads and writes.
#[tokio::test]
async fn a_chat_whose_address_is_enough() {
    let server = TestServer::start().await;
    let (ana, anyone) = (server.person(), server.person());

    // Create a chat.
    let created = ana.posts("/v1/chats", json!({"admission": "open"})).await.is(201).json;
    let chat = created["chat_url"].as_str().unwrap();

    // Post into it, and read it.
    anyone.posts(chat, json!({"text": "Hello"})).await.is(201);
    let read = anyone.gets(chat).await.is(200).json;
    assert_eq!((&read["messages"][0]["text"], &read["messages"][0]["member"]), (&json!("Hello"), &json!(null)));

    // Create a link, and exchange it for the address.
    let link = anyone.posts("/v1/links", json!({"chat_url": chat})).await.is(201).json;
    let exchange = anyone.gets(link["exchange_url"].as_str().unwrap()).await.is(200).json;
    assert_eq!((&exchange["chat_url"], &exchange["approval_status"]), (&json!(chat), &json!(true)));
}

/// Its second milestone: the owner approves who comes in.
#[tokio::test]
async fn a_chat_whose_owner_approves() {
    let server = TestServer::start().await;
    let (owner, guest) = (server.person(), server.person());

    // Create a chat; its author gets a credential.
    let created = owner.posts("/v1/chats", json!({})).await.is(201).json;
    let (chat, author) = (created["chat_url"].as_str().unwrap(), created["author_id"].as_str().unwrap());

    // Create a link to it.
    let link = owner.posts("/v1/links", json!({"chat_url": chat, "author_id": author})).await.is(201).json;
    let (link_url, exchange_url) = (link["link_url"].as_str().unwrap(), link["exchange_url"].as_str().unwrap());

    // Exchange the link: the request is sent, and not yet approved.
    let asked = guest.gets(exchange_url).await.is(200).json;
    assert_eq!((&asked["request_sent_status"], &asked["approval_status"], &asked["chat_url"]), (&json!(true), &json!(false), &json!(null)));
    let client = asked["client_id"].as_str().unwrap();
    guest.showing(client).gets(chat).await.is_problem(404, "not_found");

    // Ask whether it is approved.
    let status = format!("/v1/approval?link_url={link_url}&client_id={client}");
    assert_eq!(guest.gets(&status).await.is(200).json["approval_status"], false);

    // Approve it.
    let approved = owner.posts("/v1/approval", json!({"link_url": link_url, "author_id": author})).await.is(200).json;
    assert_eq!((&approved["approval_status"], &approved["decided"]), (&json!(true), &json!([asked["knock_id"]])));
    assert_eq!(guest.gets(&status).await.is(200).json["approval_status"], true);

    // Exchange it again: now with the address of the chat. Both talk.
    let let_in = guest.gets(&format!("{exchange_url}?client_id={client}")).await.is(200).json;
    assert_eq!((&let_in["approval_status"], &let_in["chat_url"]), (&json!(true), &json!(chat)));
    guest.posts(chat, json!({"text": "Thank you", "user_id": client})).await.is(201);
    owner.posts(chat, json!({"text": "Welcome", "user_id": author})).await.is(201);
    let read = guest.showing(client).gets(chat).await.is(200).json;
    assert_eq!((&read["messages"][0]["text"], &read["messages"][1]["text"]), (&json!("Thank you"), &json!("Welcome")));
}
