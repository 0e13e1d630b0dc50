//! Commands for knocks: knock, and door for those who decide.

use clap::Args;
use uuid::Uuid;

use crate::cli::commands::chats;
use crate::cli::complete::targets;
use crate::cli::context::{Context, Room};
use crate::cli::failure::{Exit, Failure};
use crate::cli::sanitize;
use crate::cli::state::SavedKnock;
use crate::cli::target::{self, Target, all, link_client};
use crate::client::{Client, EventStream, Incoming, StreamItem};
use crate::wire::knocks::{Decided, Decision, Exchange, Knock, KnockStatus, NewKnock};

/// The most knocks that are decided in one request.
const MAX_DECIDED: usize = 256;

/// Flags of `parlor knock`.
#[derive(Args, Debug)]
pub struct KnockArgs {
    /// The URL of a link.
    #[arg(value_name = "URL")]
    url: String,
    /// Your name. Default: that of your account, else `Guest`.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A note to who decides.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Knock without your account: nobody sees your username.
    #[arg(long)]
    guest: bool,
    /// Knock, and do not wait.
    #[arg(long)]
    detach: bool,
}

/// Flags of `parlor door`.
#[derive(Args, Debug)]
pub struct Door {
    /// `#group`, the URL of a chat, its title, or `-` for the last one used.
    #[arg(value_name = "TARGET", default_value = "-", add = targets())]
    target: String,
    /// Let in: a number of the list, the two words, or `all`.
    #[arg(long, value_name = "WHO")]
    let_in: Vec<String>,
    /// Decline: a number of the list, the two words, or `all`.
    #[arg(long, value_name = "WHO", conflicts_with = "let_in")]
    decline: Vec<String>,
    /// A reason that the guests read.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Knocks, waits, and enters. A knock that waits already is waited for again.
pub async fn knock(context: &Context, args: KnockArgs) -> Result<(), Failure> {
    let Target::Link(base, id) = Target::parse(&args.url) else {
        return Err(Failure::new(Exit::Usage, format!("{:?} is not the URL of a link: give a whole one, such as http://HOST/l/ID.", args.url)));
    };
    let (client, kept) = link_client(context, base, &id)?;
    let account = if args.guest || client.base() != context.server() { None } else { context.account_if_any()? };
    let (client, exchange) = if let Some(exchange) = earlier(&client, &id, &kept).await? {
        (client.with_credential(kept.client_id), exchange)
    } else {
        let client = account.unwrap_or(client);
        let new = NewKnock { name: args.name, note: args.note };
        let exchange: Exchange = client.create(&format!("/v1/links/{id}/knocks"), &new).await?;
        let client = exchange.client_id.clone().map_or_else(|| client.clone(), |secret| client.with_credential(Some(secret)));
        (client, exchange)
    };
    keep(context, &client, &id, &exchange)?;
    context.output.object(&exchange, String::new)?;
    let exchange = match exchange.status {
        Some(KnockStatus::Pending) if args.detach => {
            context.output.say(&words_to_say(&exchange));
            return Ok(());
        }
        Some(KnockStatus::Pending) => wait(context, &client, &id, exchange).await?,
        _ => exchange,
    };
    keep(context, &client, &id, &exchange)?;
    admitted(context, &client, &exchange, args.detach).await
}

/// Returns how an earlier knock of ours on this link stands, if it waits or was approved.
async fn earlier(client: &Client, id: &str, kept: &SavedKnock) -> Result<Option<Exchange>, Failure> {
    let Some(secret) = &kept.client_id else { return Ok(None) };
    match client.get::<Exchange>(&format!("/v1/links/{id}?client_id={}", secret.expose())).await {
        Ok(exchange) => Ok(Some(exchange).filter(|exchange| matches!(exchange.status, Some(KnockStatus::Pending | KnockStatus::Approved)))),
        Err(error) if error.code() == Some("not_found") => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the credential of a knock, and the chat that it leads to.
fn keep(context: &Context, client: &Client, id: &str, exchange: &Exchange) -> Result<(), Failure> {
    let chat_id = chat_of(exchange);
    context.update_server(client.base(), |server| {
        let kept = server.knocks.entry(id.to_owned()).or_default();
        kept.client_id = exchange.client_id.clone().or_else(|| kept.client_id.take());
        kept.chat_id.clone_from(&chat_id);
    })?;
    match (chat_id, &exchange.client_id) {
        (Some(chat_id), Some(_)) => context.keep_chat(client.base(), &chat_id, exchange.client_id.clone(), None),
        _ => Ok(()),
    }
}

fn chat_of(exchange: &Exchange) -> Option<String> {
    match Target::parse(exchange.chat_url.as_deref()?) {
        Target::Chat(_, id) => Some(id),
        _ => None,
    }
}

fn words_to_say(exchange: &Exchange) -> String {
    let code = sanitize::line(exchange.code.as_deref().unwrap_or_default());
    format!("You knocked. Tell them these two words, so that they know it is you: {code}")
}

/// Waits for the decision, across lost connections.
async fn wait(context: &Context, client: &Client, id: &str, exchange: Exchange) -> Result<Exchange, Failure> {
    context.output.say(&words_to_say(&exchange));
    let mut stream = EventStream::guest(client.clone(), id);
    let mut interrupted = false;
    loop {
        match stream.next().await? {
            StreamItem::Event(event) => {
                interrupted = false;
                if let Incoming::Decided(mut decided) = event.incoming() {
                    context.output.object(&decided, String::new)?;
                    decided.client_id = decided.client_id.or(exchange.client_id);
                    return Ok(*decided);
                }
            }
            StreamItem::Interrupted(error) => {
                if !std::mem::replace(&mut interrupted, true) {
                    context.output.warn(&sanitize::line(&format!("Waiting was interrupted: {error}; trying again.")));
                }
            }
        }
    }
}

/// Enters the chat that a knock led to, or says why it did not.
async fn admitted(context: &Context, client: &Client, exchange: &Exchange, detach: bool) -> Result<(), Failure> {
    let reason = exchange.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let Some(chat_id) = chat_of(exchange) else {
        let sentence = match exchange.status {
            Some(KnockStatus::Declined) => format!("You were not let in{reason}: ask who sent you the link."),
            Some(KnockStatus::Expired) => "Nobody answered in time: knock again, or ask who sent you the link.".to_owned(),
            _ => "You are not let in: knock again.".to_owned(),
        };
        return Err(Failure::new(Exit::NotThere, sentence));
    };
    context.output.say(&sanitize::line(&format!("You are in{reason}.")));
    if detach {
        return Ok(());
    }
    let room = Room { client: client.clone(), chat_id };
    chats::enter(context, &room).await
}

/// Lists who waits, or decides.
pub async fn door(context: &Context, args: Door) -> Result<(), Failure> {
    let room = target::find(context, &args.target).await?;
    let pending: Vec<Knock> = all(&room.client, &format!("{}/knocks?status=pending&limit=200", room.path())).await?;
    let approve = args.decline.is_empty();
    let chosen = if approve { &args.let_in } else { &args.decline };
    if chosen.is_empty() {
        return list(context, &room, &pending);
    }
    let listed = listed(context, &room)?;
    let ids = chosen.iter().map(|word| choose(word, &pending, &listed)).collect::<Result<Vec<_>, _>>()?.concat();
    for ids in ids.chunks(MAX_DECIDED) {
        let ids: Vec<_> = ids.iter().map(Uuid::to_string).collect();
        let (chat_url, reason) = (Some(room.chat_id.clone()), args.reason.clone());
        let decision = Decision { link_url: None, chat_url, author_id: None, knock_id: None, knock_ids: Some(ids), approve: Some(approve), reason };
        let decided: Decided = room.client.post("/v1/approval", &decision).await?;
        context.output.object(&decided, String::new)?;
    }
    let named: Vec<_> = pending.iter().filter(|knock| ids.contains(&knock.knock_id)).map(|knock| sanitize::line(&knock.name)).collect();
    context.output.say(&format!("{}: {}.", if approve { "Let in" } else { "Declined" }, named.join(", ")));
    context.use_last(&room)
}

fn list(context: &Context, room: &Room, pending: &[Knock]) -> Result<(), Failure> {
    for (number, knock) in (1..).zip(pending) {
        context.output.object(knock, || {
            let username = knock.username.as_deref().map(|username| format!(" @{}", sanitize::line(username))).unwrap_or_default();
            let taken = if knock.name_taken { " (a member has this name)" } else { "" };
            let note = knock.note.as_deref().map(|note| format!("  {:?}", sanitize::line(note))).unwrap_or_default();
            let label = knock.label.as_deref().map(|label| format!("  by the link {:?}", sanitize::line(label))).unwrap_or_default();
            let name = context.output.strong(&sanitize::line(&knock.name));
            format!("{number:>3}  {name}{username}{taken}  {}{note}{label}", sanitize::line(&knock.code))
        })?;
    }
    if pending.is_empty() {
        context.output.say("Nobody waits at the door.");
    }
    let ids: Vec<_> = pending.iter().map(|knock| knock.knock_id.to_string()).collect();
    context.update_server(room.client.base(), |server| drop(server.doors.insert(room.chat_id.clone(), ids)))?;
    context.use_last(room)
}

/// Returns the ids of the last list, whose numbers people give.
fn listed(context: &Context, room: &Room) -> Result<Vec<String>, Failure> {
    let saved = context.state.read()?;
    Ok(saved.servers.get(room.client.base()).and_then(|server| server.doors.get(&room.chat_id)).cloned().unwrap_or_default())
}

/// Returns the knocks that a word names: a number of the last list, the two words, an id, or all.
fn choose(word: &str, pending: &[Knock], listed: &[String]) -> Result<Vec<Uuid>, Failure> {
    if word == "all" {
        return Ok(pending.iter().map(|knock| knock.knock_id).collect());
    }
    let nobody = || {
        Failure::new(Exit::NotThere, format!("Nobody at the door is {word:?}: see `parlor door`, and give a number of its list or the two words."))
    };
    let id = match word.parse::<usize>() {
        Ok(number) => number.checked_sub(1).and_then(|at| listed.get(at)).and_then(|id| id.parse().ok()),
        Err(_) => pending.iter().find(|knock| knock.code == word.to_lowercase() || knock.knock_id.to_string() == word).map(|knock| knock.knock_id),
    };
    id.map(|id| vec![id]).ok_or_else(nobody)
}
