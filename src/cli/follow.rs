//! Messages as they arrive, from several chats at once: each one once and in the order of its chat, across lost connections.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::context::{Context, Room};
use super::failure::Failure;
use super::history::{PAGE, last_messages};
use super::sanitize;
use super::words;
use crate::client::{Client, ClientError, EventStream, Incoming, StreamItem};
use crate::wire::account_events::AccountState;
use crate::wire::chats::ChatPage;
use crate::wire::events::{ChatClosed, Knocked};
use crate::wire::messages::Message;

/// How many messages wait to be printed: then the streams are not read on.
const WAITING: usize = 64;

/// What a followed chat brings.
#[derive(Debug)]
pub enum News {
    /// A message, with the name of its chat.
    Message(Box<Message>, String),
    /// A guest knocked.
    Knock(Box<Knocked>),
    /// Something that people should know.
    Talk(String),
    /// A stream has ended; with what ended it, if that is not the end of the chat.
    Ended(Result<(), Failure>),
}

/// Follows several chats.
#[derive(Debug)]
pub struct Follower {
    news: mpsc::Receiver<News>,
    sender: mpsc::Sender<News>,
    streams: usize,
}

impl Default for Follower {
    /// Follows nothing yet.
    fn default() -> Self {
        let (sender, news) = mpsc::channel(WAITING);
        Self { news, sender, streams: 0 }
    }
}

impl Follower {
    /// Follows a chat, beginning with its last `count` messages.
    pub async fn add_chat(&mut self, room: &Room, count: usize) -> Result<(), Failure> {
        let page = last_messages(room, count).await?;
        let (name, head) = (words::chat_name(&page.chat), page.head);
        let stream = EventStream::chat(room.client.clone(), &room.chat_id, Some(head));
        let mut reader = Reader::new(room.client.clone(), stream, self.sender.clone());
        reader.names.insert(room.chat_id.clone(), name.clone());
        reader.last.insert(room.chat_id.clone(), head);
        reader.me = page.chat.me.as_ref().map(|me| me.id);
        self.streams += 1;
        tokio::spawn(async move {
            for message in page.messages {
                reader.send(News::Message(Box::new(message), name.clone())).await;
            }
            reader.run().await;
        });
        Ok(())
    }

    /// Follows all chats of an account, beginning with the last `count` messages of each.
    pub fn add_account(&mut self, client: Client, count: usize) {
        let stream = EventStream::account(client.clone());
        let mut reader = Reader::new(client, stream, self.sender.clone());
        reader.count = count;
        self.streams += 1;
        tokio::spawn(reader.run());
    }

    /// Returns true if no stream is left.
    pub fn is_over(&self) -> bool {
        self.streams == 0
    }

    /// Returns what comes next; none after all streams have ended.
    pub async fn next(&mut self) -> Option<News> {
        if self.streams == 0 {
            return None;
        }
        let news = self.news.recv().await?;
        self.streams -= usize::from(matches!(news, News::Ended(_)));
        Some(news)
    }
}

/// Reads one stream of events.
struct Reader {
    client: Client,
    stream: EventStream,
    news: mpsc::Sender<News>,
    /// The last entry of each chat that was printed, or passed over.
    last: BTreeMap<String, u64>,
    names: BTreeMap<String, String>,
    /// The number of the reader in the chat, where there is only one.
    me: Option<u32>,
    /// Whether the chats of the account are known.
    has_state: bool,
    /// How many messages of each chat to begin with.
    count: usize,
    interrupted: bool,
}

impl Reader {
    fn new(client: Client, stream: EventStream, news: mpsc::Sender<News>) -> Self {
        Self { client, stream, news, last: BTreeMap::new(), names: BTreeMap::new(), me: None, has_state: false, count: 0, interrupted: false }
    }

    async fn run(mut self) {
        let mut over = false;
        let ended = loop {
            match self.stream.next().await {
                Ok(StreamItem::Event(event)) => {
                    if std::mem::take(&mut self.interrupted) {
                        self.talk("Connected again.").await;
                    }
                    let incoming = event.incoming();
                    over |= self.ends_with(&incoming);
                    if let Err(error) = self.receive(incoming).await {
                        break Err(error);
                    }
                }
                Ok(StreamItem::Interrupted(error)) => self.interruption(&error).await,
                // The stream of a chat that has ended cannot be opened again.
                Err(error) if over && error.problem().is_some_and(|problem| matches!(problem.status, 401 | 404)) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.send(News::Ended(ended.map_err(Failure::from))).await;
    }

    /// Returns true if an event is the last one of the stream.
    fn ends_with(&self, incoming: &Incoming) -> bool {
        match incoming {
            Incoming::ChatClosed(_) | Incoming::SignedOut(_) => true,
            Incoming::MemberLeft(left) => self.me == Some(left.member.id),
            _ => false,
        }
    }

    async fn interruption(&mut self, error: &ClientError) {
        if !std::mem::replace(&mut self.interrupted, true) {
            self.talk(&format!("{}; trying again.", capitalized(&error.to_string()))).await;
        }
    }

    async fn receive(&mut self, incoming: Incoming) -> Result<(), ClientError> {
        match incoming {
            Incoming::Message(message) => self.message(*message).await,
            Incoming::State(state) => self.state(*state).await?,
            Incoming::ChatAdded(added) => {
                let chat = &added.chat.summary.chat;
                self.names.insert(chat.facts.chat_id.clone(), words::chat_name(chat));
                self.last.insert(chat.facts.chat_id.clone(), chat.head);
            }
            Incoming::Knock(knock) => self.send(News::Knock(knock)).await,
            Incoming::ChatClosed(ChatClosed { chat_id, .. }) => self.talk(&format!("{} has ended.", self.name(&chat_id))).await,
            Incoming::MemberLeft(left) if self.me == Some(left.member.id) => {
                self.talk(&format!("You are no longer in {}.", self.name(&left.chat_id))).await;
            }
            Incoming::Gap(gap) => self.talk(&format!("The server forgot entries {} to {} before they arrived.", gap.from, gap.to)).await,
            Incoming::Reset(reset) => {
                self.last.insert(reset.chat_id, reset.head);
                self.talk("The server numbers this chat anew: some messages may be missing.").await;
            }
            Incoming::SignedOut(_) => self.talk("You were signed out.").await,
            _ => {}
        }
        Ok(())
    }

    /// Learns which chats the account has. After an interruption, reads what happened in chats that the stream does not go on in.
    async fn state(&mut self, state: AccountState) -> Result<(), ClientError> {
        let is_first = !std::mem::replace(&mut self.has_state, true);
        // The latest chat comes first, and is to be printed last.
        for chat in state.chats.into_iter().rev().map(|summary| summary.chat) {
            let id = chat.facts.chat_id.clone();
            self.names.insert(id.clone(), words::chat_name(&chat));
            if is_first {
                self.begin(&id, chat.head).await?;
                continue;
            }
            let last = *self.last.entry(id.clone()).or_insert(chat.first.saturating_sub(1));
            if last < chat.head {
                self.catch_up(&id, last, chat.head).await?;
            }
        }
        Ok(())
    }

    /// Begins a chat with its last messages.
    async fn begin(&mut self, chat_id: &str, head: u64) -> Result<(), ClientError> {
        if self.count == 0 {
            self.last.insert(chat_id.to_owned(), head);
            return Ok(());
        }
        let room = Room { client: self.client.clone(), chat_id: chat_id.to_owned() };
        let page = last_messages(&room, self.count).await?;
        for message in page.messages {
            self.message(message).await;
        }
        self.last.insert(chat_id.to_owned(), page.head);
        Ok(())
    }

    async fn catch_up(&mut self, chat_id: &str, mut after: u64, head: u64) -> Result<(), ClientError> {
        loop {
            let page: ChatPage = self.client.get(&format!("/v1/chats/{chat_id}?limit={PAGE}&after={after}")).await?;
            let Some(last) = page.messages.last().map(|message| message.seq) else { break };
            for message in page.messages {
                self.message(message).await;
            }
            after = last;
            if !page.has_more {
                break;
            }
        }
        let last = self.last.entry(chat_id.to_owned()).or_insert(head);
        *last = head.max(*last);
        Ok(())
    }

    /// Passes a message on, unless it was before.
    async fn message(&mut self, message: Message) {
        let last = self.last.entry(message.chat_id.clone()).or_insert(0);
        if message.seq > *last {
            *last = message.seq;
            let name = self.name(&message.chat_id);
            self.send(News::Message(Box::new(message), name)).await;
        }
    }

    fn name(&self, chat_id: &str) -> String {
        self.names.get(chat_id).cloned().unwrap_or_else(|| "The chat".to_owned())
    }

    async fn talk(&self, sentence: &str) {
        self.send(News::Talk(sanitize::line(sentence))).await;
    }

    /// Passes news on. Where nothing is printed any more, nothing is missed.
    async fn send(&self, news: News) {
        let _ = self.news.send(news).await;
    }
}

fn capitalized(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// Prints news; returns true for a message.
pub fn print(context: &Context, news: News, with_names: bool) -> Result<bool, Failure> {
    let output = context.output;
    match news {
        News::Message(message, name) => {
            let prefix = if with_names { format!("{}  ", output.strong(&name)) } else { String::new() };
            output.object(&message, || format!("{prefix}{}", words::message(output, &message)))?;
            return Ok(true);
        }
        News::Knock(knocked) => {
            let knock = &knocked.knock;
            let note = knock.note.as_deref().map(|note| format!(", saying {:?}", sanitize::line(note))).unwrap_or_default();
            let name = sanitize::line(&knock.name);
            output.warn(&format!(
                "{name} knocks ({}){note}: let them in with `parlor door - --let-in {:?}`.",
                sanitize::line(&knock.code),
                knock.code
            ));
        }
        News::Talk(sentence) => output.warn(&sentence),
        News::Ended(ended) => ended?,
    }
    Ok(false)
}
