//! One chat as the screen shows it: what answers and events make of its state.

mod events;

use super::composer::Composer;
use super::door::Door;
use super::members::Members;
use super::outbox::{Outbox, Outgoing};
use super::timeline::{Anchor, Timeline};
use crate::client::Incoming;
use crate::wire::chat_items::ChatSummary;
use crate::wire::chats::{Chat, ChatFacts, ChatKind, ChatPage};
use crate::wire::knocks::Knock;
use crate::wire::members::{Member, Role};
use crate::wire::messages::{Message, MessageKind};
use crate::wire::receipts::MemberReceipt;

/// How far a chat is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loading {
    /// Is to be loaded.
    #[default]
    Wanted,
    /// Is being loaded.
    UnderWay,
    /// Is loaded.
    Done,
}

/// What the server answered when a chat was loaded.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The newest messages.
    pub page: ChatPage,
    /// Who is in it.
    pub members: Vec<Member>,
    /// How far each has read.
    pub receipts: Vec<MemberReceipt>,
    /// Who knocks, for those with the right of the door.
    pub knocks: Vec<Knock>,
}

/// What the server was told of one's receipt.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// The last entry that arrived.
    pub delivered: u64,
    /// The last entry that was read.
    pub read: u64,
    /// A receipt is being sent.
    pub under_way: bool,
}

impl Told {
    /// Moves both forward.
    pub fn raise(&mut self, delivered: u64, read: u64) {
        (self.delivered, self.read) = (self.delivered.max(delivered), self.read.max(read));
    }
}

/// One chat.
#[derive(Clone, Debug, Default)]
pub struct ChatView {
    /// Its id.
    pub chat_id: String,
    /// Its title, kind, admission, expiry; absent before anything is known.
    pub facts: Option<ChatFacts>,
    /// What the list calls it: its title, group, the other one. Not safe to print yet.
    pub title: String,
    /// The stream of the account carries it; else it has one of its own.
    pub of_account: bool,
    /// How far it is loaded.
    pub loading: Loading,
    /// Whether earlier messages are being loaded; none, if they are not to be.
    pub older: Option<Loading>,
    /// Messages and notices.
    pub timeline: Timeline,
    /// Messages on their way.
    pub outbox: Outbox,
    /// Who is in it.
    pub members: Members,
    /// Who knocks.
    pub door: Door,
    /// The number of the last entry that was applied.
    pub cursor: u64,
    /// The number of the last entry that exists, as far as known.
    pub head: u64,
    /// How many messages of others are not read.
    pub unread: u64,
    /// Messages up to here are counted in `unread`, or read.
    pub counted: u64,
    /// The first message that was new when the chat was opened.
    pub new_from: Option<u64>,
    /// The newest entry is before somebody's eyes.
    watched: bool,
    /// How far the server was told that it arrived and was read.
    pub told: Told,
    /// How its stream stands.
    pub connected: bool,
    /// Why it is over for oneself.
    pub ended: Option<String>,
    /// The text being written.
    pub composer: Composer,
    /// Where the timeline is scrolled to; none at its end.
    pub scroll: Option<Anchor>,
    /// The chosen message.
    pub selected: Option<u64>,
    /// Events that came while it was loaded.
    waiting: Vec<Incoming>,
}

impl ChatView {
    /// Creates the view of a chat of which nothing is known but its title.
    #[must_use]
    pub fn new(chat_id: &str, title: &str, of_account: bool) -> Self {
        Self { chat_id: chat_id.to_owned(), title: title.to_owned(), of_account, ..Self::default() }
    }

    /// Takes what the list of chats says.
    pub fn summarize(&mut self, summary: &ChatSummary) {
        self.describe(&summary.chat);
        self.head = self.head.max(summary.chat.head);
        (self.unread, self.counted) = (summary.unread, summary.chat.head);
        self.told.raise(summary.delivered, summary.read);
        self.ended = None;
    }

    /// Takes what was loaded, and the events that came meanwhile.
    pub fn load(&mut self, loaded: Loaded) {
        let Loaded { page, members, receipts, knocks } = loaded;
        self.describe(&page.chat);
        self.members.replace(members, receipts);
        self.members.me = page.chat.me.as_ref().map(|me| me.id);
        self.door.replace(knocks);
        for message in page.messages.iter().filter(|message| self.members.is_me(message.member.as_ref())) {
            message.client_ref.iter().for_each(|key| self.outbox.confirm(key));
        }
        if let (Some(owner), None, ChatKind::Link) = (self.members.owner(), &page.chat.facts.title, page.chat.facts.kind) {
            self.title = format!("{owner}'s chat");
        }
        self.timeline.replace(page.messages, page.has_more);
        (self.cursor, self.head) = (page.head, self.head.max(page.head));
        if self.selected.is_some_and(|seq| self.timeline.message(seq).is_none()) {
            self.selected = None;
        }
        self.scroll = self.scroll.filter(|anchor| self.timeline.get(anchor.seq).is_some());
        if let Some(read) = self.members.my_read() {
            self.told.raise(read, read);
            self.count_unread(read);
        }
        self.counted = self.counted.max(page.head);
        self.loading = Loading::Done;
        for event in std::mem::take(&mut self.waiting) {
            self.apply(&event);
        }
    }

    fn describe(&mut self, chat: &Chat) {
        self.members.me = chat.me.as_ref().map(|me| me.id).or(self.members.me);
        self.take_facts(&chat.facts);
        if let Some(with) = &chat.with {
            self.title.clone_from(&with.name);
        }
    }

    pub(super) fn take_facts(&mut self, facts: &ChatFacts) {
        let group = facts.group.as_ref().map(|group| group.name.as_str());
        match (&facts.title, group) {
            (Some(title), group) if group != Some(title) => self.title.clone_from(title),
            (_, Some(group)) => self.title = format!("#{group}"),
            _ => {}
        }
        self.facts = Some(facts.clone());
    }

    /// Takes an event. While the chat is being loaded it waits.
    pub fn apply(&mut self, event: &Incoming) {
        match self.loading {
            Loading::Done => events::apply(self, event),
            Loading::UnderWay if self.of_account => {
                self.notice_unread(event);
                self.waiting.push(event.clone());
            }
            Loading::UnderWay | Loading::Wanted => self.notice_unread(event),
        }
    }

    /// Counts a message of a chat that is not loaded, and keeps its end.
    fn notice_unread(&mut self, event: &Incoming) {
        match event {
            Incoming::Message(message) => self.count(message),
            Incoming::ChatClosed(closed) => self.ended = Some(events::end_text(closed.reason).to_owned()),
            Incoming::ChatUpdated(updated) => self.take_facts(&updated.chat),
            _ => {}
        }
    }

    /// Counts a message that has just arrived as unread.
    pub(super) fn count(&mut self, message: &Message) {
        if message.seq > self.counted && self.is_news(message) {
            self.unread += 1;
        }
        self.counted = self.counted.max(message.seq);
        self.head = self.head.max(message.seq);
    }

    /// Counts the loaded messages after what was read.
    pub(super) fn count_unread(&mut self, read: u64) {
        self.unread = self.timeline.messages().rev().take_while(|message| message.seq > read).filter(|message| self.is_news(message)).count() as u64;
    }

    fn is_news(&self, message: &Message) -> bool {
        message.kind != MessageKind::Deleted && !self.members.is_me(message.member.as_ref())
    }

    /// Notes whether the newest entry is before somebody's eyes. What came while it was not stands under a line.
    pub fn watch(&mut self, seen: bool) {
        if seen && !self.watched && self.unread > 0 {
            let read = self.told.read;
            self.new_from = self.timeline.messages().filter(|message| message.seq > read).find(|message| self.is_news(message)).map(|new| new.seq);
        }
        if seen {
            self.unread = 0;
        }
        self.watched = seen;
    }

    /// Asks for earlier messages, unless they are on their way.
    pub fn want_older(&mut self) {
        self.older.get_or_insert_default();
    }

    /// Begins to load the chat anew: its numbering changed, or entries are lost.
    pub fn reload(&mut self) {
        self.loading = Loading::Wanted;
        self.waiting.clear();
    }

    /// Notes that a message was accepted with this number. It leaves the outbox when its event arrives, so that it keeps its place; at once if it is there.
    pub fn arrived(&mut self, key: &str, seq: u64) {
        if self.cursor >= seq { self.outbox.confirm(key) } else { self.outbox.accept(key) }
    }

    /// Returns true if everything up to the server's last entry is shown, so that what has not come back was not sent.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.connected && self.loading == Loading::Done && self.cursor >= self.head && self.ended.is_none()
    }

    /// Takes the next message to send; none while what came back is not known to be all.
    pub fn outbox_ready(&mut self) -> Option<Outgoing> {
        if self.is_current() { self.outbox.take_next() } else { None }
    }

    /// Returns true if one may decide who gets in.
    #[must_use]
    pub fn has_door(&self) -> bool {
        let direct = self.facts.as_ref().is_some_and(|facts| facts.kind == ChatKind::Direct);
        !direct && matches!(self.members.my_role(), Some(Role::Owner | Role::Admin))
    }

    /// Returns true if one may delete this message.
    #[must_use]
    pub fn may_delete(&self, message: &Message) -> bool {
        let mine = self.members.is_me(message.member.as_ref());
        let theirs = message.member.as_ref().map_or(Role::Member, |member| member.role);
        let right = match self.members.my_role() {
            Some(Role::Owner) => self.has_door(),
            Some(Role::Admin) => theirs == Role::Member,
            _ => false,
        };
        message.kind != MessageKind::Deleted && (mine || right)
    }
}
