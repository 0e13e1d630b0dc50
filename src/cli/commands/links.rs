//! The command for links: lists, creates, revokes.

use std::time::Duration;

use clap::Args;

use crate::cli::complete::targets;
use crate::cli::context::{Context, Room};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::sanitize;
use crate::cli::state::SavedKnock;
use crate::cli::target::{self, Target, all};
use crate::config::parse_duration;
use crate::wire::links::{Link, NewLink};

/// Flags of `parlor links`.
#[derive(Args, Debug)]
pub struct Links {
    /// `#group`, the URL of a chat, its title, or `-` for the last one used.
    #[arg(value_name = "TARGET", default_value = "-", add = targets())]
    target: String,
    /// Create a link. So does each of the next four flags.
    #[arg(long)]
    new: bool,
    /// Create a link with this label, which guests do not see.
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Create a link that accepts knocks for this time, such as `2h`. Default: a day.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    expires: Option<Duration>,
    /// Create a link that lets in at most this many guests.
    #[arg(long, value_name = "NUMBER")]
    max_uses: Option<u32>,
    /// Create a link that lets guests in without a decision.
    #[arg(long)]
    auto_approve: bool,
    /// Revoke a link, by its label, URL or id.
    #[arg(long, value_name = "LINK", conflicts_with_all = ["new", "label", "expires", "max_uses", "auto_approve"])]
    revoke: Option<String>,
    /// With --revoke: also remove everyone whom it let in.
    #[arg(long, requires = "revoke")]
    evict: bool,
}

/// Lists the links of a chat, creates one, or revokes one.
pub async fn links(context: &Context, args: Links) -> Result<(), Failure> {
    let room = target::find(context, &args.target).await?;
    context.use_last(&room)?;
    let creates = args.new || args.label.is_some() || args.expires.is_some() || args.max_uses.is_some() || args.auto_approve;
    match &args.revoke {
        Some(word) => revoke(context, &room, word, args.evict).await,
        None if creates => create(context, &room, args).await,
        None => {
            let links = existing(&room).await?;
            if links.is_empty() {
                context.output.say("There are no links: create one with `--new`.");
            }
            links.iter().try_for_each(|link| context.output.object(link, || in_words(context.output, link)))
        }
    }
}

async fn existing(room: &Room) -> Result<Vec<Link>, Failure> {
    all(&room.client, &format!("{}/links?limit=200", room.path())).await
}

async fn create(context: &Context, room: &Room, args: Links) -> Result<(), Failure> {
    let new = NewLink {
        chat_url: room.chat_id.clone(),
        author_id: None,
        label: args.label,
        expires_in: args.expires.map(|span| span.as_secs()),
        max_uses: args.max_uses,
        auto_approve: args.auto_approve.then_some(true),
    };
    let link: Link = room.client.create("/v1/links", &new).await?;
    let kept = SavedKnock { client_id: None, chat_id: Some(room.chat_id.clone()) };
    context.update_server(room.client.base(), |server| drop(server.knocks.insert(link.link_id.clone(), kept)))?;
    context.output.object(&link, || sanitize::line(&link.link_url))
}

async fn revoke(context: &Context, room: &Room, word: &str, evict: bool) -> Result<(), Failure> {
    let id = match Target::parse(word) {
        Target::Link(_, id) => id,
        Target::User(_) | Target::Group(_) | Target::Chat(..) | Target::Last | Target::Title(_) => labelled(room, word).await?,
    };
    room.client.delete(&format!("/v1/links/{id}{}", if evict { "?evict=true" } else { "" })).await?;
    context.output.say("Revoked: nobody can knock there any more.");
    Ok(())
}

/// Finds the live link with a label; returns its id.
async fn labelled(room: &Room, label: &str) -> Result<String, Failure> {
    let links = existing(room).await?;
    let mut same = links.iter().filter(|link| link.label.as_deref() == Some(label) && link.revoked_at.is_none());
    match (same.next(), same.next()) {
        (Some(link), None) => Ok(link.link_id.clone()),
        (None, _) => Err(Failure::new(Exit::NotThere, format!("No link is labelled {label:?}: see `parlor links`."))),
        _ => Err(Failure::new(Exit::Usage, format!("Several links are labelled {label:?}: name the one by its URL."))),
    }
}

fn in_words(output: Output, link: &Link) -> String {
    let label = link.label.as_deref().map(|label| format!("  {}", sanitize::line(label))).unwrap_or_default();
    let most = link.max_uses.map(|most| format!(" of {most}")).unwrap_or_default();
    let auto = if link.auto_approve { ", without asking" } else { "" };
    let until = link.revoked_at.map_or_else(|| format!("until {}", link.expires_at), |at| format!("revoked {at}"));
    format!("{}{label}  {} let in{most}{auto}, {until}", output.strong(&sanitize::line(&link.link_url)), link.uses)
}
