//! Handlers of the admin listener: chats.

use axum::extract::State;
use axum::http::StatusCode;

use crate::http::app::AppState;
use crate::http::extract::Path;
use crate::http::extract::path::ChatPath;
use crate::http::respond::problem::Problem;

/// Deletes a chat with everything in it.
pub(super) async fn delete_chat(State(app): State<AppState>, Path(path): Path<ChatPath>) -> Result<StatusCode, Problem> {
    app.service.remove_chat(path.id()).await?;
    Ok(StatusCode::NO_CONTENT)
}
