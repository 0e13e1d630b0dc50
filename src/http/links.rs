//! Links over HTTP.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::chats::ChatPath;
use super::extract::{Bearer, Json, Key, Path, Query, mark};
use super::page::{ListQuery, list};
use super::problem::Problem;
use super::urls::chat_in;
use crate::domain::chat::Lifetime;
use crate::domain::id::LinkId;
use crate::domain::link::Admitted;
use crate::domain::text::Label;
use crate::service::error::{Error, InField as _, Result};
use crate::service::links::LinkWish;
use crate::wire;
use crate::wire::secret::Secret;

/// Which link.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct LinkPath {
    /// The link's id: 27 characters. What no id has may stand behind it.
    #[param(example = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    link_id: String,
}

impl LinkPath {
    /// The link that is meant, with or without what was pasted behind it; one that never was, where the text is no id.
    pub(super) fn id(&self) -> LinkId {
        LinkId::read_pasted(&self.link_id)
    }
}

/// How a link is revoked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Eviction {
    /// Whether everybody whom it let in is removed.
    #[param(value_type = Option<bool>)]
    evict: Option<String>,
}

/// Makes a link.
///
/// The owner of a chat may, and in an open chat anyone who has its URL. `link_url` in the answer is what people share.
#[utoipa::path(post, path = "/v1/links", tag = "links", request_body = wire::links::NewLink,
    responses((status = 201, description = "The link", body = wire::links::Link)))]
pub(super) async fn create_link(
    State(app): State<App>,
    Bearer(caller): Bearer,
    key: Key,
    body: Json<wire::links::NewLink>,
) -> Result<Response, Problem> {
    let caller = caller.also(body.value.author_id.as_ref().map(Secret::reveal), "author_id")?;
    let key = key.of(&caller, &body.raw)?;
    let once = app.service.create_link(chat_in(&body.value.chat_url, app.site.base()), &caller, wish(&body.value)?, key).await?;
    Ok((StatusCode::CREATED, mark(&once), Answer(app.present.link(&once.made))).into_response())
}

/// Lists a chat's links.
///
/// Its owner may. Dead links are listed too: the last hundred of them.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/links", tag = "links", params(ChatPath, ListQuery),
    responses((status = 200, description = "The links, in the order of their making", body = wire::lists::List<wire::links::Link>)))]
pub(super) async fn list_links(
    State(app): State<App>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::links::Link>>, Problem> {
    let page = query.page()?;
    let cut = app.service.links(path.id(), &caller, page).await?;
    Ok(Answer(list(&cut, |link| link.number, |link| app.present.link(link))))
}

/// Revokes a link.
///
/// Its chat's owner may. Knocks that wait on it are declined in the same step. With `evict=true` everybody whom it let in is removed, also by a link that is
/// dead already.
#[utoipa::path(delete, path = "/v1/links/{link_id}", tag = "links", params(LinkPath, Eviction),
    responses((status = 204, description = "It can no longer be knocked on")))]
pub(super) async fn revoke_link(
    State(app): State<App>,
    Path(path): Path<LinkPath>,
    Bearer(caller): Bearer,
    Query(query): Query<Eviction>,
) -> Result<StatusCode, Problem> {
    let admitted = match query.evict.as_deref() {
        None | Some("false") => Admitted::Stay,
        Some("true") => Admitted::Evicted,
        Some(_) => return Err(Problem::invalid("evict", "must be true or false")),
    };
    app.service.revoke_link(path.id(), &caller, admitted).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn wish(new: &wire::links::NewLink) -> Result<LinkWish> {
    if new.max_uses == Some(0) {
        return Err(Error::invalid("max_uses", "must be 1 or more"));
    }
    Ok(LinkWish {
        label: new.label.as_deref().map(Label::parse).transpose().in_field("label")?,
        expires_in: new.expires_in.map(Lifetime::of_link).transpose().in_field("expires_in")?.unwrap_or(Lifetime::DEFAULT),
        max_uses: new.max_uses,
        auto_approve: new.auto_approve.unwrap_or(false),
    })
}
