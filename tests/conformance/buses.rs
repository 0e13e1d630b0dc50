//! Buses, honest and unruly: the worst that any of them can do to a listener is delay.

use serde_json::json;
use tokio::task::JoinSet;

use crate::unruly::{doing_all_of_it, doubling, in_process, losing_all, losing_two_of_three, ringing_backwards, ringing_without_entries, swapping};
use crate::world::{Chat, Event, Hearing, Link, Person, World, seconds};

/// A listener who counts what they hear.
struct Ear {
    hearing: Hearing,
    seq: u64,
    door: Option<u64>,
}

impl Ear {
    /// Listens from where the stream says that it begins.
    fn new(hearing: Hearing) -> Self {
        let (seq, door) = (hearing.hello.data["head"].as_u64().unwrap(), hearing.hello.data["door"].as_u64());
        Self { hearing, seq, door }
    }

    /// Listens from the very first entry.
    async fn from_the_beginning(person: &Person, chat: &Chat) -> Self {
        let hearing = person.hears(&format!("{}/events?after=0", chat.path)).await;
        let door = hearing.hello.data["door"].as_u64().map(|_| 0);
        Self { hearing, seq: 0, door }
    }

    /// Takes in an entry, which must be the very next one of its log.
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
            _ => panic!("{event:?} belongs to no log"),
        }
        let position: Vec<u64> = id.split('-').skip(1).map(|part| part.parse().unwrap()).collect();
        assert_eq!(position, std::iter::once(self.seq).chain(self.door).collect::<Vec<_>>(), "{event:?}");
    }

    /// Hears every entry up to these heads, in order, each once.
    async fn catches_up(&mut self, seq: u64, door: u64) {
        while self.seq < seq || self.door.is_some_and(|at| at < door) {
            let event = self.hearing.next().await;
            self.takes(&event);
        }
        assert_eq!((self.seq, self.door.unwrap_or(door)), (seq, door), "nothing beyond the heads");
    }

    /// Hears some more entries, then an event that the chat has ended, then the end.
    async fn hears_the_end(&mut self, reason: &str) {
        loop {
            let event = self.hearing.next().await;
            if event.name == "chat_closed" {
                assert_eq!(event.data["reason"], reason);
                return self.hearing.ends().await;
            }
            self.takes(&event);
        }
    }

    /// Hears some more entries, of which the last has this name, then the end.
    async fn ends_with(&mut self, name: &str) {
        let mut last = None;
        while let Some(event) = self.hearing.next_or_end().await {
            self.takes(&event);
            last = Some(event.name);
        }
        assert_eq!(last.as_deref(), Some(name));
    }
}

/// A chat with its owner and one who was let in.
async fn two_people(world: &World) -> (Person, Person, Chat, Link) {
    let (mut ana, mut ben) = (world.person(), world.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    ana.lets_in(&link, &knock).await;
    (ana, ben, chat, link)
}

async fn who_is_behind_moves_once_the_audit_has_run(world: World) {
    let (ana, ben, chat, link) = two_people(&world).await;
    let (mut anas, mut bens) = (Ear::new(ana.follows(&chat).await), Ear::new(ben.follows(&chat).await));
    assert_eq!((anas.seq, anas.door), (2, Some(3)));
    let mut door = 3;
    for round in 0..4 {
        ana.says(&chat, "One").await;
        world.person().knocks(&link, &format!("Guest {round}")).await;
        ben.says(&chat, "Two").await;
        ana.patches(&chat.path, json!({"title": format!("Round {round}")})).await.is(200);
        let seq = ben.says(&chat, "Three").await;
        door += 1;
        world.later(seconds(1)).await;
        bens.catches_up(seq, 0).await;
        anas.catches_up(seq, door).await;
    }
}

async fn nobody_misses_anything_while_many_write(world: World) {
    let (ana, ben, chat, _) = two_people(&world).await;
    let mut ears = vec![Ear::new(ana.follows(&chat).await), Ear::new(ben.follows(&chat).await)];
    let mut writers = JoinSet::new();
    for name in 0..4 {
        let (writer, chat) = (if name % 2 == 0 { ana.clone() } else { ben.clone() }, chat.clone());
        writers.spawn(async move {
            for count in 0..15 {
                writer.says(&chat, &format!("{name}: {count}")).await;
            }
        });
    }
    ears.push(Ear::from_the_beginning(&ben, &chat).await);
    writers.join_all().await;
    ears.push(Ear::from_the_beginning(&ana, &chat).await);
    world.later(seconds(1)).await;
    for ear in &mut ears {
        ear.catches_up(62, 3).await;
    }
    let seq = ana.says(&chat, "One more").await;
    world.later(seconds(1)).await;
    for ear in &mut ears {
        ear.catches_up(seq, 3).await;
    }
}

async fn a_stream_ends_when_its_chat_is_closed(world: World) {
    let (ana, ben, chat, _) = two_people(&world).await;
    let mut ears = [Ear::new(ana.follows(&chat).await), Ear::new(ben.follows(&chat).await)];
    ben.says(&chat, "Good-bye").await;
    ana.deletes(&chat.path).await.is(204);
    world.later(seconds(1)).await;
    for ear in &mut ears {
        ear.hears_the_end("closed").await;
    }
}

async fn a_stream_ends_when_the_time_of_its_chat_is_up(world: World) {
    let mut ana = world.person();
    let chat = ana.creates(json!({"expires_in": 60})).await;
    let mut ear = Ear::new(ana.follows(&chat).await);
    world.later(seconds(30)).await;
    ana.says(&chat, "Still here").await;
    world.later(seconds(59)).await;
    ear.catches_up(2, 0).await;
    world.later(seconds(1)).await;
    ear.hears_the_end("expired").await;
}

async fn a_guest_who_waits_is_told(world: World) {
    let (ana, _, chat, link) = two_people(&world).await;
    for approve in [true, false] {
        let mut guest = world.person();
        let knock = guest.knocks(&link, "Cleo").await;
        let mut waiting = guest.waits(&link).await;
        world.later(seconds(1)).await;
        ana.decides(&link, &knock, approve).await.is(200);
        world.later(seconds(1)).await;
        let told = waiting.hears("knock_decided").await;
        assert_eq!(told.data["chat_url"], if approve { json!(chat.url) } else { json!(null) });
        waiting.ends().await;
    }
}

async fn a_removed_members_stream_ends_with_their_leaving(world: World) {
    let (ana, ben, chat, _) = two_people(&world).await;
    let mut bens = Ear::new(ben.follows(&chat).await);
    let mut anas = Ear::new(ana.follows(&chat).await);
    ana.says(&chat, "Before").await;
    ana.removes(&chat, 2).await.is(204);
    let seq = ana.says(&chat, "Not for Ben").await;
    world.later(seconds(1)).await;
    bens.ends_with("member_left").await;
    assert_eq!(bens.seq, seq - 1);
    anas.catches_up(seq, 3).await;
}

async fn a_visitors_stream_ends_when_the_chat_closes_its_door(world: World) {
    let mut ana = world.person();
    let chat = ana.creates_an_open_chat().await;
    let mut visitors = Ear::new(world.person().follows(&chat).await);
    ana.says(&chat, "Before").await;
    ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200);
    ana.says(&chat, "Not for visitors").await;
    world.later(seconds(1)).await;
    visitors.ends_with("chat_updated").await;
    assert_eq!(visitors.seq, 3);
}

/// Makes each of these checks a test for one bus.
macro_rules! checks_on_bus {
    ($bus:ident: $($check:ident)+) => {
        mod $bus {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() {
                    let check = async { super::$check(crate::world::World::with_bus(super::$bus).await).await };
                    tokio::time::timeout($crate::subject::PATIENCE, check).await.expect("the check takes too long");
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
