//! The stream of an account: what it says, in which order, and how it ends.

use std::sync::Arc;

use parlor::domain::event_log::LogUpdate;
use parlor::hub::bus::Bus;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::account::PASSWORD;
use crate::support::{Event, StreamPath, TestServer, on_both_paths, seconds};

/// Delivers nothing: only the audit of the heads tells streams that something changed.
#[derive(Debug)]
struct SilentBus;

impl Bus for SilentBus {
    fn notify(&self, _: LogUpdate) {}
}

fn of_request(event: &Event) -> (&Value, &Value) {
    (&event.data["request"]["id"], &event.data["request"]["status"])
}

async fn a_friendship_is_told_from_beginning_to_end(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    let (mut anas, state) = ana.follows_me().await;
    assert_eq!(state.data["friend_requests"], json!([]));
    assert_eq!(state.data["me"], ana.gets("/v1/me").await.json);
    let request = json!(ana.sends_request("ben").await);
    let (mut bens, state) = ben.follows_me().await;
    assert_eq!(state.data["friend_requests"][0]["id"], request);
    ben.answers(request.as_str().unwrap(), "accepted").await.is(200);
    for (stream, other) in [(&mut anas, "ben"), (&mut bens, "ana")] {
        assert_eq!(of_request(&stream.expect("friend_request").await), (&request, &json!("accepted")));
        let began = stream.expect("friendship").await;
        assert_eq!((&began.data["user"]["username"], &began.data["user"]["friendship"]), (&json!(other), &json!("friends")));
        assert!(began.data["since"].is_string() && began.id.is_none());
    }
    ana.unfriends("ben").await;
    for (stream, other) in [(&mut anas, "ben"), (&mut bens, "ana")] {
        let ended = stream.expect("friendship").await.data;
        assert_eq!((&ended["user"]["username"], &ended["ended"], &ended["since"]), (&json!(other), &json!(true), &json!(null)));
    }
}

async fn a_request_is_told_when_it_arrives_and_when_it_is_withdrawn_but_not_a_rejection(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    let ((mut anas, _), (mut bens, _)) = (ana.follows_me().await, ben.follows_me().await);
    for end in ["withdrawn", "rejected"] {
        let request = ana.sends_request("ben").await;
        let arrived = bens.expect("friend_request").await;
        assert_eq!(of_request(&arrived), (&json!(request), &json!("pending")));
        assert_eq!(arrived.data["request"]["from"]["friendship"], "incoming");
        if end == "withdrawn" {
            ana.takes_back(&request).await.is(204);
            assert_eq!(of_request(&bens.expect("friend_request").await), (&json!(request), &json!("withdrawn")));
        } else {
            ben.answers(&request, "rejected").await.is(200);
        }
    }
    for (person, stream) in [(&ana, &mut anas), (&ben, &mut bens)] {
        person.patches("/v1/me", json!({"name": "New"})).await.is(200);
        let updated = stream.expect("me_updated").await.data;
        assert_eq!(updated["me"], person.gets("/v1/me").await.json, "nothing else was told in between");
    }
}

async fn a_verified_address_is_told(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ana = server.account_with("ana", "ana@example.org").await;
    let (mut stream, state) = ana.follows_me().await;
    assert_eq!(state.data["me"]["email_verified"], false);
    let token = server.mails.token_to("ana@example.org", "verify").await;
    ana.nobody().posts("/v1/email-verifications", json!({"token": token})).await.is(204);
    assert_eq!(stream.expect("me_updated").await.data["me"]["email_verified"], true);
}

async fn an_account_stream_beats_every_15_seconds_and_has_no_ids(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ana = server.account("ana").await;
    let (mut stream, state) = ana.follows_me().await;
    assert_eq!((stream.hello.id.clone(), state.id), (None, None));
    assert!(stream.hello.retry.is_some());
    for _ in 0..2 {
        server.advance(seconds(15)).await;
        let beat = stream.next_any().await;
        assert_eq!((beat.name.as_str(), beat.id, beat.data.as_object().unwrap().len()), ("heartbeat", None, 1));
        assert!(beat.data["sent_at"].is_string());
    }
    ana.sends(ana.request(Method::HEAD, "/v1/me/events")).await.is(200);
    ana.nobody().gets("/v1/me/events").await.is_problem(401, "unauthenticated");
}

async fn an_account_stream_ends_with_its_session(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ana = server.account("ana").await;
    let mut other = ana.clone();
    other.signs_in("ana").await;
    let ((mut anas, _), (mut others, _)) = (ana.follows_me().await, other.follows_me().await);
    ana.deletes("/v1/sessions/current").await.is(204);
    assert_eq!(anas.expect("signed_out").await.data, json!({"reason": "ended"}));
    anas.expect_end().await;
    other.sends(other.request(Method::DELETE, "/v1/me").json(&json!({"current_password": PASSWORD}))).await.is(204);
    assert_eq!(others.expect("signed_out").await.data, json!({"reason": "deleted"}));
    others.expect_end().await;
}

async fn an_account_stream_says_bye_when_the_server_shuts_down(path: StreamPath) {
    let mut server = TestServer::on(path).await;
    let ana = server.account("ana").await;
    let (mut stream, _) = ana.follows_me().await;
    ana.patches("/v1/me", json!({"findable": false})).await.is(200);
    server.shutdown.trigger();
    stream.expect("me_updated").await;
    assert!(stream.expect("bye").await.data["retry_ms"].is_number());
    stream.expect_end().await;
    server.shut_down().await;
}

async fn what_no_notification_told_is_found_by_the_audit(path: StreamPath) {
    let server = TestServer::with_bus(path, |_| Arc::new(SilentBus)).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    let (mut stream, _) = ben.follows_me().await;
    let request = ana.sends_request("ben").await;
    server.advance(seconds(1)).await;
    assert_eq!(stream.expect("friend_request").await.data["request"]["id"], json!(request));
}

async fn who_is_too_far_behind_gets_the_state_again(path: StreamPath) {
    let server = TestServer::built(&path.flags(&["--rate-factor", "0"]), |parts| parts.bus = |_| Arc::new(SilentBus)).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    let (mut stream, _) = ben.follows_me().await;
    let request = ana.sends_request("ben").await;
    for number in 0..100 {
        ben.patches("/v1/me", json!({"findable": number % 2 == 1})).await.is(200);
    }
    server.advance(seconds(1)).await;
    let state = stream.expect("state").await.data;
    assert_eq!(state["friend_requests"][0]["id"], json!(request));
    ben.patches("/v1/me", json!({"findable": false})).await.is(200);
    server.advance(seconds(1)).await;
    stream.expect("me_updated").await;
}

async fn a_deletion_is_told_by_the_state_without_the_account(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.sends_request("ben").await;
    let (mut stream, state) = ben.follows_me().await;
    assert_eq!(state.data["friend_requests"].as_array().unwrap().len(), 1);
    ana.deletes("/v1/me").await.is(204);
    assert_eq!(stream.expect("state").await.data["friend_requests"], json!([]));
}

on_both_paths!(
    a_friendship_is_told_from_beginning_to_end,
    a_request_is_told_when_it_arrives_and_when_it_is_withdrawn_but_not_a_rejection,
    a_verified_address_is_told,
    an_account_stream_beats_every_15_seconds_and_has_no_ids,
    an_account_stream_ends_with_its_session,
    an_account_stream_says_bye_when_the_server_shuts_down,
    what_no_notification_told_is_found_by_the_audit,
    who_is_too_far_behind_gets_the_state_again,
    a_deletion_is_told_by_the_state_without_the_account,
);
