//! How streams end: the last word, then silence, then the 404.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use crate::world::{Chat, Ear, Event, Hearing, Link, Person, Wire, World, head, seconds, within};

/// Somebody who came in by a link that asks nobody.
async fn comes_in(world: &World, owner: &Person, chat: &Chat, name: &str) -> (Person, Link) {
    let link = owner.shares_so(chat, json!({"auto_approve": true})).await;
    let mut person = world.person();
    person.knocks(&link, name).await;
    (person, link)
}

/// The next event but those of others who come in.
async fn next_but_joins(hearing: &mut Hearing) -> Event {
    loop {
        let event = hearing.next().await;
        if event.name != "member_joined" {
            return event;
        }
    }
}

/// Whoever is out gets the same 404 on every route of the chat, whatever cursor they bring.
async fn is_out(person: &Person, chat: &Chat) {
    for path in ["", "/events", "/events?after=0", "/members", "/activity", "/export", "/links", "/knocks"] {
        person.gets(&format!("{}{path}", chat.path)).await.is_problem(404, "not_found");
    }
    let replay = person.request(Method::GET, &format!("{}/events", chat.path)).header("Last-Event-ID", "0");
    person.sends(replay).await.is_problem(404, "not_found");
    person.posts(&chat.path, json!({"text": "Still here?"})).await.is_problem(404, "not_found");
    person.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn at_shutdown_every_stream_is_told_when_to_come_back_and_the_program_ends() {
    let mut world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let open = world.person().creates_an_open_chat().await;
    let (ben, _) = comes_in(&world, &ana, &chat, "Ben").await;
    let link = ana.shares(&chat).await;
    let mut eve = world.person();
    eve.knocks(&link, "Eve").await;
    let mut hearings = vec![ana.follows(&chat).await, ben.follows(&chat).await, eve.waits(&link).await, world.person().follows(&open).await];
    for _ in 0..20 {
        hearings.push(ben.follows(&chat).await);
    }
    world.ends().await;
    let mut times = std::collections::HashSet::new();
    for hearing in &mut hearings {
        let bye = hearing.hears("bye").await;
        let retry = bye.data["retry_ms"].as_u64().unwrap();
        assert!((1_000..=10_000).contains(&retry), "{retry}");
        assert_eq!((bye.retry, bye.id), (Some(retry), None));
        hearing.ends().await;
        times.insert(retry);
    }
    assert!(times.len() > 5, "they do not all come back at once: {times:?}");
}

#[tokio::test]
async fn what_was_said_before_the_shutdown_is_heard_before_good_bye() {
    let mut world = World::with(&["--rate-factor", "0"]).await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let mut hearing = ana.follows_from(&chat, "nonsense").await;
    for number in 0..50 {
        ana.says(&chat, &number.to_string()).await;
    }
    world.ends().await;
    hearing.hears("reset").await;
    for number in 0..50 {
        assert_eq!(hearing.hears("message").await.data["text"], json!(number.to_string()));
    }
    hearing.hears("bye").await;
    hearing.ends().await;
}

#[tokio::test]
async fn a_listener_who_reads_nothing_holds_the_shutdown_up_no_longer_than_the_drain() {
    let mut world = World::with(&["--rate-factor", "0"]).await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let path = format!("{}/events?after=0", chat.path);
    let _stalled = Ear::open_narrow(world.address, &path, ana.credential.as_deref()).await;
    for _ in 0..300 {
        ana.says(&chat, &"x".repeat(8_192)).await;
    }
    world.shutdown.press();
    world.clock.advance(seconds(31));
    world.ends().await;
}

#[tokio::test]
async fn a_closed_chat_tells_everybody_so_and_is_gone() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(&world, &ana, &chat, "Ben").await;
    let (mut owners, mut bens, mut late) = (ana.follows(&chat).await, ben.follows(&chat).await, ben.follows_from(&chat, "0").await);
    late.hears("reset").await;
    ana.deletes(&chat.path).await.is(204);
    for hearing in [&mut owners, &mut bens, &mut late] {
        let closed = hearing.hears("chat_closed").await;
        assert_eq!((closed.data, closed.id), (json!({"reason": "closed"}), None));
        hearing.ends().await;
    }
    is_out(&ana, &chat).await;
    is_out(&ben, &chat).await;
}

#[tokio::test]
async fn an_expired_chat_tells_everybody_so_and_is_gone() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates(json!({"admission": "open", "expires_in": 60})).await;
    let visitor = world.person();
    let (mut owners, mut visitors) = (ana.follows(&chat).await, visitor.follows(&chat).await);
    world.later(seconds(59)).await;
    visitor.says(&chat, "One minute more, please").await;
    for hearing in [&mut owners, &mut visitors] {
        hearing.hears("message").await;
    }
    world.later(seconds(59)).await;
    ana.gets(&chat.path).await.is(200);
    world.later(seconds(1)).await;
    for hearing in [&mut owners, &mut visitors] {
        assert_eq!(hearing.hears("chat_closed").await.data, json!({"reason": "expired"}));
        hearing.ends().await;
    }
    is_out(&ana, &chat).await;
    is_out(&visitor, &chat).await;
}

/// The member's streams end with their `member_left`, and those of everybody else go on.
async fn leaves(world: &World, reason: &str, leave: impl AsyncFnOnce(&Person, &Person, &Chat, &Link)) {
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let (ben, link) = comes_in(world, &ana, &chat, "Ben").await;
    let (carl, _) = comes_in(world, &ana, &chat, "Carl").await;
    let mut bens = [ben.follows(&chat).await, ben.follows(&chat).await];
    let mut others = [ana.follows(&chat).await, carl.follows(&chat).await];
    ana.says(&chat, "Before").await;
    leave(&ana, &ben, &chat, &link).await;
    let last = ana.says(&chat, "After").await;
    for hearing in &mut bens {
        hearing.hears("message").await;
        let left = hearing.hears("member_left").await;
        assert_eq!((left.data["reason"].as_str(), &left.data["member"]["name"]), (Some(reason), &json!("Ben")));
        assert!(left.id.is_some(), "it is an entry");
        hearing.ends().await;
    }
    for hearing in &mut others {
        let mut names = Vec::new();
        while names.len() < 3 {
            let event = hearing.next().await;
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

#[tokio::test]
async fn a_removed_members_streams_end_and_the_others_go_on() {
    leaves(&World::open().await, "removed", async |ana, _, chat, _| {
        ana.removes(chat, 2).await.is(204);
    })
    .await;
}

#[tokio::test]
async fn a_leaving_members_streams_end_and_the_others_go_on() {
    leaves(&World::open().await, "left", async |_, ben, chat, _| {
        ben.removes(chat, 2).await.is(204);
    })
    .await;
}

#[tokio::test]
async fn an_evicted_members_streams_end_and_the_others_go_on() {
    leaves(&World::open().await, "evicted", async |ana, _, _, link| {
        ana.deletes(&format!("{}?evict=true", link.path)).await.is(204);
    })
    .await;
}

#[tokio::test]
async fn a_removed_member_who_is_far_behind_is_served_up_to_the_removal() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(&world, &ana, &chat, "Ben").await;
    let path = format!("{}/events", chat.path);
    let mut slow = Ear::open_narrow(world.address, &path, ben.credential.as_deref()).await;
    assert_eq!(slow.hears().await.unwrap().name, "hello");
    for _ in 0..400 {
        ana.says(&chat, &"x".repeat(8_192)).await;
    }
    ana.removes(&chat, 2).await.is(204);
    ana.says(&chat, "He is gone").await;
    for seq in 3..403 {
        let heard = slow.hears().await.unwrap();
        assert_eq!((heard.name.as_str(), heard.id.unwrap().ends_with(&format!("-{seq}"))), ("message", true));
    }
    assert_eq!(slow.hears().await.unwrap().name, "member_left");
    assert_eq!(slow.hears().await, None);
}

#[tokio::test]
async fn closing_an_open_door_ends_the_streams_of_visitors_alone() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_an_open_chat().await;
    let (ben, _) = comes_in(&world, &ana, &chat, "Ben").await;
    let visitor = world.person();
    let mut visitors = [visitor.follows(&chat).await, visitor.follows(&chat).await];
    let mut members = [ana.follows(&chat).await, ben.follows(&chat).await];
    ana.patches(&chat.path, json!({"title": "Not closed yet"})).await.is(200);
    ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200);
    ana.says(&chat, "Among ourselves").await;
    for hearing in &mut visitors {
        assert_eq!(hearing.hears("chat_updated").await.data["chat"]["admission"], "open");
        assert_eq!(hearing.hears("chat_updated").await.data["chat"]["admission"], "knock");
        hearing.ends().await;
    }
    for hearing in &mut members {
        assert_eq!(next_but_joins(hearing).await.name, "chat_updated");
        assert_eq!(next_but_joins(hearing).await.data["chat"]["admission"], "knock");
        assert_eq!(next_but_joins(hearing).await.data["text"], "Among ourselves");
    }
    is_out(&visitor, &chat).await;
}

#[tokio::test]
async fn a_visitor_who_replays_an_old_closing_of_the_door_is_not_ended_by_it() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_an_open_chat().await;
    for admission in ["knock", "open", "knock", "open"] {
        ana.patches(&chat.path, json!({"admission": admission})).await.is(200);
    }
    let visitor = world.person();
    let mut hearing = visitor.hears(&format!("{}/events?after=0", chat.path)).await;
    assert_eq!(hearing.hears("member_joined").await.data["seq"], 1);
    for admission in ["knock", "open", "knock", "open"] {
        assert_eq!(hearing.hears("chat_updated").await.data["chat"]["admission"], admission);
    }
    ana.says(&chat, "Welcome back").await;
    hearing.hears("message").await;
    ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200);
    hearing.hears("chat_updated").await;
    hearing.ends().await;
}

#[tokio::test]
async fn nothing_of_a_chat_outlives_a_restart_in_memory() {
    let (before, after) = (World::open().await, World::open().await);
    let mut ana = before.person();
    let chat = ana.creates_a_chat().await;
    let mut hearing = ana.follows(&chat).await;
    ana.says(&chat, "Remember me").await;
    let cursor = hearing.hears("message").await.id.unwrap();
    let again = after.person().showing(&chat.author);
    is_out(&again, &chat).await;
    is_out(&again.nobody(), &chat).await;
    let resuming = again.request(Method::GET, &format!("{}/events", chat.path)).header("Last-Event-ID", cursor);
    again.sends(resuming).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn what_comes_after_the_good_bye_is_refused_and_what_came_before_it_was_heard() {
    let mut world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let mut hearing = ana.follows(&chat).await;
    let (text, lines) = (r#"{"text": "late"}"#, [("Content-Type", "application/json"), ("Content-Length", "16")]);
    let mut late = Wire::to(world.address).await;
    assert!(late.sends(head("POST", &chat.path, Some(&chat.author), &lines) + &text[..8]).await);
    let seq = ana.says(&chat, "in time").await;
    world.shutdown.press();
    assert_eq!(hearing.next().await.data["seq"], json!(seq));
    hearing.hears("bye").await;
    hearing.ends().await;
    assert!(late.sends(&text[8..]).await);
    let answer = late.answer().await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("shutting_down") && answer.contains("retry-after"), "{answer}");
    world.ends().await;
}

#[tokio::test]
async fn who_sends_more_than_they_ask_still_hears_good_bye_at_the_shutdown() {
    let mut world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_an_open_chat().await;
    let mut wires = Vec::new();
    // Who reads slowly finds the last words still in the kernel, which a reset would take away.
    for _ in 0..20 {
        let mut wire = Wire::to(world.address).await;
        wire.sends(head("GET", &format!("{}/events", chat.path), None, &[])).await;
        while !String::from_utf8_lossy(&wire.reads().await).contains("event: hello") {}
        assert!(wire.sends("GET /healthz HTTP/1.1\r\nHost: a.example\r\n\r\n").await);
        wires.push(wire);
    }
    let hearing = async {
        for mut wire in wires {
            let mut rest = Vec::new();
            within(wire.0.read_to_end(&mut rest)).await.expect("an end, and no reset");
            assert!(String::from_utf8_lossy(&rest).contains("event: bye"));
        }
    };
    tokio::join!(world.ends(), hearing);
}
