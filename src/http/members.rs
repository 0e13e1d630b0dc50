//! Members over HTTP.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::chats::ChatPath;
use super::extract::{Bearer, Path, Query};
use super::page::{ListQuery, list};
use super::present;
use super::problem::Problem;
use crate::domain::id::{ChatId, MemberId};
use crate::wire;

/// Which member of which chat.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct MemberPath {
    /// The chat's id: 43 characters.
    #[param(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    chat_id: String,
    /// The member's number in the chat.
    #[param(value_type = u32, example = 2)]
    member_id: String,
}

/// Lists who is in a chat.
///
/// Its members may, and anyone who has the URL of an open chat.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/members", tag = "members", params(ChatPath, ListQuery),
    responses((status = 200, description = "The members, in the order of admission", body = wire::lists::List<wire::members::Member>)))]
pub(super) async fn list_members(
    State(app): State<App>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::members::Member>>, Problem> {
    let page = query.page()?;
    let cut = app.service.members(path.id(), &caller, page).await?;
    Ok(Answer(list(&cut, |member| u64::from(member.id.0), |member| present::member(member))))
}

/// Leaves a chat, or removes somebody from it.
///
/// A member may leave; the owner may remove others, which also revokes every link that lets in without asking. Nobody can be removed from an open chat, and
/// its owner cannot leave. Streams of whoever is gone end at once.
#[utoipa::path(delete, path = "/v1/chats/{chat_id}/members/{member_id}", tag = "members", params(MemberPath),
    responses((status = 204, description = "They are no longer a member")))]
pub(super) async fn remove_member(State(app): State<App>, Path(path): Path<MemberPath>, Bearer(caller): Bearer) -> Result<StatusCode, Problem> {
    app.service.remove_member(ChatId::read(&path.chat_id), &caller, MemberId::read(&path.member_id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
