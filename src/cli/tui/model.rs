//! All that the screen shows: the chats, which one is open, what the keys act on.

use super::chat_view::{ChatView, Loading};
use super::request::{Answer, Failure, Request, Source, Update};
use crate::client::Incoming;
use crate::wire::account_events::{AccountState, ChatRemoval};
use crate::wire::chat_items::ChatSummary;

/// What the keys act on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The text being written.
    #[default]
    Writing,
    /// The chosen message.
    Selecting,
    /// The list of chats, at this one.
    Chats(usize),
    /// The list of people, scrolled by this many.
    People(usize),
    /// The keys, scrolled by this many.
    Help(usize),
    /// The choice of a reaction to the chosen message.
    Reacting,
    /// The question whether to delete the chosen message.
    Deleting,
    /// The link to share.
    Link,
}

/// The state of the screen.
#[derive(Debug)]
pub struct Model {
    /// All chats, in the order of the list.
    pub chats: Vec<ChatView>,
    /// The index of the chat that is open.
    pub open: usize,
    /// What the keys act on.
    pub mode: Mode,
    /// The columns and rows of the terminal.
    pub size: (u16, u16),
    /// The terminal is in front, as far as it tells.
    pub focused: bool,
    /// A sentence for the status line, until the next key.
    pub notice: Option<String>,
    /// A link to the chat that was opened first.
    pub link: Option<String>,
    /// The program is to end.
    pub quit: bool,
    /// Milliseconds since the start.
    pub now_ms: u64,
    /// Draws an idempotency key.
    pub new_key: fn() -> String,
    /// When it was told last that something is being written.
    pub(super) told_typing_ms: Option<u64>,
    pub(super) commands: Vec<(String, Request)>,
}

impl Model {
    /// Creates the state for these chats; the one to open is named by its id, and the first if it is not among them.
    #[must_use]
    pub fn new(chats: Vec<ChatView>, open: &str, size: (u16, u16), new_key: fn() -> String) -> Self {
        let open = chats.iter().position(|chat| chat.chat_id == open).unwrap_or_default();
        Self {
            chats,
            open,
            mode: Mode::Writing,
            size,
            focused: true,
            notice: None,
            link: None,
            quit: false,
            now_ms: 0,
            new_key,
            told_typing_ms: None,
            commands: Vec::new(),
        }
    }

    /// Returns the chat that is open.
    #[must_use]
    pub fn chat(&self) -> &ChatView {
        &self.chats[self.open]
    }

    /// Returns the chat that is open.
    pub fn chat_mut(&mut self) -> &mut ChatView {
        &mut self.chats[self.open]
    }

    fn find(&mut self, chat_id: &str) -> Option<&mut ChatView> {
        self.chats.iter_mut().find(|chat| chat.chat_id == chat_id)
    }

    /// Takes what came from the server.
    pub fn update(&mut self, update: Update) {
        match update {
            Update::Answer(chat_id, answer) => self.answer(&chat_id, answer),
            Update::Event(source, event) => self.event(&source, &event),
            Update::Interrupted(source) => self.of(&source).for_each(|chat| chat.connected = false),
            Update::Ended(source, failure) => {
                let text = match failure {
                    Failure::Refused(text) => text,
                    Failure::Gone | Failure::Passing => "This chat is not on the server any more, or you are no longer in it.".into(),
                };
                self.of(&source).for_each(|chat| {
                    chat.ended.get_or_insert_with(|| text.clone());
                });
            }
        }
    }

    /// Returns the chats that a stream carries.
    fn of<'a>(&'a mut self, source: &'a Source) -> impl Iterator<Item = &'a mut ChatView> {
        self.chats.iter_mut().filter(move |chat| match source {
            Source::Account => chat.of_account,
            Source::Chat(id) => chat.chat_id == *id,
        })
    }

    fn event(&mut self, source: &Source, event: &Incoming) {
        self.of(source).for_each(|chat| chat.connected = !matches!(event, Incoming::Bye(_) | Incoming::Began));
        match event {
            Incoming::State(state) => self.take_state(state),
            Incoming::ChatAdded(added) => self.summarize(&added.chat.summary),
            Incoming::ChatRemoved(removed) => {
                let cleared = removed.reason == ChatRemoval::Cleared;
                if let Some(chat) = self.find(&removed.chat_id) {
                    if cleared { chat.reload() } else { end(chat, removed.reason) }
                }
            }
            Incoming::SignedOut(_) => {
                let text = "You were signed out. Sign in again with `parlor login`.";
                self.of(source).for_each(|chat| chat.ended = Some(text.into()));
            }
            _ => {
                let chat_id = match source {
                    Source::Chat(id) => Some(id.as_str()),
                    Source::Account => chat_of(event),
                };
                if let Some(chat) = chat_id.map(str::to_owned).and_then(|id| self.find(&id)) {
                    chat.apply(event);
                }
            }
        }
    }

    fn take_state(&mut self, state: &AccountState) {
        state.chats.iter().for_each(|summary| self.summarize(summary));
        let listed = |chat: &ChatView| state.more || state.chats.iter().any(|summary| summary.chat.facts.chat_id == chat.chat_id);
        // The stream of the account does not carry what it only visits.
        for chat in self.chats.iter_mut().filter(|chat| chat.of_account && !listed(chat)) {
            (chat.of_account, chat.connected) = (false, false);
        }
    }

    /// Takes a chat of the account's list; one that is not known yet comes last.
    pub fn summarize(&mut self, summary: &ChatSummary) {
        let id = &summary.chat.facts.chat_id;
        if self.find(id).is_none() {
            let mut chat = ChatView::new(id, "Chat", true);
            chat.connected = true;
            self.chats.push(chat);
        }
        if let Some(chat) = self.find(id) {
            chat.summarize(summary);
        }
    }

    fn answer(&mut self, chat_id: &str, answer: Answer) {
        let notice = self.find(chat_id).and_then(|chat| take_answer(chat, answer));
        if notice.is_some() {
            self.notice = notice;
        }
        self.forget(chat_id);
    }

    /// Takes a chat off the list that was over before anything of it was seen.
    fn forget(&mut self, chat_id: &str) {
        let gone = |chat: &ChatView| chat.chat_id == chat_id && chat.ended.is_some() && chat.loading == Loading::UnderWay;
        let Some(at) = self.chats.iter().position(gone).filter(|at| *at != self.open) else { return };
        self.chats.remove(at);
        self.open -= usize::from(at < self.open);
        if let Mode::Chats(chosen) = &mut self.mode {
            *chosen = (*chosen).min(self.chats.len() - 1);
        }
    }

    /// Returns the requests that are to be sent now, and notes that they are.
    pub fn due(&mut self) -> Vec<(String, Request)> {
        let mut due = std::mem::take(&mut self.commands);
        let (open, reading) = (self.open, self.is_reading());
        self.chats[open].door.look(self.now_ms);
        for (at, chat) in self.chats.iter_mut().enumerate() {
            let seen = at == open && reading;
            chat.watch(seen);
            super::due::requests(chat, at == open, seen, &mut due);
        }
        due
    }

    /// Returns true if the end of the open chat is before somebody's eyes.
    fn is_reading(&self) -> bool {
        self.focused && self.chat().scroll.is_none() && self.chat().loading == Loading::Done && !matches!(self.mode, Mode::Help(_))
    }
}

fn end(chat: &mut ChatView, reason: ChatRemoval) {
    let text = match reason {
        ChatRemoval::Left => "You left this chat.",
        ChatRemoval::Removed | ChatRemoval::Evicted => "You were removed from this chat.",
        ChatRemoval::Closed => "This chat was closed. Everything in it is gone from the server.",
        ChatRemoval::Expired => "This chat has expired. Everything in it is gone from the server.",
        ChatRemoval::Cleared => return,
    };
    chat.ended = Some(text.into());
}

/// Takes an answer; returns what the status line says of it.
fn take_answer(chat: &mut ChatView, answer: Answer) -> Option<String> {
    match answer {
        Answer::Loaded(loaded) => match *loaded {
            Ok(loaded) => chat.load(loaded),
            Err(Failure::Passing) => chat.loading = Loading::Wanted,
            Err(Failure::Gone) => chat.ended = Some("This chat is not on the server any more, or you are no longer in it.".into()),
            Err(Failure::Refused(text)) => chat.ended = Some(text),
        },
        Answer::Older(page) => {
            chat.older = None;
            if let Ok((messages, has_more)) = page {
                chat.timeline.add_older(messages, has_more);
            }
        }
        Answer::Sent(key, sent) => take_sent(chat, &key, sent),
        Answer::Decided(knock_id, decided) => match decided {
            Ok(()) => chat.door.remove(knock_id),
            Err(failure) => {
                chat.door.put_back(knock_id);
                return Some(failure_text(failure));
            }
        },
        Answer::Told(_) => chat.told.under_way = false,
        Answer::Done(done) => return done.err().map(failure_text),
    }
    None
}

/// Takes the answer to a message. It is shown once its event arrives, in its place among the others.
fn take_sent(chat: &mut ChatView, key: &str, sent: Result<Box<crate::wire::messages::Message>, Failure>) {
    match sent {
        Ok(message) => chat.arrived(key, message.seq),
        Err(Failure::Passing) => chat.outbox.interrupt(key),
        Err(Failure::Gone) => chat.outbox.refuse(key, "you cannot write here".into()),
        Err(Failure::Refused(text)) => chat.outbox.refuse(key, text),
    }
}

fn failure_text(failure: Failure) -> String {
    match failure {
        Failure::Passing => "The server was not reached. Try again.".into(),
        Failure::Gone => "That is not there any more.".into(),
        Failure::Refused(text) => text,
    }
}

/// Returns the chat that an event of an account's stream is of.
fn chat_of(event: &Incoming) -> Option<&str> {
    Some(match event {
        Incoming::Hello(data) => &data.chat_id,
        Incoming::Reset(data) => &data.chat_id,
        Incoming::Gap(data) => &data.chat_id,
        Incoming::Heartbeat(data) => data.chat_id.as_deref()?,
        Incoming::Message(data) => &data.chat_id,
        Incoming::MessageEdited(data) | Incoming::MessageDeleted(data) => &data.chat_id,
        Incoming::Reaction(data) => &data.chat_id,
        Incoming::MemberJoined(data) => &data.chat_id,
        Incoming::MemberLeft(data) => &data.chat_id,
        Incoming::MemberUpdated(data) => &data.chat_id,
        Incoming::ChatUpdated(data) => &data.chat_id,
        Incoming::ChatClosed(data) => &data.chat_id,
        Incoming::Knock(data) => &data.chat_id,
        Incoming::KnockDecided(data) => &data.chat_id,
        Incoming::Receipt(data) => &data.chat_id,
        Incoming::Typing(data) => &data.chat_id,
        Incoming::Presence(data) => &data.chat_id,
        _ => return None,
    })
}
