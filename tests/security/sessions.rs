//! SEC-046 to 056: sessions and their tokens.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::account::PASSWORD;
use crate::support::files::files;
use crate::support::{DAY, EventStream, StreamPath, TestServer, on_both_paths, seconds};

/// SEC-046: the store is given digests alone, so no copy of it holds a token.
#[test]
fn sec_046_no_store_knows_a_token() {
    let stores = files("src/store");
    assert!(stores.len() > 20);
    for file in stores {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        let secret = words.find(|word| ["RefreshToken", "MailToken", "AccessTokens"].contains(word));
        assert_eq!(secret, None, "{}", file.display());
    }
}

/// SEC-047.
#[tokio::test]
async fn sec_047_each_sign_in_has_tokens_of_its_own() {
    let server = TestServer::start().await;
    let (mut ana, first) = server.signed_in("ana").await;
    let second = ana.signs_in("ana").await;
    assert!(first.id != second.id && first.access != second.access && first.refresh != second.refresh);
    server.clock.advance(seconds(1));
    let renewed = ana.renews(&second).await;
    assert!(renewed.id == second.id && renewed.access != second.access && renewed.refresh != second.refresh);
}

async fn sec_048_signing_out_ends_streams_at_once(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (mut ana, first) = server.signed_in("ana").await;
    let chat = ana.creates(json!({"title": "Plans"})).await;
    let link = ana.shares(&chat).await;
    let mut ben = server.account("ben").await;
    ben.knocks(&link, "Ben").await;
    let mut waits = ben.waits(&link).await;
    let mut stream = ana.follows(&chat).await;
    let desk = server.person().showing(&ana.clone().signs_in("ana").await.access);
    let mut other = desk.follows(&chat).await;
    desk.deletes(&format!("/v1/sessions/{}", first.id)).await.is(204);
    assert_eq!(stream.expect("signed_out").await.data, json!({"reason": "ended"}));
    stream.expect_end().await;
    ana.gets(&chat.path).await.is_problem(401, "invalid_token");
    desk.says(&chat, "Still here").await;
    other.expect("message").await;
    let body = json!({"current_password": PASSWORD, "new_password": "pear-tree-43"});
    let third = server.person().showing(&ana.clone().signs_in("ana").await.access);
    third.sends(third.request(Method::PUT, "/v1/me/password").json(&body)).await.is(204);
    assert_eq!(other.expect("signed_out").await.data, json!({"reason": "password"}));
    desk.gets("/v1/me").await.is_problem(401, "invalid_token");
    third.gets("/v1/me").await.is(200);
    ben.deletes("/v1/sessions").await.is(204);
    assert_eq!(waits.expect("signed_out").await.data, json!({"reason": "ended"}));
    ana.refreshes(&first.refresh).await.is_problem(401, "invalid_refresh_token");
}

async fn sec_048_no_ticket_outlives_its_session(path: StreamPath) {
    for end in ["ended", "password", "deleted"] {
        let server = TestServer::on(path).await;
        let (ana, session) = server.signed_in("ana").await;
        let desk = ana.showing(&ana.clone().signs_in("ana").await.access);
        let chat = ana.clone().creates(json!({})).await;
        let ticket = async |body: Value| ana.posts("/v1/tickets", body).await.is(201).json["ticket"].as_str().unwrap().to_owned();
        let mut paths = Vec::new();
        for (events, body) in [("/v1/me".to_owned(), json!({"me": true})), (chat.path.clone(), json!({"chat_id": chat.id}))] {
            for _ in 0..2 {
                paths.push(format!("{events}/events?ticket={}", ticket(body.clone()).await));
            }
        }
        let browser = server.person();
        let (mut account, mut of_chat) = (browser.hears(&paths[0]).await, browser.hears(&paths[2]).await);
        account.expect("state").await;
        match end {
            "ended" => desk.deletes(&format!("/v1/sessions/{}", session.id)).await.is(204),
            "password" => {
                let body = json!({"current_password": PASSWORD, "new_password": "pear-tree-43"});
                desk.sends(desk.request(Method::PUT, "/v1/me/password").json(&body)).await.is(204)
            }
            _ => desk.sends(desk.request(Method::DELETE, "/v1/me").json(&json!({"current_password": PASSWORD}))).await.is(204),
        };
        for stream in [&mut account, &mut of_chat] {
            let last = until_signed_out(stream).await;
            assert_eq!(last["reason"], json!(end));
            stream.expect_end().await;
        }
        for path in &paths {
            browser.gets(path).await.is_problem(404, "not_found");
        }
    }
}

/// Returns the data of `signed_out`, whatever is told before.
async fn until_signed_out(stream: &mut EventStream) -> Value {
    loop {
        let event = stream.next().await;
        if event.name == "signed_out" {
            return event.data;
        }
    }
}

on_both_paths!(sec_048_signing_out_ends_streams_at_once, sec_048_no_ticket_outlives_its_session);

/// SEC-049.
#[tokio::test]
async fn sec_049_a_spent_refresh_token_ends_its_session() {
    let server = TestServer::start().await;
    let (mut ana, first) = server.signed_in("ana").await;
    let second = ana.renews(&first).await;
    server.advance(seconds(11)).await;
    ana.refreshes(&first.refresh).await.is_problem(401, "invalid_refresh_token");
    ana.refreshes(&second.refresh).await.is_problem(401, "invalid_refresh_token");
    ana.gets("/v1/me").await.is_problem(401, "invalid_token");
}

/// SEC-049.
#[tokio::test]
async fn sec_049_sessions_end_when_they_are_idle_and_when_they_are_old() {
    let server = TestServer::start().await;
    let (mut ana, mut session) = server.signed_in("ana").await;
    server.advance(Duration::from_mins(15)).await;
    ana.gets("/v1/me").await.is_problem(401, "invalid_token");
    for _ in 0..6 {
        server.advance(29 * DAY).await;
        session = ana.renews(&session).await;
    }
    server.advance(6 * DAY).await;
    ana.refreshes(&session.refresh).await.is_problem(401, "invalid_refresh_token");
    let session = ana.signs_in("ana").await;
    server.advance(30 * DAY).await;
    ana.refreshes(&session.refresh).await.is_problem(401, "invalid_refresh_token");
}

/// SEC-050.
#[tokio::test]
async fn sec_050_tabs_that_refresh_at_once_stay_signed_in() {
    let server = TestServer::start().await;
    let (ana, session) = server.signed_in("ana").await;
    let replies = join_all((0..20).map(|_| ana.refreshes(&session.refresh))).await;
    let tokens: std::collections::BTreeSet<_> = replies.into_iter().map(|reply| reply.is(200).json["refresh_token"].to_string()).collect();
    assert_eq!(tokens.len(), 1);
    server.advance(seconds(9)).await;
    ana.refreshes(&session.refresh).await.is(200);
    server.advance(seconds(2)).await;
    ana.refreshes(&session.refresh).await.is_problem(401, "invalid_refresh_token");
}

/// SEC-051: tokens that no one issued, on a route that a guest may call too.
#[tokio::test]
async fn sec_051_only_our_own_tokens_are_accepted() {
    let server = TestServer::start().await;
    let (ana, session) = server.signed_in("ana").await;
    let parts: Vec<&str> = session.access.split('.').collect();
    let encode = |json: Value| base64_url(json.to_string().as_bytes());
    let claims = parts[1];
    let with_header = |header: Value| format!("{}.{claims}.{}", encode(header), parts[2]);
    for forged in [
        format!("{}.{claims}.", encode(json!({"alg": "none", "typ": "at+jwt"}))),
        with_header(json!({"alg": "HS384", "typ": "at+jwt", "kid": "00000000"})),
        with_header(json!({"alg": "RS256", "typ": "at+jwt", "jku": "http://127.0.0.1:1/keys"})),
        with_header(json!({"alg": "HS256", "typ": "at+jwt", "kid": "../../etc/passwd"})),
        format!("{}.{}.{}", parts[0], encode(json!({"sub": "someone else"})), parts[2]),
        format!("{}.{claims}", parts[0]),
        format!("{}.{claims}.{}", parts[0], &parts[2][1..]),
        "a.b".into(),
        "...".into(),
    ] {
        for path in ["/v1/me", "/v1/chats/nowhere", "/v1/links/nowhere", "/v1/approval?link_url=nowhere"] {
            let reply = ana.showing(&forged).gets(path).await.is_problem(401, "invalid_token");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer error=\"invalid_token\""), "{path} {forged}");
        }
    }
    ana.gets("/v1/me").await.is(200);
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// SEC-052.
#[tokio::test]
async fn sec_052_only_accounts_are_asked_to_authenticate() {
    let server = TestServer::start().await;
    let (ana, person) = (server.account("ana").await, server.person());
    for (method, path) in [(Method::GET, "/v1/me"), (Method::GET, "/v1/users"), (Method::DELETE, "/v1/sessions"), (Method::PATCH, "/v1/me")] {
        for caller in [person.clone(), person.showing("3f2c1a90-7b64-4d15-9e08-5a6b7c8d9e0f")] {
            let reply = caller.sends(caller.request(method.clone(), path).body("{")).await.is_problem(401, "unauthenticated");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "before the form of the body");
        }
    }
    for stranger in [&person, &ana] {
        stranger.gets("/v1/chats/nowhere").await.is_problem(404, "not_found");
    }
    let expired = ana.showing("a.b.c");
    expired.gets("/v1/instance").await.is(200);
    expired.tries("ana", PASSWORD).await.is(201);
    expired.posts("/v1/sessions", json!({"username": "ana", "password": PASSWORD})).await.is(201);
    expired.posts("/v1/users", json!({"username": "ben", "password": PASSWORD})).await.is(201);
}

/// SEC-054.
#[tokio::test]
async fn sec_054_no_token_is_accepted_in_a_query() {
    let server = TestServer::start().await;
    let (ana, session) = server.signed_in("ana").await;
    for name in ["access_token", "token"] {
        for path in ["/v1/me", "/v1/chats/nowhere", "/v1/instance"] {
            let reply = ana.nobody().gets(&format!("{path}?limit=1&{name}={}", session.access)).await.is_problem(400, "bad_request");
            assert!(!reply.text.contains(&session.access));
        }
    }
}

/// SEC-055.
#[tokio::test]
async fn sec_055_sensitive_changes_need_the_password_or_a_recent_sign_in() {
    let server = TestServer::start().await;
    let (mut ana, session) = server.signed_in("ana").await;
    server.advance(Duration::from_mins(10)).await;
    ana.renews(&session).await;
    let asks = |body: Value| ana.sends(ana.request(Method::DELETE, "/v1/me").json(&body));
    for body in [json!({}), json!({"current_password": "plum-tree-43"}), json!({"current_password": ""})] {
        let reply = asks(body).await.is_problem(401, "reauthenticate");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer error=\"insufficient_user_authentication\", max_age=600"));
    }
    let body = json!({"current_password": "plum-tree-43", "new_password": "pear-tree-43"});
    ana.sends(ana.request(Method::PUT, "/v1/me/password").json(&body)).await.is_problem(401, "reauthenticate");
    asks(json!({"current_password": PASSWORD})).await.is(204);
    ana.gets("/v1/me").await.is_problem(401, "invalid_token");
    ana.tries("ana", PASSWORD).await.is_problem(401, "wrong_credentials");
    ana.signs_up("Ana").await.is_problem(409, "username_taken");
}

/// SEC-056.
#[tokio::test]
async fn sec_056_people_see_and_end_their_sessions() {
    let server = TestServer::start().await;
    let (ana, first) = server.signed_in("ana").await;
    let body = json!({"username": "ana", "password": PASSWORD, "device": "Kitchen tablet"});
    let second = ana.nobody().posts("/v1/sessions", body).await.is(201).json;
    let listed = ana.gets("/v1/sessions").await.is(200).json;
    let items = listed["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["device"], &items[0]["current"]), (2, &json!("Kitchen tablet"), &json!(false)));
    assert_eq!((items[1]["session_id"].as_str(), &items[1]["current"]), (Some(first.id.as_str()), &json!(true)));
    assert!(!listed.to_string().contains("127."), "no place is kept");
    let ben = server.account("ben").await;
    ben.deletes(&format!("/v1/sessions/{}", first.id)).await.is_problem(404, "not_found");
    ana.deletes("/v1/sessions?except=current").await.is(204);
    ana.showing(second["access_token"].as_str().unwrap()).gets("/v1/me").await.is_problem(401, "invalid_token");
    ana.deletes("/v1/sessions/current").await.is(204);
    ana.gets("/v1/me").await.is_problem(401, "invalid_token");
}
