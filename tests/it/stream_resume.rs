//! Resuming a stream: cursors, replays, gaps.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Chat, Event, EventStream, Person, StreamPath, TestServer, on_both_paths};

/// Creates a chat with this many messages.
pub(crate) async fn chat_with(server: &TestServer, messages: u64) -> (Person, Chat) {
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for number in 0..messages {
        ana.says(&chat, &format!("Message {number}")).await;
    }
    (ana, chat)
}

/// Returns a member who came in by a link that approves automatically.
pub(crate) async fn member(server: &TestServer, owner: &Person, chat: &Chat) -> Person {
    let link = owner.shares_so(chat, json!({"auto_approve": true})).await;
    let mut ben = server.person();
    ben.knocks(&link, "Ben").await;
    ben
}

/// Returns this many events.
async fn next(stream: &mut EventStream, count: usize) -> Vec<Event> {
    let mut events = Vec::new();
    for _ in 0..count {
        events.push(stream.next().await);
    }
    events
}

fn seqs(events: &[Event]) -> Vec<u64> {
    events.iter().filter_map(|event| event.data["seq"].as_u64()).collect()
}

fn doors(events: &[Event]) -> Vec<u64> {
    events.iter().filter_map(|event| event.data["door"].as_u64()).collect()
}

pub(crate) fn epoch(stream: &EventStream) -> String {
    stream.hello.data["epoch"].as_str().unwrap().to_owned()
}

pub(crate) fn events_of(chat: &Chat, after: &str) -> String {
    format!("{}/events?after={after}", chat.path)
}

/// Fails if anything else is replayed: the next event is a new message.
pub(crate) async fn goes_on(speaker: &Person, chat: &Chat, stream: &mut EventStream) {
    let seq = speaker.says(chat, "Now").await;
    assert_eq!(stream.expect("message").await.data["seq"], json!(seq));
}

async fn a_listener_goes_on_after_the_id_it_shows_in_the_header_or_in_the_query(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat) = chat_with(&server, 5).await;
    let ben = member(&server, &ana, &chat).await;
    let epoch = epoch(&ben.follows(&chat).await);
    let id = format!("{epoch}-4");
    let by_header = ben.follows_from(&chat, &id).await;
    let by_query = ben.hears(&events_of(&chat, &id)).await;
    let by_number = ben.hears(&events_of(&chat, "4")).await;
    let with_door = ben.follows_from(&chat, &format!("{epoch}-4-1")).await;
    let mut open = Vec::new();
    for mut stream in [by_header, by_query, by_number, with_door] {
        assert_eq!(stream.hello.data, json!({"chat_id": chat.id, "epoch": epoch, "head": 7, "resumed": true}));
        let events = next(&mut stream, 3).await;
        assert_eq!(seqs(&events), [5, 6, 7]);
        assert_eq!(events[0].id, Some(format!("{epoch}-5")));
        open.push(stream);
    }
    let seq = ana.says(&chat, "On").await;
    for stream in &mut open {
        assert_eq!(stream.expect("message").await.data["seq"], json!(seq));
    }
}

async fn the_header_wins_over_the_query(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat) = chat_with(&server, 5).await;
    let epoch = epoch(&ana.follows(&chat).await);
    let asks = |header: &str, after: &str| ana.request(Method::GET, &events_of(&chat, after)).header("Last-Event-ID", header.to_owned());
    let mut stream = EventStream::open(asks(&format!("{epoch}-5"), &format!("{epoch}-1"))).await;
    assert_eq!(seqs(&next(&mut stream, 1).await), [6]);
    let mut stream = EventStream::open(asks("garbage", &format!("{epoch}-1"))).await;
    stream.expect("reset").await;
    let mut stream = EventStream::open(asks(&format!("{epoch}-5"), "garbage")).await;
    assert_eq!(seqs(&next(&mut stream, 1).await), [6]);
    let mut stream = EventStream::open(asks("", "5")).await;
    assert_eq!(seqs(&next(&mut stream, 1).await), [6], "an empty header is ignored, as browsers send it");
}

/// As event-source-polyfill reconnects: with the query of its URL, and the last id appended.
async fn the_last_event_in_the_query_stands_for_the_header_and_wins_over_after(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat) = chat_with(&server, 5).await;
    let epoch = epoch(&ana.follows(&chat).await);
    let mut stream = ana.hears(&format!("{}&lastEventId={epoch}-5", events_of(&chat, "0"))).await;
    assert_eq!(stream.hello.data["resumed"], json!(true));
    assert_eq!(seqs(&next(&mut stream, 1).await), [6]);
    goes_on(&ana, &chat, &mut stream).await;
    let mut stream = ana.hears(&format!("{}/events?lastEventId={epoch}-5-0", chat.path)).await;
    assert_eq!(seqs(&next(&mut stream, 2).await), [6, 7]);
    let both = ana.request(Method::GET, &format!("{}/events?lastEventId={epoch}-1", chat.path)).header("Last-Event-ID", format!("{epoch}-6"));
    let mut stream = EventStream::open(both).await;
    assert_eq!(seqs(&next(&mut stream, 1).await), [7], "the header wins");
    let mut stream = ana.hears(&format!("{}&lastEventId=", events_of(&chat, "6"))).await;
    assert_eq!(seqs(&next(&mut stream, 1).await), [7], "an empty one is ignored");
    for nowhere in ["garbage", "5", "ffffffff-5", "%00"] {
        ana.hears(&format!("{}/events?lastEventId={nowhere}", chat.path)).await.expect("reset").await;
    }
    ana.gets(&format!("{}/events?lastEventId={epoch}-5&lastEventId={epoch}-6", chat.path)).await.is_problem(422, "invalid");
}

async fn zero_replays_all_that_the_reader_may_see(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat) = chat_with(&server, 3).await;
    let ben = member(&server, &ana, &chat).await;
    let mut owners = ana.hears(&events_of(&chat, "0")).await;
    assert_eq!(owners.hello.data["resumed"], true);
    let events = next(&mut owners, 7).await;
    assert_eq!((seqs(&events), doors(&events)), (vec![1, 2, 3, 4, 5], vec![1, 2]));
    let mut bens = ben.hears(&events_of(&chat, "0")).await;
    let events = next(&mut bens, 5).await;
    assert_eq!((seqs(&events), doors(&events)), (vec![1, 2, 3, 4, 5], vec![]));
    goes_on(&ana, &chat, &mut bens).await;
    owners.expect("message").await;
}

async fn a_long_past_is_replayed_without_a_hole(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (ana, chat) = chat_with(&server, 0).await;
    for _ in 0..300 {
        ana.says(&chat, &"long ".repeat(200)).await;
    }
    let ben = member(&server, &ana, &chat).await;
    let mut streams = [ana.hears(&events_of(&chat, "0")).await, ben.hears(&events_of(&chat, "0")).await];
    let last = ana.says(&chat, "Now").await;
    for stream in &mut streams {
        let mut heard = Vec::new();
        while heard.last() != Some(&last) {
            heard.extend(stream.next().await.data["seq"].as_u64());
        }
        assert_eq!(heard, (1..=last).collect::<Vec<_>>());
    }
}

async fn an_owners_cursor_without_a_door_number_replays_the_door_from_its_oldest(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--chat-door", "3"])).await;
    let (ana, chat) = chat_with(&server, 2).await;
    for _ in 0..5 {
        ana.shares(&chat).await;
    }
    let epoch = epoch(&ana.follows(&chat).await);
    for after in ["2".to_owned(), format!("{epoch}-2"), "0".to_owned()] {
        let mut stream = ana.hears(&events_of(&chat, &after)).await;
        let said = if after == "0" { vec![1, 2, 3] } else { vec![3] };
        let events = next(&mut stream, said.len() + 3).await;
        assert_eq!((seqs(&events), doors(&events)), (said, vec![3, 4, 5]), "{after}");
        assert_eq!(events.last().unwrap().id, Some(format!("{epoch}-3-5")));
    }
}

async fn an_owner_goes_on_in_both_logs(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, chat) = chat_with(&server, 3).await;
    for _ in 0..3 {
        ana.shares(&chat).await;
    }
    let epoch = epoch(&ana.follows(&chat).await);
    let mut stream = ana.follows_from(&chat, &format!("{epoch}-3-2")).await;
    assert_eq!(stream.hello.data, json!({"chat_id": chat.id, "epoch": epoch, "head": 4, "door": 3, "resumed": true}));
    let events = next(&mut stream, 2).await;
    assert_eq!((seqs(&events), doors(&events)), (vec![4], vec![3]));
    goes_on(&ana, &chat, &mut stream).await;
}

async fn who_comes_too_late_to_the_door_is_told_what_is_missing(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--chat-door", "3"])).await;
    let (ana, chat) = chat_with(&server, 1).await;
    for _ in 0..8 {
        ana.shares(&chat).await;
    }
    let epoch = epoch(&ana.follows(&chat).await);
    for (seq, door, missing) in [(2, 0, Some((1, 5))), (3, 2, Some((3, 5))), (4, 4, Some((5, 5))), (5, 5, None), (6, 7, None)] {
        let mut stream = ana.follows_from(&chat, &format!("{epoch}-{seq}-{door}")).await;
        if let Some((from, to)) = missing {
            let gap = stream.expect("gap").await;
            assert_eq!((gap.data, gap.id), (json!({"chat_id": chat.id, "log": "door", "from": from, "to": to}), None));
        }
        let kept: Vec<u64> = (door.max(5) + 1..=8).collect();
        assert_eq!(doors(&next(&mut stream, kept.len()).await), kept);
        goes_on(&ana, &chat, &mut stream).await;
    }
}

async fn the_owner_who_comes_late_finds_every_knock_that_waits(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--chat-door", "2"])).await;
    let (ana, chat) = chat_with(&server, 0).await;
    let link = ana.shares(&chat).await;
    let mut names = Vec::new();
    for number in 0..5 {
        let name = format!("Guest {number}");
        server.person().knocks(&link, &name).await;
        names.push(name);
    }
    let stream = ana.follows(&chat).await;
    assert_eq!(stream.hello.data["door"], 6, "the owner learns that a guest knocked");
    let listed = ana.gets(&format!("{}/knocks?status=pending", chat.path)).await.is(200).json;
    let listed: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|knock| &knock["name"]).collect();
    assert_eq!(listed, names.iter().map(|name| json!(name)).collect::<Vec<_>>().iter().collect::<Vec<_>>());
}

async fn a_member_who_reads_since_joining_is_replayed_nothing_from_before(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"history": "since_join"})).await;
    for number in 0..5 {
        ana.says(&chat, &format!("Secret {number}")).await;
    }
    let ben = member(&server, &ana, &chat).await;
    ana.says(&chat, "Welcome").await;
    let epoch = epoch(&ben.follows(&chat).await);
    for after in ["0".to_owned(), "3".to_owned(), format!("{epoch}-0"), format!("{epoch}-6")] {
        let mut stream = ben.hears(&events_of(&chat, &after)).await;
        assert_eq!(stream.hello.data["resumed"], true);
        let events = next(&mut stream, 2).await;
        assert_eq!((seqs(&events), events[0].name.as_str()), (vec![7, 8], "member_joined"), "{after}");
    }
    let mut later = ben.hears(&events_of(&chat, "7")).await;
    assert_eq!(seqs(&next(&mut later, 1).await), [8]);
}

on_both_paths!(
    a_listener_goes_on_after_the_id_it_shows_in_the_header_or_in_the_query,
    the_header_wins_over_the_query,
    the_last_event_in_the_query_stands_for_the_header_and_wins_over_after,
    zero_replays_all_that_the_reader_may_see,
    a_long_past_is_replayed_without_a_hole,
    an_owners_cursor_without_a_door_number_replays_the_door_from_its_oldest,
    an_owner_goes_on_in_both_logs,
    who_comes_too_late_to_the_door_is_told_what_is_missing,
    the_owner_who_comes_late_finds_every_knock_that_waits,
    a_member_who_reads_since_joining_is_replayed_nothing_from_before,
);
