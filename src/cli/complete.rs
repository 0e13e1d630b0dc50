//! Names that a shell offers: of people, groups and chats, asked of the server while the key is pressed.

use std::ffi::OsStr;
use std::time::Duration;

use clap::Parser as _;
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use super::commands::shell::COMPLETE_VARIABLE;
use super::connection::Connection;
use super::context::Context;
use super::target::{all, all_items};
use super::words;
use crate::wire::friends::Friend;

/// How long a shell waits for names.
const TIMEOUT: Duration = Duration::from_millis(800);

/// Answers a shell that asks for completions; returns where none does.
pub fn offer_names(program: fn() -> clap::Command) {
    CompleteEnv::with_factory(program).var(COMPLETE_VARIABLE).complete();
}

/// Completes what names a chat.
pub fn targets() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| matching(current, |name| !name.is_empty()))
}

/// Completes usernames.
pub fn users() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| matching(current, |name| name.starts_with('@')))
}

/// Completes names of groups.
pub fn groups() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| matching(current, |name| name.starts_with('#')))
}

/// The variables of a command: a shell hands over no flags.
#[derive(clap::Parser)]
struct Variables {
    #[command(flatten)]
    connection: Connection,
}

fn matching(current: &OsStr, is_wanted: fn(&str) -> bool) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let fits = |name: &String| is_wanted(name) && (name.starts_with(&*current) || name.trim_start_matches(['@', '#']).starts_with(&*current));
    names().unwrap_or_default().into_iter().filter(fits).map(CompletionCandidate::new).collect()
}

/// Returns the names of friends and chats, as targets; none if they cannot be had soon.
fn names() -> Option<Vec<String>> {
    let variables = Variables::try_parse_from(["parlor"]).ok()?;
    let context = Context::new(variables.connection).ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let asked = runtime.block_on(async { tokio::time::timeout(TIMEOUT, ask(&context)).await.ok() });
    runtime.shutdown_background();
    asked
}

async fn ask(context: &Context) -> Vec<String> {
    let saved = context.state.read().unwrap_or_default();
    let chats = saved.servers.get(context.server()).into_iter().flat_map(|server| server.chats.values());
    let mut names: Vec<String> = chats.filter_map(|chat| chat.title.clone()).collect();
    if let Ok(Some(client)) = context.account_if_any() {
        let friends: Vec<Friend> = all(&client, "/v1/friends?limit=200").await.unwrap_or_default();
        names.extend(friends.into_iter().map(|friend| format!("@{}", friend.user.username)));
        let items = all_items(&client).await.unwrap_or_default();
        names.extend(items.iter().map(|item| words::chat_name(&item.summary.chat)));
    }
    // What a shell would not take as one word, or a terminal not as text, is not offered.
    names.retain(|name| !name.chars().any(char::is_control));
    names.sort();
    names.dedup();
    names
}
