//! Handlers of chat items: your chats, and what you keep of them for yourself.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::chat::ChatKind;
use crate::domain::chat_item::{ChatItem, Notifications};
use crate::domain::username::Username;
use crate::http::app::AppState;
use crate::http::extract::pagination::{RecentQuery, recent_page};
use crate::http::extract::path::ChatPath;
use crate::http::extract::{AccountBearer, Bearer, Path, Query};
use crate::http::respond::problem::Problem;
use crate::service::chat_items::Participant;
use crate::wire;

/// Which chats to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct ChatsQuery {
    /// Only chats of this kind; all by default.
    #[param(value_type = Option<wire::chats::ChatKind>)]
    kind: Option<String>,
    /// Only chats that this account is a member of too, by its username.
    participant: Option<String>,
}

impl ChatsQuery {
    fn kind(&self) -> Result<Option<ChatKind>, Problem> {
        match self.kind.as_deref() {
            None => Ok(None),
            Some("link") => Ok(Some(ChatKind::Link)),
            Some("direct") => Ok(Some(ChatKind::Direct)),
            Some("group") => Ok(Some(ChatKind::Group)),
            Some(_) => Err(Problem::invalid("kind", "must be link, direct or group")),
        }
    }

    fn participant(&self) -> Participant {
        self.participant.as_deref().map_or(Participant::Any, |username| Participant::Named(Username::parse(username).ok()))
    }
}

/// Lists your chats.
///
/// The one with the latest message or joining first, without direct chats that you cleared.
#[utoipa::path(get, path = "/v1/chats", tag = "chats", params(ChatsQuery, RecentQuery),
    responses((status = 200, description = "A page of your chats", body = wire::lists::List<wire::chat_items::ChatItem>)))]
pub(in crate::http) async fn list_chats(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    Query(which): Query<ChatsQuery>,
    Query(query): Query<RecentQuery>,
) -> Result<Answer<wire::lists::List<wire::chat_items::ChatItem>>, Problem> {
    let page = app.service.chat_items(&caller, which.kind()?, which.participant(), query.page()?).await?;
    Ok(Answer(recent_page(&page, ChatItem::position, |item| app.present.chat_item(item))))
}

/// Mutes a chat.
///
/// You get no notifications of its messages. Members may.
#[utoipa::path(put, path = "/v1/chats/{chat_id}/mute", tag = "chats", params(ChatPath), responses((status = 204, description = "The chat is muted for you")))]
pub(in crate::http) async fn mute_chat(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
) -> Result<StatusCode, Problem> {
    app.service.set_notifications(path.id(), &caller, Notifications::Muted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the muting of a chat.
///
/// Succeeds also where it was not muted.
#[utoipa::path(delete, path = "/v1/chats/{chat_id}/mute", tag = "chats", params(ChatPath),
    responses((status = 204, description = "The chat is not muted for you")))]
pub(in crate::http) async fn unmute_chat(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
) -> Result<StatusCode, Problem> {
    app.service.set_notifications(path.id(), &caller, Notifications::On).await?;
    Ok(StatusCode::NO_CONTENT)
}
