//! Messages over HTTP.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::App;
use super::chats::ChatPath;
use super::extract::{Bearer, Json, Key, Path, Peer, mark};
use super::present;
use super::problem::{Code, Problem};
use crate::domain::text::{ClientRef, MessageText};
use crate::service::error::InField as _;
use crate::wire;
use crate::wire::secret::Secret;

/// Posts a message.
///
/// Its members may; into an open chat, anyone. Once this answers 201, the message can be read, and everybody who listens gets it.
#[utoipa::path(post, path = "/v1/chats/{chat_id}", tag = "messages", params(ChatPath), request_body = wire::messages::NewMessage,
    responses((status = 201, description = "The message", body = wire::messages::Message)))]
pub(super) async fn post_message(
    State(app): State<App>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Peer(address): Peer,
    key: Key,
    body: Json<wire::messages::NewMessage>,
) -> Result<Response, Problem> {
    let caller = caller.also(body.value.user_id.as_ref().map(Secret::reveal), "user_id")?;
    let key = key.of(caller, &body.raw)?;
    let text = MessageText::parse(&body.value.text).in_field("text")?;
    let client_ref = body.value.client_ref.as_deref().map(ClientRef::parse).transpose().in_field("client_ref")?;
    let once = app.service.post_message(path.id(), caller, address, text, client_ref, key).await?;
    let message = present::posted(path.id(), &once.made).ok_or_else(|| Problem::new(Code::Internal))?;
    Ok((StatusCode::CREATED, mark(&once), Answer(message)).into_response())
}
