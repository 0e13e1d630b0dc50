//! SEC-106: request rates of addresses and members, and that nobody else is affected.

use serde_json::{Value, json};

use crate::support::{Chat, Person, Reply, StreamPath, TestServer, on_both_paths, seconds};

/// Fails unless a limit was exceeded and the response names it; returns the retry delay.
#[track_caller]
pub(crate) fn exceeds(reply: &Reply, code: &str, limit: &str) -> std::time::Duration {
    assert_eq!((reply.status, reply.json["code"].as_str(), reply.json["limit"].as_str()), (429, Some(code), Some(limit)), "{}", reply.text);
    waits(reply)
}

/// Returns the retry delay of a response, from both places that state it.
#[track_caller]
pub(crate) fn waits(reply: &Reply) -> std::time::Duration {
    let millis = reply.json["retry_after_ms"].as_u64().expect("it states the delay");
    assert_eq!(reply.header("retry-after").unwrap().parse(), Ok(millis.div_ceil(1_000)), "{}", reply.text);
    std::time::Duration::from_millis(millis)
}

/// Sends requests until one does not have this status; returns the count and that response.
pub(crate) async fn succeed<F: Future<Output = Reply>>(status: u16, mut one: impl FnMut() -> F) -> (usize, Reply) {
    for count in 0..2_000 {
        let reply = one().await;
        if reply.status != status {
            return (count, reply);
        }
    }
    panic!("2,000 succeeded");
}

async fn fetches(person: &Person) -> Reply {
    person.gets("/v1/approval?link_url=x").await
}

pub(crate) async fn opens(person: &Person) -> Reply {
    person.posts("/v1/chats", json!({})).await
}

pub(crate) async fn posts(person: &Person, chat: &Chat) -> Reply {
    person.posts(&chat.path, json!({"text": "More"})).await
}

#[tokio::test]
async fn sec_106_an_address_has_300_requests_at_once_and_20_a_second_without_a_credential() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let eve = server.person();
    let (count, reply) = succeed(200, || eve.gets(&chat.path)).await;
    assert_eq!((count, exceeds(&reply, "too_many_requests", "requests").as_millis()), (300, 50));
    exceeds(&fetches(&eve).await, "too_many_requests", "requests");
    server.person().gets(&chat.path).await.is(200);
    server.clock.advance(seconds(1));
    assert_eq!(succeed(200, || eve.gets(&chat.path)).await.0, 20);
    server.clock.advance(seconds(15));
    assert_eq!(succeed(200, || eve.gets(&chat.path)).await.0, 300);
}

#[tokio::test]
async fn sec_106_a_person_has_200_requests_at_once_and_20_a_second_wherever_they_are() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    server.clock.advance(seconds(1));
    let (count, reply) = succeed(200, || ben.gets(&chat.path)).await;
    assert_eq!((count, exceeds(&reply, "too_many_requests", "requests").as_millis()), (200, 50));
    let elsewhere = server.person().showing(ben.credential.as_ref().unwrap());
    exceeds(&elsewhere.gets(&chat.path).await, "too_many_requests", "requests");
    ana.gets(&chat.path).await.is(200);
    ben.showing(&chat.author).gets(&chat.path).await.is(200);
    ben.nobody().gets(&link.path).await.is(200);
    server.clock.advance(seconds(1));
    assert_eq!(succeed(200, || ben.gets(&chat.path)).await.0, 20);
}

async fn sec_106_what_an_address_does_is_not_felt_by_those_who_belong_to_a_chat(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let mut ben = ana.nobody();
    let knock = ben.knocks(&link, "Ben").await;
    let neighbour = ana.nobody();
    succeed(404, || neighbour.gets("/v1/chats/x")).await;
    exceeds(&neighbour.gets("/v1/chats/x").await, "too_many_requests", "requests");
    ben.gets(&link.path).await.is(200);
    drop(ben.waits(&link).await);
    ana.lets_in(&link, &knock).await;
    ben.says(&chat, "I am in").await;
    drop(ben.follows(&chat).await);
    let named = json!({"text": "And so is she, named in the body", "user_id": chat.author});
    neighbour.posts(&chat.path, named).await.is(201);
    ana.removes(&chat, 2).await.is(204);
    exceeds(&ben.gets(&chat.path).await, "too_many_requests", "requests");
}

#[tokio::test]
async fn sec_106_no_rate_refuses_an_owner_who_decides_removes_revokes_or_closes() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let knock = ben.knocks(&link, "Ben").await;
    let guests = ana.nobody();
    succeed(404, || guests.gets("/v1/chats/x")).await;
    succeed(200, || ana.gets(&chat.path)).await;
    exceeds(&ana.gets(&chat.path).await, "too_many_requests", "requests");
    for _ in 0..300 {
        ana.decides(&link, &knock, true).await.is(200);
    }
    ana.removes(&chat, 2).await.is(204);
    ana.deletes(&other.path).await.is(204);
    ana.deletes(&chat.path).await.is(204);
    let stranger = guests.showing(crate::fixture::UNKNOWN);
    exceeds(&stranger.deletes(&link.path).await, "too_many_requests", "requests");
}

#[tokio::test]
async fn sec_106_an_address_with_everybody_on_it_has_a_last_ceiling() {
    let server = TestServer::with(&["--rate-factor", "0.02"]).await;
    let mut chats = Vec::new();
    for _ in 0..30 {
        let mut owner = server.person();
        let chat = owner.creates_an_open_chat().await;
        chats.push((owner.showing(&chat.author), chat));
    }
    let address = server.person();
    let mut count = 0;
    let reply = 'all: loop {
        for (_, chat) in &chats {
            let reply = address.showing(&chat.author).gets(&chat.path).await;
            if reply.status != 200 {
                break 'all reply;
            }
            count += 1;
        }
    };
    exceeds(&reply, "too_many_requests", "requests");
    assert_eq!(count, 100, "30 owners have 4 each, their address has 100");
    let (owner, chat) = &chats[29];
    owner.gets(&chat.path).await.is(200);
}

#[tokio::test]
async fn sec_106_the_members_of_a_chat_have_a_ceiling_together_which_its_guests_do_not_draw_on() {
    let server = TestServer::with(&["--rate-factor", "0.01"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    let other = ana.shares(&chat).await;
    let mut members = Vec::new();
    for number in 0..30 {
        let mut member = server.person();
        member.knocks(&link, &format!("Member {number}")).await;
        members.push(member);
    }
    for number in 0..10 {
        let mut guest = server.person();
        guest.knocks(&other, &format!("Guest {number}")).await;
        for _ in 0..2 {
            guest.gets(&other.path).await.is(200);
        }
    }
    server.clock.advance(seconds(60));
    let mut count = 0;
    let mut refused = None;
    for member in &members {
        for _ in 0..2 {
            let reply = member.gets(&chat.path).await;
            count += usize::from(reply.status == 200);
            refused = refused.or((reply.status == 429).then_some(reply));
        }
    }
    exceeds(&refused.expect("thirty members together have more requests than their chat"), "too_many_requests", "requests");
    assert_eq!(count, 50);
}

#[tokio::test]
async fn sec_106_pages_documents_and_health_are_not_counted() {
    let server = TestServer::with(&["--rate-factor", "0.2"]).await;
    let eve = server.person();
    assert_eq!(succeed(405, || eve.gets("/v1/links")).await.0, 60);
    for path in ["/", "/l/x", "/c/x", "/docs/", "/openapi.json", "/healthz", "/readyz", "/docs/swagger-ui.css"] {
        for _ in 0..10 {
            assert_eq!(eve.gets(path).await.status, 200, "{path}");
        }
    }
    exceeds(&eve.gets("/v1/links").await, "too_many_requests", "requests");
    exceeds(&eve.gets("/nowhere").await, "too_many_requests", "requests");
}

async fn sec_106_the_rate_factor_multiplies_and_0_turns_off(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "2"])).await;
    let eve = server.person();
    let mut chat: Option<Value> = None;
    let (count, last) = succeed(201, || opens(&eve)).await;
    exceeds(&last, "too_many_chats", "new_chats");
    assert_eq!(count, 60);
    let mut ana = server.person();
    let open = ana.creates_an_open_chat().await;
    assert_eq!(succeed(201, || posts(&ana, &open)).await.0, 60);
    let (count, _) = succeed(200, || ana.gets(&open.path)).await;
    assert_eq!(count, 400 - 61, "posts are counted too");
    let mut streams = Vec::new();
    let ben = server.person();
    for _ in 0..128 {
        streams.push(ben.hears(&format!("{}/events", open.path)).await);
    }
    exceeds(&ben.gets(&format!("{}/events", open.path)).await, "too_many_streams", "streams");

    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let eve = server.person();
    for _ in 0..70 {
        chat = Some(opens(&eve).await.is(201).json);
    }
    let chat = chat.unwrap();
    let (path, eve) = (format!("/v1/chats/{}", chat["chat_id"].as_str().unwrap()), eve.showing(chat["author_id"].as_str().unwrap()));
    let mut streams = Vec::new();
    for _ in 0..210 {
        eve.posts(&path, json!({"text": "More"})).await.is(201);
        eve.nobody().gets("/v1/links/x").await.is(404);
    }
    for _ in 0..70 {
        streams.push(eve.hears(&format!("{path}/events")).await);
    }
}

on_both_paths!(sec_106_what_an_address_does_is_not_felt_by_those_who_belong_to_a_chat, sec_106_the_rate_factor_multiplies_and_0_turns_off);
