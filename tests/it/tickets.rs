//! Tickets: streams for clients that cannot send a header.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Chat, EventStream, Link, Person, RawStream, StreamPath, TestServer, on_both_paths, seconds};

const UNKNOWN: &str = "5f0c8f2a-8a34-4b4c-9d0a-0d7d7f3f9b11";

/// A chat with its owner, and a member who came in by a link that approves automatically.
async fn chat(server: &TestServer) -> (Person, Chat, Person, Link) {
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    let mut ben = server.person();
    ben.knocks(&link, "Ben").await;
    (ana, chat, ben, link)
}

async fn ticket(person: &Person, stream: Value) -> String {
    person.posts("/v1/tickets", stream).await.is(201).json["ticket"].as_str().unwrap().to_owned()
}

async fn ticket_for(person: &Person, chat: &Chat) -> String {
    ticket(person, json!({"chat_id": chat.id})).await
}

fn with(path: &str, ticket: &str) -> String {
    format!("{path}/events?ticket={ticket}")
}

async fn is_refused(person: &Person, path: &str) {
    let reply = person.gets(path).await.is_problem(404, "not_found");
    let never = person.gets("/v1/chats/nowhere/events").await;
    assert_eq!(reply.without_request_id(), never.without_request_id(), "it is indistinguishable from an unknown ticket");
}

/// Opens a stream and disconnects; the server sees the closed socket first, and then these requests.
async fn opens_and_hangs_up(server: &TestServer, path: &str) {
    let mut stream = RawStream::open(server.address, path, None, None).await;
    assert_eq!(stream.next().await.unwrap().name, "hello");
    drop(stream);
    for _ in 0..5 {
        server.person().gets("/healthz").await.is(200);
    }
}

async fn a_ticket_opens_the_stream_of_whoever_asked_for_it(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ben, _) = chat(&server).await;
    let browser = server.person();
    let owners = with(&chat.path, &ticket_for(&ana, &chat).await);
    let bens = with(&chat.path, &ticket_for(&ben, &chat).await);
    let (mut owners, mut bens) = (browser.hears(&owners).await, browser.hears(&bens).await);
    assert_eq!((&owners.hello.data["door"], &bens.hello.data["door"]), (&json!(2), &json!(null)));
    ana.says(&chat, "Hello").await;
    owners.expect("message").await;
    bens.expect("message").await;
}

async fn a_ticket_says_until_when_it_must_be_used_and_holds_to_it(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ..) = chat(&server).await;
    let issued = ana.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is(201).json;
    assert_eq!(issued.as_object().unwrap().len(), 2);
    let browser = server.person();
    let (early, late) = (ticket_for(&ana, &chat).await, ticket_for(&ana, &chat).await);
    server.advance(seconds(29)).await;
    browser.hears(&with(&chat.path, &early)).await;
    server.advance(seconds(1)).await;
    is_refused(&browser, &with(&chat.path, &late)).await;
    is_refused(&browser, &with(&chat.path, issued["ticket"].as_str().unwrap())).await;
}

async fn a_ticket_opens_one_stream_at_a_time(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ..) = chat(&server).await;
    let browser = server.person();
    let path = with(&chat.path, &ticket_for(&ana, &chat).await);
    let mut first = browser.hears(&path).await;
    is_refused(&browser, &path).await;
    server.advance(seconds(3_600)).await;
    is_refused(&browser, &path).await;
    ana.says(&chat, "Still there?").await;
    while first.next().await.name != "message" {}
    drop(first);
    browser.hears(&path).await;
}

async fn a_stream_opened_with_a_ticket_comes_back_within_a_minute_again_and_again(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ..) = chat(&server).await;
    let browser = server.person();
    let path = with(&chat.path, &ticket_for(&ana, &chat).await);
    opens_and_hangs_up(&server, &path).await;
    for _ in 0..3 {
        server.advance(seconds(59)).await;
        opens_and_hangs_up(&server, &path).await;
    }
    let mut stream = browser.hears(&path).await;
    let seq = ana.says(&chat, "On we go").await;
    let id = stream.expect("message").await.id.unwrap();
    drop(stream);
    ana.says(&chat, "Missed").await;
    let resuming = browser.request(Method::GET, &path).header("Last-Event-ID", id);
    let mut stream = EventStream::open(resuming).await;
    assert_eq!(stream.expect("message").await.data["seq"], json!(seq + 1));
}

async fn a_stream_that_was_interrupted_for_a_minute_does_not_come_back(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ..) = chat(&server).await;
    let browser = server.person();
    let path = with(&chat.path, &ticket_for(&ana, &chat).await);
    opens_and_hangs_up(&server, &path).await;
    server.advance(seconds(60)).await;
    is_refused(&browser, &path).await;
}

async fn a_ticket_is_for_one_stream_of_one_chat(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ben, link) = chat(&server).await;
    let other = ana.clone().creates_a_chat().await;
    let (of_ana, of_ben) = (ticket_for(&ana, &chat).await, ticket(&ben, json!({"link_id": link.id})).await);
    let browser = server.person();
    is_refused(&browser, &with(&other.path, &of_ana)).await;
    is_refused(&browser, &with(&link.path, &of_ana)).await;
    is_refused(&browser, &with(&chat.path, &of_ben)).await;
    for nonsense in ["", "x", &"x".repeat(1_900), "%FF", &of_ana.to_lowercase()] {
        is_refused(&browser, &with(&chat.path, nonsense)).await;
    }
    browser.hears(&with(&chat.path, &of_ana)).await;
    browser.hears(&with(&link.path, &of_ben)).await;
}

async fn a_ticket_counts_for_nothing_anywhere_else(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ..) = chat(&server).await;
    let ticket = ticket_for(&ana, &chat).await;
    let browser = server.person();
    for route in ["", "/members", "/activity", "/export", "/links", "/knocks"] {
        is_refused(&browser, &format!("{}{route}?ticket={ticket}", chat.path)).await;
        is_refused(&browser.showing(&ticket), &format!("{}{route}", chat.path)).await;
    }
    is_refused(&browser.showing(&ticket), &format!("{}/events", chat.path)).await;
    browser.posts(&format!("{}?ticket={ticket}", chat.path), json!({"text": "Hi"})).await.is_problem(404, "not_found");
    browser.deletes(&format!("{}?ticket={ticket}", chat.path)).await.is_problem(404, "not_found");
    browser.posts(&format!("/v1/tickets?ticket={ticket}"), json!({"chat_id": chat.id})).await.is_problem(404, "not_found");
    browser.hears(&with(&chat.path, &ticket)).await;
}

async fn a_ticket_stands_alone(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ben, _) = chat(&server).await;
    let path = with(&chat.path, &ticket_for(&ana, &chat).await);
    for person in [&ana, &ben, &ben.showing(UNKNOWN)] {
        person.gets(&path).await.is_problem(422, "invalid");
    }
    server.person().hears(&path).await;
}

async fn asking_for_the_head_does_not_use_a_ticket_up(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ..) = chat(&server).await;
    let browser = server.person();
    let path = with(&chat.path, &ticket_for(&ana, &chat).await);
    for _ in 0..3 {
        browser.sends(browser.request(Method::HEAD, &path)).await.is(404);
    }
    browser.hears(&path).await;
}

async fn a_removed_members_ticket_is_dead(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ben, _) = chat(&server).await;
    let browser = server.person();
    let (open, lying) = (with(&chat.path, &ticket_for(&ben, &chat).await), with(&chat.path, &ticket_for(&ben, &chat).await));
    let mut stream = browser.hears(&open).await;
    ana.removes(&chat, 2).await.is(204);
    stream.expect("member_left").await;
    stream.expect_end().await;
    is_refused(&browser, &open).await;
    is_refused(&browser, &lying).await;
}

async fn a_guests_ticket_waits_for_the_decision(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, ..) = chat(&server).await;
    let link = ana.shares(&chat).await;
    let mut eve = server.person();
    let knock = eve.knocks(&link, "Eve").await;
    eve.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is_problem(404, "not_found");
    let browser = server.person();
    let (path, late) = (with(&link.path, &ticket(&eve, json!({"link_id": link.id})).await), ticket(&eve, json!({"link_id": link.id})).await);
    let mut waiting = browser.hears(&path).await;
    is_refused(&browser, &path).await;
    drop(waiting);
    waiting = browser.hears(&path).await;
    assert_eq!(waiting.hello.data, json!({"status": "pending"}));
    server.advance(seconds(30)).await;
    is_refused(&browser, &with(&link.path, &late)).await;
    ana.lets_in(&link, &knock).await;
    let decided = waiting.expect("knock_decided").await;
    assert_eq!((decided.id.as_deref(), &decided.data["chat_url"]), (Some("decided"), &json!(chat.url)));
    waiting.expect_end().await;
    let again = browser.request(Method::GET, &path).header("Last-Event-ID", "decided");
    browser.sends(again).await.is(204);
}

async fn only_who_may_open_the_stream_is_given_a_ticket(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat, _, link) = chat(&server).await;
    let stranger = server.person();
    for person in [&stranger, &stranger.showing(UNKNOWN)] {
        person.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is_problem(404, "not_found");
        person.posts("/v1/tickets", json!({"link_id": link.id})).await.is_problem(404, "not_found");
    }
    for neither_or_both in [json!({}), json!({"chat_id": chat.id, "link_id": link.id})] {
        ana.posts("/v1/tickets", neither_or_both).await.is_problem(422, "invalid");
    }
    let open = server.person().creates_an_open_chat().await;
    let path = with(&open.path, &ticket_for(&stranger, &open).await);
    assert_eq!(stranger.hears(&path).await.hello.data["door"], json!(null));
}

on_both_paths!(
    a_ticket_opens_the_stream_of_whoever_asked_for_it,
    a_ticket_says_until_when_it_must_be_used_and_holds_to_it,
    a_ticket_opens_one_stream_at_a_time,
    a_stream_opened_with_a_ticket_comes_back_within_a_minute_again_and_again,
    a_stream_that_was_interrupted_for_a_minute_does_not_come_back,
    a_ticket_is_for_one_stream_of_one_chat,
    a_ticket_counts_for_nothing_anywhere_else,
    a_ticket_stands_alone,
    asking_for_the_head_does_not_use_a_ticket_up,
    a_removed_members_ticket_is_dead,
    a_guests_ticket_waits_for_the_decision,
    only_who_may_open_the_stream_is_given_a_ticket,
);
