//! The command for the people of a chat.

use clap::Args;

use crate::cli::complete::targets;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::target::{self, all};
use crate::cli::words;
use crate::wire::members::Member;

/// Flags of `parlor people`.
#[derive(Args, Debug)]
pub struct People {
    /// `@name`, `#group`, the URL of a chat, its title, or `-` for the last one used.
    #[arg(value_name = "TARGET", default_value = "-", add = targets())]
    target: String,
    /// Remove a person, by number or name.
    #[arg(long, value_name = "WHO")]
    remove: Option<String>,
}

/// Lists the people of a chat, or removes one.
pub async fn people(context: &Context, args: People) -> Result<(), Failure> {
    let room = target::find(context, &args.target).await?;
    let members: Vec<Member> = all(&room.client, &format!("{}/members?limit=200", room.path())).await?;
    context.use_last(&room)?;
    let Some(word) = args.remove else {
        return members.iter().try_for_each(|member| context.output.object(member, || words::member(context.output, member)));
    };
    let is_meant = |member: &&Member| word.parse() == Ok(member.id) || member.name == word;
    let Some(member) = members.iter().find(is_meant) else {
        return Err(Failure::new(Exit::NotThere, format!("Nobody there is {word:?}: see `parlor people`.")));
    };
    room.client.delete(&format!("{}/members/{}", room.path(), member.id)).await?;
    context.output.say(&crate::cli::sanitize::line(&format!("Removed: {}.", member.name)));
    Ok(())
}
