//! Chats over HTTP.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::extract::{Bearer, JsonOrNothing, Key, Path, Query, mark};
use super::messages;
use super::page::{LogQuery, log_page};
use super::preview::Wanted;
use super::problem::Problem;
use crate::domain::chat::{Admission, ChatChange, History, Lifetime};
use crate::domain::id::ChatId;
use crate::domain::text::{Name, Title};
use crate::service::access::Caller;
use crate::service::chats::{LogName, Opening};
use crate::service::error::{InField as _, Result};
use crate::wire;

/// Which chat.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ChatPath {
    /// The chat's id: 43 characters.
    #[param(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    chat_id: String,
}

impl ChatPath {
    /// The chat that is meant; one that never was, where the text is no id.
    pub(super) fn id(&self) -> ChatId {
        ChatId::read(&self.chat_id)
    }

    /// The same, with or without what was pasted behind it: for a page, which opens nothing.
    fn pasted_id(&self) -> ChatId {
        ChatId::read_pasted(&self.chat_id)
    }
}

/// Which log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LogChoice {
    /// `chat` for the conversation, `door` for knocks and links, which are the owner's to see.
    #[param(value_type = Option<wire::events::LogName>)]
    log: Option<String>,
}

/// Opens a chat.
///
/// Whoever calls it becomes its owner: `author_id` in the answer is their credential, shown to nobody else. The chat is gone once nobody said anything in it,
/// and nobody was admitted, for its lifetime.
#[utoipa::path(post, path = "/v1/chats", tag = "chats",
    request_body(content = Option<wire::chats::NewChat>, content_type = "application/json"),
    responses((status = 201, description = "The chat, and your credential as its owner", body = wire::chats::OpenedChat,
        headers(("Location" = String, description = "The chat's URL")))))]
pub(super) async fn open_chat(
    State(app): State<App>,
    Bearer(caller): Bearer,
    key: Key,
    JsonOrNothing(body): JsonOrNothing<wire::chats::NewChat>,
) -> Result<Response, Problem> {
    let key = key.of(&Caller::anonymous(caller.charge().clone()), &body.raw)?;
    let once = app.service.open_chat(opening(&body.value)?, caller.charge().address(), key).await?;
    let location = [(header::LOCATION, app.present.chat_url(once.made.chat.id))];
    Ok((StatusCode::CREATED, location, mark(&once), Answer(app.present.opened(&once.made))).into_response())
}

/// Reads a chat with its messages.
///
/// Without `after`, `before`, `limit` it gives all messages. `head` says from where to follow the chat, so that nothing is missed between the two. A browser
/// that shows no credential is sent to the chat's page, whether the chat exists or not.
#[utoipa::path(get, path = "/v1/chats/{chat_id}", tag = "chats", params(ChatPath, LogQuery),
    responses((status = 200, description = "The chat and its messages", body = wire::chats::ChatPage),
        (status = 303, description = "The page, for a browser", headers(("Location" = String, description = "The chat's page")))))]
pub(super) async fn read_chat(
    State(app): State<App>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    wanted: Wanted,
    Query(query): Query<LogQuery>,
) -> Result<Response, Problem> {
    let differs = [(header::VARY, "Accept, Authorization")];
    if wanted == Wanted::Page && caller.shows_nothing() {
        let page = [(header::LOCATION, app.present.page_url(path.pasted_id()))];
        return Ok((StatusCode::SEE_OTHER, differs, page).into_response());
    }
    let page = query.page_or_all()?;
    let (view, messages) = app.service.messages(path.id(), &caller, page).await?;
    Ok((differs, messages::answer(app, caller, &view, messages).await?).into_response())
}

/// Changes a chat.
///
/// Its owner may. A new `expires_in` counts from now. Switching from open to knocking revokes the links that others made, and ends the streams of those
/// without a credential; switching from knocking to open admits everybody who waits, and cannot be done once somebody was removed.
#[utoipa::path(patch, path = "/v1/chats/{chat_id}", tag = "chats", params(ChatPath),
    request_body(content = Option<wire::chats::ChatChange>, content_type = "application/json"),
    responses((status = 200, description = "The chat after the change", body = wire::chats::Chat)))]
pub(super) async fn update_chat(
    State(app): State<App>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    JsonOrNothing(body): JsonOrNothing<wire::chats::ChatChange>,
) -> Result<Answer<wire::chats::Chat>, Problem> {
    let view = app.service.update_chat(path.id(), &caller, change(&body.value)?).await?;
    Ok(Answer(app.present.view(&view)))
}

/// Closes a chat.
///
/// Its owner may. Everything in it is gone at once, and every stream ends with `chat_closed`.
#[utoipa::path(delete, path = "/v1/chats/{chat_id}", tag = "chats", params(ChatPath), responses((status = 204, description = "It is gone")))]
pub(super) async fn close_chat(State(app): State<App>, Path(path): Path<ChatPath>, Bearer(caller): Bearer) -> Result<StatusCode, Problem> {
    app.service.close_chat(path.id(), &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads what happened in a chat.
///
/// A log without message bodies, paged by its own numbers: the conversation for its members, or the door for its owner.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/activity", tag = "chats", params(ChatPath, LogChoice, LogQuery),
    responses((status = 200, description = "A page of the log", body = wire::lists::LogPage<wire::events::Activity>)))]
pub(super) async fn read_activity(
    State(app): State<App>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Query(choice): Query<LogChoice>,
    Query(query): Query<LogQuery>,
) -> Result<Answer<wire::lists::LogPage<wire::events::Activity>>, Problem> {
    let log = match choice.log.as_deref() {
        None | Some("chat") => LogName::Chat,
        Some("door") => LogName::Door,
        Some(_) => return Err(Problem::invalid("log", "must be chat or door")),
    };
    let page = query.page()?;
    let cut = app.service.activity(path.id(), &caller, log, page).await?;
    Ok(Answer(log_page(page, &cut, |entry| app.present.activity(path.id(), entry))))
}

fn opening(new: &wire::chats::NewChat) -> Result<Opening> {
    Ok(Opening {
        name: new.name.as_deref().map(Name::parse).transpose().in_field("name")?,
        title: new.title.as_deref().map(Title::parse).transpose().in_field("title")?,
        admission: new.admission.map_or(Admission::Knock, admission),
        history: new.history.map_or(History::All, history),
        expires_in: new.expires_in.map(Lifetime::of_chat).transpose().in_field("expires_in")?.unwrap_or(Lifetime::DEFAULT),
    })
}

fn change(change: &wire::chats::ChatChange) -> Result<ChatChange> {
    Ok(ChatChange {
        title: change.title.as_deref().map(Title::parse).transpose().in_field("title")?,
        admission: change.admission.map(admission),
        history: change.history.map(history),
        expires_in: change.expires_in.map(Lifetime::of_chat).transpose().in_field("expires_in")?,
    })
}

const fn admission(admission: wire::chats::Admission) -> Admission {
    match admission {
        wire::chats::Admission::Knock => Admission::Knock,
        wire::chats::Admission::Open => Admission::Open,
    }
}

const fn history(history: wire::chats::History) -> History {
    match history {
        wire::chats::History::All => History::All,
        wire::chats::History::SinceJoin => History::SinceJoin,
    }
}
