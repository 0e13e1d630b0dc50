//! One chat in memory: what it holds, how its two logs grow.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::keys::Keys;
use super::tally::Counted;
use super::weight::{Heft, Hefty as _};
use crate::domain::address::ClientAddress;
use crate::domain::bounds::Bounds;
use crate::domain::chat::{Chat, History};
use crate::domain::clock::Timestamp;
use crate::domain::entry::{Entry, Event, Head, News, Topic};
use crate::domain::id::{Credential, KnockId, LinkId, MemberId};
use crate::domain::knock::{Knock, Knocked, Verdict};
use crate::domain::link::Link;
use crate::domain::member::{Member, Seat};
use crate::domain::ticket::Ticket;

/// Whose a credential is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holder {
    Member(MemberId),
    Guest { knock: u64 },
}

/// A member with what only the store knows of them.
#[derive(Debug)]
pub(super) struct Seated {
    pub(super) seat: Seat,
    pub(super) credential: Credential,
    pub(super) knock: Option<u64>,
    pub(super) via: Option<LinkId>,
}

/// A knock with what only the store knows of it.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) knock: Knock,
    pub(super) client: Credential,
    pub(super) address: ClientAddress,
    pub(super) key: Option<[u8; 32]>,
}

/// A link with what only the store knows of it.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) link: Link,
    pub(super) knocks: u64,
    pub(super) last_decision: Option<(Verdict, Vec<KnockId>)>,
}

/// How long somebody is barred from a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bar {
    pub(super) until: Timestamp,
    pub(super) times: u32,
}

/// What a keyed request in a chat made.
#[derive(Clone, Debug)]
pub(super) enum Made {
    Message(Arc<Entry>),
    Link(Box<Link>),
    Knock(Box<Knocked>),
    Ticket(Box<Ticket>),
}

/// One chat.
#[derive(Debug)]
pub(super) struct ChatState {
    pub(super) chat: Chat,
    pub(super) gone: bool,
    pub(super) armed: Timestamp,
    pub(super) opened_with: Option<[u8; 32]>,
    pub(super) content: u64,
    pub(super) counted: Counted,
    pub(super) heft: Heft,
    pub(super) last_at: Timestamp,
    pub(super) last_member: MemberId,
    pub(super) last_link: u64,
    pub(super) last_knock: u64,
    pub(super) somebody_was_removed: bool,
    pub(super) members: Vec<Seated>,
    /// What the members' names could be taken for; no two of them share any.
    pub(super) names: HashSet<Box<str>>,
    pub(super) holders: HashMap<Credential, Holder>,
    pub(super) conversation: Vec<Arc<Entry>>,
    pub(super) door: VecDeque<Arc<Entry>>,
    pub(super) links: Vec<Linked>,
    pub(super) dropped_links: Vec<LinkId>,
    pub(super) knocks: BTreeMap<u64, Arrived>,
    pub(super) pending: BTreeSet<u64>,
    pub(super) ended: VecDeque<u64>,
    pub(super) bars: HashMap<(LinkId, ClientAddress, Box<str>), Bar>,
    pub(super) keys: Keys<Made>,
    pub(super) tickets: Vec<Ticket>,
    new_in_conversation: usize,
    new_at_door: usize,
}

impl ChatState {
    /// A chat before its first entry.
    pub(super) fn new(chat: Chat, opened_with: Option<[u8; 32]>) -> Self {
        Self {
            gone: false,
            armed: chat.expires_at,
            opened_with,
            content: 0,
            counted: Counted::default(),
            heft: Heft::default(),
            last_at: chat.created_at,
            last_member: MemberId::NOBODY,
            last_link: 0,
            last_knock: 0,
            somebody_was_removed: false,
            members: Vec::new(),
            names: HashSet::new(),
            holders: HashMap::new(),
            conversation: Vec::new(),
            door: VecDeque::new(),
            links: Vec::new(),
            dropped_links: Vec::new(),
            knocks: BTreeMap::new(),
            pending: BTreeSet::new(),
            ended: VecDeque::new(),
            bars: HashMap::new(),
            keys: Keys::default(),
            tickets: Vec::new(),
            new_in_conversation: 0,
            new_at_door: 0,
            chat,
        }
    }

    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        !self.gone && now < self.chat.expires_at
    }

    /// When something in this chat is due next.
    pub(super) fn due(&self) -> Timestamp {
        self.chat.expires_at.min(self.patience()).min(self.keys.due())
    }

    /// When the first of those who wait will have waited long enough.
    pub(super) fn patience(&self) -> Timestamp {
        self.pending.first().and_then(|number| self.knocks.get(number)).map_or(Timestamp::NEVER, |first| first.knock.expires_at)
    }

    /// Clears away what is due: knocks that waited long enough, keys, dead links beyond the last ones.
    pub(super) fn settle(&mut self, now: Timestamp, bounds: &Bounds) {
        self.expire_knocks(now, bounds);
        self.keys.lapse(now);
        if self.links.len() > bounds.dead_links {
            self.forget_oldest_dead(now, bounds);
        }
    }

    /// Leaves nothing in the chat; hands out what was in it, to be counted and freed elsewhere.
    pub(super) fn empty(&mut self) -> Self {
        let mut rest = Self::new(self.chat.clone(), None);
        rest.gone = true;
        std::mem::replace(self, rest)
    }

    /// All links that the index knows of this chat.
    pub(super) fn links(&self) -> impl Iterator<Item = LinkId> + '_ {
        self.links.iter().map(|linked| linked.link.id)
    }

    /// Adds an entry to the conversation.
    pub(super) fn say(&mut self, event: Event, now: Timestamp) -> Arc<Entry> {
        self.last_at = self.last_at.max(now);
        self.chat.head += 1;
        let mut event = event;
        if let Event::ChatUpdated { chat, .. } = &mut event {
            chat.head = self.chat.head;
        }
        let entry = Arc::new(Entry { number: self.chat.head, at: self.last_at, event });
        self.heft.conversation += entry.heft();
        self.conversation.push(entry.clone());
        self.new_in_conversation += 1;
        entry
    }

    /// Adds an entry to the door's log, which keeps the last ones.
    pub(super) fn tell(&mut self, event: Event, now: Timestamp, bounds: &Bounds) {
        self.last_at = self.last_at.max(now);
        self.chat.door += 1;
        let entry = Arc::new(Entry { number: self.chat.door, at: self.last_at, event });
        self.heft.door += entry.heft();
        self.door.push_back(entry);
        self.new_at_door += 1;
        while self.door.len() > bounds.door {
            self.heft.door -= self.door.pop_front().map_or(0, |oldest| oldest.heft());
        }
    }

    /// The first number that the door's log still has.
    pub(super) fn oldest_at_door(&self) -> u64 {
        self.chat.door + 1 - self.door.len() as u64
    }

    /// Where a log stands.
    pub(super) fn head(&self, topic: Topic) -> Head {
        let number = match topic {
            Topic::Conversation(_) => self.chat.head,
            Topic::Door(_) => self.chat.door,
        };
        Head { epoch: self.chat.epoch, number, expires_at: self.chat.expires_at }
    }

    /// What is new in both logs since this was asked last.
    pub(super) fn take_news(&mut self) -> Vec<News> {
        let said = std::mem::take(&mut self.new_in_conversation);
        let told = std::mem::take(&mut self.new_at_door).min(self.door.len());
        let mut news = Vec::new();
        if said > 0 {
            let topic = Topic::Conversation(self.chat.id);
            let entries = self.conversation[self.conversation.len() - said..].to_vec();
            news.push(News::Grown { topic, head: self.head(topic), entries });
        }
        if told > 0 {
            let topic = Topic::Door(self.chat.id);
            let entries = self.door.range(self.door.len() - told..).cloned().collect();
            news.push(News::Grown { topic, head: self.head(topic), entries });
        }
        news
    }

    /// Whether the conversation takes `more` entries.
    pub(super) fn has_room(&self, more: usize, bounds: &Bounds) -> bool {
        self.conversation.len() + more <= bounds.entries
    }

    /// The owner, who is there as long as the chat is.
    pub(super) fn owner(&self) -> Arc<Member> {
        self.members[0].seat.member.clone()
    }

    /// The seat of whoever shows `credential`.
    pub(super) fn seat_of(&self, credential: &Credential) -> Option<&Seat> {
        match self.holders.get(credential)? {
            Holder::Member(id) => self.seated(*id).map(|seated| &seated.seat),
            Holder::Guest { .. } => None,
        }
    }

    /// The member with this number.
    pub(super) fn seated(&self, id: MemberId) -> Option<&Seated> {
        let place = self.members.binary_search_by_key(&id, |seated| seated.seat.member.id).ok()?;
        self.members.get(place)
    }

    /// The first number that somebody gets who joins with the entry `joined`.
    pub(super) fn reads_since(&self, joined: u64) -> u64 {
        match self.chat.history {
            History::All => 1,
            History::SinceJoin => joined,
        }
    }
}
