//! Handlers of links.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::chat::Lifetime;
use crate::domain::link::OnRevoke;
use crate::domain::text::Label;
use crate::http::app::AppState;
use crate::http::extract::pagination::{ListQuery, list_page};
use crate::http::extract::path::{ChatPath, LinkPath};
use crate::http::extract::urls::chat_in;
use crate::http::extract::{Bearer, IdempotencyHeader, Json, Path, Query, replay_header};
use crate::http::respond::problem::Problem;
use crate::service::error::{Error, FieldContext as _, Result};
use crate::service::links::NewLinkParams;
use crate::wire;
use crate::wire::secret::Secret;

/// The query parameters of a revocation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct OnRevokeQuery {
    /// Whether to remove all members admitted by this link.
    #[param(value_type = Option<bool>)]
    evict: Option<String>,
}

/// Creates a link.
///
/// The owner of a chat may, and in an open chat anyone who has its URL. `link_url` in the response is the URL to share.
#[utoipa::path(post, path = "/v1/links", tag = "links", request_body = wire::links::NewLink,
    responses((status = 201, description = "The link", body = wire::links::Link)))]
pub(in crate::http) async fn create_link(
    State(app): State<AppState>,
    Bearer(caller): Bearer,
    key: IdempotencyHeader,
    body: Json<wire::links::NewLink>,
) -> Result<Response, Problem> {
    let caller = caller.with_field_credential(body.value.author_id.as_ref().map(Secret::expose), "author_id")?;
    let key = key.of(&caller, &body.raw)?;
    let created = app.service.create_link(chat_in(&body.value.chat_url, app.site.base()), &caller, params(&body.value)?, key).await?;
    Ok((StatusCode::CREATED, replay_header(&created), Answer(app.present.link(&created.value))).into_response())
}

/// Lists a chat's links.
///
/// Only the owner may, and admins of a group. Dead links are listed too, the last hundred of them.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/links", tag = "links", params(ChatPath, ListQuery),
    responses((status = 200, description = "The links, in the order of creation", body = wire::lists::List<wire::links::Link>)))]
pub(in crate::http) async fn list_links(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::links::Link>>, Problem> {
    let page = query.page()?;
    let page_of_links = app.service.links(path.id(), &caller, page).await?;
    Ok(Answer(list_page(&page_of_links, |link| link.number, |link| app.present.link(link))))
}

/// Revokes a link.
///
/// Only the chat's owner may. Its pending knocks are declined in the same step. With `evict=true` all members admitted by it are removed, even if the
/// link is dead already.
#[utoipa::path(delete, path = "/v1/links/{link_id}", tag = "links", params(LinkPath, OnRevokeQuery),
    responses((status = 204, description = "The link is revoked")))]
pub(in crate::http) async fn revoke_link(
    State(app): State<AppState>,
    Path(path): Path<LinkPath>,
    Bearer(caller): Bearer,
    Query(query): Query<OnRevokeQuery>,
) -> Result<StatusCode, Problem> {
    let on_revoke = match query.evict.as_deref() {
        None | Some("false") => OnRevoke::KeepMembers,
        Some("true") => OnRevoke::EvictMembers,
        Some(_) => return Err(Problem::invalid("evict", "must be true or false")),
    };
    app.service.revoke_link(path.id(), &caller, on_revoke).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn params(new: &wire::links::NewLink) -> Result<NewLinkParams> {
    if new.max_uses == Some(0) {
        return Err(Error::invalid("max_uses", "must be 1 or more"));
    }
    Ok(NewLinkParams {
        label: new.label.as_deref().map(Label::parse).transpose().in_field("label")?,
        expires_in: new.expires_in.map(Lifetime::for_link).transpose().in_field("expires_in")?.unwrap_or(Lifetime::DEFAULT),
        max_uses: new.max_uses,
        auto_approve: new.auto_approve.unwrap_or(false),
    })
}
