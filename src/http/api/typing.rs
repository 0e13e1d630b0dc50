//! Handlers of typing.

use axum::extract::State;
use axum::http::StatusCode;

use crate::http::app::AppState;
use crate::http::extract::path::ChatPath;
use crate::http::extract::{Bearer, Json, Path};
use crate::http::respond::problem::Problem;
use crate::wire;

/// Tells whether you are typing.
///
/// The other members are told within a second (`typing`). Say it again every 4 seconds: it lapses after 6, and ends with your message. Only members may.
/// Of an account that hides its presence nothing is told.
#[utoipa::path(post, path = "/v1/chats/{chat_id}/typing", tag = "presence", params(ChatPath), request_body = wire::typing::TypingChange,
    responses((status = 204, description = "It is told")))]
pub(in crate::http) async fn set_typing(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    body: Json<wire::typing::TypingChange>,
) -> Result<StatusCode, Problem> {
    app.service.set_typing(path.id(), &caller, body.value.typing).await?;
    Ok(StatusCode::NO_CONTENT)
}
