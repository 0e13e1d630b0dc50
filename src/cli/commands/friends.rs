//! Commands for friends: friends, block.

use clap::{Args, ValueEnum};

use super::passwords::bare;
use crate::cli::complete::users;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::target::all;
use crate::cli::{sanitize, words};
use crate::client::Client;
use crate::client::http::segment;
use crate::wire::friends::{Block, Friend, FriendRequest, FriendRequestAnswer, FriendRequestChange, FriendRequestStatus, NewFriendRequest};

/// Flags of `parlor friends`.
#[derive(Args, Debug)]
pub struct Friends {
    /// What to do. Default: list friends, and the requests that wait.
    #[arg(value_name = "ACTION", requires = "name")]
    action: Option<Action>,
    /// Whose friend to become, or not.
    #[arg(value_name = "NAME", add = users())]
    name: Option<String>,
    /// A note to whom you ask.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// What to do about a friend.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Action {
    /// Ask to be friends; accepts, if they asked you.
    Add,
    /// Accept their request.
    Accept,
    /// Reject their request.
    Reject,
    /// Withdraw your request.
    Withdraw,
    /// End the friendship.
    Remove,
}

/// Flags of `parlor block`.
#[derive(Args, Debug)]
pub struct BlockArgs {
    /// Whom to block. Default: list whom you block.
    #[arg(value_name = "NAME", add = users())]
    name: Option<String>,
    /// Unblock.
    #[arg(long, requires = "name")]
    remove: bool,
}

/// Lists friends and requests, or changes them.
pub async fn friends(context: &Context, args: Friends) -> Result<(), Failure> {
    let client = context.account()?;
    let (Some(action), Some(name)) = (args.action, args.name) else {
        return list(context.output, &client).await;
    };
    let name = bare(&name, '@');
    match action {
        Action::Add => {
            let request: FriendRequest = client.create("/v1/friend-requests", &NewFriendRequest { username: name, note: args.note }).await?;
            context.output.object(&request, || request_in_words(&request))
        }
        Action::Accept => answer(context, &client, &name, FriendRequestAnswer::Accepted).await,
        Action::Reject => answer(context, &client, &name, FriendRequestAnswer::Rejected).await,
        Action::Withdraw => {
            let request = pending(&client, "outgoing", &name).await?;
            client.delete(&format!("/v1/friend-requests/{}", request.id)).await?;
            context.output.say("Withdrawn.");
            Ok(())
        }
        Action::Remove => {
            client.delete(&format!("/v1/friends/{}", segment(&name))).await?;
            context.output.say(&sanitize::line(&format!("You and @{name} are no friends now.")));
            Ok(())
        }
    }
}

async fn list(output: Output, client: &Client) -> Result<(), Failure> {
    let friends: Vec<Friend> = all(client, "/v1/friends?limit=200").await?;
    for friend in &friends {
        output.object(friend, || words::user(output, &friend.user))?;
    }
    let mut waiting = requests(client, "incoming").await?;
    waiting.extend(requests(client, "outgoing").await?);
    if friends.is_empty() && waiting.is_empty() {
        output.say("You have no friends here yet: ask somebody with `parlor friends add NAME`.");
    }
    waiting.iter().try_for_each(|request| output.object(request, || request_in_words(request)))
}

async fn requests(client: &Client, direction: &str) -> Result<Vec<FriendRequest>, Failure> {
    all(client, &format!("/v1/friend-requests?direction={direction}&status=pending&limit=200")).await
}

/// Finds the pending request of, or to, a person.
async fn pending(client: &Client, direction: &str, name: &str) -> Result<FriendRequest, Failure> {
    let is_meant = |request: &FriendRequest| {
        let other = if direction == "incoming" { &request.from } else { &request.to };
        other.username == name.to_lowercase()
    };
    requests(client, direction).await?.into_iter().find(is_meant).ok_or_else(|| {
        let whose = if direction == "incoming" { "from" } else { "to" };
        Failure::new(Exit::NotThere, format!("No friend request {whose} @{name} waits: see `parlor friends`."))
    })
}

async fn answer(context: &Context, client: &Client, name: &str, status: FriendRequestAnswer) -> Result<(), Failure> {
    let request = pending(client, "incoming", name).await?;
    let path = format!("/v1/friend-requests/{}", request.id);
    let request: FriendRequest = client.patch(&path, &FriendRequestChange { status }).await?;
    context.output.object(&request, || request_in_words(&request))
}

fn request_in_words(request: &FriendRequest) -> String {
    let (from, to) = (sanitize::line(&request.from.username), sanitize::line(&request.to.username));
    let note = request.note.as_deref().map(|note| format!("  {:?}", sanitize::line(note))).unwrap_or_default();
    match request.status {
        FriendRequestStatus::Pending => format!("@{from} asks @{to}{note}"),
        FriendRequestStatus::Accepted => format!("@{from} and @{to} are friends"),
        FriendRequestStatus::Rejected => format!("@{to} rejected @{from}"),
        FriendRequestStatus::Withdrawn => format!("@{from} withdrew the request"),
    }
}

/// Lists whom the account blocks, blocks, or unblocks.
pub async fn block(context: &Context, args: BlockArgs) -> Result<(), Failure> {
    let client = context.account()?;
    let Some(name) = args.name else {
        let blocks: Vec<Block> = all(&client, "/v1/blocks?limit=200").await?;
        if blocks.is_empty() {
            context.output.say("You block nobody.");
        }
        return blocks.iter().try_for_each(|block| context.output.object(block, || words::user(context.output, &block.user)));
    };
    let name = bare(&name, '@');
    let path = format!("/v1/blocks/{}", segment(&name));
    if args.remove {
        client.delete(&path).await?;
    } else {
        client.put::<()>(&path, &()).await?;
    }
    context.output.say(&sanitize::line(&format!("@{name} is {}.", if args.remove { "no longer blocked" } else { "blocked" })));
    Ok(())
}
