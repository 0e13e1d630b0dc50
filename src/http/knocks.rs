//! Knocks over HTTP.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::chats::ChatPath;
use super::extract::{Bearer, Headers, Json, JsonOrEmpty, Key, Path, Peer, Query, mark};
use super::links::LinkPath;
use super::page::{ListQuery, list};
use super::present;
use super::preview::{Visit, visit};
use super::problem::Problem;
use super::urls::{chat_in, link_in};
use crate::domain::bounds::DECIDED_AT_ONCE;
use crate::domain::id::{KnockId, LinkId};
use crate::domain::knock::{Decision, KnockSelector, KnockStatus, Verdict};
use crate::domain::text::{Name, Note, Reason};
use crate::service::error::{Error, InField as _, Result};
use crate::service::knocks::Guest;
use crate::wire;
use crate::wire::secret::Secret;

/// Whose knock.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ClientQuery {
    /// Your credential, where you do not send it as a header.
    #[param(value_type = Option<String>)]
    client_id: Option<Secret>,
}

/// Which knock on which link.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct KnockPath {
    /// The link's id: 27 characters. What no id has may stand behind it.
    #[param(example = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    link_id: String,
    /// The knock's public name.
    #[param(example = "0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e")]
    knock_id: String,
}

/// Which knocks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StatusQuery {
    /// Only those that stand so; all that are kept, where left out.
    #[param(value_type = Option<wire::knocks::KnockStatus>)]
    status: Option<String>,
}

/// On which link, and whose knock.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ApprovalQuery {
    /// The link: its `link_url`, its `exchange_url`, or the bare id.
    #[param(example = "http://127.0.0.1:8080/l/p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    link_url: String,
    /// Your credential, where you do not send it as a header.
    #[param(value_type = Option<String>)]
    client_id: Option<Secret>,
}

/// Knocks with one GET, or reads how a knock stands.
///
/// With `client_id` it says how that knock stands. Without, it knocks: each such call is a new knock. A browser is sent to the page instead, and whoever
/// only previews links (by the headers `Sec-Purpose`, `Purpose`, `X-Moz`, `Sec-Fetch-Site`, by a user agent that names a preview, or by HEAD) gets an answer
/// with `request_sent_status: false` and everything else null.
#[utoipa::path(get, path = "/v1/links/{link_id}", tag = "knocks", params(LinkPath, ClientQuery),
    responses((status = 200, description = "How the knock stands", body = wire::knocks::Exchange),
        (status = 303, description = "The page, for a browser", headers(("Location" = String, description = "The link's page")))))]
pub(super) async fn exchange_link(
    State(app): State<App>,
    method: Method,
    Path(path): Path<LinkPath>,
    Bearer(caller): Bearer,
    Peer(address): Peer,
    Headers(headers): Headers,
    Query(query): Query<ClientQuery>,
) -> Result<Response, Problem> {
    let caller = caller.also(query.client_id.as_ref().map(Secret::reveal), "client_id")?;
    let differs = [(header::VARY, "Accept, Authorization, Purpose, Sec-Fetch-Site, Sec-Purpose, User-Agent, X-Moz")];
    let exchange = match visit(&method, &headers) {
        Visit::Browser => {
            let page = [(header::LOCATION, app.present.link_url(path.id()))];
            return Ok((StatusCode::SEE_OTHER, differs, page).into_response());
        }
        Visit::Preview => wire::knocks::Exchange::default(),
        Visit::Client => {
            let guest = Guest { name: None, note: None, address };
            app.present.exchange(path.id(), &app.service.exchange(path.id(), &caller, guest).await?)
        }
    };
    Ok((differs, Answer(exchange)).into_response())
}

/// Knocks.
///
/// The owner is told at once. `client_id` in the answer is your credential: wait with it on `/v1/links/{link_id}/events`, and once you are let in it makes
/// you a member. An open chat, and a link that lets in without asking, admit at once. Whoever knocked already, or is a member, gets how that stands, with
/// status 200.
#[utoipa::path(post, path = "/v1/links/{link_id}/knocks", tag = "knocks", params(LinkPath),
    request_body(content = Option<wire::knocks::NewKnock>, content_type = "application/json"),
    responses((status = 201, description = "The knock, and your credential", body = wire::knocks::Exchange),
        (status = 200, description = "How you stand already", body = wire::knocks::Exchange)))]
pub(super) async fn knock(
    State(app): State<App>,
    Path(path): Path<LinkPath>,
    Bearer(caller): Bearer,
    Peer(address): Peer,
    key: Key,
    JsonOrEmpty(body): JsonOrEmpty<wire::knocks::NewKnock>,
) -> Result<Response, Problem> {
    let key = key.of(&caller, &body.raw)?;
    let name = body.value.name.as_deref().map(Name::parse).transpose().in_field("name")?;
    let note = body.value.note.as_deref().map(Note::parse).transpose().in_field("note")?;
    let (knocked, standing) = app.service.knock(path.id(), &caller, Guest { name, note, address }, key).await?;
    let status = if knocked.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    let exchange = Answer(app.present.exchange(path.id(), &standing));
    Ok((status, knocked.as_ref().and_then(mark), exchange).into_response())
}

/// Takes a knock back.
///
/// The guest may, while it waits.
#[utoipa::path(delete, path = "/v1/links/{link_id}/knocks/{knock_id}", tag = "knocks", params(KnockPath),
    responses((status = 204, description = "It no longer waits")))]
pub(super) async fn withdraw_knock(State(app): State<App>, Path(path): Path<KnockPath>, Bearer(caller): Bearer) -> Result<StatusCode, Problem> {
    app.service.withdraw_knock(LinkId::read_pasted(&path.link_id), KnockId::read(&path.knock_id), &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists who knocked.
///
/// The owner may. Knocks that ended are listed too, as long as they are kept.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/knocks", tag = "knocks", params(ChatPath, StatusQuery, ListQuery),
    responses((status = 200, description = "The knocks, in the order of arrival", body = wire::lists::List<wire::knocks::Knock>)))]
pub(super) async fn list_knocks(
    State(app): State<App>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Query(status): Query<StatusQuery>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::knocks::Knock>>, Problem> {
    let status = match status.status.as_deref() {
        None => None,
        Some("pending") => Some(KnockStatus::Pending),
        Some("approved") => Some(KnockStatus::Approved),
        Some("declined") => Some(KnockStatus::Declined),
        Some("withdrawn") => Some(KnockStatus::Withdrawn),
        Some("expired") => Some(KnockStatus::Expired),
        Some(_) => return Err(Problem::invalid("status", "must be pending, approved, declined, withdrawn or expired")),
    };
    let page = query.page()?;
    let cut = app.service.knocks(path.id(), &caller, status, page).await?;
    Ok(Answer(list(&cut, |knock| knock.number, |knock| app.present.knock(knock))))
}

/// Reads how a knock stands, in short.
///
/// Without `client_id`, `status` is null, unless exactly one guest ever knocked on that link.
#[utoipa::path(get, path = "/v1/approval", tag = "knocks", params(ApprovalQuery),
    responses((status = 200, description = "How it stands", body = wire::knocks::Approval)))]
pub(super) async fn read_approval(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Query(query): Query<ApprovalQuery>,
) -> Result<Answer<wire::knocks::Approval>, Problem> {
    let caller = caller.also(query.client_id.as_ref().map(Secret::reveal), "client_id")?;
    let status = app.service.approval(link_in(&query.link_url, app.site.base()), &caller).await?;
    Ok(Answer(wire::knocks::Approval { approval_status: status == Some(KnockStatus::Approved), status: status.map(present::status) }))
}

/// Lets in, or declines.
///
/// The owner may: one knock by its `knock_id`, several by `knock_ids` (all or none), or without either the only one that waits on the link. With `chat_url`
/// instead of `link_url` they may have come by any of the chat's links. Deciding the same again changes nothing and answers the same. No rate refuses it.
#[utoipa::path(post, path = "/v1/approval", tag = "knocks", request_body = wire::knocks::Decision,
    responses((status = 200, description = "What was decided", body = wire::knocks::Decided)))]
pub(super) async fn decide_knocks(
    State(app): State<App>,
    Bearer(caller): Bearer,
    body: Json<wire::knocks::Decision>,
) -> Result<Answer<wire::knocks::Decided>, Problem> {
    let caller = caller.also(body.value.author_id.as_ref().map(Secret::reveal), "author_id")?;
    let decision = decision(&body.value, app.site.base())?;
    let approval_status = decision.verdict == Verdict::Approve;
    let decided = app.service.decide_knocks(&caller, decision).await?;
    Ok(Answer(wire::knocks::Decided { approval_status, decided: decided.iter().map(KnockId::uuid).collect() }))
}

fn decision(said: &wire::knocks::Decision, base: &str) -> Result<Decision> {
    let ids = match (&said.knock_id, &said.knock_ids) {
        (None, None) => None,
        (Some(one), None) => Some(vec![KnockId::read(one)]),
        (None, Some(several)) if (1..=DECIDED_AT_ONCE).contains(&several.len()) => Some(several.iter().map(|one| KnockId::read(one)).collect()),
        (None, Some(_)) => return Err(Error::invalid("knock_ids", format!("must have 1 to {DECIDED_AT_ONCE} items"))),
        (Some(_), Some(_)) => return Err(Error::invalid("knock_ids", "cannot stand beside knock_id")),
    };
    let knocks = match (&said.link_url, &said.chat_url, ids) {
        (Some(link), None, None) => KnockSelector::Sole(link_in(link, base)),
        (Some(link), None, Some(ids)) => KnockSelector::OnLink(link_in(link, base), ids),
        (None, Some(chat), Some(ids)) => KnockSelector::InChat(chat_in(chat, base), ids),
        (None, Some(_), None) => return Err(Error::invalid("knock_ids", "is needed beside chat_url, or knock_id")),
        (Some(_), Some(_), _) => return Err(Error::invalid("chat_url", "cannot stand beside link_url")),
        (None, None, _) => return Err(Error::invalid("link_url", "is needed, or chat_url")),
    };
    Ok(Decision {
        knocks,
        verdict: if said.approve.unwrap_or(true) { Verdict::Approve } else { Verdict::Decline },
        reason: said.reason.as_deref().map(Reason::parse).transpose().in_field("reason")?,
    })
}
