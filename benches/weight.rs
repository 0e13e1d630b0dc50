//! What keeping something takes in memory, beside what the store says it takes: one process for each kind of thing.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::sync::Arc;

use parlor::domain::bounds::Bounds;
use parlor::domain::chat::{Admission, Chat, History, Lifetime};
use parlor::domain::clock::Timestamp;
use parlor::domain::dice::SystemDice;
use parlor::domain::id::{ChatId, Credential, Epoch, KnockId, LinkId, MemberId};
use parlor::domain::key::IdempotencyKey;
use parlor::domain::link::Link;
use parlor::domain::member::{Member, Role};
use parlor::domain::message::Message;
use parlor::domain::text::{MessageText, Name, Note};
use parlor::store::chats::NewChat;
use parlor::store::knocks::NewKnock;
use parlor::store::links::NewLink;
use parlor::store::memory::MemoryStore;
use parlor::store::messages::NewMessage;
use parlor::store::{Chats as _, Knocks as _, Links as _, Messages as _, Tallies as _};

const NOW: Timestamp = Timestamp::from_millis(1_795_176_000_000);
/// A kind of thing, and how many of it the store is filled with.
const KINDS: [(&str, u32); 8] = [
    ("empty chats", 200_000),
    ("messages of 100 bytes", 1_000_000),
    ("messages of 8 KiB", 30_000),
    ("knocks", 200_000),
    ("knocks with long notes", 100_000),
    ("members", 180_000),
    ("links", 200_000),
    ("idempotency keys", 500_000),
];
/// In how many chats all but chats are.
const CHATS: u32 = 200;

fn main() -> io::Result<()> {
    let asked: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [kind] = &asked[..] {
        let (name, count) = KINDS.into_iter().find(|(name, _)| name == kind).unwrap();
        return weigh(name, count);
    }
    writeln!(io::stdout(), "| filled with | held | resident set / held | bytes each |\n|---|---|---|---|")?;
    for (kind, _) in KINDS {
        Command::new(env::current_exe()?).arg(kind).status()?;
    }
    Ok(())
}

fn weigh(kind: &str, count: u32) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (resident_before, scene) = (resident()?, Scene::set());
    let held_before = runtime.block_on(scene.store.tally()).unwrap().held;
    runtime.block_on(scene.fill(kind, count));
    let held = runtime.block_on(scene.store.tally()).unwrap().held - held_before;
    let taken = resident()? - resident_before;
    let [held, taken, count] = [held, taken, u64::from(count)].map(|number| f64::from(u32::try_from(number).unwrap()));
    writeln!(io::stdout(), "| {count} {kind} | {:.0} MiB | {:.2} | {:.0} |", held / f64::from(1 << 20), taken / held, taken / count)
}

/// How many bytes of this process are in memory.
fn resident() -> io::Result<u64> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    Ok(pages.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4_096)
}

struct Scene {
    store: MemoryStore,
}

impl Scene {
    fn set() -> Self {
        let most = Bounds { entries: 1 << 30, content: 1 << 40, members: 1 << 20, total_memory: 1 << 40, total_chats: 1 << 40, ..Bounds::default() };
        Self { store: MemoryStore::new(most) }
    }

    async fn fill(&self, kind: &str, count: u32) {
        if kind == "empty chats" {
            for _ in 0..count {
                self.opens().await;
            }
            return;
        }
        for _ in 0..CHATS {
            let chat = self.opens().await;
            let each = count / CHATS;
            match kind {
                "messages of 100 bytes" => self.posts(&chat, each, 100).await,
                "messages of 8 KiB" => self.posts(&chat, each, 8_192).await,
                "knocks" => self.knocks(&chat, each, 0).await,
                "knocks with long notes" => self.knocks(&chat, each, 280).await,
                "members" => self.enters(&chat, each).await,
                "links" => self.links(&chat, each).await,
                _ => self.keys(&chat, each).await,
            }
        }
    }

    async fn opens(&self) -> NewChat {
        let chat = Chat {
            id: ChatId::random(&SystemDice),
            epoch: Epoch::random(&SystemDice),
            title: None,
            admission: Admission::Knock,
            history: History::All,
            created_at: NOW,
            expires_in: Lifetime::DEFAULT,
            expires_at: NOW + Lifetime::DEFAULT.span(),
            head: 0,
            door: 0,
        };
        let owner = Arc::new(Member { id: MemberId::OWNER, name: Name::owner(), role: Role::Owner });
        let new = NewChat { chat, owner, author: Credential::random(&SystemDice), key: None };
        self.store.create_chat(new.clone(), NOW).await.unwrap().unwrap().into_parts();
        new
    }

    async fn says(&self, chat: &NewChat, length: usize, key: Option<IdempotencyKey>) {
        let text = MessageText::parse(&"x".repeat(length)).unwrap();
        let message = Message { member: Some(chat.owner.clone()), text, client_ref: None };
        self.store.append_message(NewMessage { chat: chat.chat.id, message, key }, NOW).await.unwrap().unwrap().into_parts();
    }

    async fn posts(&self, chat: &NewChat, count: u32, length: usize) {
        for _ in 0..count {
            self.says(chat, length, None).await;
        }
    }

    async fn keys(&self, chat: &NewChat, count: u32) {
        for number in 0..count {
            let key = IdempotencyKey::new(None, "POST", "/x", &number.to_string(), b"");
            self.says(chat, 1, Some(key)).await;
        }
    }

    async fn link(&self, chat: &NewChat, auto_approve: bool) -> LinkId {
        let link = Link {
            id: LinkId::random(&SystemDice),
            number: 0,
            label: None,
            made_by: Some(MemberId::OWNER),
            created_at: NOW,
            expires_at: NOW + Lifetime::DEFAULT.span(),
            max_uses: None,
            uses: 0,
            auto_approve,
            revoked_at: None,
        };
        let new = NewLink { chat: chat.chat.id, link, key: None };
        self.store.create_link(new, NOW).await.unwrap().unwrap().into_parts().0.made.id
    }

    /// Only so many live links a chat has: the rest are in chats of their own.
    async fn links(&self, chat: &NewChat, count: u32) {
        let mut chat = chat.clone();
        for number in 0..count {
            if number > 0 && number % 100 == 0 {
                chat = self.opens().await;
            }
            self.link(&chat, false).await;
        }
    }

    async fn knock(&self, link: LinkId, number: u32, name: &str, note: usize) {
        let new = NewKnock {
            link,
            id: KnockId::random(&SystemDice),
            client: Credential::random(&SystemDice),
            name: Some(Name::parse(name).unwrap()),
            note: (note > 0).then(|| Note::parse(&"n".repeat(note)).unwrap()),
            address: IpAddr::V4(Ipv4Addr::from(number)).into(),
            key: None,
        };
        self.store.knock(new, NOW).await.unwrap().unwrap().into_parts();
    }

    /// Only so many wait at a link and at a chat.
    async fn knocks(&self, chat: &NewChat, count: u32, note: usize) {
        let (mut chat, mut link) = (chat.clone(), self.link(chat, false).await);
        for number in 0..count {
            if number > 0 && number % 20 == 0 {
                if number % 100 == 0 {
                    chat = self.opens().await;
                }
                link = self.link(&chat, false).await;
            }
            self.knock(link, number, "Ben Someone", note).await;
        }
    }

    async fn enters(&self, chat: &NewChat, count: u32) {
        let link = self.link(chat, true).await;
        for number in 0..count {
            self.knock(link, number, &format!("Ben {number}"), 0).await;
        }
    }
}
