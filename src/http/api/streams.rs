//! Handlers of event streams.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::id::TicketId;
use crate::domain::knock::KnockStatus;
use crate::http::app::AppState;
use crate::http::extract::path::{ChatPath, LinkPath};
use crate::http::extract::{Bearer, HandoverSlot, Headers, Path, Query};
use crate::http::respond::event_stream;
use crate::http::respond::problem::Problem;
use crate::http::respond::sse;
use crate::service::authorization::Caller;
use crate::service::error::Error;
use crate::service::streams::guest::{DecisionSeen, GuestStreamOutcome};
use crate::service::streams::position::StreamAuth;
use crate::wire::secret::Secret;

/// The query parameters of a chat's stream.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct FollowQuery {
    /// The position to resume after: an event's `id`, or a sequence number; 0 replays all that you may read. The header `Last-Event-ID` takes
    /// precedence.
    after: Option<String>,
    /// The `id` of the last event you received, if you cannot send the header `Last-Event-ID`, which takes precedence. It takes precedence over
    /// `after`.
    #[serde(rename = "lastEventId")]
    last_event_id: Option<String>,
    /// A ticket, if you cannot send a header.
    #[param(value_type = Option<String>)]
    ticket: Option<Secret>,
}

/// The query parameters of a guest's stream.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct WaitQuery {
    /// `decided`, if you have received the decision and cannot send the header `Last-Event-ID`, which takes precedence.
    #[serde(rename = "lastEventId")]
    last_event_id: Option<String>,
    /// A ticket, if you cannot send a header.
    #[param(value_type = Option<String>)]
    ticket: Option<Secret>,
}

/// The query parameters of an account's stream.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct FollowMeQuery {
    /// A ticket, if you cannot send a header.
    #[param(value_type = Option<String>)]
    ticket: Option<Secret>,
}

/// Follows a chat.
///
/// Server-sent events. The first is `hello`. `reset` follows if the stream cannot resume at the requested position, `gap` for entries that are no
/// longer kept. Then every entry: `message`, `member_joined`, `member_left`, `chat_updated`, and for the owner `knock`, `knock_decided`,
/// `link_created`, `link_revoked`. Members also get `receipt`, at most twice a second for each member, `typing`, at most twice a second,
/// and after `hello` and when it changes `presence`, at most once a second. `heartbeat` is sent every 15 s. The last event is `chat_closed` or your own `member_left`, or `bye` when the
/// server shuts down or newer streams of yours displace this one. Entries have an `id`: send the last one as `Last-Event-ID` when you reconnect,
/// and you miss none. The schemas of the data are `Message`, `MemberJoined`, `MemberLeft`, `ChatUpdated`, `Knocked`, `KnockDecided`, `LinkChanged`,
/// `ReceiptMoved`, `Typing`, `ChatPresence`, `Hello`, `Reset`, `Gap`, `Heartbeat`, `ChatClosed`, `Bye`.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/events", tag = "streams",
    params(ChatPath, FollowQuery, ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event you received, such as `9f4e21c0-7`")),
    responses((status = 200, description = "The stream", body = String, content_type = "text/event-stream",
        example = "id: 9f4e21c0-7\nevent: message\ndata: {\"seq\":7,\"text\":\"Shall we meet at ten?\"}\n\n")))]
pub(in crate::http) async fn follow_chat(
    State(app): State<AppState>,
    method: Method,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Headers(headers): Headers,
    Query(query): Query<FollowQuery>,
    HandoverSlot(handover): HandoverSlot,
) -> Result<Response, Problem> {
    if method == Method::HEAD && query.ticket.is_none() {
        app.service.chat(path.id(), &caller).await?;
        return Ok(event_stream::response(Body::empty()));
    }
    let resume = sse::resume(&headers, query.last_event_id.as_deref(), query.after.as_deref());
    let chat_stream = app.service.open_chat_stream(path.id(), stream_auth(&method, caller, query.ticket.as_ref())?, resume).await?;
    Ok(event_stream::stream(&app, chat_stream, handover))
}

/// Waits for the owner's decision.
///
/// Server-sent events: `hello` with the status of the knock, `heartbeat` every 15 s, and finally `knock_decided` with the `Exchange`. A request with
/// its `id`, `decided`, as the last event gets 204.
#[utoipa::path(get, path = "/v1/links/{link_id}/events", tag = "streams",
    params(LinkPath, WaitQuery, ("Last-Event-ID" = Option<String>, Header, description = "`decided`, if you have received the decision")),
    responses((status = 200, description = "The stream", body = String, content_type = "text/event-stream",
        example = "event: hello\ndata: {\"status\":\"pending\"}\n\n"),
        (status = 204, description = "You have received the decision")))]
pub(in crate::http) async fn wait_for_decision(
    State(app): State<AppState>,
    method: Method,
    Path(path): Path<LinkPath>,
    Bearer(caller): Bearer,
    Headers(headers): Headers,
    Query(query): Query<WaitQuery>,
    HandoverSlot(handover): HandoverSlot,
) -> Result<Response, Problem> {
    let seen = sse::decision_seen(&headers, query.last_event_id.as_deref());
    if method == Method::HEAD && query.ticket.is_none() {
        let ended = app.service.guest_status(path.id(), &caller).await? != KnockStatus::Pending;
        let over = ended && seen == DecisionSeen::Yes;
        return Ok(if over { StatusCode::NO_CONTENT.into_response() } else { event_stream::response(Body::empty()) });
    }
    match app.service.open_guest_stream(path.id(), stream_auth(&method, caller, query.ticket.as_ref())?, seen).await? {
        GuestStreamOutcome::Over => Ok(StatusCode::NO_CONTENT.into_response()),
        GuestStreamOutcome::Stream(guest_stream) => Ok(event_stream::stream(&app, guest_stream, handover)),
    }
}

/// Follows your account.
///
/// Server-sent events: `hello`, and `state` with your account, your latest chats, the friend requests that wait for your answer and your knocks that wait
/// for a decision. Then the events of all your chats as on their own streams, each chat's in order from its `head` in `state` on, with the door's where you
/// may decide. Their `id` is `<chat_id>/` and that of the chat's own stream; `reset`, `gap` and `chat_closed` end or break one chat alone. Besides:
/// `chat_added` before the first event of a chat that you come to, `chat_removed` after the last one, `knock_decided` with your `Exchange` when a knock of
/// yours ends (it has no `door`), `friend_request` when one arrives, is accepted or withdrawn, `friendship` when one begins or ends, `friend_presence` for
/// each friend who is online, and when one goes online or offline, `me_updated`, and `heartbeat` every 15 s. Where events of your account are missing, `state` comes again. The last event is `signed_out` when the session has ended, or
/// `bye` when the server shuts down or newer streams of yours displace this one. `Last-Event-ID` is ignored: to lose nothing, ask for a ticket with `after`.
/// The schemas of the data are those of a chat's stream and `AccountHello`, `AccountState`, `ChatAdded`, `ChatRemoved`, `Exchange`, `FriendRequestChanged`,
/// `FriendshipChanged`, `FriendPresence`, `MeUpdated`, `Heartbeat`, `SignedOut`, `Bye`.
#[utoipa::path(get, path = "/v1/me/events", tag = "streams", params(FollowMeQuery),
    responses((status = 200, description = "The stream", body = String, content_type = "text/event-stream",
        example = "event: hello\ndata: {\"sent_at\":\"2026-11-20T12:00:00.000Z\"}\n\n")))]
pub(in crate::http) async fn follow_me(
    State(app): State<AppState>,
    method: Method,
    Bearer(caller): Bearer,
    query: Result<Query<FollowMeQuery>, Problem>,
    HandoverSlot(handover): HandoverSlot,
) -> Result<Response, Problem> {
    // Unless a ticket stands for the account, it is asked for before the query is judged.
    if !matches!(&query, Ok(Query(FollowMeQuery { ticket: Some(_) }))) {
        app.service.admit_account(&caller)?;
    }
    let auth = stream_auth(&method, caller, query?.0.ticket.as_ref())?;
    if method == Method::HEAD {
        return Ok(event_stream::response(Body::empty()));
    }
    Ok(event_stream::stream(&app, app.service.open_account_stream(auth, &[]).await?, handover))
}

/// Returns what authorizes the stream. A ticket excludes a header. HEAD neither redeems a ticket nor opens a stream, which could displace an older
/// one.
fn stream_auth(method: &Method, caller: Caller, ticket: Option<&Secret>) -> Result<StreamAuth, Problem> {
    match ticket {
        None => Ok(StreamAuth::Caller(caller)),
        Some(_) if !caller.is_anonymous() => Err(Problem::invalid("ticket", "cannot be combined with an Authorization header")),
        Some(_) if method == Method::HEAD => Err(Error::NotFound.into()),
        Some(ticket) => Ok(StreamAuth::Ticket(TicketId::parse_or_nil(ticket.expose()), caller.charge().clone())),
    }
}
