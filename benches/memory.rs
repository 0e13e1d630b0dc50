//! Memory per item, measured and as the store accounts for it: one process for each kind of item.

#![expect(clippy::unwrap_used, reason = "a failed unwrap stops the benchmark")]

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::sync::Arc;

use parlor::domain::chat::{Admission, Chat, ChatKind, HistoryVisibility, Lifetime};
use parlor::domain::clock::Timestamp;
use parlor::domain::id::{ChatId, Credential, Epoch, KnockId, LinkId, MemberId};
use parlor::domain::idempotency::IdempotencyKey;
use parlor::domain::limits::Limits;
use parlor::domain::link::Link;
use parlor::domain::member::{Member, Role};
use parlor::domain::message::MessageDraft;
use parlor::domain::principal::Principal;
use parlor::domain::random::SystemRandom;
use parlor::domain::text::{MessageText, Name, Note};
use parlor::store::chats::NewChat;
use parlor::store::knocks::NewKnock;
use parlor::store::links::NewLink;
use parlor::store::memory::MemoryStore;
use parlor::store::messages::NewMessage;
use parlor::store::{Chats as _, Knocks as _, Links as _, Messages as _, UsageStats as _};

const NOW: Timestamp = Timestamp::from_millis(1_795_176_000_000);
/// Each kind of item, with the number that fills the store.
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
/// The number of chats for all kinds but chats.
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
    let (resident_before, fixture) = (resident()?, Fixture::set());
    let held_before = runtime.block_on(fixture.store.usage()).unwrap().held;
    runtime.block_on(fixture.fill(kind, count));
    let held = runtime.block_on(fixture.store.usage()).unwrap().held - held_before;
    let taken = resident()? - resident_before;
    let [held, taken, count] = [held, taken, u64::from(count)].map(|number| f64::from(u32::try_from(number).unwrap()));
    writeln!(io::stdout(), "| {count} {kind} | {:.0} MiB | {:.2} | {:.0} |", held / f64::from(1 << 20), taken / held, taken / count)
}

/// Returns the resident memory of this process in bytes.
fn resident() -> io::Result<u64> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    Ok(pages.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4_096)
}

struct Fixture {
    store: MemoryStore,
}

impl Fixture {
    fn set() -> Self {
        let most = Limits { entries: 1 << 30, content: 1 << 40, members: 1 << 20, total_memory: 1 << 40, total_chats: 1 << 40, ..Limits::default() };
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
            id: ChatId::random(&SystemRandom),
            epoch: Epoch::random(&SystemRandom),
            kind: ChatKind::Link,
            title: None,
            group: None,
            admission: Admission::Knock,
            history: HistoryVisibility::All,
            created_at: NOW,
            expires_in: Some(Lifetime::DEFAULT),
            expires_at: NOW + Lifetime::DEFAULT.duration(),
            first: 1,
            head: 0,
            door: 0,
            revision: 0,
        };
        let owner = Arc::new(Member { id: MemberId::OWNER, name: Name::owner(), username: None, role: Role::Owner });
        let new = NewChat { chat, owner, author: Principal::Credential(Credential::random(&SystemRandom)), key: None };
        self.store.create_chat(new.clone(), NOW).await.unwrap().unwrap().into_parts();
        new
    }

    async fn says(&self, chat: &NewChat, length: usize, key: Option<IdempotencyKey>) {
        let text = MessageText::parse(&"x".repeat(length)).unwrap();
        let message = MessageDraft::of_text(text).by(Some(chat.owner.clone()));
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
            id: LinkId::random(&SystemRandom),
            number: 0,
            label: None,
            created_by: Some(MemberId::OWNER),
            created_at: NOW,
            expires_at: NOW + Lifetime::DEFAULT.duration(),
            max_uses: None,
            uses: 0,
            auto_approve,
            revoked_at: None,
        };
        let new = NewLink { chat: chat.chat.id, link, key: None };
        self.store.create_link(new, NOW).await.unwrap().unwrap().into_parts().0.value.id
    }

    /// The live links of a chat are limited: the rest are in further chats.
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
            id: KnockId::random(&SystemRandom),
            username: None,
            client: Principal::Credential(Credential::random(&SystemRandom)),
            name: Some(Name::parse(name).unwrap()),
            note: (note > 0).then(|| Note::parse(&"n".repeat(note)).unwrap()),
            address: IpAddr::V4(Ipv4Addr::from(number)).into(),
            key: None,
        };
        self.store.knock(new, NOW).await.unwrap().unwrap().into_parts();
    }

    /// The pending knocks of a link and of a chat are limited.
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
