//! Where the stream of an account goes on: tickets with positions, and the state after a gap.

use std::sync::Arc;

use parlor::domain::event_log::LogUpdate;
use parlor::hub::bus::Bus;
use serde_json::{Value, json};

use crate::support::{Chat, EventStream, Person, StreamPath, TestServer, on_both_paths, seconds};

/// Delivers nothing: only the audit of the heads tells streams that something changed.
#[derive(Debug)]
struct SilentBus;

impl Bus for SilentBus {
    fn notify(&self, _: LogUpdate) {}
}

async fn ticket(person: &Person, after: Value) -> String {
    let ticket = person.posts("/v1/tickets", json!({"me": true, "after": after})).await.is(201).json["ticket"].clone();
    format!("/v1/me/events?ticket={}", ticket.as_str().unwrap())
}

/// Opens the stream of an account at these positions. Returns it after its state.
async fn goes_on(person: &Person, after: Value) -> (EventStream, Value) {
    let path = ticket(person, after).await;
    let mut stream = person.nobody().hears(&path).await;
    let state = stream.expect("state").await.data;
    (stream, state)
}

fn at(chat: &Chat, after: &str) -> Value {
    json!([{"chat_id": chat.id, "after": after}])
}

async fn a_ticket_says_where_each_chat_goes_on(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (mut ana, ben) = (server.account("ana").await, server.account("ben").await);
    let (one, two) = (ana.creates(json!({})).await, ana.creates(json!({})).await);
    let (mut stream, _) = ana.follows_me().await;
    ana.says(&one, "1").await;
    let last = stream.expect("message").await.id.unwrap();
    drop(stream);
    ana.says(&one, "2").await;
    ana.says(&two, "2").await;
    let own_id = last.split_once('/').unwrap().1;
    for after in [last.as_str(), own_id, "2"] {
        let (mut stream, state) = goes_on(&ana, at(&one, after)).await;
        let item = state["chats"].as_array().unwrap().iter().find(|item| item["chat_id"] == one.id.as_str()).unwrap();
        assert_eq!((&item["head"], state["chats"].as_array().unwrap().len()), (&json!(2), 2), "the state is as of the position");
        let message = stream.expect("message").await.data;
        assert_eq!((&message["chat_id"], &message["seq"]), (&json!(one.id), &json!(3)));
        ben.patches("/v1/me", json!({})).await.is(200);
        ana.patches("/v1/me", json!({"findable": false})).await.is(200);
        stream.expect("me_updated").await;
    }
    let link = ana.shares(&one).await;
    let mut guest = server.person();
    guest.knocks(&link, "Guest").await;
    let (mut stream, _) = goes_on(&ana, at(&one, "3")).await;
    assert_eq!(stream.expect("link_created").await.data["door"], 1, "without a number of the door, all of its log follows");
    stream.expect("knock").await;
    let (mut stream, _) = goes_on(&ana, at(&one, &format!("{}-3-1", own_id.split_once('-').unwrap().0))).await;
    assert_eq!(stream.expect("knock").await.data["door"], 2);
}

async fn a_position_that_cannot_be_used_says_reset(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.account("ana").await;
    let (chat, other) = (ana.creates(json!({})).await, ana.creates(json!({})).await);
    for after in ["99", "00000001-1", "nonsense", "", &format!("{}/x", chat.id), &format!("{}/00000001-1", other.id)] {
        let (mut stream, state) = goes_on(&ana, at(&chat, after)).await;
        let reset = stream.expect("reset").await;
        assert_eq!((&reset.data["chat_id"], &reset.data["head"], reset.id), (&json!(chat.id), &json!(1), None), "{after}");
        assert!(state["chats"].as_array().unwrap().iter().all(|item| item["head"] == 1));
        ana.patches("/v1/me", json!({"findable": false})).await.is(200);
        stream.expect("me_updated").await;
    }
    let (ben, mut cleo) = (server.account("ben").await, server.account("cleo").await);
    let hers = cleo.creates(json!({})).await;
    cleo.says(&hers, "Not for Ben").await;
    let (mut stream, state) = goes_on(&ben, at(&hers, "0")).await;
    assert_eq!(state["chats"], json!([]));
    ben.patches("/v1/me", json!({"findable": false})).await.is(200);
    stream.expect("me_updated").await;
}

async fn what_is_no_longer_kept_is_a_gap(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0", "--lasting-chat-entries", "20"])).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    let chat = ana.begins("ben", "0").await;
    for number in 1..30 {
        ana.says(&chat, &number.to_string()).await;
    }
    let first = ben.gets(&chat.path).await.is(200).json["chat"]["first"].as_u64().unwrap();
    let (mut stream, state) = goes_on(&ben, at(&chat, "1")).await;
    assert_eq!(state["chats"][0]["head"], first - 1);
    assert_eq!(stream.expect("gap").await.data, json!({"chat_id": chat.id, "log": "chat", "from": 2, "to": first - 1}));
    for seq in first..=32 {
        assert_eq!(stream.expect("message").await.data["seq"], seq);
    }
}

async fn a_busy_chat_does_not_hold_up_the_others(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let mut ana = server.account("ana").await;
    let (busy, quiet) = (ana.creates(json!({})).await, ana.creates(json!({})).await);
    let text = "x".repeat(8_000);
    for _ in 0..60 {
        ana.says(&busy, &text).await;
    }
    ana.says(&quiet, "Hello").await;
    let after = json!([{"chat_id": busy.id, "after": "1"}, {"chat_id": quiet.id, "after": "1"}]);
    let (mut stream, _) = goes_on(&ana, after).await;
    let mut before = 0;
    while stream.expect("message").await.data["chat_id"] == json!(busy.id) {
        before += 1;
    }
    assert!(before < 20, "{before} messages of the busy chat came first");
}

async fn a_state_that_comes_again_leaves_no_hole(path: StreamPath) {
    let server = TestServer::built(&path.flags(&["--rate-factor", "0"]), |parts| parts.bus = |_| Arc::new(SilentBus)).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    let chat = ana.begins("ben", "Hello").await;
    let (mut stream, _) = ben.follows_me().await;
    for number in 0..101 {
        ben.patches("/v1/me", json!({"findable": number % 2 == 1})).await.is(200);
    }
    ana.says(&chat, "Still there?").await;
    server.advance(seconds(1)).await;
    let mut names = [stream.next().await, stream.next().await];
    names.sort_by(|one, other| one.name.cmp(&other.name));
    let [message, state] = names;
    let head = state.data["chats"][0]["head"].as_u64().unwrap();
    assert!(message.name == "message" && state.name == "state" && (3..=4).contains(&head), "{message:?} {state:?}");
    ana.says(&chat, "Hello?").await;
    server.advance(seconds(1)).await;
    assert_eq!(stream.expect("message").await.data["seq"], 5);
}

async fn positions_are_judged_when_a_ticket_is_issued(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.account("ana").await;
    let chat = ana.creates(json!({})).await;
    let positions = |count: usize| json!({"me": true, "after": vec![json!({"chat_id": chat.id, "after": "0"}); count]});
    ana.posts("/v1/tickets", positions(200)).await.is(201);
    assert_eq!(ana.posts("/v1/tickets", positions(201)).await.is_problem(422, "invalid").json["field"], "after");
    for body in [
        json!({"chat_id": chat.id, "after": [{"chat_id": chat.id, "after": "0"}]}),
        json!({"me": true, "after": [{"chat_id": chat.id}]}),
        json!({"me": true, "after": [{"chat_id": chat.id, "after": 0}]}),
        json!({"me": true, "after": [{"chat_id": chat.id, "after": "0", "seq": 1}]}),
        json!({"me": true, "after": {"chat_id": chat.id, "after": "0"}}),
    ] {
        ana.posts("/v1/tickets", body).await.is_problem(422, "invalid");
    }
}

async fn an_account_of_a_thousand_chats_hears_them_all(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let mut ana = server.account("ana").await;
    let mut chats = Vec::new();
    for number in 0..1_000 {
        chats.push(ana.creates(json!({"title": number.to_string()})).await);
    }
    let (mut stream, state) = ana.follows_me().await;
    assert_eq!((state.data["chats"].as_array().unwrap().len(), &state.data["more"]), (200, &json!(true)));
    let listed: Vec<_> = state.data["chats"].as_array().unwrap().iter().map(|item| item["chat_id"].as_str().unwrap()).collect();
    let (of_list, others): (Vec<&Chat>, Vec<&Chat>) = chats.iter().partition(|chat| listed.contains(&chat.id.as_str()));
    for chat in [of_list[0], others[0], of_list[199], others[799], others[0]] {
        let seq = ana.says(chat, "Hello").await;
        let message = stream.expect("message").await;
        assert_eq!((&message.data["chat_id"], &message.data["seq"]), (&json!(chat.id), &json!(seq)));
    }
}

on_both_paths!(
    a_ticket_says_where_each_chat_goes_on,
    a_position_that_cannot_be_used_says_reset,
    what_is_no_longer_kept_is_a_gap,
    a_busy_chat_does_not_hold_up_the_others,
    a_state_that_comes_again_leaves_no_hole,
    positions_are_judged_when_a_ticket_is_issued,
    an_account_of_a_thousand_chats_hears_them_all,
);
