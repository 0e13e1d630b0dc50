//! Handlers of knocks.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::id::{KnockId, LinkId, MemberId};
use crate::domain::knock::{Decision, KnockSelector, KnockStatus, Verdict};
use crate::domain::limits::MAX_DECISIONS_PER_REQUEST;
use crate::domain::text::{Name, Note, Reason};
use crate::http::app::AppState;
use crate::http::extract::link_preview::{Requester, classify};
use crate::http::extract::pagination::{ListQuery, list_page};
use crate::http::extract::path::{ChatPath, KnockPath, LinkPath};
use crate::http::extract::urls::{chat_in, link_in};
use crate::http::extract::{Bearer, ClientAddr, Headers, IdempotencyHeader, Json, JsonOrDefault, Path, Query, replay_header};
use crate::http::respond::present;
use crate::http::respond::problem::Problem;
use crate::service::error::{Error, FieldContext as _, Result};
use crate::service::knocks::Guest;
use crate::wire;
use crate::wire::secret::Secret;

/// The query parameter of a guest's credential.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct ClientQuery {
    /// Your credential, if you do not send it as a header.
    #[param(value_type = Option<String>)]
    client_id: Option<Secret>,
}

/// The filter of a list of knocks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct StatusQuery {
    /// Only knocks with this status; all that are kept by default.
    #[param(value_type = Option<wire::knocks::KnockStatus>)]
    status: Option<String>,
}

/// The query parameters of a knock's status.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct ApprovalQuery {
    /// The link: its `link_url`, its `exchange_url`, or the bare id.
    #[param(example = "http://127.0.0.1:8080/l/p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    link_url: String,
    /// Your credential, if you do not send it as a header.
    #[param(value_type = Option<String>)]
    client_id: Option<Secret>,
}

/// Knocks with one GET, or reads the status of a knock.
///
/// With `client_id` it returns the status of that knock. Without, each call creates a new knock. A browser is redirected to the page instead. A link
/// preview (detected by the headers `Sec-Purpose`, `Purpose`, `X-Moz`, `Sec-Fetch-Site`, by the user agent, or by HEAD) creates no knock and gets
/// `request_sent_status: false` with every other field null.
#[utoipa::path(get, path = "/v1/links/{link_id}", tag = "knocks", params(LinkPath, ClientQuery),
    responses((status = 200, description = "The status of the knock", body = wire::knocks::Exchange),
        (status = 303, description = "A redirect to the page, for a browser", headers(("Location" = String, description = "The link's page")))))]
pub(in crate::http) async fn exchange_link(
    State(app): State<AppState>,
    method: Method,
    Path(path): Path<LinkPath>,
    Bearer(caller): Bearer,
    ClientAddr(address): ClientAddr,
    Headers(headers): Headers,
    Query(query): Query<ClientQuery>,
) -> Result<Response, Problem> {
    let caller = caller.with_field_credential(query.client_id.as_ref().map(Secret::expose), "client_id")?;
    let vary = [(header::VARY, "Accept, Authorization, Purpose, Sec-Fetch-Site, Sec-Purpose, User-Agent, X-Moz")];
    let exchange = match classify(&method, &headers) {
        Requester::Browser => {
            let page = [(header::LOCATION, app.present.link_url(path.id()))];
            return Ok((StatusCode::SEE_OTHER, vary, page).into_response());
        }
        Requester::Preview => wire::knocks::Exchange::default(),
        Requester::Client => {
            let guest = Guest { name: None, note: None, address };
            app.present.exchange(path.id(), &app.service.exchange(path.id(), &caller, guest).await?)
        }
    };
    Ok((vary, Answer(exchange)).into_response())
}

/// Knocks on a link.
///
/// The owner is notified at once. `client_id` in the response is your credential: wait with it on `/v1/links/{link_id}/events`; once you are admitted
/// it is your credential as a member. An open chat, and a link with `auto_approve`, admit at once. If you have knocked already or are a member, the
/// response is your current status with 200.
#[utoipa::path(post, path = "/v1/links/{link_id}/knocks", tag = "knocks", params(LinkPath),
    request_body(content = Option<wire::knocks::NewKnock>, content_type = "application/json"),
    responses((status = 201, description = "The knock, and your credential", body = wire::knocks::Exchange),
        (status = 200, description = "Your current status", body = wire::knocks::Exchange)))]
pub(in crate::http) async fn knock(
    State(app): State<AppState>,
    Path(path): Path<LinkPath>,
    Bearer(caller): Bearer,
    ClientAddr(address): ClientAddr,
    key: IdempotencyHeader,
    JsonOrDefault(body): JsonOrDefault<wire::knocks::NewKnock>,
) -> Result<Response, Problem> {
    let key = key.of(&caller, &body.raw)?;
    let name = body.value.name.as_deref().map(Name::parse).transpose().in_field("name")?;
    let note = body.value.note.as_deref().map(Note::parse).transpose().in_field("note")?;
    let (knocked, relation) = app.service.knock(path.id(), &caller, Guest { name, note, address }, key).await?;
    let status = if knocked.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    let exchange = Answer(app.present.exchange(path.id(), &relation));
    Ok((status, knocked.as_ref().and_then(replay_header), exchange).into_response())
}

/// Withdraws a knock.
///
/// Only the guest may, while it is pending.
#[utoipa::path(delete, path = "/v1/links/{link_id}/knocks/{knock_id}", tag = "knocks", params(KnockPath),
    responses((status = 204, description = "The knock is withdrawn")))]
pub(in crate::http) async fn withdraw_knock(
    State(app): State<AppState>,
    Path(path): Path<KnockPath>,
    Bearer(caller): Bearer,
) -> Result<StatusCode, Problem> {
    app.service.withdraw_knock(LinkId::parse_pasted(&path.link_id), KnockId::parse_or_nil(&path.knock_id), &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the knocks of a chat.
///
/// Only the owner may, and admins of a group. Knocks that have ended are listed too, as long as they are kept.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/knocks", tag = "knocks", params(ChatPath, StatusQuery, ListQuery),
    responses((status = 200, description = "The knocks, in the order of creation", body = wire::lists::List<wire::knocks::Knock>)))]
pub(in crate::http) async fn list_knocks(
    State(app): State<AppState>,
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
    let page_of_knocks = app.service.knocks(path.id(), &caller, status, page).await?;
    Ok(Answer(list_page(&page_of_knocks, |knock| knock.number, |knock| app.present.knock(knock))))
}

/// Reads whether a knock is approved.
///
/// Without `client_id`, `status` is null unless exactly one guest has ever knocked on that link.
#[utoipa::path(get, path = "/v1/approval", tag = "knocks", params(ApprovalQuery),
    responses((status = 200, description = "The status of the knock", body = wire::knocks::Approval)))]
pub(in crate::http) async fn read_approval(
    State(app): State<AppState>,
    Bearer(caller): Bearer,
    Query(query): Query<ApprovalQuery>,
) -> Result<Answer<wire::knocks::Approval>, Problem> {
    let caller = caller.with_field_credential(query.client_id.as_ref().map(Secret::expose), "client_id")?;
    let status = app.service.approval(link_in(&query.link_url, app.site.base()), &caller).await?;
    Ok(Answer(wire::knocks::Approval { approval_status: status == Some(KnockStatus::Approved), status: status.map(present::status) }))
}

/// Approves or declines knocks.
///
/// Only the owner may, and admins of a group: one knock by its `knock_id`, several by `knock_ids` (all or none), or without either the only pending one
/// on the link. With `chat_url` instead of `link_url` they can be on any of the chat's links. Repeating a decision changes nothing and returns the same
/// response. It is exempt from rate limits.
#[utoipa::path(post, path = "/v1/approval", tag = "knocks", request_body = wire::knocks::Decision,
    responses((status = 200, description = "The decided knocks", body = wire::knocks::Decided)))]
pub(in crate::http) async fn decide_knocks(
    State(app): State<AppState>,
    Bearer(caller): Bearer,
    body: Json<wire::knocks::Decision>,
) -> Result<Answer<wire::knocks::Decided>, Problem> {
    let caller = caller.with_field_credential(body.value.author_id.as_ref().map(Secret::expose), "author_id")?;
    let decision = decision_of(&body.value, app.site.base())?;
    let approval_status = decision.verdict == Verdict::Approve;
    let decided = app.service.decide_knocks(&caller, decision).await?;
    Ok(Answer(wire::knocks::Decided { approval_status, decided: decided.iter().map(KnockId::uuid).collect() }))
}

fn decision_of(body: &wire::knocks::Decision, base: &str) -> Result<Decision> {
    let ids = match (&body.knock_id, &body.knock_ids) {
        (None, None) => None,
        (Some(one), None) => Some(vec![KnockId::parse_or_nil(one)]),
        (None, Some(several)) if (1..=MAX_DECISIONS_PER_REQUEST).contains(&several.len()) => {
            Some(several.iter().map(|one| KnockId::parse_or_nil(one)).collect())
        }
        (None, Some(_)) => return Err(Error::invalid("knock_ids", format!("must have 1 to {MAX_DECISIONS_PER_REQUEST} items"))),
        (Some(_), Some(_)) => return Err(Error::invalid("knock_ids", "cannot be combined with knock_id")),
    };
    let knocks = match (&body.link_url, &body.chat_url, ids) {
        (Some(link), None, None) => KnockSelector::Sole(link_in(link, base)),
        (Some(link), None, Some(ids)) => KnockSelector::OnLink(link_in(link, base), ids),
        (None, Some(chat), Some(ids)) => KnockSelector::InChat(chat_in(chat, base), ids),
        (None, Some(_), None) => return Err(Error::invalid("knock_ids", "or knock_id is required with chat_url")),
        (Some(_), Some(_), _) => return Err(Error::invalid("chat_url", "cannot be combined with link_url")),
        (None, None, _) => return Err(Error::invalid("link_url", "or chat_url is required")),
    };
    Ok(Decision {
        knocks,
        // The service knows who decides.
        by: MemberId::NONE,
        verdict: if body.approve.unwrap_or(true) { Verdict::Approve } else { Verdict::Decline },
        reason: body.reason.as_deref().map(Reason::parse).transpose().in_field("reason")?,
    })
}
