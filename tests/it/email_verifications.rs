//! E-mail addresses: verified by a link, replaced, removed, and never told to anybody else.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::support::account::PASSWORD;
use crate::support::mails::link_token;
use crate::support::{Person, Reply, TestServer, seconds};

/// How long a link works.
const LIFETIME: Duration = Duration::from_mins(30);

async fn verifies(person: &Person, token: &str) -> Reply {
    person.nobody().posts("/v1/email-verifications", json!({"token": token})).await
}

async fn asks_again(person: &Person) -> Reply {
    person.posts("/v1/me/email-verification", json!({})).await
}

/// Returns the address, whether it is verified, and the one that waits.
async fn addresses(person: &Person) -> (Option<String>, bool, Option<String>) {
    let me = person.gets("/v1/me").await.is(200).json;
    let address = |field: &str| me[field].as_str().map(str::to_owned);
    (address("email"), me["email_verified"] == json!(true), address("email_pending"))
}

fn is(address: &str, verified: bool, pending: Option<&str>) -> (Option<String>, bool, Option<String>) {
    (Some(address.to_owned()), verified, pending.map(str::to_owned))
}

#[tokio::test]
async fn an_address_is_verified_with_the_link_of_the_mail() {
    let server = TestServer::start().await;
    assert_eq!(server.person().gets("/v1/instance").await.is(200).json["mail"], json!(true));
    let ana = server.account_with("ana", "Ana@Example.org").await;
    let mail = server.mails.next_to("ana@example.org").await;
    assert!(mail.text.contains(&format!("http://{}/verify#", server.address)) && !mail.text.contains("ana"), "{}", mail.text);
    let token = link_token(&mail, "verify");
    assert_eq!(token.len(), 43);
    assert_eq!(addresses(&ana).await, is("ana@example.org", false, None));
    ana.tries("ana@example.org", PASSWORD).await.is_problem(401, "wrong_credentials");
    verifies(&ana, &token).await.is(204);
    assert_eq!(addresses(&ana).await, is("ana@example.org", true, None));
    ana.tries("ANA@example.org", PASSWORD).await.is(201);
    verifies(&ana, &token).await.is_problem(422, "invalid_mail_token");
    asks_again(&ana).await.is(202);
    ana.patches("/v1/me", json!({"email": "ana@example.org"})).await.is(200);
    ana.patches("/v1/me", json!({"email": "new@example.org"})).await.is(200);
    server.mails.next_to("ana@example.org").await;
    server.mails.token_to("new@example.org", "verify").await;
}

#[tokio::test]
async fn a_new_address_waits_until_it_is_verified_and_the_old_one_is_told() {
    let server = TestServer::with(&["--public-url", "https://example.org/chat"]).await;
    let ana = server.verified("ana", "old@example.org").await;
    ana.patches("/v1/me", json!({"email": "new@example.org"})).await.is(200);
    assert_eq!(addresses(&ana).await, is("old@example.org", true, Some("new@example.org")));
    let told = server.mails.next_to("old@example.org").await;
    assert!(told.text.contains("ana") && !told.text.contains("new@example.org") && !told.text.contains('#'), "{}", told.text);
    let mail = server.mails.next_to("new@example.org").await;
    assert!(mail.text.contains("https://example.org/chat/verify#"), "{}", mail.text);
    ana.tries("new@example.org", PASSWORD).await.is_problem(401, "wrong_credentials");
    verifies(&ana, &link_token(&mail, "verify")).await.is(204);
    assert_eq!(addresses(&ana).await, is("new@example.org", true, None));
    ana.tries("old@example.org", PASSWORD).await.is_problem(401, "wrong_credentials");
    ana.tries("new@example.org", PASSWORD).await.is(201);
    ana.patches("/v1/me", json!({"email": null})).await.is(200);
    assert!(server.mails.next_to("new@example.org").await.subject.contains("removed"));
    assert_eq!(addresses(&ana).await, (None, false, None));
}

#[tokio::test]
async fn a_link_works_until_a_newer_one_for_30_minutes_and_for_its_address_alone() {
    let server = TestServer::start().await;
    let ana = server.account_with("ana", "ana@example.org").await;
    let first = server.mails.token_to("ana@example.org", "verify").await;
    asks_again(&ana).await.is(202);
    let second = server.mails.token_to("ana@example.org", "verify").await;
    verifies(&ana, &first).await.is_problem(422, "invalid_mail_token");
    ana.patches("/v1/me", json!({"email": "other@example.org"})).await.is(200);
    let third = server.mails.token_to("other@example.org", "verify").await;
    verifies(&ana, &second).await.is_problem(422, "invalid_mail_token");
    server.advance(LIFETIME).await;
    verifies(&ana, &third).await.is_problem(422, "invalid_mail_token");
    let mut ana = ana;
    ana.signs_in("ana").await;
    asks_again(&ana).await.is(202);
    let fourth = server.mails.token_to("other@example.org", "verify").await;
    server.advance(LIFETIME.checked_sub(seconds(1)).unwrap()).await;
    verifies(&ana, &fourth).await.is(204);
    for wrong in ["", "x", &fourth, &"A".repeat(43)] {
        verifies(&ana, wrong).await.is_problem(422, "invalid_mail_token");
    }
    ana.signs_in("ana").await;
    ana.patches("/v1/me", json!({"email": "last@example.org"})).await.is(200);
    server.mails.next_to("other@example.org").await;
    let last = server.mails.token_to("last@example.org", "verify").await;
    ana.sends(ana.request(Method::DELETE, "/v1/me").json(&json!({"current_password": PASSWORD}))).await.is(204);
    verifies(&ana, &last).await.is_problem(422, "invalid_mail_token");
}

#[tokio::test]
async fn an_address_belongs_to_the_account_that_verifies_it_first() {
    let server = TestServer::start().await;
    let (ana, ben) = (server.account_with("ana", "both@example.org").await, server.account_with("ben", "both@example.org").await);
    let (anas, bens) = (server.mails.token_to("both@example.org", "verify").await, server.mails.token_to("both@example.org", "verify").await);
    verifies(&ana, &anas).await.is(204);
    verifies(&ben, &bens).await.is_problem(422, "invalid_mail_token");
    assert_eq!(addresses(&ben).await, is("both@example.org", false, None));
    asks_again(&ben).await.is(202);
    let mail = server.mails.next_to("both@example.org").await;
    assert!(mail.text.contains("whose username is ana") && !mail.text.contains('#') && !mail.text.contains("ben"), "{}", mail.text);
    ana.patches("/v1/me", json!({"email": null})).await.is(200);
    assert!(server.mails.next_to("both@example.org").await.subject.contains("removed"));
    asks_again(&ben).await.is(202);
    verifies(&ben, &server.mails.token_to("both@example.org", "verify").await).await.is(204);
}

#[tokio::test]
async fn a_recipient_gets_five_mails_an_hour_that_somebody_asked_for() {
    let server = TestServer::start().await;
    let ana = server.account_with("ana", "ana@example.org").await;
    for _ in 0..4 {
        asks_again(&ana).await.is(202);
    }
    for _ in 0..5 {
        server.mails.token_to("ana@example.org", "verify").await;
    }
    let refused = asks_again(&ana).await.is_problem(429, "too_many_mails");
    assert_eq!((&refused.json["limit"], refused.header("retry-after")), (&json!("mails"), Some("720")));
    ana.patches("/v1/me", json!({"email": "ana@example.org"})).await.is_problem(429, "too_many_mails");
    ana.patches("/v1/me", json!({"name": "Ana"})).await.is(200);
    let ben = server.account_with("ben", "ana@example.org").await;
    assert_eq!(addresses(&ben).await, is("ana@example.org", false, None), "the account exists, its mail was left out");
    server.advance(Duration::from_mins(12)).await;
    asks_again(&ana).await.is(202);
    server.mails.token_to("ana@example.org", "verify").await;
}

#[tokio::test]
async fn one_address_of_a_client_asks_for_100_mails_an_hour() {
    let server = TestServer::start().await;
    let ana = server.account("ana").await;
    asks_again(&ana).await.is(202);
    for number in 0..100 {
        ana.patches("/v1/me", json!({"email": format!("a{number}@example.org")})).await.is(200);
        server.mails.token_to(&format!("a{number}@example.org"), "verify").await;
    }
    ana.patches("/v1/me", json!({"email": "one-more@example.org"})).await.is_problem(429, "too_many_mails");
    assert_eq!(addresses(&ana).await, is("a99@example.org", false, None));
}

#[tokio::test]
async fn a_server_without_mail_takes_no_address() {
    let server = TestServer::built(&[], |parts| parts.mailer = None).await;
    let ana = server.account("ana").await;
    assert_eq!(ana.gets("/v1/instance").await.is(200).json["mail"], json!(false));
    let refused = ana.patches("/v1/me", json!({"email": "ana@example.org"})).await.is_problem(422, "invalid");
    assert_eq!(refused.json["field"], json!("email"));
    let account = json!({"username": "ben", "password": PASSWORD, "email": "ben@example.org"});
    ana.nobody().posts("/v1/users", account).await.is_problem(422, "invalid");
    asks_again(&ana).await.is(202);
    ana.nobody().posts("/v1/password-resets", json!({"email": "ana@example.org"})).await.is(202);
}
