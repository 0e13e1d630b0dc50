//! SEC-106, 111, 112: how often an address, a member, a chat may do something, and that nobody else feels it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Chat, Hearing, Person, Reply, World, seconds};

/// Fails unless something was exceeded, and the answer says what and for how long; how long.
#[track_caller]
pub(crate) fn exceeds(reply: &Reply, code: &str, limit: &str) -> std::time::Duration {
    assert_eq!((reply.status, reply.json["code"].as_str(), reply.json["limit"].as_str()), (429, Some(code), Some(limit)), "{}", reply.text);
    waits(reply)
}

/// How long an answer says that waiting helps, in both places where it says so.
#[track_caller]
pub(crate) fn waits(reply: &Reply) -> std::time::Duration {
    let millis = reply.json["retry_after_ms"].as_u64().expect("it says how long");
    assert_eq!(reply.header("retry-after").unwrap().parse(), Ok(millis.div_ceil(1_000)), "{}", reply.text);
    std::time::Duration::from_millis(millis)
}

/// How many of these succeed with this status before one does not, and that one.
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

async fn opens(person: &Person) -> Reply {
    person.posts("/v1/chats", json!({})).await
}

async fn posts(person: &Person, chat: &Chat) -> Reply {
    person.posts(&chat.path, json!({"text": "More"})).await
}

#[tokio::test]
async fn sec_106_an_address_has_300_requests_at_once_and_20_a_second_without_a_credential() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_an_open_chat().await;
    let eve = world.person();
    let (count, reply) = succeed(200, || eve.gets(&chat.path)).await;
    assert_eq!((count, exceeds(&reply, "too_many_requests", "requests").as_millis()), (300, 50));
    exceeds(&fetches(&eve).await, "too_many_requests", "requests");
    world.person().gets(&chat.path).await.is(200);
    world.clock.advance(seconds(1));
    assert_eq!(succeed(200, || eve.gets(&chat.path)).await.0, 20);
    world.clock.advance(seconds(15));
    assert_eq!(succeed(200, || eve.gets(&chat.path)).await.0, 300);
}

#[tokio::test]
async fn sec_106_a_person_has_200_requests_at_once_and_20_a_second_wherever_they_are() {
    let world = World::open().await;
    let (mut ana, mut ben) = (world.person(), world.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    world.clock.advance(seconds(1));
    let (count, reply) = succeed(200, || ben.gets(&chat.path)).await;
    assert_eq!((count, exceeds(&reply, "too_many_requests", "requests").as_millis()), (200, 50));
    let elsewhere = world.person().showing(ben.credential.as_ref().unwrap());
    exceeds(&elsewhere.gets(&chat.path).await, "too_many_requests", "requests");
    ana.gets(&chat.path).await.is(200);
    ben.showing(&chat.author).gets(&chat.path).await.is(200);
    ben.nobody().gets(&link.path).await.is(200);
    world.clock.advance(seconds(1));
    assert_eq!(succeed(200, || ben.gets(&chat.path)).await.0, 20);
}

#[tokio::test]
async fn sec_106_what_an_address_does_is_not_felt_by_those_who_belong_to_a_chat() {
    let world = World::open().await;
    let mut ana = world.person();
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
    let world = World::open().await;
    let (mut ana, mut ben) = (world.person(), world.person());
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
    let stranger = guests.showing(crate::scene::UNKNOWN);
    exceeds(&stranger.deletes(&link.path).await, "too_many_requests", "requests");
}

#[tokio::test]
async fn sec_106_an_address_with_everybody_on_it_has_a_last_ceiling() {
    let world = World::with(&["--rate-factor", "0.02"]).await;
    let mut chats = Vec::new();
    for _ in 0..30 {
        let mut owner = world.person();
        let chat = owner.creates_an_open_chat().await;
        chats.push((owner.showing(&chat.author), chat));
    }
    let address = world.person();
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
    let world = World::with(&["--rate-factor", "0.01"]).await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    let other = ana.shares(&chat).await;
    let mut members = Vec::new();
    for number in 0..30 {
        let mut member = world.person();
        member.knocks(&link, &format!("Member {number}")).await;
        members.push(member);
    }
    for number in 0..10 {
        let mut guest = world.person();
        guest.knocks(&other, &format!("Guest {number}")).await;
        for _ in 0..2 {
            guest.gets(&other.path).await.is(200);
        }
    }
    world.clock.advance(seconds(60));
    let mut count = 0;
    let mut refused = None;
    for member in &members {
        for _ in 0..2 {
            let reply = member.gets(&chat.path).await;
            count += usize::from(reply.status == 200);
            refused = refused.or((reply.status == 429).then_some(reply));
        }
    }
    exceeds(&refused.expect("thirty members have more than their chat"), "too_many_requests", "requests");
    assert_eq!(count, 50);
}

#[tokio::test]
async fn sec_106_pages_documents_and_health_are_not_counted() {
    let world = World::with(&["--rate-factor", "0.2"]).await;
    let eve = world.person();
    assert_eq!(succeed(405, || eve.gets("/v1/chats")).await.0, 60);
    for path in ["/", "/l/x", "/c/x", "/docs/", "/openapi.json", "/healthz", "/readyz", "/docs/swagger-ui.css"] {
        for _ in 0..10 {
            assert_eq!(eve.gets(path).await.status, 200, "{path}");
        }
    }
    exceeds(&eve.gets("/v1/chats").await, "too_many_requests", "requests");
    exceeds(&eve.gets("/nowhere").await, "too_many_requests", "requests");
}

#[tokio::test]
async fn sec_106_an_address_has_64_streams_of_visitors_and_a_permit_is_free_again_once_its_stream_ends() {
    let world = World::open().await;
    let (mut ana, mut other) = (world.person(), world.person());
    let (chat, closed) = (ana.creates_an_open_chat().await, other.creates_an_open_chat().await);
    let (stays, goes) = (format!("{}/events", chat.path), format!("{}/events", closed.path));
    let eve = world.person();
    let mut ends = eve.hears(&goes).await;
    let mut open: Vec<Hearing> = Vec::new();
    for _ in 1..64 {
        open.push(eve.hears(&stays).await);
    }
    exceeds(&eve.gets(&stays).await, "too_many_streams", "streams");
    eve.sends(eve.request(Method::HEAD, &stays)).await.is(200);
    drop(eve.showing(&chat.author).hears(&stays).await);
    drop(world.person().hears(&stays).await);
    other.deletes(&closed.path).await.is(204);
    ends.hears("chat_closed").await;
    ends.ends().await;
    open.push(eve.hears(&stays).await);
    exceeds(&eve.gets(&stays).await, "too_many_streams", "streams");
}

#[tokio::test]
async fn sec_106_a_person_has_16_streams_and_the_oldest_ends_with_bye() {
    let world = World::open().await;
    let (mut ana, mut ben) = (world.person(), world.person());
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
        stream.hears("message").await;
    }
    open.push_back(ben.follows(&chat).await);
    let mut oldest = open.pop_front().unwrap();
    oldest.hears("bye").await;
    oldest.ends().await;
    ana.says(&chat, "All others go on").await;
    for stream in open.iter_mut().chain([&mut hers]) {
        while stream.hears("message").await.data["text"] != "All others go on" {}
    }
}

#[tokio::test]
async fn sec_106_a_guest_who_waits_has_streams_of_their_own_too() {
    let world = World::with(&["--rate-factor", "0.0625"]).await;
    let (mut ana, mut ben) = (world.person(), world.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    let mut first = ben.waits(&link).await;
    let mut second = ben.waits(&link).await;
    first.hears("bye").await;
    first.ends().await;
    ana.lets_in(&link, &knock).await;
    second.hears("knock_decided").await;
    second.ends().await;
    let told = ben.request(Method::HEAD, &format!("{}/events", link.path)).header("Last-Event-ID", "decided");
    ben.sends(told).await.is(204);
}

#[tokio::test]
async fn sec_111_an_address_opens_30_chats_and_then_30_an_hour() {
    let world = World::open().await;
    let eve = world.person();
    let (count, reply) = succeed(201, || opens(&eve)).await;
    assert_eq!((count, exceeds(&reply, "too_many_chats", "new_chats")), (30, seconds(120)));
    opens(&world.person()).await.is(201);
    world.clock.advance(seconds(119));
    exceeds(&opens(&eve).await, "too_many_chats", "new_chats");
    world.clock.advance(seconds(1));
    assert_eq!(succeed(201, || opens(&eve)).await.0, 1);
    world.clock.advance(seconds(3_600));
    assert_eq!(succeed(201, || opens(&eve)).await.0, 30);
}

#[tokio::test]
async fn sec_112_a_member_says_30_at_once_and_10_a_second_wherever_they_are() {
    let world = World::open().await;
    let (mut ana, mut ben) = (world.person(), world.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let (count, reply) = succeed(201, || posts(&ben, &chat)).await;
    assert_eq!((count, exceeds(&reply, "too_many_posts", "posts").as_millis()), (30, 100));
    let elsewhere = world.person().showing(ben.credential.as_ref().unwrap());
    exceeds(&posts(&elsewhere, &chat).await, "too_many_posts", "posts");
    ana.says(&chat, "Others go on").await;
    let mut other = ben.nobody();
    let another = other.creates_a_chat().await;
    other.says(&another, "and so does the same address elsewhere").await;
    world.clock.advance(seconds(1));
    assert_eq!(succeed(201, || posts(&ben, &chat)).await.0, 10);
    assert_eq!(ana.texts(&chat).await.len(), 41);
}

#[tokio::test]
async fn sec_112_a_visitor_of_an_open_chat_is_counted_by_address() {
    let world = World::open().await;
    let mut ana = world.person();
    let (chat, other) = (ana.creates_an_open_chat().await, ana.creates_an_open_chat().await);
    let eve = world.person();
    assert_eq!(succeed(201, || posts(&eve, &chat)).await.0, 30);
    exceeds(&posts(&eve, &chat).await, "too_many_posts", "posts");
    posts(&world.person(), &chat).await.is(201);
    posts(&eve, &other).await.is(201);
    posts(&eve.showing(&chat.author), &chat).await.is(201);
}

#[tokio::test]
async fn sec_112_a_chat_takes_1_000_posts_at_once_and_200_a_second() {
    let world = World::open().await;
    let mut ana = world.person();
    let (chat, other) = (ana.creates_an_open_chat().await, ana.creates_an_open_chat().await);
    let mut said = 0;
    for _ in 0..33 {
        said += succeed(201, {
            let visitor = world.person();
            let chat = &chat;
            move || {
                let visitor = visitor.clone();
                async move { posts(&visitor, chat).await }
            }
        })
        .await
        .0;
    }
    let last = world.person();
    let (count, reply) = succeed(201, || posts(&last, &chat)).await;
    assert_eq!((said + count, exceeds(&reply, "chat_busy", "chat_posts").as_millis()), (1_000, 5));
    posts(&last, &other).await.is(201);
    world.clock.advance(seconds(1));
    posts(&ana.showing(&chat.author), &chat).await.is(201);
}

#[tokio::test]
async fn sec_106_the_rate_factor_multiplies_and_0_turns_off() {
    let world = World::with(&["--rate-factor", "2"]).await;
    let eve = world.person();
    let mut chat: Option<Value> = None;
    let (count, last) = succeed(201, || opens(&eve)).await;
    exceeds(&last, "too_many_chats", "new_chats");
    assert_eq!(count, 60);
    let mut ana = world.person();
    let open = ana.creates_an_open_chat().await;
    assert_eq!(succeed(201, || posts(&ana, &open)).await.0, 60);
    let (count, _) = succeed(200, || ana.gets(&open.path)).await;
    assert_eq!(count, 400 - 61, "what was said is counted too");
    let mut streams = Vec::new();
    let ben = world.person();
    for _ in 0..128 {
        streams.push(ben.hears(&format!("{}/events", open.path)).await);
    }
    exceeds(&ben.gets(&format!("{}/events", open.path)).await, "too_many_streams", "streams");

    let world = World::with(&["--rate-factor", "0"]).await;
    let eve = world.person();
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
