//! Listeners on a bare connection: how it goes on after a stream, when they leave, when they are slow, when they are many.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Chat, Ear, Person, Program, Wire, World, head, seconds, within};

/// Waits until so many streams are open.
async fn until_open(world: &World, streams: u64) {
    let mut looks = tokio::time::interval(Duration::from_millis(5));
    let counted = async {
        while world.service.figures().streams() != streams {
            looks.tick().await;
        }
    };
    within(counted).await;
}

async fn a_chat(world: &World) -> (Person, Person, Chat) {
    let (mut ana, mut ben) = (world.person(), world.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    ben.knocks(&link, "Ben").await;
    (ana, ben, chat)
}

fn events(chat: &Chat, who: &Person) -> String {
    head("GET", &format!("{}/events", chat.path), who.credential.as_deref(), &[])
}

/// Reads up to where a body in chunks ends.
async fn up_to_the_end(wire: &mut Wire) -> String {
    let mut text = String::new();
    while !text.ends_with("\r\n0\r\n\r\n") {
        let more = wire.reads().await;
        assert!(!more.is_empty(), "cut after {text:?}");
        text.push_str(std::str::from_utf8(&more).unwrap());
    }
    text
}

#[tokio::test]
async fn a_connection_goes_on_after_its_stream() {
    let world = World::open().await;
    let (ana, ben, chat) = a_chat(&world).await;
    for who in [&ana, &ben] {
        let other = world.person().creates_a_chat().await;
        let mut wire = Wire::to(world.address).await;
        let (mut dan, mut eve) = (world.person(), world.person());
        let open = dan.creates_an_open_chat().await;
        assert!(wire.sends(events(&open, &dan)).await);
        assert!(String::from_utf8_lossy(&wire.reads().await).contains("event: hello"));
        dan.deletes(&open.path).await.is(204);
        assert!(up_to_the_end(&mut wire).await.contains("event: chat_closed"));
        assert!(wire.sends(head("GET", &other.path, None, &[])).await);
        assert!(wire.answer().await.starts_with("HTTP/1.1 404 "));
        assert!(wire.sends(events(&chat, who)).await, "even with another stream");
        assert!(String::from_utf8_lossy(&wire.reads().await).contains("event: hello"));
        eve.creates_a_chat().await;
    }
}

#[tokio::test]
async fn a_connection_whose_stream_has_ended_is_kept_for_75_seconds() {
    let world = World::open().await;
    let (ana, ben, chat) = a_chat(&world).await;
    let mut wire = Wire::to(world.address).await;
    wire.sends(events(&chat, &ben)).await;
    assert!(String::from_utf8_lossy(&wire.reads().await).contains("event: hello"));
    ana.removes(&chat, 2).await.is(204);
    assert!(up_to_the_end(&mut wire).await.contains("event: member_left"));
    wire.sends(head("GET", "/healthz", None, &[])).await;
    wire.answer().await;
    world.clock.advance(seconds(74));
    world.person().gets("/healthz").await.is(200);
    assert!(wire.is_quiet());
    world.clock.advance(seconds(1));
    assert_eq!(wire.rest().await, b"");
}

#[tokio::test]
async fn a_request_that_came_behind_that_for_a_stream_is_answered_after_it() {
    let world = World::open().await;
    let (ana, ben, chat) = a_chat(&world).await;
    for pause in [false, true] {
        let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
        let mut dan = world.person();
        dan.knocks(&link, "Dan").await;
        let mut wire = Wire::to(world.address).await;
        let (first, second) = (events(&chat, &dan), head("GET", &chat.path, ben.credential.as_deref(), &[("Connection", "close")]));
        let mut text = String::new();
        if pause {
            wire.sends(first).await;
            text.push_str(&String::from_utf8_lossy(&wire.reads().await));
            wire.sends(second).await;
        } else {
            wire.sends(first + &second).await;
        }
        until_open(&world, 1).await;
        let me = dan.gets(&chat.path).await.is(200).json["chat"]["me"]["id"].as_u64().unwrap();
        ana.removes(&chat, me).await.is(204);
        text.push_str(&String::from_utf8(wire.rest().await).unwrap());
        let (stream, after) = text.split_once("\r\n0\r\n\r\n").unwrap();
        assert!(stream.contains("event: hello") && stream.contains("event: member_left") && after.starts_with("HTTP/1.1 200 "), "{text}");
        until_open(&world, 0).await;
    }
}

#[tokio::test]
async fn whoever_leaves_is_noticed_without_a_word() {
    let world = World::open().await;
    let (ana, ben, chat) = a_chat(&world).await;
    let mut wires = Vec::new();
    for who in [&ana, &ben] {
        for _ in 0..10 {
            let mut wire = Wire::to(world.address).await;
            wire.sends(events(&chat, who)).await;
            assert!(!wire.reads().await.is_empty());
            wires.push(wire);
        }
    }
    until_open(&world, 20).await;
    wires.truncate(5);
    until_open(&world, 5).await;
    drop(wires);
    until_open(&world, 0).await;
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_opens_a_stream_or_is_cut() {
    let world = World::open().await;
    let (_, ben, chat) = a_chat(&world).await;
    let mut wire = Wire::to(world.address).await;
    for byte in events(&chat, &ben).bytes() {
        wire.sends([byte]).await;
        tokio::task::yield_now().await;
    }
    assert!(String::from_utf8_lossy(&wire.reads().await).contains("event: hello"));
    let whole = events(&chat, &ben);
    for length in [1, 9, 20, whole.len() - 1] {
        let mut part = Wire::to(world.address).await;
        part.sends(&whole[..length]).await;
        world.person().gets("/healthz").await.is(200);
        world.clock.advance(Duration::from_millis(4_900));
        world.person().gets("/healthz").await.is(200);
        assert!(part.is_quiet(), "not before its time");
        world.clock.advance(Duration::from_millis(100));
        assert_eq!(part.rest().await, b"", "after {length} bytes");
    }
}

#[tokio::test]
async fn a_slow_reader_gets_every_byte_in_order() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let (ana, ben, chat) = a_chat(&world).await;
    let path = format!("{}/events", chat.path);
    for who in [&ana, &ben] {
        let mut slow = Ear::open_narrow(world.address, &path, who.credential.as_deref()).await;
        assert_eq!(slow.hears().await.unwrap().name, "hello");
        let mut said = Vec::new();
        for number in 0..60 {
            let text = format!("{number} {}", "y".repeat(8_000));
            said.push((ana.says(&chat, &text).await, text));
        }
        for (seq, text) in said {
            let data: Value = serde_json::from_str(&slow.hears().await.unwrap().data).unwrap();
            assert_eq!((&data["seq"], &data["text"]), (&json!(seq), &json!(text)));
        }
    }
}

#[tokio::test]
async fn whoever_takes_in_nothing_for_half_a_minute_is_cut_and_no_earlier() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let (ana, ben, chat) = a_chat(&world).await;
    let path = format!("{}/events", chat.path);
    for who in [&ana, &ben] {
        let mut stuck = Ear::open_narrow(world.address, &path, who.credential.as_deref()).await;
        assert_eq!(stuck.hears().await.unwrap().name, "hello");
        let mut last = 0;
        for _ in 0..40 {
            last = ana.says(&chat, &"z".repeat(8_000)).await;
        }
        world.clock.advance(Duration::from_millis(29_900));
        world.person().gets("/healthz").await.is(200);
        assert_eq!(world.service.figures().streams(), 1, "not before its time");
        world.clock.advance(Duration::from_millis(200));
        until_open(&world, 0).await;
        let mut heard = 0;
        while let Some(event) = stuck.hears().await {
            heard += 1;
            assert!(event.name == "message" && event.id.unwrap().split('-').nth(1).unwrap().parse::<u64>().unwrap() < last);
        }
        assert!(heard < 40, "what it did not take in is gone");
    }
}

#[tokio::test]
async fn a_stuck_reader_who_reads_on_in_time_misses_nothing_and_hears_that_the_stream_lives() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let (ana, ben, chat) = a_chat(&world).await;
    let path = format!("{}/events", chat.path);
    let mut stuck = Ear::open_narrow(world.address, &path, ben.credential.as_deref()).await;
    assert_eq!(stuck.hears().await.unwrap().name, "hello");
    for _ in 0..40 {
        ana.says(&chat, &"z".repeat(8_000)).await;
    }
    world.clock.advance(seconds(20));
    for _ in 0..40 {
        assert_eq!(stuck.hears().await.unwrap().name, "message");
    }
    assert_eq!(stuck.hears().await.unwrap().name, "heartbeat");
    world.clock.advance(seconds(15));
    assert_eq!(stuck.hears().await.unwrap().name, "heartbeat");
    world.clock.advance(seconds(15));
    assert_eq!(stuck.hears().await.unwrap().name, "heartbeat", "it was not taken for stuck");
}

#[tokio::test]
async fn whoever_was_stuck_while_all_others_left_hears_what_follows() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let (ana, ben, chat) = a_chat(&world).await;
    let path = format!("{}/events", chat.path);
    let (mut stuck, mut others) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        stuck.push(Ear::open_narrow(world.address, &path, ben.credential.as_deref()).await);
    }
    for _ in 0..4 {
        others.push(Ear::open(world.address, &path, ben.credential.as_deref(), None).await);
    }
    for ear in stuck.iter_mut().chain(&mut others) {
        assert_eq!(ear.hears().await.unwrap().name, "hello");
    }
    for _ in 0..40 {
        ana.says(&chat, &"z".repeat(8_000)).await;
    }
    drop(others);
    until_open(&world, 4).await;
    for ear in &mut stuck {
        for _ in 0..40 {
            assert_eq!(ear.hears().await.unwrap().name, "message");
        }
    }
    for text in ["after", "and on"] {
        ana.says(&chat, text).await;
        for ear in &mut stuck {
            let data: Value = serde_json::from_str(&ear.hears().await.unwrap().data).unwrap();
            assert_eq!(data["text"], text);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_a_large_room_hear_everything_while_some_leave() {
    const CROWD: usize = 600;
    let world = World::with(&["--rate-factor", "0"]).await;
    let (ana, ben, chat) = a_chat(&world).await;
    let path = format!("{}/events", chat.path);
    let mut ears = Vec::new();
    for _ in 0..CROWD {
        let mut ear = Ear::open(world.address, &path, ben.credential.as_deref(), None).await;
        assert_eq!(ear.hears().await.unwrap().name, "hello");
        ears.push(ear);
    }
    for round in 0..20 {
        let said = ana.says(&chat, &format!("Round {round}")).await;
        // They leave while the message goes round.
        ears.retain({
            let mut number = 0;
            move |_| {
                number += 1;
                (number + round) % 29 != 0
            }
        });
        for ear in &mut ears {
            let data: Value = serde_json::from_str(&ear.hears().await.unwrap().data).unwrap();
            assert_eq!(data["seq"], json!(said));
        }
    }
    assert!(ears.len() > CROWD / 4, "{} are left", ears.len());
    until_open(&world, ears.len() as u64).await;
}

#[tokio::test]
async fn no_request_is_put_to_the_router_twice() {
    let program = Program::starts(&["--admin-listen", "127.0.0.1:0"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    for (credential, status) in [(ana.credential.as_deref(), "200"), (None, "404")] {
        let mut wire = Wire::to(program.address).await;
        wire.sends(head("GET", &format!("{}/events", chat.path), credential, &[])).await;
        assert!(String::from_utf8_lossy(&wire.reads().await).starts_with(&format!("HTTP/1.1 {status} ")));
    }
    let numbers = program.runner().gets("/metrics").await.is(200).text;
    for class in ["2xx", "4xx"] {
        let line = format!("parlor_request_seconds_count{{route=\"/v1/chats/{{chat_id}}/events\",class=\"{class}\"}} 1");
        assert!(numbers.lines().any(|told| told == line), "{line} is not in {numbers}");
    }
}
