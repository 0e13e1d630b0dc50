//! SEC-106: the open streams of an address and of a person are limited.

use reqwest::Method;

use crate::rate_limits::exceeds;
use crate::support::{EventStream, StreamPath, TestServer, on_both_paths};

async fn sec_106_an_address_has_64_streams_of_visitors_and_a_permit_is_free_again_once_its_stream_ends(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (mut ana, mut other) = (server.person(), server.person());
    let (chat, closed) = (ana.creates_an_open_chat().await, other.creates_an_open_chat().await);
    let (stays, goes) = (format!("{}/events", chat.path), format!("{}/events", closed.path));
    let eve = server.person();
    let mut ends = eve.hears(&goes).await;
    let mut open: Vec<EventStream> = Vec::new();
    for _ in 1..64 {
        open.push(eve.hears(&stays).await);
    }
    exceeds(&eve.gets(&stays).await, "too_many_streams", "streams");
    eve.sends(eve.request(Method::HEAD, &stays)).await.is(200);
    drop(eve.showing(&chat.author).hears(&stays).await);
    drop(server.person().hears(&stays).await);
    other.deletes(&closed.path).await.is(204);
    ends.expect("chat_closed").await;
    ends.expect_end().await;
    open.push(eve.hears(&stays).await);
    exceeds(&eve.gets(&stays).await, "too_many_streams", "streams");
}

async fn sec_106_a_person_has_16_streams_and_the_oldest_ends_with_bye(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let mut hers = ana.follows(&chat).await;
    let mut open = std::collections::VecDeque::new();
    for _ in 0..16 {
        open.push_back(ben.follows(&chat).await);
    }
    ben.sends(ben.request(Method::HEAD, &format!("{}/events", chat.path))).await.is(200);
    ana.says(&chat, "Everybody hears this").await;
    for stream in &mut open {
        stream.expect("message").await;
    }
    open.push_back(ben.follows(&chat).await);
    let mut oldest = open.pop_front().unwrap();
    oldest.expect("bye").await;
    oldest.expect_end().await;
    ana.says(&chat, "All others go on").await;
    for stream in open.iter_mut().chain([&mut hers]) {
        while stream.expect("message").await.data["text"] != "All others go on" {}
    }
}

async fn sec_106_a_guest_who_waits_has_streams_of_their_own_too(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0.0625"])).await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    let mut first = ben.waits(&link).await;
    let mut second = ben.waits(&link).await;
    first.expect("bye").await;
    first.expect_end().await;
    ana.lets_in(&link, &knock).await;
    second.expect("knock_decided").await;
    second.expect_end().await;
    let told = ben.request(Method::HEAD, &format!("{}/events", link.path)).header("Last-Event-ID", "decided");
    ben.sends(told).await.is(204);
}

on_both_paths!(
    sec_106_an_address_has_64_streams_of_visitors_and_a_permit_is_free_again_once_its_stream_ends,
    sec_106_a_person_has_16_streams_and_the_oldest_ends_with_bye,
    sec_106_a_guest_who_waits_has_streams_of_their_own_too,
);
