//! Handlers of messages that name their receiver.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::messages;
use crate::domain::id::ChatId;
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::receipt::MessageStatus;
use crate::domain::username::Username;
use crate::http::app::AppState;
use crate::http::extract::pagination::NumberedQuery;
use crate::http::extract::path::UserPath;
use crate::http::extract::{AccountBearer, IdempotencyHeader, Json, Path, Query, replay_header};
use crate::http::respond::present;
use crate::http::respond::problem::{Code, Problem};
use crate::http::respond::streamed_json;
use crate::service::authorization::Caller;
use crate::wire;

/// Sends a message to an account or to a group.
///
/// To a group of yours by its name: `#book-club`. To an account by its username: `@ben`.
/// The first message begins a direct chat of the two of you; until then neither has one. They must accept messages from you: as a friend, by their
/// settings, or because they wrote to you since any friendship of yours ended.
#[utoipa::path(post, path = "/v1/messages", tag = "messages", request_body = wire::messages::AddressedMessage,
    responses((status = 201, description = "The message", body = wire::messages::Message, headers(("Location" = String, description = "The message's URL")))))]
pub(in crate::http) async fn send_message(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    key: IdempotencyHeader,
    body: Json<wire::messages::AddressedMessage>,
) -> Result<Response, Problem> {
    let key = key.of(&caller, &body.raw)?;
    let (chat, sent) = send(&app, &caller, body.value, key).await?;
    let location = [(header::LOCATION, app.present.message_url(chat, sent.value.seq))];
    Ok((StatusCode::CREATED, location, replay_header(&sent), Answer(sent.value)).into_response())
}

/// Sends a message to its receiver, and presents it to its author, with its chat.
pub(in crate::http) async fn send(
    app: &AppState,
    caller: &Caller,
    addressed: wire::messages::AddressedMessage,
    key: Option<IdempotencyKey>,
) -> Result<(ChatId, Idempotent<wire::messages::Message>), Problem> {
    let (to, message) = addressed.split();
    let draft = messages::draft(&message)?;
    let (chat, sent) = match (to.strip_prefix('@'), to.strip_prefix('#')) {
        (Some(username), _) => app.service.send_direct(caller, Username::parse(username).ok(), draft, key).await?,
        (None, Some(name)) => {
            let chat = app.service.group_chat(Username::parse(name).ok().as_ref()).await?;
            (chat, app.service.send_to_group(chat, caller, draft, key).await?)
        }
        (None, None) => return Err(Problem::invalid("to", "must be @ and a username, or # and the name of a group")),
    };
    let message = app.present.posted(chat, &sent.value).ok_or_else(|| Problem::new(Code::Internal))?;
    let status = Some(present::message_status(MessageStatus::Sent));
    Ok((chat, Idempotent { value: wire::messages::Message { status, ..message }, replayed: sent.replayed }))
}

/// Reads the messages with an account by pages.
///
/// The direct chat of the two of you as you see it. Page 1 has the latest messages; within a page they are oldest first. Deleted messages count.
#[utoipa::path(get, path = "/v1/users/{username}/messages", tag = "messages", params(UserPath, NumberedQuery),
    responses((status = 200, description = "A page of messages", body = wire::lists::NumberedPage<wire::messages::Message>)))]
pub(in crate::http) async fn read_direct_messages(
    State(app): State<AppState>,
    Path(path): Path<UserPath>,
    AccountBearer(caller): AccountBearer,
    Query(query): Query<NumberedQuery>,
) -> Result<Response, Problem> {
    let page = query.page()?;
    let read = app.service.direct_messages(&caller, path.username(), page).await?;
    let items: Vec<wire::messages::Message> = Vec::new();
    let empty = wire::lists::NumberedPage { items, page: page.page, per_page: page.per_page, total: read.total };
    let Some(chat) = read.chat else { return Ok(Answer(empty).into_response()) };
    Ok(messages::answer_between(app, caller, chat, read, streamed_json::split_at_list(&empty, "items")))
}
