//! Buses, reliable and faulty: the worst effect on a listener is delay.

use std::sync::Arc;

use parlor::hub::Hub;
use parlor::hub::bus::Bus;
use serde_json::json;
use tokio::task::JoinSet;

use crate::faulty_bus::{
    doing_all_of_it, doubling, in_process, losing_all, losing_two_of_three, ringing_backwards, ringing_without_entries, swapping,
};
use crate::support::{Chat, Event, EventStream, Link, Person, StreamPath, TestServer, seconds};

/// A listener that checks the sequence numbers it receives.
struct Listener {
    stream: EventStream,
    seq: u64,
    door: Option<u64>,
}

impl Listener {
    /// Follows from the position that the stream announces.
    fn new(stream: EventStream) -> Self {
        let (seq, door) = (stream.hello.data["head"].as_u64().unwrap(), stream.hello.data["door"].as_u64());
        Self { stream, seq, door }
    }

    /// Follows from the first entry.
    async fn from_the_beginning(person: &Person, chat: &Chat) -> Self {
        let stream = person.hears(&format!("{}/events?after=0", chat.path)).await;
        let door = stream.hello.data["door"].as_u64().map(|_| 0);
        Self { stream, seq: 0, door }
    }

    /// Accepts an entry, which must be the next one of its log.
    fn takes(&mut self, event: &Event) {
        let id = event.id.as_deref().unwrap_or_else(|| panic!("{event:?} is no entry"));
        match (event.data["seq"].as_u64(), event.data["door"].as_u64()) {
            (Some(seq), None) => {
                assert_eq!(seq, self.seq + 1, "{event:?}");
                self.seq = seq;
            }
            (None, Some(door)) => {
                assert_eq!(Some(door), self.door.map(|last| last + 1), "{event:?}");
                self.door = Some(door);
            }
            _ => panic!("{event:?} does not belong to a log"),
        }
        let position: Vec<u64> = id.split('-').skip(1).map(|part| part.parse().unwrap()).collect();
        assert_eq!(position, std::iter::once(self.seq).chain(self.door).collect::<Vec<_>>(), "{event:?}");
    }

    /// Receives every entry up to these heads, in order, each once.
    async fn catches_up(&mut self, seq: u64, door: u64) {
        while self.seq < seq || self.door.is_some_and(|at| at < door) {
            let event = self.stream.next().await;
            self.takes(&event);
        }
        assert_eq!((self.seq, self.door.unwrap_or(door)), (seq, door), "an entry beyond the heads");
    }

    /// Receives further entries, then the event that the chat has ended, then the end.
    async fn hears_the_end(&mut self, reason: &str) {
        loop {
            let event = self.stream.next().await;
            if event.name == "chat_closed" {
                assert_eq!(event.data["reason"], reason);
                return self.stream.expect_end().await;
            }
            self.takes(&event);
        }
    }

    /// Receives further entries, of which the last has this name, then the end.
    async fn ends_with(&mut self, name: &str) {
        let mut last = None;
        while let Some(event) = self.stream.next_or_end().await {
            self.takes(&event);
            last = Some(event.name);
        }
        assert_eq!(last.as_deref(), Some(name));
    }
}

/// Creates a chat with its owner and one member.
async fn two_people(server: &TestServer) -> (Person, Person, Chat, Link) {
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    ana.lets_in(&link, &knock).await;
    (ana, ben, chat, link)
}

async fn who_is_behind_moves_once_the_audit_has_run(server: TestServer) {
    let (ana, ben, chat, link) = two_people(&server).await;
    let (mut anas, mut bens) = (Listener::new(ana.follows(&chat).await), Listener::new(ben.follows(&chat).await));
    assert_eq!((anas.seq, anas.door), (2, Some(3)));
    let mut door = 3;
    for round in 0..4 {
        ana.says(&chat, "One").await;
        server.person().knocks(&link, &format!("Guest {round}")).await;
        ben.says(&chat, "Two").await;
        ana.patches(&chat.path, json!({"title": format!("Round {round}")})).await.is(200);
        let seq = ben.says(&chat, "Three").await;
        door += 1;
        server.advance(seconds(1)).await;
        bens.catches_up(seq, 0).await;
        anas.catches_up(seq, door).await;
    }
}

async fn nobody_misses_anything_while_many_write(server: TestServer) {
    let (ana, ben, chat, _) = two_people(&server).await;
    let mut streams = vec![Listener::new(ana.follows(&chat).await), Listener::new(ben.follows(&chat).await)];
    let mut writers = JoinSet::new();
    for name in 0..4 {
        let (writer, chat) = (if name % 2 == 0 { ana.clone() } else { ben.clone() }, chat.clone());
        writers.spawn(async move {
            for count in 0..15 {
                writer.says(&chat, &format!("{name}: {count}")).await;
            }
        });
    }
    streams.push(Listener::from_the_beginning(&ben, &chat).await);
    writers.join_all().await;
    streams.push(Listener::from_the_beginning(&ana, &chat).await);
    server.advance(seconds(1)).await;
    for stream in &mut streams {
        stream.catches_up(62, 3).await;
    }
    let seq = ana.says(&chat, "One more").await;
    server.advance(seconds(1)).await;
    for stream in &mut streams {
        stream.catches_up(seq, 3).await;
    }
}

async fn a_stream_ends_when_its_chat_is_closed(server: TestServer) {
    let (ana, ben, chat, _) = two_people(&server).await;
    let mut streams = [Listener::new(ana.follows(&chat).await), Listener::new(ben.follows(&chat).await)];
    ben.says(&chat, "Good-bye").await;
    ana.deletes(&chat.path).await.is(204);
    server.advance(seconds(1)).await;
    for stream in &mut streams {
        stream.hears_the_end("closed").await;
    }
}

async fn a_stream_ends_when_the_time_of_its_chat_is_up(server: TestServer) {
    let mut ana = server.person();
    let chat = ana.creates(json!({"expires_in": 60})).await;
    let mut stream = Listener::new(ana.follows(&chat).await);
    server.advance(seconds(30)).await;
    ana.says(&chat, "Still here").await;
    server.advance(seconds(59)).await;
    stream.catches_up(2, 0).await;
    server.advance(seconds(1)).await;
    stream.hears_the_end("expired").await;
}

async fn a_guest_who_waits_is_told(server: TestServer) {
    let (ana, _, chat, link) = two_people(&server).await;
    for approve in [true, false] {
        let mut guest = server.person();
        let knock = guest.knocks(&link, "Cleo").await;
        let mut waiting = guest.waits(&link).await;
        server.advance(seconds(1)).await;
        ana.decides(&link, &knock, approve).await.is(200);
        server.advance(seconds(1)).await;
        let told = waiting.expect("knock_decided").await;
        assert_eq!(told.data["chat_url"], if approve { json!(chat.url) } else { json!(null) });
        waiting.expect_end().await;
    }
}

async fn a_removed_members_stream_ends_with_their_leaving(server: TestServer) {
    let (ana, ben, chat, _) = two_people(&server).await;
    let mut bens = Listener::new(ben.follows(&chat).await);
    let mut anas = Listener::new(ana.follows(&chat).await);
    ana.says(&chat, "Before").await;
    ana.removes(&chat, 2).await.is(204);
    let seq = ana.says(&chat, "Not for Ben").await;
    server.advance(seconds(1)).await;
    bens.ends_with("member_left").await;
    assert_eq!(bens.seq, seq - 1);
    anas.catches_up(seq, 3).await;
}

async fn a_visitors_stream_ends_when_the_chat_closes_its_door(server: TestServer) {
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let mut visitors = Listener::new(server.person().follows(&chat).await);
    ana.says(&chat, "Before").await;
    ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200);
    ana.says(&chat, "Not for visitors").await;
    server.advance(seconds(1)).await;
    visitors.ends_with("chat_updated").await;
    assert_eq!(visitors.seq, 3);
}

/// Starts a server whose updates travel over this bus.
async fn on(bus: fn(Arc<Hub>) -> Arc<dyn Bus>) -> TestServer {
    TestServer::with_bus(StreamPath::Fanout, bus).await
}

/// Makes each of these checks a test for one bus.
macro_rules! checks_on_bus {
    ($bus:ident: $($check:ident)+) => {
        mod $bus {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() {
                    let check = async { super::$check(super::on(super::$bus).await).await };
                    tokio::time::timeout($crate::backends::TIMEOUT, check).await.expect("the check takes too long");
                }
            )+
        }
    };
}

/// Makes each of these checks a test for every bus.
macro_rules! checks_on_buses {
    ($($check:ident),+ $(,)?) => {
        checks_on_bus!(in_process: $($check)+);
        checks_on_bus!(losing_all: $($check)+);
        checks_on_bus!(losing_two_of_three: $($check)+);
        checks_on_bus!(doubling: $($check)+);
        checks_on_bus!(swapping: $($check)+);
        checks_on_bus!(ringing_backwards: $($check)+);
        checks_on_bus!(ringing_without_entries: $($check)+);
        checks_on_bus!(doing_all_of_it: $($check)+);
    };
}

checks_on_buses!(
    who_is_behind_moves_once_the_audit_has_run,
    nobody_misses_anything_while_many_write,
    a_stream_ends_when_its_chat_is_closed,
    a_stream_ends_when_the_time_of_its_chat_is_up,
    a_guest_who_waits_is_told,
    a_removed_members_stream_ends_with_their_leaving,
    a_visitors_stream_ends_when_the_chat_closes_its_door,
);
