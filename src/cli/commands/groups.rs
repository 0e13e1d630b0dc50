//! The commands for groups.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::passwords::bare;
use crate::cli::complete::{groups as group_names, users};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::cli::target::all;
use crate::cli::{sanitize, words};
use crate::client::Client;
use crate::client::http::segment;
use crate::config::parse_duration;
use crate::wire::accounts::Me;
use crate::wire::chat_items::ChatItem;
use crate::wire::chats::{Admission, Chat, ChatChange};
use crate::wire::groups::{GroupCard, GroupMember, MemberChange, NewGroup, NewGroupKnock, NewGroupMember};
use crate::wire::knocks::Exchange;
use crate::wire::members::{Member, Role};

/// Flags of `parlor groups`.
#[derive(Args, Debug)]
pub struct Groups {
    /// What to do. Default: list the groups that can be found.
    #[command(subcommand)]
    action: Option<Action>,
}

/// What to do with a group.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Lists groups that can be found.
    List {
        /// The beginning of a name, or of a word of a title.
        #[arg(value_name = "SEARCH")]
        search: Option<String>,
    },
    /// Creates a group.
    Create(Create),
    /// Joins an open group.
    Join(Named),
    /// Asks to be let in.
    Knock {
        /// The group.
        #[command(flatten)]
        group: Named,
        /// A note to those who decide.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Leaves a group.
    Leave(Named),
    /// Adds people.
    Add(People),
    /// Removes people.
    Remove(People),
    /// Gives a member a role.
    Role {
        /// The group.
        #[command(flatten)]
        group: Named,
        /// The member.
        #[arg(value_name = "USERNAME", add = users())]
        username: String,
        /// The role; `owner` hands the group over.
        #[arg(value_name = "ROLE")]
        role: RoleName,
    },
    /// Changes a group.
    Edit(Edit),
    /// Closes a group: everything in it is gone at once.
    Delete(Named),
}

/// A group by its name.
#[derive(Args, Debug)]
pub struct Named {
    /// The group's name.
    #[arg(value_name = "GROUP", add = group_names())]
    group: String,
}

/// People of a group.
#[derive(Args, Debug)]
pub struct People {
    /// The group.
    #[command(flatten)]
    group: Named,
    /// Their usernames.
    #[arg(value_name = "USERNAME", required = true, add = users())]
    usernames: Vec<String>,
}

/// Flags of `parlor groups create`.
#[derive(Args, Debug)]
pub struct Create {
    /// Its name: lower-case letters, digits, and single dots, underscores or hyphens.
    #[arg(value_name = "GROUP")]
    name: String,
    /// Whom to add.
    #[arg(value_name = "USERNAME", add = users())]
    members: Vec<String>,
    /// The title.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What it is about.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// How accounts join. Default: by invitation.
    #[arg(long, value_name = "HOW")]
    admission: Option<AdmissionName>,
    /// How long it lives after its last message, such as `7d`. Default: for ever.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    expires: Option<Duration>,
}

/// Flags of `parlor groups edit`.
#[derive(Args, Debug)]
pub struct Edit {
    /// The group.
    #[command(flatten)]
    group: Named,
    /// A new name.
    #[arg(long, value_name = "GROUP")]
    name: Option<String>,
    /// A new title; empty for none.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// A new description; empty for none.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// How accounts join.
    #[arg(long, value_name = "HOW")]
    admission: Option<AdmissionName>,
}

/// How accounts join.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum AdmissionName {
    /// By invitation.
    Invite,
    /// By knocking.
    Knock,
    /// As they like.
    Open,
}

/// A role.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RoleName {
    /// Decides on all.
    Owner,
    /// Decides on admission, and keeps order.
    Admin,
    /// Reads and writes.
    Member,
}

/// Lists, creates, joins and changes groups.
pub async fn groups(context: &Context, args: Groups) -> Result<(), Failure> {
    let (client, output) = (context.account()?, context.output);
    match args.action.unwrap_or(Action::List { search: None }) {
        Action::List { search } => list(output, &client, search).await,
        Action::Create(args) => create(context, &client, args).await,
        Action::Join(group) => {
            let joined: GroupMember = client.post(&format!("{}/members", path(&group)), &NewGroupMember::default()).await?;
            output.object(&joined, || words::member(output, &joined.member))
        }
        Action::Knock { group, note } => {
            let exchange: Exchange = client.create(&format!("{}/knocks", path(&group)), &NewGroupKnock { note }).await?;
            let code = exchange.code.as_deref().map(|code| format!("You knocked: your two words are {}", sanitize::line(code)));
            output.object(&exchange, || code.filter(|_| exchange.chat_url.is_none()).unwrap_or_else(|| "You are in.".to_owned()))
        }
        Action::Leave(group) => {
            let me: Me = client.get("/v1/me").await?;
            Ok(client.delete(&format!("{}/members/{}", path(&group), segment(&me.username))).await?)
        }
        Action::Add(People { group, usernames }) => add(output, &client, &group, usernames).await,
        Action::Remove(People { group, usernames }) => {
            for username in usernames {
                client.delete(&format!("{}/members/{}", path(&group), segment(&bare(&username, '@')))).await?;
            }
            Ok(())
        }
        Action::Role { group, username, role } => {
            let path = format!("{}/members/{}", path(&group), segment(&bare(&username, '@')));
            let member: Member = client.patch(&path, &MemberChange { role: role.into() }).await?;
            output.object(&member, || words::member(output, &member))
        }
        Action::Edit(args) => edit(output, &client, args).await,
        Action::Delete(group) => Ok(client.delete(&path(&group)).await?),
    }
}

/// The path of a group in the API; its name may have the mark of a target.
fn path(group: &Named) -> String {
    format!("/v1/groups/{}", segment(&bare(&group.group, '#')))
}

async fn list(output: Output, client: &Client, search: Option<String>) -> Result<(), Failure> {
    let search = search.map(|text| format!("&search={}", segment(text.trim_start_matches('#')))).unwrap_or_default();
    let cards: Vec<GroupCard> = all(client, &format!("/v1/groups?limit=200{search}")).await?;
    if cards.is_empty() {
        output.say("No group can be found: create one with `parlor groups create NAME`.");
    }
    cards.iter().try_for_each(|card| output.object(card, || card_in_words(output, card)))
}

fn card_in_words(output: Output, card: &GroupCard) -> String {
    let title = card.title.as_deref().map(|title| format!("  {}", sanitize::line(title))).unwrap_or_default();
    let how = match card.admission {
        Admission::Open => "open",
        Admission::Knock => "knock to join",
        Admission::Invite => "by invitation",
    };
    let mine = if card.me.is_some() { ", you are in" } else { "" };
    format!("{}{title}  {} members, {how}{mine}", output.strong(&format!("#{}", sanitize::line(&card.name))), card.members)
}

async fn create(context: &Context, client: &Client, args: Create) -> Result<(), Failure> {
    let new = NewGroup {
        name: bare(&args.name, '#'),
        title: args.title,
        description: args.description,
        members: args.members.iter().map(|name| bare(name, '@')).collect(),
        admission: args.admission.map(Into::into),
        history: None,
        expires_in: args.expires.map(|span| span.as_secs()),
    };
    let item: ChatItem = client.create("/v1/groups", &new).await?;
    context.use_last(&context.room(context.server(), &item.summary.chat.facts.chat_id)?)?;
    context.output.object(&item, || words::chat_name(&item.summary.chat))
}

async fn add(output: Output, client: &Client, group: &Named, usernames: Vec<String>) -> Result<(), Failure> {
    for username in usernames {
        let new = NewGroupMember { username: Some(bare(&username, '@')) };
        let added: GroupMember = client.post(&format!("{}/members", path(group)), &new).await?;
        output.object(&added, || words::member(output, &added.member))?;
    }
    Ok(())
}

async fn edit(output: Output, client: &Client, args: Edit) -> Result<(), Failure> {
    let or_none = |text: String| Some(text).filter(|text| !text.is_empty());
    let change = ChatChange {
        title: args.title.map(or_none),
        name: args.name.map(|name| bare(&name, '#')),
        description: args.description.map(or_none),
        admission: args.admission.map(Into::into),
        ..ChatChange::default()
    };
    let chat: Chat = client.patch(&path(&args.group), &change).await?;
    output.object(&chat, || words::chat_name(&chat))
}

impl From<AdmissionName> for Admission {
    fn from(name: AdmissionName) -> Self {
        match name {
            AdmissionName::Invite => Self::Invite,
            AdmissionName::Knock => Self::Knock,
            AdmissionName::Open => Self::Open,
        }
    }
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Admin => Self::Admin,
            RoleName::Member => Self::Member,
        }
    }
}
