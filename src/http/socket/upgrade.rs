//! The request for a socket: handshake (RFC 6455, 4.2), `Origin`, the first credential.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use utoipa::IntoParams;

use super::credentials::Credentials;
use super::session::{self, Admitted};
use crate::domain::id::{ChatId, TicketId};
use crate::http::app::AppState;
use crate::http::extract::{Bearer, Query};
use crate::http::respond::problem::{Code, Problem};
use crate::transport::upgrade::UpgradeSlot;
use crate::wire::secret::Secret;

/// The version of the protocol (RFC 6455, 4.1).
const VERSION: &str = "13";

/// The query parameters of a socket.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct SocketQuery {
    /// A ticket for a socket, if you cannot send a header and do not want to send `authenticate`.
    #[param(value_type = Option<String>)]
    ticket: Option<Secret>,
}

/// Extracts the handshake of a WebSocket.
pub(in crate::http) struct Handshake(Result<Accepted, Problem>);

struct Accepted {
    key: HeaderValue,
    slot: UpgradeSlot,
    origin: Result<Option<String>, ()>,
}

impl<S: Send + Sync> FromRequestParts<S> for Handshake {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(accept(parts)))
    }
}

/// Returns the handshake of a request.
fn accept(parts: &Parts) -> Result<Accepted, Problem> {
    let headers = &parts.headers;
    let is_upgrade = parts.method == Method::GET
        && parts.version == Version::HTTP_11
        && has_token(headers, &header::CONNECTION, "upgrade")
        && has_token(headers, &header::UPGRADE, "websocket")
        && headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version == VERSION);
    let slot = parts.extensions.get::<UpgradeSlot>().filter(|_| is_upgrade);
    let slot = slot.ok_or_else(|| Problem::new(Code::UpgradeRequired))?.clone();
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY).iter();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(Problem::new(Code::BadRequest).with_detail("The handshake must have one Sec-WebSocket-Key."));
    };
    let key = HeaderValue::try_from(derive_accept_key(key.as_bytes())).map_err(|_| Problem::new(Code::BadRequest))?;
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin = match (origins.next(), origins.next()) {
        (None, _) => Ok(None),
        (Some(origin), None) => origin.to_str().map(|origin| Some(origin.to_owned())).map_err(drop),
        (Some(_), Some(_)) => Err(()),
    };
    Ok(Accepted { key, slot, origin })
}

/// Returns true if a header that is a list has this token.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|one| one.trim().eq_ignore_ascii_case(token))
}

/// Opens a socket.
///
/// A WebSocket (RFC 6455) on which you follow several chats and send commands: text frames, each with one JSON object of at most 64 KiB. Your credential
/// is in the header, in a ticket, or in your first command, `authenticate`, within 5 s.
///
/// **Events** are `SocketEvent`: the events of the streams, with the same data. `heartbeat` is sent every 15 s for the whole socket, and a ping every 25 s.
///
/// **Commands** have a `ref` of yours (a number, or text of at most 64 characters), an `op` and its fields. Each is answered with `SocketAnswer`: the `ref`
/// and either `ok`, the body that HTTP answers (`{}` where that has none), or `problem`. They have the limits of HTTP. Each uses the credential that fits
/// its chat.
///
/// | `op` | fields |
/// |---|---|
/// | `authenticate` | `Authenticate`: adds a credential, up to 20 |
/// | `subscribe` | `SubscribeChat` or `SubscribeAccount`: `ok` is the `hello`; again replaces the subscription. Up to 100 |
/// | `unsubscribe` | `Unsubscribe` |
/// | `send` | `chat_id` and those of `NewMessage`, or those of `AddressedMessage`; `key` is an idempotency key |
/// | `edit`, `delete`, `react` | `EditMessage`, `DeleteMessage`, `React` |
/// | `receipt`, `typing` | `chat_id` and those of `ReceiptMove` or of `TypingChange` |
///
/// A subscription ends with its terminal event, or with `bye` (`SubscriptionEnded`): then subscribe again with the last `id`, and you miss nothing.
///
/// **Close codes.** Come back in 1–10 s after 4001 (the server shuts down), 4002 (you read nothing for 30 s), 4003 (no pong for 50 s), and where there is no
/// code. Do not after 4501 (no credential in time), 4502 (not a command), 4503 (signed out), 4504 (newer streams of yours took its place).
#[utoipa::path(get, path = "/v1/socket", tag = "streams", params(SocketQuery),
    responses((status = 101, description = "The connection is a WebSocket from now on")))]
pub(in crate::http) async fn open_socket(
    State(app): State<AppState>,
    Bearer(caller): Bearer,
    Handshake(handshake): Handshake,
    query: Result<Query<SocketQuery>, Problem>,
) -> Result<Response, Problem> {
    let Accepted { key, slot, origin } = handshake?;
    if !origin.is_ok_and(|origin| origin.is_none_or(|origin| app.site.admits_origin(&origin))) {
        return Err(Problem::new(Code::OriginNotAllowed));
    }
    let charge = caller.charge().clone();
    let (caller, ticket) = match query?.0.ticket {
        None => (caller, None),
        Some(_) if !caller.is_anonymous() => return Err(Problem::invalid("ticket", "cannot be combined with an Authorization header")),
        Some(text) => {
            let (chat, ticket) = match text.expose().split_once('.') {
                Some((chat, ticket)) => (Some(ChatId::parse_or_nil(chat)), ticket),
                None => (None, text.expose()),
            };
            let (caller, guard) = app.service.redeem_socket_ticket(chat, TicketId::parse_or_nil(ticket), charge.clone()).await?;
            (caller, Some(guard))
        }
    };
    let mut credentials = Credentials::default();
    if !caller.is_anonymous() {
        credentials.add(&app, caller).await?;
    }
    let unproven = if charge.person().is_some() { None } else { Some(app.service.permit_unproven_socket(charge.address())?) };
    slot.put(move |socket| Box::pin(session::run(Admitted { app, charge, credentials, unproven, ticket }, socket)));
    let upgrade = [(header::CONNECTION, HeaderValue::from_static("upgrade")), (header::UPGRADE, HeaderValue::from_static("websocket"))];
    Ok((StatusCode::SWITCHING_PROTOCOLS, upgrade, [(header::SEC_WEBSOCKET_ACCEPT, key)]).into_response())
}
