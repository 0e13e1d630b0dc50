//! Handlers of reactions.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::id::ChatId;
use crate::domain::reaction::Emoji;
use crate::http::app::AppState;
use crate::http::extract::path::ReactionPath;
use crate::http::extract::{Bearer, Path};
use crate::http::respond::problem::Problem;
use crate::service::authorization::Caller;
use crate::service::error::FieldContext as _;

/// Adds a reaction.
///
/// Members may, each with any number of emoji; a message has up to 12 different ones. It counts as a post, and does not renew the chat's lifetime.
#[utoipa::path(put, path = "/v1/chats/{chat_id}/messages/{seq}/reactions/{emoji}", tag = "messages", params(ReactionPath),
    responses((status = 204, description = "You react with this emoji")))]
pub(in crate::http) async fn add_reaction(
    State(app): State<AppState>,
    Path(path): Path<ReactionPath>,
    Bearer(caller): Bearer,
) -> Result<StatusCode, Problem> {
    react(&app, &caller, path.chat(), path.seq(), &path.emoji, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a reaction back.
///
/// Again changes nothing. It counts as a post, and is possible in a full chat.
#[utoipa::path(delete, path = "/v1/chats/{chat_id}/messages/{seq}/reactions/{emoji}", tag = "messages", params(ReactionPath),
    responses((status = 204, description = "You do not react with this emoji")))]
pub(in crate::http) async fn remove_reaction(
    State(app): State<AppState>,
    Path(path): Path<ReactionPath>,
    Bearer(caller): Bearer,
) -> Result<StatusCode, Problem> {
    react(&app, &caller, path.chat(), path.seq(), &path.emoji, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a reaction, or takes it back.
pub(in crate::http) async fn react(app: &AppState, caller: &Caller, chat: ChatId, seq: u64, emoji: &str, added: bool) -> Result<(), Problem> {
    let emoji = Emoji::parse(emoji).in_field("emoji")?;
    Ok(app.service.react(chat, caller, seq, emoji, added).await?)
}
