//! Handler of reports.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::text::Reason;
use crate::http::app::AppState;
use crate::http::extract::path::ChatPath;
use crate::http::extract::{Bearer, IdempotencyHeader, Json, Path, replay_header};
use crate::http::respond::problem::Problem;
use crate::service::error::FieldContext as _;
use crate::wire;

/// Reports a message or a chat.
///
/// Only members may, 10 times a day. The operator reads the report with the text of the message, which is kept for 30 days even if the
/// message is deleted.
#[utoipa::path(post, path = "/v1/chats/{chat_id}/reports", tag = "chats", params(ChatPath), request_body = wire::reports::NewReport,
    responses((status = 201, description = "The report", body = wire::reports::Reported)))]
pub(in crate::http) async fn report_chat(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    key: IdempotencyHeader,
    body: Json<wire::reports::NewReport>,
) -> Result<Response, Problem> {
    let key = key.of(&caller, &body.raw)?;
    let reason = Reason::parse(&body.value.reason).in_field("reason")?;
    let reported = app.service.report(path.id(), &caller, body.value.seq, reason, key).await?;
    let answer = wire::reports::Reported { id: reported.value.uuid() };
    Ok((StatusCode::CREATED, replay_header(&reported), Answer(answer)).into_response())
}
