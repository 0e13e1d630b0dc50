//! Going on where one left off: cursors, replays, resets, gaps.

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use crate::world::{Chat, Event, Hearing, Person, World};

/// A chat with its owner, in which so many messages were said.
async fn chat_with(world: &World, messages: u64) -> (Person, Chat) {
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    for number in 0..messages {
        ana.says(&chat, &format!("Message {number}")).await;
    }
    (ana, chat)
}

/// Somebody who came in by a link that asks nobody.
async fn member(world: &World, owner: &Person, chat: &Chat) -> Person {
    let link = owner.shares_so(chat, json!({"auto_approve": true})).await;
    let mut ben = world.person();
    ben.knocks(&link, "Ben").await;
    ben
}

/// So many events.
async fn next(hearing: &mut Hearing, count: usize) -> Vec<Event> {
    let mut events = Vec::new();
    for _ in 0..count {
        events.push(hearing.next().await);
    }
    events
}

fn seqs(events: &[Event]) -> Vec<u64> {
    events.iter().filter_map(|event| event.data["seq"].as_u64()).collect()
}

fn doors(events: &[Event]) -> Vec<u64> {
    events.iter().filter_map(|event| event.data["door"].as_u64()).collect()
}

fn epoch(hearing: &Hearing) -> String {
    hearing.hello.data["epoch"].as_str().unwrap().to_owned()
}

fn events_of(chat: &Chat, after: &str) -> String {
    format!("{}/events?after={after}", chat.path)
}

/// Nothing else was to be replayed: what is said now comes next.
async fn goes_on(speaker: &Person, chat: &Chat, hearing: &mut Hearing) {
    let seq = speaker.says(chat, "Now").await;
    assert_eq!(hearing.hears("message").await.data["seq"], json!(seq));
}

#[tokio::test]
async fn a_listener_goes_on_after_the_id_it_shows_in_the_header_or_in_the_query() {
    let world = World::open().await;
    let (ana, chat) = chat_with(&world, 5).await;
    let ben = member(&world, &ana, &chat).await;
    let epoch = epoch(&ben.follows(&chat).await);
    let id = format!("{epoch}-4");
    let by_header = ben.follows_from(&chat, &id).await;
    let by_query = ben.hears(&events_of(&chat, &id)).await;
    let by_number = ben.hears(&events_of(&chat, "4")).await;
    let with_door = ben.follows_from(&chat, &format!("{epoch}-4-1")).await;
    let mut open = Vec::new();
    for mut hearing in [by_header, by_query, by_number, with_door] {
        assert_eq!(hearing.hello.data, json!({"epoch": epoch, "head": 7, "resumed": true}));
        let events = next(&mut hearing, 3).await;
        assert_eq!(seqs(&events), [5, 6, 7]);
        assert_eq!(events[0].id, Some(format!("{epoch}-5")));
        open.push(hearing);
    }
    let seq = ana.says(&chat, "On").await;
    for hearing in &mut open {
        assert_eq!(hearing.hears("message").await.data["seq"], json!(seq));
    }
}

#[tokio::test]
async fn the_header_wins_over_the_query() {
    let world = World::open().await;
    let (ana, chat) = chat_with(&world, 5).await;
    let epoch = epoch(&ana.follows(&chat).await);
    let asks = |header: &str, after: &str| ana.request(Method::GET, &events_of(&chat, after)).header("Last-Event-ID", header.to_owned());
    let mut hearing = Hearing::open(asks(&format!("{epoch}-5"), &format!("{epoch}-1"))).await;
    assert_eq!(seqs(&next(&mut hearing, 1).await), [6]);
    let mut hearing = Hearing::open(asks("garbage", &format!("{epoch}-1"))).await;
    hearing.hears("reset").await;
    let mut hearing = Hearing::open(asks(&format!("{epoch}-5"), "garbage")).await;
    assert_eq!(seqs(&next(&mut hearing, 1).await), [6]);
    let mut hearing = Hearing::open(asks("", "5")).await;
    assert_eq!(seqs(&next(&mut hearing, 1).await), [6], "an empty header says nothing, as browsers have it");
}

/// As event-source-polyfill comes back: with the query of its URL, and the last id behind it.
#[tokio::test]
async fn the_last_event_in_the_query_stands_for_the_header_and_wins_over_after() {
    let world = World::open().await;
    let (ana, chat) = chat_with(&world, 5).await;
    let epoch = epoch(&ana.follows(&chat).await);
    let mut hearing = ana.hears(&format!("{}&lastEventId={epoch}-5", events_of(&chat, "0"))).await;
    assert_eq!(hearing.hello.data["resumed"], json!(true));
    assert_eq!(seqs(&next(&mut hearing, 1).await), [6]);
    goes_on(&ana, &chat, &mut hearing).await;
    let mut hearing = ana.hears(&format!("{}/events?lastEventId={epoch}-5-0", chat.path)).await;
    assert_eq!(seqs(&next(&mut hearing, 2).await), [6, 7]);
    let both = ana.request(Method::GET, &format!("{}/events?lastEventId={epoch}-1", chat.path)).header("Last-Event-ID", format!("{epoch}-6"));
    let mut hearing = Hearing::open(both).await;
    assert_eq!(seqs(&next(&mut hearing, 1).await), [7], "the header wins");
    let mut hearing = ana.hears(&format!("{}&lastEventId=", events_of(&chat, "6"))).await;
    assert_eq!(seqs(&next(&mut hearing, 1).await), [7], "an empty one says nothing");
    for nowhere in ["garbage", "5", "ffffffff-5", "%00"] {
        ana.hears(&format!("{}/events?lastEventId={nowhere}", chat.path)).await.hears("reset").await;
    }
    ana.gets(&format!("{}/events?lastEventId={epoch}-5&lastEventId={epoch}-6", chat.path)).await.is_problem(422, "invalid");
}

#[tokio::test]
async fn zero_replays_all_that_the_reader_may_see() {
    let world = World::open().await;
    let (ana, chat) = chat_with(&world, 3).await;
    let ben = member(&world, &ana, &chat).await;
    let mut owners = ana.hears(&events_of(&chat, "0")).await;
    assert_eq!(owners.hello.data["resumed"], true);
    let events = next(&mut owners, 7).await;
    assert_eq!((seqs(&events), doors(&events)), (vec![1, 2, 3, 4, 5], vec![1, 2]));
    let mut bens = ben.hears(&events_of(&chat, "0")).await;
    let events = next(&mut bens, 5).await;
    assert_eq!((seqs(&events), doors(&events)), (vec![1, 2, 3, 4, 5], vec![]));
    goes_on(&ana, &chat, &mut bens).await;
    owners.hears("message").await;
}

#[tokio::test]
async fn a_long_past_is_replayed_without_a_hole() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let (ana, chat) = chat_with(&world, 0).await;
    for _ in 0..300 {
        ana.says(&chat, &"long ".repeat(200)).await;
    }
    let ben = member(&world, &ana, &chat).await;
    let mut hearings = [ana.hears(&events_of(&chat, "0")).await, ben.hears(&events_of(&chat, "0")).await];
    let last = ana.says(&chat, "Now").await;
    for hearing in &mut hearings {
        let mut heard = Vec::new();
        while heard.last() != Some(&last) {
            heard.extend(hearing.next().await.data["seq"].as_u64());
        }
        assert_eq!(heard, (1..=last).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn an_owners_cursor_without_a_door_number_replays_the_door_from_its_oldest() {
    let world = World::with(&["--chat-door", "3"]).await;
    let (ana, chat) = chat_with(&world, 2).await;
    for _ in 0..5 {
        ana.shares(&chat).await;
    }
    let epoch = epoch(&ana.follows(&chat).await);
    for after in ["2".to_owned(), format!("{epoch}-2"), "0".to_owned()] {
        let mut hearing = ana.hears(&events_of(&chat, &after)).await;
        let said = if after == "0" { vec![1, 2, 3] } else { vec![3] };
        let events = next(&mut hearing, said.len() + 3).await;
        assert_eq!((seqs(&events), doors(&events)), (said, vec![3, 4, 5]), "{after}");
        assert_eq!(events.last().unwrap().id, Some(format!("{epoch}-3-5")));
    }
}

#[tokio::test]
async fn an_owner_goes_on_in_both_logs() {
    let world = World::open().await;
    let (ana, chat) = chat_with(&world, 3).await;
    for _ in 0..3 {
        ana.shares(&chat).await;
    }
    let epoch = epoch(&ana.follows(&chat).await);
    let mut hearing = ana.follows_from(&chat, &format!("{epoch}-3-2")).await;
    assert_eq!(hearing.hello.data, json!({"epoch": epoch, "head": 4, "door": 3, "resumed": true}));
    let events = next(&mut hearing, 2).await;
    assert_eq!((seqs(&events), doors(&events)), (vec![4], vec![3]));
    goes_on(&ana, &chat, &mut hearing).await;
}

#[tokio::test]
async fn who_comes_too_late_to_the_door_is_told_what_is_missing() {
    let world = World::with(&["--chat-door", "3"]).await;
    let (ana, chat) = chat_with(&world, 1).await;
    for _ in 0..8 {
        ana.shares(&chat).await;
    }
    let epoch = epoch(&ana.follows(&chat).await);
    for (seq, door, missing) in [(2, 0, Some((1, 5))), (3, 2, Some((3, 5))), (4, 4, Some((5, 5))), (5, 5, None), (6, 7, None)] {
        let mut hearing = ana.follows_from(&chat, &format!("{epoch}-{seq}-{door}")).await;
        if let Some((from, to)) = missing {
            let gap = hearing.hears("gap").await;
            assert_eq!((gap.data, gap.id), (json!({"log": "door", "from": from, "to": to}), None));
        }
        let kept: Vec<u64> = (door.max(5) + 1..=8).collect();
        assert_eq!(doors(&next(&mut hearing, kept.len()).await), kept);
        goes_on(&ana, &chat, &mut hearing).await;
    }
}

#[tokio::test]
async fn the_owner_who_comes_late_finds_every_knock_that_waits() {
    let world = World::with(&["--chat-door", "2"]).await;
    let (ana, chat) = chat_with(&world, 0).await;
    let link = ana.shares(&chat).await;
    let mut names = Vec::new();
    for number in 0..5 {
        let name = format!("Guest {number}");
        world.person().knocks(&link, &name).await;
        names.push(name);
    }
    let hearing = ana.follows(&chat).await;
    assert_eq!(hearing.hello.data["door"], 6, "so the owner knows that somebody was at the door");
    let listed = ana.gets(&format!("{}/knocks?status=pending", chat.path)).await.is(200).json;
    let listed: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|knock| &knock["name"]).collect();
    assert_eq!(listed, names.iter().map(|name| json!(name)).collect::<Vec<_>>().iter().collect::<Vec<_>>());
}

/// Cursors that lead nowhere, in a chat of this epoch and with the epoch of another.
fn nowhere(epoch: &str, another: &str) -> Vec<String> {
    let numbers = ["6", "9223372036854775808", "18446744073709551615", "18446744073709551616", "-1", "", "1-", "1-2-3"];
    let bare = ["-1", "9223372036854775808", "18446744073709551616", "99999999-1", "decided", "garbage", "%FF%FE"];
    let of_this = numbers.iter().map(|number| format!("{epoch}-{number}"));
    of_this.chain(bare.map(str::to_owned)).chain([format!("{another}-1"), "9".repeat(1_900)]).collect()
}

#[tokio::test]
async fn a_cursor_that_leads_nowhere_is_reset_to_the_head() {
    let world = World::open().await;
    let (ana, chat) = chat_with(&world, 3).await;
    let ben = member(&world, &ana, &chat).await;
    let (_, other) = chat_with(&world, 9).await;
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
    is_reset(&epoch, "not UTF-8", Hearing::open(asks(&ben, &chat).header("Last-Event-ID", broken)).await).await;
    let twice = asks(&ben, &chat).header("Last-Event-ID", format!("{epoch}-1")).header("Last-Event-ID", format!("{epoch}-1"));
    is_reset(&epoch, "sent twice", Hearing::open(twice).await).await;
    let mut hearing = ben.follows_from(&chat, "garbage").await;
    hearing.hears("reset").await;
    goes_on(&ana, &chat, &mut hearing).await;
}

#[tokio::test]
async fn an_owners_cursor_ahead_of_the_door_is_reset_too() {
    let world = World::open().await;
    let (ana, chat) = chat_with(&world, 1).await;
    ana.shares(&chat).await;
    let epoch = epoch(&ana.follows(&chat).await);
    let mut hearings = Vec::new();
    for door in ["2", "9223372036854775808", "18446744073709551616", "x", "-1", ""] {
        let mut hearing = ana.follows_from(&chat, &format!("{epoch}-1-{door}")).await;
        assert_eq!(hearing.hello.data["resumed"], false, "{door}");
        assert_eq!(hearing.hears("reset").await.data, json!({"epoch": epoch, "head": 2, "door": 1}), "{door}");
        hearings.push(hearing);
    }
    ana.shares(&chat).await;
    for hearing in &mut hearings {
        assert_eq!(hearing.hears("link_created").await.data["door"], 2, "it goes on from the head of both logs");
    }
}

#[tokio::test]
async fn a_member_who_reads_since_joining_is_replayed_nothing_from_before() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates(json!({"history": "since_join"})).await;
    for number in 0..5 {
        ana.says(&chat, &format!("Secret {number}")).await;
    }
    let ben = member(&world, &ana, &chat).await;
    ana.says(&chat, "Welcome").await;
    let epoch = epoch(&ben.follows(&chat).await);
    for after in ["0".to_owned(), "3".to_owned(), format!("{epoch}-0"), format!("{epoch}-6")] {
        let mut hearing = ben.hears(&events_of(&chat, &after)).await;
        assert_eq!(hearing.hello.data["resumed"], true);
        let events = next(&mut hearing, 2).await;
        assert_eq!((seqs(&events), events[0].name.as_str()), (vec![7, 8], "member_joined"), "{after}");
    }
    let mut later = ben.hears(&events_of(&chat, "7")).await;
    assert_eq!(seqs(&next(&mut later, 1).await), [8]);
}

fn asks(person: &Person, chat: &Chat) -> reqwest::RequestBuilder {
    person.request(Method::GET, &format!("{}/events", chat.path))
}

async fn epoch_of(person: &Person, chat: &Chat) -> String {
    epoch(&person.follows(chat).await)
}

async fn is_reset(epoch: &str, cursor: &str, mut hearing: Hearing) {
    assert_eq!(hearing.hello.data["resumed"], false, "{cursor}");
    let reset = hearing.hears("reset").await;
    assert_eq!((reset.data, reset.id), (json!({"epoch": epoch, "head": 5}), None), "{cursor}");
}
