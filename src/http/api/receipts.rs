//! Handlers of receipts.

use axum::Json as Answer;
use axum::extract::State;

use crate::domain::id::ChatId;
use crate::domain::receipt::ReceiptMove;
use crate::http::app::AppState;
use crate::http::extract::pagination::{ListQuery, list_page};
use crate::http::extract::path::{ChatPath, MessagePath};
use crate::http::extract::{Bearer, Json, Path, Query};
use crate::http::respond::present;
use crate::http::respond::problem::Problem;
use crate::service::authorization::Caller;
use crate::wire;

/// Moves your receipt.
///
/// Say what you have received and what you have read, by the number of the last entry: both move forward only, and the other members are told within a
/// second (`receipt`). Only members may, 5 times a second.
#[utoipa::path(put, path = "/v1/chats/{chat_id}/receipt", tag = "receipts", params(ChatPath), request_body = wire::receipts::ReceiptMove,
    responses((status = 200, description = "Your receipt as it is now", body = wire::receipts::Receipt)))]
pub(in crate::http) async fn move_receipt(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    body: Json<wire::receipts::ReceiptMove>,
) -> Result<Answer<wire::receipts::Receipt>, Problem> {
    advance(&app, path.id(), &caller, body.value).await.map(Answer)
}

/// Moves the caller's receipt.
pub(in crate::http) async fn advance(
    app: &AppState,
    chat: ChatId,
    caller: &Caller,
    to: wire::receipts::ReceiptMove,
) -> Result<wire::receipts::Receipt, Problem> {
    let wire::receipts::ReceiptMove { delivered, read } = to;
    if delivered.is_none() && read.is_none() {
        return Err(Problem::invalid("read", "is required without delivered"));
    }
    Ok(present::receipt(app.service.move_receipt(chat, caller, ReceiptMove { delivered, read }).await?))
}

/// Lists the receipts of the members.
///
/// Members only. A member begins at the entry with which it joined. Of an account that hides what it has read, `read` is null, and if you hide it, so is
/// that of all others.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/receipts", tag = "receipts", params(ChatPath, ListQuery),
    responses((status = 200, description = "The receipts, in the order of admission", body = wire::lists::List<wire::receipts::MemberReceipt>)))]
pub(in crate::http) async fn list_receipts(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::receipts::MemberReceipt>>, Problem> {
    let seen = app.service.receipts(path.id(), &caller, query.page()?).await?;
    Ok(Answer(list_page(&seen.page, |one| u64::from(one.member.id.0), |one| present::member_receipt(seen.viewer, one))))
}

/// Lists the receipts of a message.
///
/// Members only. Its recipients are those who were members before it and still are, without its author.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/messages/{seq}/receipts", tag = "receipts", params(MessagePath, ListQuery),
    responses((status = 200, description = "The recipients, in the order of admission", body = wire::lists::List<wire::receipts::RecipientReceipt>)))]
pub(in crate::http) async fn list_message_receipts(
    State(app): State<AppState>,
    Path(path): Path<MessagePath>,
    Bearer(caller): Bearer,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::receipts::RecipientReceipt>>, Problem> {
    let page = app.service.message_receipts(path.chat(), &caller, path.seq(), query.page()?).await?;
    Ok(Answer(list_page(&page, |one| u64::from(one.member.id.0), |one| app.present.recipient_receipt(one))))
}
