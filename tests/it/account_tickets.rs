//! Tickets for the stream of an account, for clients that cannot send a header.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{EventStream, Person, RawStream, StreamPath, TestServer, on_both_paths, seconds};

const UNKNOWN: &str = "5f0c8f2a-8a34-4b4c-9d0a-0d7d7f3f9b11";

async fn ticket(person: &Person, stream: Value) -> String {
    person.posts("/v1/tickets", stream).await.is(201).json["ticket"].as_str().unwrap().to_owned()
}

/// Returns the URL of the account's stream with a new ticket.
async fn with_ticket(person: &Person) -> String {
    format!("/v1/me/events?ticket={}", ticket(person, json!({"me": true})).await)
}

async fn is_refused(person: &Person, path: &str) {
    let reply = person.gets(path).await.is_problem(404, "not_found");
    let never = person.gets("/v1/chats/nowhere/events").await;
    assert_eq!(reply.without_request_id(), never.without_request_id(), "it is indistinguishable from an unknown ticket");
}

async fn a_ticket_opens_the_stream_of_the_account_that_asked_for_it(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    let browser = server.person();
    let (of_ana, of_ben) = (with_ticket(&ana).await, with_ticket(&ben).await);
    let (mut anas, mut bens) = (browser.hears(&of_ana).await, browser.hears(&of_ben).await);
    for (stream, name) in [(&mut anas, "ana"), (&mut bens, "ben")] {
        assert_eq!(stream.expect("state").await.data["me"]["username"], json!(name));
    }
    let request = ana.sends_request("ben").await;
    assert_eq!(bens.expect("friend_request").await.data["request"]["id"], json!(request));
    is_refused(&browser, &of_ana).await;
}

async fn a_ticket_for_an_account_lasts_30_seconds_and_a_minute_after_each_interruption(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ana = server.account("ana").await;
    let browser = server.person();
    let (used, late) = (with_ticket(&ana).await, with_ticket(&ana).await);
    server.advance(seconds(29)).await;
    for _ in 0..3 {
        let mut stream = RawStream::open(server.address, &used, None, None).await;
        assert_eq!(stream.next().await.unwrap().name, "hello");
        drop(stream);
        for _ in 0..5 {
            browser.gets("/healthz").await.is(200);
        }
        server.advance(seconds(59)).await;
    }
    is_refused(&browser, &late).await;
    server.advance(seconds(1)).await;
    is_refused(&browser, &used).await;
}

async fn a_ticket_for_an_account_ends_with_the_session_that_asked_for_it(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, session) = server.signed_in("ana").await;
    let desk = ana.showing(&ana.clone().signs_in("ana").await.access);
    let browser = server.person();
    let (open, unused, of_desk) = (with_ticket(&ana).await, with_ticket(&ana).await, with_ticket(&desk).await);
    let (mut stream, mut other) = (browser.hears(&open).await, browser.hears(&of_desk).await);
    desk.deletes(&format!("/v1/sessions/{}", session.id)).await.is(204);
    stream.expect("state").await;
    assert_eq!(stream.expect("signed_out").await.data, json!({"reason": "ended"}));
    stream.expect_end().await;
    for path in [&open, &unused] {
        is_refused(&browser, path).await;
    }
    other.expect("state").await;
    desk.patches("/v1/me", json!({"name": "Still here"})).await.is(200);
    other.expect("me_updated").await;
}

async fn a_ticket_for_an_account_counts_for_nothing_else(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ana = server.account("ana").await;
    let chat = ana.clone().creates(json!({})).await;
    let (of_ana, of_chat) = (ticket(&ana, json!({"me": true})).await, ticket(&ana, json!({"chat_id": chat.id})).await);
    let browser = server.person();
    is_refused(&browser, &format!("{}/events?ticket={of_ana}", chat.path)).await;
    is_refused(&browser, &format!("{}?ticket={of_ana}", chat.path)).await;
    for ticket in [of_chat.as_str(), "", "x", "%FF", &of_ana.to_lowercase()] {
        is_refused(&browser, &format!("/v1/me/events?ticket={ticket}")).await;
    }
    browser.gets(&format!("/v1/me?ticket={of_ana}")).await.is_problem(401, "unauthenticated");
    browser.showing(&of_ana).gets("/v1/me/events").await.is_problem(401, "unauthenticated");
    let own = format!("/v1/me/events?ticket={of_ana}");
    for person in [&ana, &browser.showing(UNKNOWN)] {
        person.gets(&own).await.is_problem(422, "invalid");
    }
    browser.sends(browser.request(Method::HEAD, &own)).await.is(404);
    EventStream::open(browser.request(Method::GET, &own)).await;
}

async fn only_an_account_is_given_a_ticket_for_its_stream(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, nobody) = (server.account("ana").await, server.person());
    for person in [&nobody, &nobody.showing(UNKNOWN)] {
        person.posts("/v1/tickets", json!({"me": true})).await.is_problem(401, "unauthenticated");
        person.gets("/v1/me/events").await.is_problem(401, "unauthenticated");
        person.gets("/v1/me/events?ticket=x&ticket=y").await.is_problem(401, "unauthenticated");
    }
    let chat = ana.clone().creates(json!({})).await;
    for body in
        [json!({"me": false}), json!({"me": null}), json!({"me": true, "chat_id": chat.id}), json!({"me": 1}), json!({"me": true, "socket": true})]
    {
        ana.posts("/v1/tickets", body).await.is_problem(422, "invalid");
    }
    let again = async || ana.posts_keyed("/v1/tickets", "once", json!({"me": true})).await.is(201);
    assert_eq!(again().await.json, again().await.json);
}

on_both_paths!(
    a_ticket_opens_the_stream_of_the_account_that_asked_for_it,
    a_ticket_for_an_account_lasts_30_seconds_and_a_minute_after_each_interruption,
    a_ticket_for_an_account_ends_with_the_session_that_asked_for_it,
    a_ticket_for_an_account_counts_for_nothing_else,
    only_an_account_is_given_a_ticket_for_its_stream,
);
