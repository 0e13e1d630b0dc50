//! Commands for chats: open, chat, chats, close.

use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::time::Duration;

use clap::Args;
use fast_qr::{ECL, QRBuilder};

use crate::cli::complete::targets;
use crate::cli::context::{Context, Room};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::state::SavedKnock;
use crate::cli::{sanitize, talk, target, tui, words};
use crate::config::parse_duration;
use crate::wire::chat_items::ChatItem;
use crate::wire::chats::{Admission, Chat, ChatPage, NewChat, OpenedChat};
use crate::wire::links::{Link, NewLink};

/// Flags of `parlor open`.
#[derive(Args, Debug)]
pub struct Open {
    /// The title. Who knocks does not see it.
    #[arg(value_name = "TITLE")]
    title: Option<String>,
    /// Your name in the chat. Default: that of your account, else `Owner`.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Let everyone in who has the URL, instead of asking you.
    #[arg(long = "open", id = "open")]
    admits_all: bool,
    /// How long the chat lives after its last message, such as `2h` or `7d`. Default: a day.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    expires: Option<Duration>,
    /// Open it without your account: nobody sees your username.
    #[arg(long)]
    guest: bool,
    /// Print only the URL of the link, and do not enter.
    #[arg(long)]
    detach: bool,
}

/// Flags of `parlor chat`.
#[derive(Args, Debug)]
pub struct ChatArgs {
    /// `@name`, `#group`, the URL of a chat, its title, or `-` for the last one used, which is the default.
    #[arg(value_name = "TARGET", add = targets())]
    target: Option<String>,
}

/// Flags of `parlor chats`.
#[derive(Args, Debug)]
pub struct List {}

/// Flags of `parlor close`.
#[derive(Args, Debug)]
pub struct Close {
    /// `#group`, the URL of a chat, its title, or `-` for the last one used.
    #[arg(value_name = "TARGET", add = targets())]
    target: String,
}

/// Opens a chat with a link, and enters it.
pub async fn open(context: &Context, args: Open) -> Result<(), Failure> {
    let account = if args.guest { None } else { context.account_if_any()? };
    let admission = args.admits_all.then_some(Admission::Open);
    let expires_in = args.expires.map(|span| span.as_secs());
    let new = NewChat { name: args.name, title: args.title, admission, history: None, expires_in };
    let opened: OpenedChat = account.unwrap_or_else(|| context.anonymous()).create("/v1/chats", &new).await?;
    context.keep_chat(context.server(), &opened.chat_id, opened.author_id.clone(), opened.chat.facts.title.clone())?;
    let room = context.room(context.server(), &opened.chat_id)?;
    let new = NewLink { chat_url: opened.chat_id.clone(), author_id: None, label: None, expires_in: None, max_uses: None, auto_approve: None };
    let link: Link = room.client.create("/v1/links", &new).await?;
    context.update_server(context.server(), |server| {
        let kept = SavedKnock { client_id: None, chat_id: Some(opened.chat_id.clone()) };
        server.knocks.insert(link.link_id.clone(), kept);
    })?;
    context.output.object(&opened, String::new)?;
    context.output.object(&link, || sanitize::line(&link.link_url))?;
    if args.detach {
        return Ok(());
    }
    show_qr_code(context.output, &link.link_url);
    context.output.say("Share this link: who follows it knocks, and you decide.");
    if has_screen(context) { tui::enter(context, &room, Some(link.link_url)).await } else { talk::enter(context, &room).await }
}

/// Enters a chat: on the whole screen of a terminal, else line by line.
pub async fn enter(context: &Context, room: &Room) -> Result<(), Failure> {
    if has_screen(context) { tui::enter(context, room, None).await } else { talk::enter(context, room).await }
}

/// Returns true if results go to a terminal, and keys come from one.
fn has_screen(context: &Context) -> bool {
    !context.output.is_json() && stdin().is_terminal() && stdout().is_terminal()
}

/// Shows a chat on the whole screen.
pub async fn chat(context: &Context, args: ChatArgs) -> Result<(), Failure> {
    if !stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "`parlor chat` needs a terminal: use `parlor tail` and `parlor send` in scripts."));
    }
    let room = match &args.target {
        Some(word) => target::find(context, word).await?,
        None => latest(context).await?,
    };
    enter(context, &room).await
}

/// Returns the chat that was used last, else the latest one of the account, else a link chat.
async fn latest(context: &Context) -> Result<Room, Failure> {
    let saved = context.state.read()?;
    if let Some(last) = &saved.last {
        return context.room(&last.server, &last.chat_id);
    }
    let items = match context.account_if_any()? {
        Some(client) => target::all_items(&client).await?,
        None => Vec::new(),
    };
    let kept = saved.servers.get(context.server()).into_iter().flat_map(|server| server.chats.keys().cloned());
    match items.into_iter().map(|item| item.summary.chat.facts.chat_id).chain(kept).next() {
        Some(id) => context.room(context.server(), &id),
        None => Err(Failure::new(Exit::NotThere, "You have no chats yet: open one with `parlor open`, or write with `parlor send @name TEXT`.")),
    }
}

/// Draws the QR code of a URL on stderr, if that is a terminal.
fn show_qr_code(output: Output, url: &str) {
    if output.is_json() || !stderr().is_terminal() {
        return;
    }
    let Ok(code) = QRBuilder::new(url).ecl(ECL::M).build() else { return };
    for line in code.to_str().lines() {
        output.warn(&output.black_and_white(line));
    }
}

/// Lists the chats of the account, and the link chats of the profile.
pub async fn list(context: &Context, _: List) -> Result<(), Failure> {
    let account = context.account_if_any()?;
    let items = match &account {
        Some(client) => target::all_items(client).await?,
        None => Vec::new(),
    };
    for item in &items {
        context.output.object(item, || item_words(context.output, item))?;
    }
    let listed = |id: &String| items.iter().any(|item| item.summary.chat.facts.chat_id == *id);
    let saved = context.state.read()?;
    let ids = saved.servers.get(context.server()).into_iter().flat_map(|server| server.chats.keys().cloned());
    for id in ids.filter(|id| !listed(id)).collect::<Vec<_>>() {
        list_link_chat(context, &id).await?;
    }
    if account.is_none() && saved.servers.get(context.server()).is_none_or(|server| server.chats.is_empty()) {
        context.output.say("You have no chats here: open one with `parlor open`, or sign in with `parlor login`.");
    }
    Ok(())
}

/// Prints a link chat, and notes its title; forgets it if it is gone.
async fn list_link_chat(context: &Context, id: &str) -> Result<(), Failure> {
    let room = context.room(context.server(), id)?;
    match room.client.get::<ChatPage>(&format!("{}?limit=1", room.path())).await {
        Ok(ChatPage { chat, .. }) => {
            let title = chat.facts.title.clone();
            context.update_server(context.server(), |server| {
                if let Some(kept) = server.chats.get_mut(id) {
                    kept.title = title;
                }
            })?;
            context.output.object(&chat, || format!("{}  {}", context.output.strong(&words::chat_name(&chat)), sanitize::line(&chat.facts.page_url)))
        }
        Err(error) if error.code() == Some("not_found") => context.update_server(context.server(), |server| drop(server.chats.remove(id))),
        Err(error) => Err(error.into()),
    }
}

fn item_words(output: Output, item: &ChatItem) -> String {
    let summary = &item.summary;
    let chat: &Chat = &summary.chat;
    let unread = if summary.unread == 0 { String::new() } else { format!("  {} unread", summary.unread) };
    let waiting = summary.pending.filter(|pending| *pending > 0).map(|pending| format!("  {pending} at the door")).unwrap_or_default();
    let last =
        item.last_message.as_ref().map(|message| format!("  {}", words::content(message).lines().next().unwrap_or_default())).unwrap_or_default();
    let title = chat.facts.title.as_deref().map(sanitize::line).filter(|title| *title != words::chat_name(chat)).map(|title| format!("  {title}"));
    let title = title.filter(|_| chat.facts.group.is_some()).unwrap_or_default();
    format!("{}{title}{unread}{waiting}{last}", output.strong(&words::chat_name(chat)))
}

/// Closes a chat.
pub async fn close(context: &Context, args: Close) -> Result<(), Failure> {
    let room = target::find(context, &args.target).await?;
    room.client.delete(&room.path()).await?;
    let id = room.chat_id.clone();
    context.state.update(|saved| {
        if let Some(server) = saved.servers.get_mut(room.client.base()) {
            server.chats.remove(&id);
            server.doors.remove(&id);
            server.knocks.retain(|_, knock| knock.chat_id.as_ref() != Some(&id));
        }
        saved.last.take_if(|last| last.chat_id == id);
    })?;
    context.output.say("Closed: everything in it is gone.");
    Ok(())
}
