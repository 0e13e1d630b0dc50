//! Invalid cursors: the stream resets to the head.

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::json;

use crate::stream_resume::{chat_with, epoch, events_of, goes_on, member};
use crate::support::{Chat, EventStream, Person, StreamPath, TestServer, on_both_paths};

/// Returns invalid cursors for a chat with this epoch, and one with another chat's epoch.
fn nowhere(epoch: &str, another: &str) -> Vec<String> {
    let numbers = ["6", "9223372036854775808", "18446744073709551615", "18446744073709551616", "-1", "", "1-", "1-2-3"];
    let bare = ["-1", "9223372036854775808", "18446744073709551616", "99999999-1", "decided", "garbage", "%FF%FE"];
    let of_this = numbers.iter().map(|number| format!("{epoch}-{number}"));
    of_this.chain(bare.map(str::to_owned)).chain([format!("{another}-1"), "9".repeat(1_900)]).collect()
}

async fn a_cursor_that_leads_nowhere_is_reset_to_the_head(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat) = chat_with(&server, 3).await;
    let ben = member(&server, &ana, &chat).await;
    let (_, other) = chat_with(&server, 9).await;
    let epoch = epoch(&ben.follows(&chat).await);
    let another = epoch_of(&ana.showing(&other.author), &other).await;
    for cursor in nowhere(&epoch, &another) {
        let by_query = ben.hears(&events_of(&chat, &cursor)).await;
        is_reset(&epoch, &cursor, by_query).await;
        is_reset(&epoch, &cursor, ben.follows_from(&chat, &cursor).await).await;
    }
    let long = "9".repeat(4_000);
    is_reset(&epoch, "longer than a query may be", ben.follows_from(&chat, &long).await).await;
    is_reset(&epoch, "a bare number in the header is no id", ben.follows_from(&chat, "1").await).await;
    let broken = HeaderValue::from_bytes(b"\xff\xfe-1").unwrap();
    is_reset(&epoch, "not UTF-8", EventStream::open(asks(&ben, &chat).header("Last-Event-ID", broken)).await).await;
    let twice = asks(&ben, &chat).header("Last-Event-ID", format!("{epoch}-1")).header("Last-Event-ID", format!("{epoch}-1"));
    is_reset(&epoch, "sent twice", EventStream::open(twice).await).await;
    let mut stream = ben.follows_from(&chat, "garbage").await;
    stream.expect("reset").await;
    goes_on(&ana, &chat, &mut stream).await;
}

async fn an_owners_cursor_ahead_of_the_door_is_reset_too(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat) = chat_with(&server, 1).await;
    ana.shares(&chat).await;
    let epoch = epoch(&ana.follows(&chat).await);
    let mut streams = Vec::new();
    for door in ["2", "9223372036854775808", "18446744073709551616", "x", "-1", ""] {
        let mut stream = ana.follows_from(&chat, &format!("{epoch}-1-{door}")).await;
        assert_eq!(stream.hello.data["resumed"], false, "{door}");
        assert_eq!(stream.expect("reset").await.data, json!({"chat_id": chat.id, "epoch": epoch, "head": 2, "door": 1}), "{door}");
        streams.push(stream);
    }
    ana.shares(&chat).await;
    for stream in &mut streams {
        assert_eq!(stream.expect("link_created").await.data["door"], 2, "it continues from the head of both logs");
    }
}

fn asks(person: &Person, chat: &Chat) -> reqwest::RequestBuilder {
    person.request(Method::GET, &format!("{}/events", chat.path))
}

async fn epoch_of(person: &Person, chat: &Chat) -> String {
    epoch(&person.follows(chat).await)
}

async fn is_reset(epoch: &str, cursor: &str, mut stream: EventStream) {
    assert_eq!(stream.hello.data["resumed"], false, "{cursor}");
    let reset = stream.expect("reset").await;
    assert_eq!((reset.data, reset.id), (json!({"chat_id": stream.hello.data["chat_id"], "epoch": epoch, "head": 5}), None), "{cursor}");
}

on_both_paths!(a_cursor_that_leads_nowhere_is_reset_to_the_head, an_owners_cursor_ahead_of_the_door_is_reset_too);
