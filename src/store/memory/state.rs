//! One chat in memory: what it holds, how its two logs grow.

use std::sync::Arc;

use super::doorway::{Doorway, Holder};
use super::keys::Keys;
use super::tally::Counted;
use super::weight::Hefty as _;
use crate::domain::bounds::Bounds;
use crate::domain::chat::{Chat, History};
use crate::domain::clock::Timestamp;
use crate::domain::entry::{Entry, Event, Head, News, Topic};
use crate::domain::id::{Credential, LinkId, MemberId};
use crate::domain::knock::Knocked;
use crate::domain::link::Link;
use crate::domain::member::{Member, Seat};
use crate::domain::ticket::Ticket;

/// A member with what only the store knows of them.
#[derive(Debug)]
pub(super) struct Seated {
    pub(super) seat: Seat,
    pub(super) credential: Credential,
    pub(super) knock: Option<u64>,
    pub(super) via: Option<LinkId>,
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
    pub(super) opened_with: Option<Box<[u8; 32]>>,
    pub(super) content: u64,
    pub(super) counted: Counted,
    /// Bytes of what hangs on the slots of the conversation.
    pub(super) said: u64,
    pub(super) last_at: Timestamp,
    pub(super) last_member: MemberId,
    pub(super) somebody_was_removed: bool,
    pub(super) members: Vec<Seated>,
    pub(super) conversation: Vec<Arc<Entry>>,
    /// Made with the first link, so that a crowd of chats without any does not take what doors take.
    pub(super) doorway: Option<Box<Doorway>>,
    pub(super) keys: Keys<Made>,
    pub(super) tickets: Vec<Ticket>,
    new_in_conversation: usize,
}

/// As many entries as the smallest block has room for.
const FIRST_ENTRIES: usize = 3;

impl ChatState {
    /// A chat before its first entry.
    pub(super) fn new(chat: Chat, opened_with: Option<[u8; 32]>) -> Self {
        Self {
            gone: false,
            armed: chat.expires_at,
            opened_with: opened_with.map(Box::new),
            content: 0,
            counted: Counted::default(),
            said: 0,
            last_at: chat.created_at,
            last_member: MemberId::NOBODY,
            somebody_was_removed: false,
            members: Vec::with_capacity(1),
            conversation: Vec::with_capacity(FIRST_ENTRIES),
            doorway: None,
            keys: Keys::default(),
            tickets: Vec::new(),
            new_in_conversation: 0,
            chat,
        }
    }

    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        !self.gone && now < self.chat.expires_at
    }

    /// When something in this chat is due next.
    pub(super) fn due(&self) -> Timestamp {
        self.chat.expires_at.min(self.doorway().patience()).min(self.keys.due())
    }

    /// Its doorway; where it has none, one that nobody came to.
    pub(super) fn doorway(&self) -> &Doorway {
        self.doorway.as_deref().unwrap_or_else(|| Doorway::none())
    }

    /// Its doorway, to be changed; made here for the first link. Whatever else is changed there follows from a link.
    pub(super) fn doorway_mut(&mut self) -> &mut Doorway {
        let Self { doorway, members, .. } = self;
        doorway.get_or_insert_with(|| Box::new(Doorway::before(&members[0].seat.member, members[0].credential)))
    }

    /// Clears away what is due: knocks that waited long enough, keys, dead links beyond the last ones.
    pub(super) fn settle(&mut self, now: Timestamp, bounds: &Bounds) {
        self.expire_knocks(now, bounds);
        self.keys.lapse(now);
        if self.doorway().links.len() > bounds.dead_links {
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
        self.doorway().links.iter().map(|linked| linked.link.id)
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
        self.said += entry.heft();
        self.conversation.push(entry.clone());
        self.new_in_conversation += 1;
        entry
    }

    /// Adds an entry to the door's log, which keeps the last ones.
    pub(super) fn tell(&mut self, event: Event, now: Timestamp, bounds: &Bounds) {
        self.last_at = self.last_at.max(now);
        self.chat.door += 1;
        let entry = Arc::new(Entry { number: self.chat.door, at: self.last_at, event });
        let doorway = self.doorway_mut();
        doorway.heft.log += entry.heft();
        doorway.log.push_back(entry);
        doorway.new_in_log += 1;
        while doorway.log.len() > bounds.door {
            doorway.heft.log -= doorway.log.pop_front().map_or(0, |oldest| oldest.heft());
        }
    }

    /// The first number that the door's log still has.
    pub(super) fn oldest_at_door(&self) -> u64 {
        self.chat.door + 1 - self.doorway().log.len() as u64
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
        let told = self.doorway.as_mut().map_or(0, |doorway| std::mem::take(&mut doorway.new_in_log).min(doorway.log.len()));
        let mut news = Vec::new();
        if said > 0 {
            let topic = Topic::Conversation(self.chat.id);
            let entries = self.conversation[self.conversation.len() - said..].to_vec();
            news.push(News::Grown { topic, head: self.head(topic), entries });
        }
        if told > 0 {
            let topic = Topic::Door(self.chat.id);
            let log = &self.doorway().log;
            let entries = log.range(log.len() - told..).cloned().collect();
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
        let Some(doorway) = &self.doorway else {
            return self.members.first().filter(|owner| owner.credential == *credential).map(|owner| &owner.seat);
        };
        match doorway.holders.get(credential)? {
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
