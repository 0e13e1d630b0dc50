//! Handlers of chats.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::messages;
use crate::domain::chat::{Admission, ChatChange, HistoryVisibility, Lifetime};
use crate::domain::text::{Description, Name, Title};
use crate::domain::username::Username;
use crate::http::app::AppState;
use crate::http::extract::link_preview::Preferred;
use crate::http::extract::pagination::{LogQuery, log_page};
use crate::http::extract::path::ChatPath;
use crate::http::extract::{Bearer, IdempotencyHeader, OptionalJson, Path, Query, replay_header};
use crate::http::respond::problem::Problem;
use crate::service::chats::{LogName, NewChatParams};
use crate::service::error::{Error, FieldContext as _, Result};
use crate::wire;

/// The query parameter that selects a log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct LogChoice {
    /// `chat` for the conversation (default), `door` for knocks and links (owner only).
    #[param(value_type = Option<wire::stream_events::LogName>)]
    log: Option<String>,
}

/// Creates a chat.
///
/// The caller becomes its owner: `author_id` in the response is their credential, which only this response contains. The chat expires when no message
/// was posted and no guest was admitted for its lifetime.
#[utoipa::path(post, path = "/v1/chats", tag = "chats",
    request_body(content = Option<wire::chats::NewChat>, content_type = "application/json"),
    responses((status = 201, description = "The chat, and your credential as its owner", body = wire::chats::OpenedChat,
        headers(("Location" = String, description = "The chat's URL")))))]
pub(in crate::http) async fn open_chat(
    State(app): State<AppState>,
    Bearer(caller): Bearer,
    key: IdempotencyHeader,
    OptionalJson(body): OptionalJson<wire::chats::NewChat>,
) -> Result<Response, Problem> {
    let key = key.of(&caller.without_credential(), &body.raw)?;
    let created = app.service.open_chat(&caller, params(&body.value)?, key).await?;
    let location = [(header::LOCATION, app.present.chat_url(created.value.chat.id))];
    Ok((StatusCode::CREATED, location, replay_header(&created), Answer(app.present.opened(&created.value))).into_response())
}

/// Reads a chat with its messages.
///
/// Without `after`, `before` and `limit` it returns all messages. Follow the chat from `head` to miss no message in between. A browser without a
/// credential is redirected to the chat's page, whether the chat exists or not.
#[utoipa::path(get, path = "/v1/chats/{chat_id}", tag = "chats", params(ChatPath, LogQuery),
    responses((status = 200, description = "The chat and its messages", body = wire::chats::ChatPage),
        (status = 303, description = "A redirect to the page, for a browser", headers(("Location" = String, description = "The chat's page")))))]
pub(in crate::http) async fn read_chat(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    preferred: Preferred,
    Query(query): Query<LogQuery>,
) -> Result<Response, Problem> {
    let vary = [(header::VARY, "Accept, Authorization")];
    if preferred == Preferred::Page && caller.is_anonymous() {
        let page = [(header::LOCATION, app.present.page_url(path.pasted_id()))];
        return Ok((StatusCode::SEE_OTHER, vary, page).into_response());
    }
    let page = query.page_or_all()?;
    let (view, messages) = app.service.messages(path.id(), &caller, page).await?;
    Ok((vary, messages::answer(app, caller, &view, messages).await?).into_response())
}

/// Updates a chat.
///
/// The owner may; admins of a group may change title, description, admission and history. A new `expires_in` counts from now. In a link chat, changing `admission` from `open` to `knock` revokes links created by others, and ends
/// streams without a credential. Changing it from `knock` to `open` admits all waiting guests, and is rejected after a member was removed. A name that a
/// group gives up is free again after 30 days.
#[utoipa::path(patch, path = "/v1/chats/{chat_id}", tag = "chats", params(ChatPath),
    request_body(content = Option<wire::chats::ChatChange>, content_type = "application/json"),
    responses((status = 200, description = "The chat after the change", body = wire::chats::Chat)))]
pub(in crate::http) async fn update_chat(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    OptionalJson(body): OptionalJson<wire::chats::ChatChange>,
) -> Result<Answer<wire::chats::Chat>, Problem> {
    let view = app.service.update_chat(path.id(), &caller, change(&body.value)?).await?;
    Ok(Answer(app.present.view(&view)))
}

/// Closes a chat.
///
/// Only the owner may. All its data is deleted at once, and every stream ends with `chat_closed`. A direct chat is cleared for you alone: its past, and
/// its place in your list, until the next message.
#[utoipa::path(delete, path = "/v1/chats/{chat_id}", tag = "chats", params(ChatPath), responses((status = 204, description = "The chat is closed")))]
pub(in crate::http) async fn close_chat(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
) -> Result<StatusCode, Problem> {
    app.service.close_chat(path.id(), &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads the activity of a chat.
///
/// Returns a log without message bodies, paged by its sequence numbers: the conversation for members, or the door's log for the owner.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/activity", tag = "chats", params(ChatPath, LogChoice, LogQuery),
    responses((status = 200, description = "A page of the log", body = wire::lists::LogPage<wire::activity::Activity>)))]
pub(in crate::http) async fn read_activity(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Query(choice): Query<LogChoice>,
    Query(query): Query<LogQuery>,
) -> Result<Answer<wire::lists::LogPage<wire::activity::Activity>>, Problem> {
    let log = match choice.log.as_deref() {
        None | Some("chat") => LogName::Chat,
        Some("door") => LogName::Door,
        Some(_) => return Err(Problem::invalid("log", "must be chat or door")),
    };
    let page = query.page()?;
    let (floor, page_of_log) = app.service.activity(path.id(), &caller, log, page).await?;
    Ok(Answer(log_page(page, &page_of_log, |entry| app.present.activity(path.id(), floor, entry))))
}

fn params(new: &wire::chats::NewChat) -> Result<NewChatParams> {
    Ok(NewChatParams {
        name: new.name.as_deref().map(Name::parse).transpose().in_field("name")?,
        title: new.title.as_deref().map(Title::parse).transpose().in_field("title")?,
        admission: match new.admission.map_or(Admission::Knock, admission) {
            Admission::Invite => return Err(Error::invalid("admission", "must be knock or open")),
            admission => admission,
        },
        history: new.history.map_or(HistoryVisibility::All, history),
        expires_in: new.expires_in.map(Lifetime::for_chat).transpose().in_field("expires_in")?.unwrap_or(Lifetime::DEFAULT),
    })
}

pub(in crate::http) fn change(change: &wire::chats::ChatChange) -> Result<ChatChange> {
    let title = change.title.as_ref().map(|title| title.as_deref().map(Title::parse).transpose());
    let description = change.description.as_ref().map(|description| description.as_deref().map(Description::parse).transpose());
    let expires_in = change.expires_in.map(|seconds| seconds.map(Lifetime::for_chat).transpose());
    Ok(ChatChange {
        title: title.transpose().in_field("title")?,
        name: change.name.as_deref().map(Username::parse).transpose().in_field("name")?,
        description: description.transpose().in_field("description")?,
        admission: change.admission.map(admission),
        history: change.history.map(history),
        expires_in: expires_in.transpose().in_field("expires_in")?,
    })
}

pub(in crate::http) const fn admission(admission: wire::chats::Admission) -> Admission {
    match admission {
        wire::chats::Admission::Knock => Admission::Knock,
        wire::chats::Admission::Open => Admission::Open,
        wire::chats::Admission::Invite => Admission::Invite,
    }
}

pub(in crate::http) const fn history(history: wire::chats::History) -> HistoryVisibility {
    match history {
        wire::chats::History::All => HistoryVisibility::All,
        wire::chats::History::SinceJoin => HistoryVisibility::SinceJoin,
    }
}
