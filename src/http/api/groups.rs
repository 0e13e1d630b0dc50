//! Handlers of groups, by their names.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::chats::{admission, change, history};
use super::members::role;
use crate::domain::chat::{Admission, HistoryVisibility, Lifetime};
use crate::domain::group::{MAX_FIRST_MEMBERS, MembershipStatus};
use crate::domain::search_term::SearchTerm;
use crate::domain::text::{Description, Title};
use crate::domain::username::Username;
use crate::http::app::AppState;
use crate::http::extract::pagination::{ListQuery, NamedQuery, list_page, named_page};
use crate::http::extract::path::{GroupMemberPath, GroupPath};
use crate::http::extract::{AccountBearer, IdempotencyHeader, Json, JsonOrDefault, OptionalJson, Path, Query, replay_header};
use crate::http::respond::present;
use crate::http::respond::problem::{Code, Problem};
use crate::service::error::{Error, FieldContext as _, Result};
use crate::service::groups::{GroupCard, NewGroupParams};
use crate::wire;

/// Which groups to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct GroupsQuery {
    /// Only groups whose name begins with this: at least 2 characters.
    #[param(min_length = 2)]
    search: Option<String>,
}

/// Which members of a group to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct GroupMembersQuery {
    /// `active` (default), or `inactive` for those who left or were removed.
    #[param(value_type = Option<wire::groups::MembershipStatus>)]
    status: Option<String>,
}

impl GroupMembersQuery {
    fn status(&self) -> Result<MembershipStatus, Problem> {
        match self.status.as_deref() {
            None | Some("active") => Ok(MembershipStatus::Active),
            Some("inactive") => Ok(MembershipStatus::Inactive),
            Some(_) => Err(Problem::invalid("status", "must be active or inactive")),
        }
    }
}

/// Creates a group.
///
/// You become its owner. Those whom you add must let you: as friends, or by their settings. All are added, or none.
#[utoipa::path(post, path = "/v1/groups", tag = "groups", request_body = wire::groups::NewGroup,
    responses((status = 201, description = "The group's chat as you see it", body = wire::chat_items::ChatItem,
        headers(("Location" = String, description = "The chat's URL")))))]
pub(in crate::http) async fn create_group(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    key: IdempotencyHeader,
    body: Json<wire::groups::NewGroup>,
) -> Result<Response, Problem> {
    let key = key.of(&caller, &body.raw)?;
    let created = app.service.create_group(&caller, params(&body.value)?, key).await?;
    let location = [(header::LOCATION, app.present.chat_url(created.value.view.chat.id))];
    Ok((StatusCode::CREATED, location, replay_header(&created), Answer(app.present.chat_item(&created.value))).into_response())
}

/// Lists groups.
///
/// Those that accounts may join or knock at, by name.
#[utoipa::path(get, path = "/v1/groups", tag = "groups", params(GroupsQuery, NamedQuery),
    responses((status = 200, description = "A page of groups", body = wire::lists::List<wire::groups::GroupCard>)))]
pub(in crate::http) async fn list_groups(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    Query(which): Query<GroupsQuery>,
    Query(query): Query<NamedQuery>,
) -> Result<Answer<wire::lists::List<wire::groups::GroupCard>>, Problem> {
    let search = which.search.as_deref().map(SearchTerm::parse).transpose().in_field("search")?;
    let page = app.service.groups(&caller, search.as_ref(), query.page()?).await?;
    let wire::lists::List { items, has_more, cursor } = named_page(&page, GroupCard::name, |card| app.present.group(card));
    Ok(Answer(wire::lists::List { items: items.into_iter().flatten().collect(), has_more, cursor }))
}

/// Reads a group.
///
/// One that admits by invitation alone is there for its members only.
#[utoipa::path(get, path = "/v1/groups/{name}", tag = "groups", params(GroupPath),
    responses((status = 200, description = "The group as you see it", body = wire::groups::GroupCard)))]
pub(in crate::http) async fn read_group(
    State(app): State<AppState>,
    Path(path): Path<GroupPath>,
    AccountBearer(caller): AccountBearer,
) -> Result<Answer<wire::groups::GroupCard>, Problem> {
    let card = app.service.group(&caller, path.name().as_ref()).await?;
    app.present.group(&card).map(Answer).ok_or_else(|| Problem::new(Code::NotFound))
}

/// Updates a group.
///
/// The same as `PATCH /v1/chats/{chat_id}`.
#[utoipa::path(patch, path = "/v1/groups/{name}", tag = "groups", params(GroupPath),
    request_body(content = Option<wire::chats::ChatChange>, content_type = "application/json"),
    responses((status = 200, description = "The chat after the change", body = wire::chats::Chat)))]
pub(in crate::http) async fn update_group(
    State(app): State<AppState>,
    Path(path): Path<GroupPath>,
    AccountBearer(caller): AccountBearer,
    OptionalJson(body): OptionalJson<wire::chats::ChatChange>,
) -> Result<Answer<wire::chats::Chat>, Problem> {
    let change = change(&body.value)?;
    let chat = app.service.group_chat(path.name().as_ref()).await?;
    Ok(Answer(app.present.view(&app.service.update_chat(chat, &caller, change).await?)))
}

/// Closes a group.
///
/// Its owner may. Its name is free again after 30 days.
#[utoipa::path(delete, path = "/v1/groups/{name}", tag = "groups", params(GroupPath), responses((status = 204, description = "The group is closed")))]
pub(in crate::http) async fn close_group(
    State(app): State<AppState>,
    Path(path): Path<GroupPath>,
    AccountBearer(caller): AccountBearer,
) -> Result<StatusCode, Problem> {
    let chat = app.service.group_chat(path.name().as_ref()).await?;
    app.service.close_chat(chat, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the members of a group.
///
/// Members may: those who are there, or those who left or were removed.
#[utoipa::path(get, path = "/v1/groups/{name}/members", tag = "groups", params(GroupPath, GroupMembersQuery, ListQuery),
    responses((status = 200, description = "The members, by number", body = wire::lists::List<wire::groups::GroupMember>)))]
pub(in crate::http) async fn list_group_members(
    State(app): State<AppState>,
    Path(path): Path<GroupPath>,
    AccountBearer(caller): AccountBearer,
    Query(which): Query<GroupMembersQuery>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::groups::GroupMember>>, Problem> {
    let (status, page) = (which.status()?, query.page()?);
    let chat = app.service.group_chat(path.name().as_ref()).await?;
    let page = app.service.group_members(chat, &caller, status, page).await?;
    Ok(Answer(list_page(&page, |shown| u64::from(shown.member.id.0), |shown| app.present.group_member(shown))))
}

/// Adds a member to a group, or joins it.
///
/// With a `username`, owner and admins add an account that lets them. Without one, you join a group with the admission `open`. Who left comes back by
/// their own act, who was removed by being added.
#[utoipa::path(post, path = "/v1/groups/{name}/members", tag = "groups", params(GroupPath),
    request_body(content = Option<wire::groups::NewGroupMember>, content_type = "application/json"),
    responses((status = 201, description = "The new member", body = wire::groups::GroupMember),
        (status = 200, description = "The member, who was there already", body = wire::groups::GroupMember)))]
pub(in crate::http) async fn add_group_member(
    State(app): State<AppState>,
    Path(path): Path<GroupPath>,
    AccountBearer(caller): AccountBearer,
    JsonOrDefault(body): JsonOrDefault<wire::groups::NewGroupMember>,
) -> Result<Response, Problem> {
    let chat = app.service.group_chat(path.name().as_ref()).await?;
    let came = match &body.value.username {
        Some(username) => app.service.add_to_group(chat, &caller, Username::parse(username).ok()).await?,
        None => app.service.join_group(chat, &caller).await?,
    };
    let status = if came.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Answer(app.present.group_member(&came.member))).into_response())
}

/// Changes the role of a member of a group.
///
/// The same as `PATCH /v1/chats/{chat_id}/members/{member_id}`.
#[utoipa::path(patch, path = "/v1/groups/{name}/members/{username}", tag = "groups", params(GroupMemberPath),
    request_body = wire::groups::MemberChange,
    responses((status = 200, description = "The member after the change", body = wire::members::Member)))]
pub(in crate::http) async fn update_group_member(
    State(app): State<AppState>,
    Path(path): Path<GroupMemberPath>,
    AccountBearer(caller): AccountBearer,
    body: Json<wire::groups::MemberChange>,
) -> Result<Answer<wire::members::Member>, Problem> {
    let chat = app.service.group_chat(path.name().as_ref()).await?;
    let member = app.service.member_named(chat, &caller, path.username()).await?;
    let changed = app.service.change_role(chat, &caller, member, role(body.value.role)).await?;
    Ok(Answer(present::member(&changed)))
}

/// Leaves a group, or removes a member from it.
///
/// The same as `DELETE /v1/chats/{chat_id}/members/{member_id}`.
#[utoipa::path(delete, path = "/v1/groups/{name}/members/{username}", tag = "groups", params(GroupMemberPath),
    responses((status = 204, description = "The member has left or was removed")))]
pub(in crate::http) async fn remove_group_member(
    State(app): State<AppState>,
    Path(path): Path<GroupMemberPath>,
    AccountBearer(caller): AccountBearer,
) -> Result<StatusCode, Problem> {
    let chat = app.service.group_chat(path.name().as_ref()).await?;
    let member = app.service.member_named(chat, &caller, path.username()).await?;
    app.service.remove_member(chat, &caller, member).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn params(new: &wire::groups::NewGroup) -> Result<NewGroupParams> {
    if new.members.len() > MAX_FIRST_MEMBERS {
        return Err(Error::invalid("members", format!("must have at most {MAX_FIRST_MEMBERS} items")));
    }
    Ok(NewGroupParams {
        name: Username::parse(&new.name).in_field("name")?,
        title: new.title.as_deref().map(Title::parse).transpose().in_field("title")?,
        description: new.description.as_deref().map(Description::parse).transpose().in_field("description")?,
        members: new.members.iter().map(|username| Username::parse(username).ok()).collect(),
        admission: new.admission.map_or(Admission::Invite, admission),
        history: new.history.map_or(HistoryVisibility::All, history),
        expires_in: new.expires_in.map(Lifetime::for_chat).transpose().in_field("expires_in")?,
    })
}
