//! Handlers of knocks at groups, by their names.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::text::Note;
use crate::http::app::AppState;
use crate::http::extract::path::GroupPath;
use crate::http::extract::{AccountBearer, ClientAddr, IdempotencyHeader, JsonOrDefault, Path, replay_header};
use crate::http::respond::problem::Problem;
use crate::service::error::FieldContext as _;
use crate::service::knocks::Guest;
use crate::wire;

/// Knocks at a group.
///
/// Owner and admins decide, with `chat_url` and `knock_ids`. A group with the admission `open` admits at once, one with `invite` is not found. If you have
/// knocked already or are a member, the response is your current status with 200.
#[utoipa::path(post, path = "/v1/groups/{name}/knocks", tag = "groups", params(GroupPath),
    request_body(content = Option<wire::groups::NewGroupKnock>, content_type = "application/json"),
    responses((status = 201, description = "The knock", body = wire::knocks::Exchange),
        (status = 200, description = "Your current status", body = wire::knocks::Exchange)))]
pub(in crate::http) async fn knock_at_group(
    State(app): State<AppState>,
    Path(path): Path<GroupPath>,
    AccountBearer(caller): AccountBearer,
    ClientAddr(address): ClientAddr,
    key: IdempotencyHeader,
    JsonOrDefault(body): JsonOrDefault<wire::groups::NewGroupKnock>,
) -> Result<Response, Problem> {
    let key = key.of(&caller, &body.raw)?;
    let note = body.value.note.as_deref().map(Note::parse).transpose().in_field("note")?;
    let chat = app.service.group_chat(path.name().as_ref()).await?;
    let (knocked, relation) = app.service.knock_at_group(chat, &caller, Guest { name: None, note, address }, key).await?;
    let status = if knocked.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, knocked.as_ref().and_then(replay_header), Answer(app.present.group_exchange(&relation))).into_response())
}

/// Reads your knock at a group.
///
/// It says whether you may come in, as the exchange of a link does.
#[utoipa::path(get, path = "/v1/groups/{name}/knocks/mine", tag = "groups", params(GroupPath),
    responses((status = 200, description = "Your current status", body = wire::knocks::Exchange)))]
pub(in crate::http) async fn read_group_knock(
    State(app): State<AppState>,
    Path(path): Path<GroupPath>,
    AccountBearer(caller): AccountBearer,
) -> Result<Answer<wire::knocks::Exchange>, Problem> {
    let chat = app.service.group_chat(path.name().as_ref()).await?;
    Ok(Answer(app.present.group_exchange(&app.service.group_knock(chat, &caller).await?)))
}

/// Withdraws your knock at a group.
///
/// Only while it is pending.
#[utoipa::path(delete, path = "/v1/groups/{name}/knocks/mine", tag = "groups", params(GroupPath),
    responses((status = 204, description = "The knock is withdrawn")))]
pub(in crate::http) async fn withdraw_group_knock(
    State(app): State<AppState>,
    Path(path): Path<GroupPath>,
    AccountBearer(caller): AccountBearer,
) -> Result<StatusCode, Problem> {
    let chat = app.service.group_chat(path.name().as_ref()).await?;
    app.service.withdraw_group_knock(chat, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
