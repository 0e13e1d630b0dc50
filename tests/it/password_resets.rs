//! Password resets: a link to a verified address sets a new password, once.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::support::account::PASSWORD;
use crate::support::mails::link_token;
use crate::support::{Person, Reply, TestServer, seconds};

const NEW: &str = "pear-tree-43";

async fn asks(person: &Person, address: &str) {
    let reply = person.nobody().posts("/v1/password-resets", json!({"email": address})).await.is(202);
    assert_eq!(reply.text, "");
}

async fn confirms(person: &Person, token: &str, password: &str) -> Reply {
    person.nobody().posts("/v1/password-resets/confirm", json!({"token": token, "new_password": password})).await
}

/// Asks for a link and returns its token.
async fn gets_link(server: &TestServer, person: &Person, address: &str) -> String {
    asks(person, address).await;
    server.mails.token_to(address, "reset").await
}

#[tokio::test]
async fn a_link_sets_a_new_password_once_and_ends_all_sessions() {
    let server = TestServer::start().await;
    let mut ana = server.verified("ana", "ana@example.org").await;
    let elsewhere = server.person().showing(ana.tries("ana", PASSWORD).await.is(201).json["access_token"].as_str().unwrap());
    let chat = ana.creates_a_chat().await;
    let mut stream = ana.follows(&chat).await;
    asks(&ana, "ANA@example.org").await;
    let mail = server.mails.next_to("ana@example.org").await;
    assert!(mail.text.contains(&format!("http://{}/reset#", server.address)) && mail.text.contains("your account ana"), "{}", mail.text);
    let token = link_token(&mail, "reset");
    confirms(&ana, &token, NEW).await.is(204);
    assert_eq!(stream.expect("signed_out").await.data["reason"], json!("password"));
    ana.gets("/v1/me").await.is_problem(401, "invalid_token");
    elsewhere.gets("/v1/me").await.is_problem(401, "invalid_token");
    ana.tries("ana", PASSWORD).await.is_problem(401, "wrong_credentials");
    ana.tries("ana", NEW).await.is(201);
    confirms(&ana, &token, "third-tree-44").await.is_problem(422, "invalid_mail_token");
    ana.tries("ana", NEW).await.is(201);
}

#[tokio::test]
async fn a_password_that_is_refused_does_not_use_the_link_up() {
    let server = TestServer::start().await;
    let ana = server.verified("ana-the-first", "ana.b.c.d@example.org").await;
    let token = gets_link(&server, &ana, "ana.b.c.d@example.org").await;
    for refused in ["short", "password", "ana-the-first", "ANA.b.c.d@example.org", "ana.b.c.d", &"x".repeat(1_025)] {
        let refused = confirms(&ana, &token, refused).await.is_problem(422, "invalid");
        assert_eq!(refused.json["field"], json!("new_password"));
    }
    confirms(&ana, &"A".repeat(43), "short").await.is_problem(422, "invalid_mail_token");
    ana.gets("/v1/me").await.is(200);
    confirms(&ana, &token, NEW).await.is(204);
}

#[tokio::test]
async fn only_verified_addresses_get_a_link() {
    let server = TestServer::start().await;
    let ana = server.account_with("ana", "ana@example.org").await;
    let verification = server.mails.token_to("ana@example.org", "verify").await;
    let ben = server.verified("ben", "ben@example.org").await;
    asks(&ana, "ana@example.org").await;
    asks(&ana, "nobody@example.org").await;
    ben.patches("/v1/me", json!({"email": "pending@example.org"})).await.is(200);
    server.mails.next_to("ben@example.org").await;
    server.mails.next_to("pending@example.org").await;
    asks(&ben, "pending@example.org").await;
    let token = gets_link(&server, &ben, "ben@example.org").await;
    confirms(&ana, &verification, NEW).await.is_problem(422, "invalid_mail_token");
    ben.nobody().posts("/v1/email-verifications", json!({"token": token})).await.is_problem(422, "invalid_mail_token");
    confirms(&ben, &token, NEW).await.is(204);
}

#[tokio::test]
async fn a_link_ends_with_the_next_one_the_password_the_address_and_the_account() {
    let server = TestServer::start().await;
    let mut ana = server.verified("ana", "ana@example.org").await;
    let first = gets_link(&server, &ana, "ana@example.org").await;
    let second = gets_link(&server, &ana, "ana@example.org").await;
    confirms(&ana, &first, NEW).await.is_problem(422, "invalid_mail_token");
    ana.sends(ana.request(Method::PUT, "/v1/me/password").json(&json!({"current_password": PASSWORD, "new_password": NEW}))).await.is(204);
    confirms(&ana, &second, PASSWORD).await.is_problem(422, "invalid_mail_token");
    let third = gets_link(&server, &ana, "ana@example.org").await;
    ana.patches("/v1/me", json!({"email": "new@example.org"})).await.is(200);
    server.mails.next_to("ana@example.org").await;
    let verification = server.mails.token_to("new@example.org", "verify").await;
    ana.nobody().posts("/v1/email-verifications", json!({"token": verification})).await.is(204);
    confirms(&ana, &third, PASSWORD).await.is_problem(422, "invalid_mail_token");
    let fourth = gets_link(&server, &ana, "new@example.org").await;
    server.advance(Duration::from_mins(30).checked_sub(seconds(1)).unwrap()).await;
    confirms(&ana, &fourth, PASSWORD).await.is(204);
    ana.signs_in("ana").await;
    let fifth = gets_link(&server, &ana, "new@example.org").await;
    server.advance(Duration::from_mins(30)).await;
    confirms(&ana, &fifth, NEW).await.is_problem(422, "invalid_mail_token");
    ana.signs_in("ana").await;
    let last = gets_link(&server, &ana, "new@example.org").await;
    ana.sends(ana.request(Method::DELETE, "/v1/me").json(&json!({"current_password": PASSWORD}))).await.is(204);
    confirms(&ana, &last, NEW).await.is_problem(422, "invalid_mail_token");
}

#[tokio::test]
async fn beyond_the_limits_the_answer_is_the_same_and_no_mail_is_sent() {
    let server = TestServer::start().await;
    let (ana, ben) = (server.verified("ana", "ana@example.org").await, server.verified("ben", "ben@example.org").await);
    for _ in 0..4 {
        gets_link(&server, &ana, "ana@example.org").await;
    }
    asks(&ana, "ana@example.org").await;
    gets_link(&server, &ana, "ben@example.org").await;
    let flooder = server.person();
    for number in 0..101 {
        asks(&flooder, &format!("a{number}@example.org")).await;
    }
    asks(&flooder, "ben@example.org").await;
    server.advance(Duration::from_mins(12)).await;
    gets_link(&server, &ben, "ana@example.org").await;
}

#[tokio::test]
async fn an_authorization_header_is_not_looked_at() {
    let server = TestServer::start().await;
    let ana = server.account_with("ana", "ana@example.org").await;
    let verification = server.mails.token_to("ana@example.org", "verify").await;
    let expired = ana.showing("not.a.token");
    expired.gets("/v1/me").await.is_problem(401, "invalid_token");
    expired.posts("/v1/email-verifications", json!({"token": verification})).await.is(204);
    expired.posts("/v1/password-resets", json!({"email": "ana@example.org"})).await.is(202);
    let token = server.mails.token_to("ana@example.org", "reset").await;
    expired.posts("/v1/password-resets/confirm", json!({"token": token, "new_password": NEW})).await.is(204);
    expired.posts("/v1/me/email-verification", json!({})).await.is_problem(401, "invalid_token");
    expired.nobody().posts("/v1/me/email-verification", json!({})).await.is_problem(401, "unauthenticated");
}
