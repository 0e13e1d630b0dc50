//! Handlers of members.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::id::{ChatId, MemberId};
use crate::domain::member::Role;
use crate::http::app::AppState;
use crate::http::extract::pagination::{ListQuery, list_page};
use crate::http::extract::path::{ChatPath, MemberPath};
use crate::http::extract::urls::chat_in;
use crate::http::extract::{AccountBearer, Bearer, Json, Path, Query};
use crate::http::respond::present;
use crate::http::respond::problem::Problem;
use crate::wire;

/// Lists the members of a chat.
///
/// Members may, and in an open chat anyone who has its URL.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/members", tag = "members", params(ChatPath, ListQuery),
    responses((status = 200, description = "The members, in the order of admission", body = wire::lists::List<wire::members::Member>)))]
pub(in crate::http) async fn list_members(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::members::Member>>, Problem> {
    let page = query.page()?;
    let page_of_members = app.service.members(path.id(), &caller, page).await?;
    Ok(Answer(list_page(&page_of_members, |member| u64::from(member.id.0), |member| present::member(member))))
}

/// Binds a membership to your account.
///
/// For a chat that you opened or joined without your account: you keep your number, your name and your messages, and your access token is your credential
/// from now on. The old credential dies, and its streams end with `bye`.
#[utoipa::path(post, path = "/v1/me/memberships", tag = "members", request_body = wire::members::MembershipBinding,
    responses((status = 200, description = "The chat as you see it", body = wire::chat_items::ChatItem)))]
pub(in crate::http) async fn bind_membership(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    body: Json<wire::members::MembershipBinding>,
) -> Result<Answer<wire::chat_items::ChatItem>, Problem> {
    let chat = chat_in(&body.value.chat_url, app.site.base());
    Ok(Answer(app.present.chat_item(&app.service.bind_membership(&caller, chat, body.value.credential.expose()).await?)))
}

/// Leaves a chat, or removes a member.
///
/// A member may leave. The owner may remove others, admins of a group may remove those with the role `member`; that also revokes every link with
/// `auto_approve`. The owner of a link chat may not leave; the owner of a group hands over to the member that has been admin for the longest time, else
/// to another account, and a group without an account ends. Members cannot be removed from an open link chat. The streams of a former member end at
/// once.
#[utoipa::path(delete, path = "/v1/chats/{chat_id}/members/{member_id}", tag = "members", params(MemberPath),
    responses((status = 204, description = "The member has left or was removed")))]
pub(in crate::http) async fn remove_member(
    State(app): State<AppState>,
    Path(path): Path<MemberPath>,
    Bearer(caller): Bearer,
) -> Result<StatusCode, Problem> {
    app.service.remove_member(ChatId::parse_or_nil(&path.chat_id), &caller, MemberId::parse_or_none(&path.member_id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the role of a member.
///
/// The owner of a group may. `owner` hands the group over: you become an admin. A member without an account stays one. After a change that gives or
/// takes the door, the member's streams of the chat end with `bye`.
#[utoipa::path(patch, path = "/v1/chats/{chat_id}/members/{member_id}", tag = "members", params(MemberPath), request_body = wire::groups::MemberChange,
    responses((status = 200, description = "The member after the change", body = wire::members::Member)))]
pub(in crate::http) async fn update_member(
    State(app): State<AppState>,
    Path(path): Path<MemberPath>,
    Bearer(caller): Bearer,
    body: Json<wire::groups::MemberChange>,
) -> Result<Answer<wire::members::Member>, Problem> {
    let (chat, member) = (ChatId::parse_or_nil(&path.chat_id), MemberId::parse_or_none(&path.member_id));
    let changed = app.service.change_role(chat, &caller, member, role(body.value.role)).await?;
    Ok(Answer(present::member(&changed)))
}

pub(in crate::http) const fn role(role: wire::members::Role) -> Role {
    match role {
        wire::members::Role::Owner => Role::Owner,
        wire::members::Role::Admin => Role::Admin,
        wire::members::Role::Member => Role::Member,
    }
}
