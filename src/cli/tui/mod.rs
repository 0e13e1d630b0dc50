//! `parlor chat`: one screen for all chats. A pure model, pure keys, pure drawing, and a thin loop around them.

pub mod request;
pub mod composer;
pub mod timeline;
pub mod outbox;
pub mod door;
pub mod members;
pub mod chat_view;
mod due;
pub mod reactions;
pub mod model;
pub mod keys;
pub mod scroll;
pub mod update;
pub mod draw;
pub mod terminal;
pub mod worker;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Instant;

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use self::chat_view::{ChatView, Loading};
use self::model::{Mode, Model};
use self::request::{Source, Update};
use self::terminal::Screen;
use self::worker::Worker;
use super::context::{Context, Room};
use super::failure::Failure;
use crate::client::Client;
use crate::client::http::new_key;

/// How many updates are taken before the screen is drawn again.
const BATCH: usize = 500;
/// How many chats with a credential of their own are followed.
const MAX_OWN: usize = 64;

/// The chats of a profile.
#[derive(Debug)]
pub struct Chats {
    /// Chats with a credential or a server of their own: id, title, client.
    pub own: Vec<(String, String, Client)>,
    /// The account, whose other chats its stream names.
    pub account: Option<Client>,
    /// The id of the chat to open.
    pub open: String,
    /// A link to the chat to open, to share.
    pub link: Option<String>,
}

/// Enters a chat on the whole screen. A link that was just made is shown first.
///
/// # Errors
/// There is no terminal, or the state of the profile cannot be read.
pub async fn enter(context: &Context, room: &Room, new_link: Option<String>) -> Result<(), Failure> {
    context.use_last(room)?;
    let saved = context.state.read()?;
    let mut own = Vec::new();
    for (server, kept) in &saved.servers {
        for (chat_id, chat) in &kept.chats {
            own.push((chat_id.clone(), chat.title.clone().unwrap_or_else(|| "Chat".into()), context.room(server, chat_id)?.client));
        }
    }
    let account = context.account_if_any()?;
    if !own.iter().any(|(chat_id, ..)| *chat_id == room.chat_id) && (account.is_none() || room.client.base() != context.server()) {
        own.push((room.chat_id.clone(), "Chat".into(), room.client.clone()));
    }
    let links = saved.servers.get(room.client.base()).into_iter().flat_map(|kept| &kept.knocks);
    let mut links = links.filter(|(_, link)| link.client_id.is_none() && link.chat_id.as_ref() == Some(&room.chat_id));
    let show_link = new_link.is_some();
    let link = new_link.or_else(|| links.next().map(|(link_id, _)| format!("{}/l/{link_id}", room.client.base())));
    own.sort_by_key(|(chat_id, ..)| *chat_id != room.chat_id);
    own.truncate(MAX_OWN);
    let chats = Chats { own, account, open: room.chat_id.clone(), link };
    run(chats, context.output.is_colored(), show_link).await?;
    context.output.say("`parlor chat -` brings you back to this chat.");
    Ok(())
}

/// Shows the chats until the person quits or the program is told to end.
///
/// # Errors
/// There is no terminal, or it has gone.
pub async fn run(chats: Chats, colour: bool, show_link: bool) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut screen = Screen::enter(colour)?;
    let mut model = Model::new(views(&chats), &chats.open, screen.size(), new_key);
    model.link = chats.link;
    if show_link {
        model.mode = Mode::Link;
    }
    let clients: HashMap<_, _> = chats.own.into_iter().map(|(id, _, client)| (id, client)).collect();
    let has_account = chats.account.is_some();
    let (worker, mut updates) = Worker::new(clients, chats.account);
    if has_account {
        worker.follow(Source::Account, None);
    }
    let mut keys = EventStream::new();
    let mut followed = HashSet::new();
    let start = now();
    while !model.quit {
        model.now_ms = since(start);
        model.due().into_iter().for_each(|(chat_id, request)| worker.carry_out(chat_id, request));
        follow_loaded(&model, &worker, &mut followed);
        screen.draw(&mut model)?;
        tokio::select! {
            event = keys.next() => match event {
                Some(event) => {
                    model.now_ms = since(start);
                    input(&mut model, event?);
                    take_keys(&mut model, &mut keys).await?;
                }
                None => model.quit = true,
            },
            Some(update) = updates.recv() => take(&mut model, update, &mut updates),
            _ = terminate.recv() => model.quit = true,
            _ = hang_up.recv() => model.quit = true,
        }
    }
    Ok(())
}

/// The views of the chats that are known before the first answer.
fn views(chats: &Chats) -> Vec<ChatView> {
    let mut views: Vec<_> = chats.own.iter().map(|(id, title, _)| ChatView::new(id, title, false)).collect();
    if !views.iter().any(|view| view.chat_id == chats.open) {
        views.insert(0, ChatView::new(&chats.open, "Chat", true));
    }
    views
}

/// Follows the chats that have a stream of their own, once they are loaded.
fn follow_loaded(model: &Model, worker: &Worker, followed: &mut HashSet<String>) {
    for chat in model.chats.iter().filter(|chat| !chat.of_account && chat.loading == Loading::Done && chat.ended.is_none()) {
        if followed.insert(chat.chat_id.clone()) {
            worker.follow(Source::Chat(chat.chat_id.clone()), Some(chat.cursor));
        }
    }
}

/// Takes an update and those behind it, so that a flood is drawn once.
fn take(model: &mut Model, update: Update, updates: &mut mpsc::Receiver<Update>) {
    model.update(update);
    for _ in 0..BATCH {
        let Ok(update) = updates.try_recv() else { return };
        model.update(update);
    }
}

/// Takes the keys that were pressed already, so that what is typed fast, or pasted without saying so, is drawn once.
async fn take_keys(model: &mut Model, keys: &mut EventStream) -> io::Result<()> {
    for _ in 0..BATCH {
        // Polled with the waker of this task: the stream keeps the waker of the first poll that finds nothing, and wakes no other.
        let pressed = poll_fn(|cx| match keys.poll_next_unpin(cx) {
            Poll::Ready(event) => Poll::Ready(event),
            Poll::Pending => Poll::Ready(None),
        });
        let Some(event) = pressed.await else { break };
        input(model, event?);
    }
    Ok(())
}

fn input(model: &mut Model, event: Event) {
    match event {
        Event::Key(key) => {
            let nothing_written = model.chat().composer.is_empty();
            if let Some(action) = keys::action(model.mode, nothing_written, key) {
                model.act(action);
            }
        }
        Event::Paste(text) => model.paste(&text),
        Event::FocusGained => model.focused = true,
        Event::FocusLost => model.focused = false,
        Event::Mouse(_) | Event::Resize(..) => {}
    }
}

fn since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the screen is not driven by the server's clock")]
fn now() -> Instant {
    Instant::now()
}
