//! Commands for messages: send, read, tail.

use std::io::{self, IsTerminal as _, Read as _};

use clap::Args;

use crate::cli::complete::targets;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::follow::{self, Follower, News};
use crate::cli::history::last_messages;
use crate::cli::target::{self, Target};
use crate::cli::words;
use crate::wire::messages::{AddressedMessage, Image, Message, NewMessage, NewVideo};
use crate::wire::receipts::{Receipt, ReceiptMove};

/// More bytes than a message may have; the server refuses it.
const MAX_STDIN_BYTES: u64 = 32 << 10;

/// Flags of `parlor send`.
#[derive(Args, Debug)]
pub struct Send {
    /// `@name`, `#group`, the URL of a chat, its title, or `-` for the last one used.
    #[arg(value_name = "TARGET", add = targets())]
    target: String,
    /// The text, in Markdown. Without it, stdin is read.
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    /// The URL of an image; TEXT is its caption.
    #[arg(long, value_name = "URL", conflicts_with = "video")]
    image: Option<String>,
    /// The URL of a video; TEXT is its caption.
    #[arg(long, value_name = "URL")]
    video: Option<String>,
    /// The number of the message that this one replies to.
    #[arg(long, value_name = "NUMBER")]
    reply: Option<u64>,
}

/// Flags of `parlor read`.
#[derive(Args, Debug)]
pub struct Read {
    /// `@name`, `#group`, the URL of a chat, its title, or `-` for the last one used.
    #[arg(value_name = "TARGET", add = targets())]
    target: String,
    /// How many messages.
    #[arg(short = 'n', long = "lines", value_name = "NUMBER", default_value_t = 20)]
    lines: usize,
}

/// Flags of `parlor tail`.
#[derive(Args, Debug)]
pub struct Tail {
    /// `@name`, `#group`, the URL of a chat, its title, or `-` for the last one used.
    #[arg(value_name = "TARGET", required_unless_present = "all", add = targets())]
    targets: Vec<String>,
    /// All chats of your account, also those that you come to, and all link chats of this profile.
    #[arg(long, conflicts_with = "targets")]
    all: bool,
    /// How many of the last messages of each chat to print first.
    #[arg(short = 'n', long = "lines", value_name = "NUMBER", default_value_t = 0)]
    lines: usize,
    /// End after this many messages. Default: go on and on.
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,
}

/// Sends one message.
pub async fn send(context: &Context, args: Send) -> Result<(), Failure> {
    let message = compose(&args)?;
    let sent: Message = match Target::parse(&args.target) {
        Target::User(_) | Target::Group(_) => {
            let NewMessage { text, image, video, reply_to, client_ref, .. } = message;
            let addressed = AddressedMessage { to: args.target.trim().to_owned(), text, image, video, reply_to, client_ref };
            context.account()?.create("/v1/messages", &addressed).await?
        }
        _ => {
            let room = target::find(context, &args.target).await?;
            let sent: Message = room.client.create(&room.path(), &message).await?;
            context.use_last(&room)?;
            return context.output.object(&sent, String::new);
        }
    };
    context.use_last(&context.room(context.server(), &sent.chat_id)?)?;
    context.output.object(&sent, String::new)
}

fn compose(args: &Send) -> Result<NewMessage, Failure> {
    let has_media = args.image.is_some() || args.video.is_some();
    let text = match args.text.join(" ") {
        text if !args.text.is_empty() => Some(text),
        _ if has_media => None,
        _ => Some(read_text()?),
    };
    let image = args.image.clone().map(|url| Image { url, width: None, height: None, alt: None });
    let video = args.video.clone().map(|url| NewVideo { url, duration_seconds: None });
    Ok(NewMessage { text, image, video, reply_to: args.reply, ..NewMessage::default() })
}

/// Reads the text of a message from stdin.
fn read_text() -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "There is no text: write it after the target, or pipe it in."));
    }
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_STDIN_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::new(Exit::Usage, "What came over stdin is not UTF-8 text: convert it first."))?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// Prints the last messages of a chat, and tells the others that they are read.
pub async fn read(context: &Context, args: Read) -> Result<(), Failure> {
    let room = target::find(context, &args.target).await?;
    let page = last_messages(&room, args.lines).await?;
    for message in &page.messages {
        context.output.object(message, || words::message(context.output, message))?;
    }
    context.use_last(&room)?;
    if page.chat.me.is_some() && page.messages.last().is_some() {
        let read = ReceiptMove { delivered: None, read: Some(page.head) };
        // The messages are printed: a receipt that is refused for now fails nothing.
        drop(room.client.put::<Receipt>(&format!("{}/receipt", room.path()), &read).await);
    }
    Ok(())
}

/// Prints messages as they arrive.
pub async fn tail(context: &Context, args: Tail) -> Result<(), Failure> {
    let mut follower = Follower::default();
    if args.all {
        follow_all(context, &mut follower, args.lines).await?;
    }
    for word in &args.targets {
        let room = target::find(context, word).await?;
        follower.add_chat(&room, args.lines).await?;
        context.use_last(&room)?;
    }
    let with_names = args.all || args.targets.len() > 1;
    let (mut left, mut failed) = (args.count.unwrap_or(u64::MAX), None);
    while left > 0 {
        match follower.next().await {
            Some(News::Ended(Err(failure))) if follower.is_over() => return Err(failure),
            Some(News::Ended(Err(failure))) => {
                context.output.warn(&failure.sentence);
                failed = Some(failure);
            }
            Some(news) => left -= u64::from(follow::print(context, news, with_names)?),
            None => return failed.map_or(Ok(()), Err),
        }
    }
    Ok(())
}

/// Follows the account, and the link chats that are still there.
async fn follow_all(context: &Context, follower: &mut Follower, lines: usize) -> Result<(), Failure> {
    let account = context.account_if_any()?;
    let saved = context.state.read()?;
    let ids = saved.servers.get(context.server()).map(|server| server.chats.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut found = account.is_some();
    for id in ids {
        let room = context.room(context.server(), &id)?;
        match follower.add_chat(&room, lines).await {
            Err(failure) if failure.exit != Exit::NotThere => return Err(failure),
            added => found |= added.is_ok(),
        }
    }
    if !found {
        return Err(Failure::not_signed_in(context.server()));
    }
    if let Some(client) = account {
        follower.add_account(client, lines);
    }
    Ok(())
}
