//! How streams end: the final event, then silence, then 404.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Chat, Event, EventStream, Link, Person, RawStream, StreamPath, TestServer, on_both_paths, seconds};

/// Returns a member who came in by a link that approves automatically.
pub(crate) async fn comes_in(server: &TestServer, owner: &Person, chat: &Chat, name: &str) -> (Person, Link) {
    let link = owner.shares_so(chat, json!({"auto_approve": true})).await;
    let mut person = server.person();
    person.knocks(&link, name).await;
    (person, link)
}

/// Returns the next event, skipping other members' joins.
async fn next_but_joins(stream: &mut EventStream) -> Event {
    loop {
        let event = stream.next().await;
        if event.name != "member_joined" {
            return event;
        }
    }
}

/// Fails unless this person gets the same 404 on every route of the chat, with any cursor.
pub(crate) async fn is_out(person: &Person, chat: &Chat) {
    for path in ["", "/events", "/events?after=0", "/members", "/activity", "/export", "/links", "/knocks"] {
        person.gets(&format!("{}{path}", chat.path)).await.is_problem(404, "not_found");
    }
    let replay = person.request(Method::GET, &format!("{}/events", chat.path)).header("Last-Event-ID", "0");
    person.sends(replay).await.is_problem(404, "not_found");
    person.posts(&chat.path, json!({"text": "Still here?"})).await.is_problem(404, "not_found");
    person.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is_problem(404, "not_found");
}

async fn a_closed_chat_tells_everybody_so_and_is_gone(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let (mut owners, mut bens, mut late) = (ana.follows(&chat).await, ben.follows(&chat).await, ben.follows_from(&chat, "0").await);
    late.expect("reset").await;
    ana.deletes(&chat.path).await.is(204);
    for stream in [&mut owners, &mut bens, &mut late] {
        let closed = stream.expect("chat_closed").await;
        assert_eq!((closed.data, closed.id), (json!({"chat_id": chat.id, "reason": "closed"}), None));
        stream.expect_end().await;
    }
    is_out(&ana, &chat).await;
    is_out(&ben, &chat).await;
}

async fn an_expired_chat_tells_everybody_so_and_is_gone(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"admission": "open", "expires_in": 60})).await;
    let visitor = server.person();
    let (mut owners, mut visitors) = (ana.follows(&chat).await, visitor.follows(&chat).await);
    server.advance(seconds(59)).await;
    visitor.says(&chat, "One minute more, please").await;
    for stream in [&mut owners, &mut visitors] {
        stream.expect("message").await;
    }
    server.advance(seconds(59)).await;
    ana.gets(&chat.path).await.is(200);
    server.advance(seconds(1)).await;
    for stream in [&mut owners, &mut visitors] {
        assert_eq!(stream.expect("chat_closed").await.data, json!({"chat_id": chat.id, "reason": "expired"}));
        stream.expect_end().await;
    }
    is_out(&ana, &chat).await;
    is_out(&visitor, &chat).await;
}

/// Fails unless the member's streams end with their `member_left` and everybody else's go on.
async fn leaves(server: &TestServer, reason: &str, leave: impl AsyncFnOnce(&Person, &Person, &Chat, &Link)) {
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (ben, link) = comes_in(server, &ana, &chat, "Ben").await;
    let (carl, _) = comes_in(server, &ana, &chat, "Carl").await;
    let mut bens = [ben.follows(&chat).await, ben.follows(&chat).await];
    let mut others = [ana.follows(&chat).await, carl.follows(&chat).await];
    ana.says(&chat, "Before").await;
    leave(&ana, &ben, &chat, &link).await;
    let last = ana.says(&chat, "After").await;
    for stream in &mut bens {
        stream.expect("message").await;
        let left = stream.expect("member_left").await;
        assert_eq!((left.data["reason"].as_str(), &left.data["member"]["name"]), (Some(reason), &json!("Ben")));
        assert!(left.id.is_some(), "it is an entry");
        stream.expect_end().await;
    }
    for stream in &mut others {
        let mut names = Vec::new();
        while names.len() < 3 {
            let event = stream.next().await;
            if !event.name.starts_with("link_") {
                names.push((event.name, event.data["seq"].clone()));
            }
        }
        let expected: [(&str, Value); 3] = [("message", json!(last - 2)), ("member_left", json!(last - 1)), ("message", json!(last))];
        assert_eq!(names, expected.map(|(name, seq)| (name.to_owned(), seq)));
    }
    is_out(&ben, &chat).await;
    carl.says(&chat, "I am still here").await;
}

async fn a_removed_members_streams_end_and_the_others_go_on(path: StreamPath) {
    leaves(&TestServer::on(path).await, "removed", async |ana, _, chat, _| {
        ana.removes(chat, 2).await.is(204);
    })
    .await;
}

async fn a_leaving_members_streams_end_and_the_others_go_on(path: StreamPath) {
    leaves(&TestServer::on(path).await, "left", async |_, ben, chat, _| {
        ben.removes(chat, 2).await.is(204);
    })
    .await;
}

async fn an_evicted_members_streams_end_and_the_others_go_on(path: StreamPath) {
    leaves(&TestServer::on(path).await, "evicted", async |ana, _, _, link| {
        ana.deletes(&format!("{}?evict=true", link.path)).await.is(204);
    })
    .await;
}

async fn a_removed_member_who_is_far_behind_is_served_up_to_the_removal(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let path = format!("{}/events", chat.path);
    let mut slow = RawStream::open_narrow(server.address, &path, ben.credential.as_deref()).await;
    assert_eq!(slow.next().await.unwrap().name, "hello");
    for _ in 0..400 {
        ana.says(&chat, &"x".repeat(8_192)).await;
    }
    ana.removes(&chat, 2).await.is(204);
    ana.says(&chat, "He is gone").await;
    for seq in 3..403 {
        let heard = slow.next().await.unwrap();
        assert_eq!((heard.name.as_str(), heard.id.unwrap().ends_with(&format!("-{seq}"))), ("message", true));
    }
    assert_eq!(slow.next().await.unwrap().name, "member_left");
    assert_eq!(slow.next().await, None);
}

async fn closing_an_open_door_ends_the_streams_of_visitors_alone(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let visitor = server.person();
    let mut visitors = [visitor.follows(&chat).await, visitor.follows(&chat).await];
    let mut members = [ana.follows(&chat).await, ben.follows(&chat).await];
    ana.patches(&chat.path, json!({"title": "Not closed yet"})).await.is(200);
    ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200);
    ana.says(&chat, "Among ourselves").await;
    for stream in &mut visitors {
        assert_eq!(stream.expect("chat_updated").await.data["chat"]["admission"], "open");
        assert_eq!(stream.expect("chat_updated").await.data["chat"]["admission"], "knock");
        stream.expect_end().await;
    }
    for stream in &mut members {
        assert_eq!(next_but_joins(stream).await.name, "chat_updated");
        assert_eq!(next_but_joins(stream).await.data["chat"]["admission"], "knock");
        assert_eq!(next_but_joins(stream).await.data["text"], "Among ourselves");
    }
    is_out(&visitor, &chat).await;
}

async fn a_visitor_who_replays_an_old_closing_of_the_door_is_not_ended_by_it(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    for admission in ["knock", "open", "knock", "open"] {
        ana.patches(&chat.path, json!({"admission": admission})).await.is(200);
    }
    let visitor = server.person();
    let mut stream = visitor.hears(&format!("{}/events?after=0", chat.path)).await;
    assert_eq!(stream.expect("member_joined").await.data["seq"], 1);
    for admission in ["knock", "open", "knock", "open"] {
        assert_eq!(stream.expect("chat_updated").await.data["chat"]["admission"], admission);
    }
    ana.says(&chat, "Welcome back").await;
    stream.expect("message").await;
    ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200);
    stream.expect("chat_updated").await;
    stream.expect_end().await;
}

on_both_paths!(
    a_closed_chat_tells_everybody_so_and_is_gone,
    an_expired_chat_tells_everybody_so_and_is_gone,
    a_removed_members_streams_end_and_the_others_go_on,
    a_leaving_members_streams_end_and_the_others_go_on,
    an_evicted_members_streams_end_and_the_others_go_on,
    a_removed_member_who_is_far_behind_is_served_up_to_the_removal,
    closing_an_open_door_ends_the_streams_of_visitors_alone,
    a_visitor_who_replays_an_old_closing_of_the_door_is_not_ended_by_it,
);
