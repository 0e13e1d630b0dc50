//! Carries out requests and follows streams, each in a task of its own; all that comes back goes to one queue.

use std::collections::HashMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use super::chat_view::Loaded;
use super::request::{Answer, Failure, Request, Source, Update};
use crate::client::http::segment;
use crate::client::{Client, ClientError, EventStream, StreamItem};
use crate::wire::chats::{ChatKind, ChatPage};
use crate::wire::knocks::{Decided, Decision, Knock};
use crate::wire::lists::List;
use crate::wire::members::{Member, Role};
use crate::wire::messages::{Message, MessageEdit, NewMessage};
use crate::wire::receipts::{MemberReceipt, Receipt, ReceiptMove};
use crate::wire::typing::TypingChange;

/// How many updates wait for the screen: beyond, streams and answers wait.
const QUEUE: usize = 256;
/// Messages of a page.
const PAGE: usize = 50;
/// The pause before a request is sent again that failed for now.
const PAUSE: Duration = Duration::from_secs(1);

/// The clients of all chats.
#[derive(Debug)]
pub struct Worker {
    clients: HashMap<String, Client>,
    account: Option<Client>,
    updates: mpsc::Sender<Update>,
}

impl Worker {
    /// Creates a worker, and the queue of what comes back.
    #[must_use]
    pub fn new(clients: HashMap<String, Client>, account: Option<Client>) -> (Self, mpsc::Receiver<Update>) {
        let (updates, queue) = mpsc::channel(QUEUE);
        (Self { clients, account, updates }, queue)
    }

    /// Begins to carry out a request. A chat without a client of its own is the account's.
    pub fn carry_out(&self, chat_id: String, request: Request) {
        let Some(client) = self.clients.get(&chat_id).or(self.account.as_ref()).cloned() else { return };
        let updates = self.updates.clone();
        tokio::spawn(async move {
            let answer = answer(&client, &chat_id, request).await;
            // A queue without a reader: the screen is closed.
            let _ = updates.send(Update::Answer(chat_id, answer)).await;
        });
    }

    /// Begins to follow a stream; that of a chat after the entry with this number.
    pub fn follow(&self, source: Source, after: Option<u64>) {
        let stream = match &source {
            Source::Account => self.account.clone().map(EventStream::account),
            Source::Chat(id) => self.clients.get(id).or(self.account.as_ref()).map(|client| EventStream::chat(client.clone(), id, after)),
        };
        if let Some(stream) = stream {
            tokio::spawn(follow(stream, source, self.updates.clone()));
        }
    }
}

async fn follow(mut stream: EventStream, source: Source, updates: mpsc::Sender<Update>) {
    loop {
        let update = match stream.next().await {
            Ok(StreamItem::Event(event)) => Update::Event(source.clone(), Box::new(event.incoming())),
            Ok(StreamItem::Interrupted(_)) => Update::Interrupted(source.clone()),
            Err(error) => Update::Ended(source.clone(), failure(&error)),
        };
        let ended = matches!(update, Update::Ended(..));
        if updates.send(update).await.is_err() || ended {
            return;
        }
    }
}

async fn answer(client: &Client, chat_id: &str, request: Request) -> Answer {
    let path = format!("/v1/chats/{chat_id}");
    match request {
        Request::Load => Answer::Loaded(Box::new(load(client, &path).await)),
        Request::Older(before) => Answer::Older(older(client, &path, before).await),
        Request::Send { key, text, reply_to } => {
            let body = NewMessage { text: Some(text), reply_to, client_ref: Some(key.clone()), ..NewMessage::default() };
            let sent = client.create_keyed::<Box<Message>>(&path, &body, &key).await;
            if let Err(error) = &sent
                && error.is_passing()
            {
                pause(error.retry_after().unwrap_or(PAUSE)).await;
            }
            Answer::Sent(key, sent.map_err(|error| failure(&error)))
        }
        Request::Edit(seq, text) => {
            done(client.patch::<serde_json::Value>(&format!("{path}/messages/{seq}"), &MessageEdit { text: Some(text) }).await)
        }
        Request::Delete(seq) => done(client.delete(&format!("{path}/messages/{seq}")).await),
        Request::React { seq, emoji, added } => {
            let path = format!("{path}/messages/{seq}/reactions/{}", segment(&emoji));
            if added { done(client.put::<()>(&path, &()).await) } else { done(client.delete(&path).await) }
        }
        Request::Decide { knock_id, approve } => {
            let decision = decision(client, &path, knock_id.to_string(), approve);
            let decided = client.create::<Decided>("/v1/approval", &decision).await;
            Answer::Decided(knock_id, decided.map(drop).map_err(|error| failure(&error)))
        }
        Request::Receipt { delivered, read } => {
            let moved = ReceiptMove { delivered: Some(delivered), read: Some(read) };
            Answer::Told(client.put::<Receipt>(&format!("{path}/receipt"), &moved).await.map(drop).map_err(|error| failure(&error)))
        }
        Request::Typing => {
            // Nobody waits for this: a failure is not told.
            let _ = client.post::<()>(&format!("{path}/typing"), &TypingChange { typing: true }).await;
            Answer::Done(Ok(()))
        }
    }
}

fn decision(client: &Client, path: &str, knock_id: String, approve: bool) -> Decision {
    Decision {
        chat_url: Some(format!("{}{path}", client.base())),
        knock_ids: Some(vec![knock_id]),
        approve: Some(approve),
        link_url: None,
        author_id: None,
        knock_id: None,
        reason: None,
    }
}

/// Reads all that a chat consists of, as often as it takes.
async fn load(client: &Client, path: &str) -> Result<Loaded, Failure> {
    loop {
        match load_once(client, path).await {
            Err(error) if error.is_passing() => pause(error.retry_after().unwrap_or(PAUSE)).await,
            loaded => return loaded.map_err(|error| failure(&error)),
        }
    }
}

/// Reads all that a chat consists of. What only some may read is empty for the others.
async fn load_once(client: &Client, path: &str) -> Result<Loaded, ClientError> {
    let page: ChatPage = client.get(&format!("{path}?limit={PAGE}")).await?;
    let me = page.chat.me.as_ref();
    let has_door = page.chat.facts.kind != ChatKind::Direct && me.is_some_and(|me| matches!(me.role, Role::Owner | Role::Admin));
    let members: Vec<Member> = list(client, &format!("{path}/members?limit=200")).await?;
    let receipts: Vec<MemberReceipt> = if me.is_some() { list(client, &format!("{path}/receipts?limit=200")).await? } else { Vec::new() };
    let knocks: Vec<Knock> = if has_door { list(client, &format!("{path}/knocks?status=pending&limit=200")).await? } else { Vec::new() };
    Ok(Loaded { page, members, receipts, knocks })
}

/// Reads the messages before a number, as often as it takes.
async fn older(client: &Client, path: &str, before: u64) -> Result<(Vec<Message>, bool), Failure> {
    let path = format!("{path}?before={before}&limit={PAGE}");
    loop {
        match client.get::<ChatPage>(&path).await {
            Ok(page) => return Ok((page.messages, page.has_more)),
            Err(error) if error.is_passing() => pause(error.retry_after().unwrap_or(PAUSE)).await,
            Err(error) => return Err(failure(&error)),
        }
    }
}

/// Reads all pages of a list.
async fn list<T: DeserializeOwned>(client: &Client, path: &str) -> Result<Vec<T>, ClientError> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: List<T> = client.get(&format!("{path}{cursor}")).await?;
        items.extend(page.items);
        match page.cursor.filter(|_| page.has_more) {
            Some(next) => cursor = format!("&cursor={}", segment(&next)),
            None => return Ok(items),
        }
    }
}

fn done<T>(done: Result<T, ClientError>) -> Answer {
    Answer::Done(done.map(drop).map_err(|error| failure(&error)))
}

fn failure(error: &ClientError) -> Failure {
    match error {
        error if error.is_passing() => Failure::Passing,
        ClientError::Problem(problem) if problem.status == 404 => Failure::Gone,
        error => Failure::Refused(error.to_string()),
    }
}

#[expect(clippy::disallowed_methods, reason = "the client is not driven by the server's clock")]
async fn pause(span: Duration) {
    tokio::time::sleep(span).await;
}
