//! Failures as answers: the only place where they become status codes (API 1, *Errors*).

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use crate::domain::id::KnockId;
use crate::service::error::{Conflict, Error, Full, Limit, chain};
use crate::wire;

/// Every code, each with its status, its title, what it means.
macro_rules! codes {
    ($($code:ident $name:literal $status:ident $title:literal $detail:literal)+) => {
        /// The kinds of problems; their names never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $detail] $code,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$code => StatusCode::$status,)+ }
            }

            /// The kind in words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)+ }
            }

            /// What happened, where nothing more can be said.
            #[must_use]
            pub const fn detail(self) -> &'static str {
                match self { $(Self::$code => $detail,)+ }
            }
        }
    };
}

codes! {
    BadRequest "bad_request" BAD_REQUEST "Bad request" "The request could not be read."
    BadHost "bad_host" BAD_REQUEST "Bad Host header" "A request of HTTP/1.1 must have one Host header, which names a host."
    TooSlow "too_slow" REQUEST_TIMEOUT "Too slow" "The body of the request came too slowly."
    BadJson "bad_json" BAD_REQUEST "Bad JSON" "The body is not JSON."
    Unauthenticated "unauthenticated" UNAUTHORIZED "Bad Authorization header" "The Authorization header must read: Bearer, a space, your credential."
    NotAllowed "not_allowed" FORBIDDEN "Not allowed" "Only the owner of the chat may do this."
    NotFound "not_found" NOT_FOUND "Not found" "There is nothing here for you."
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "Method not allowed" "There is something here, but not with this method."
    SeveralKnocked "several_knocked" CONFLICT "Several knocked" "Several knocks wait on this link, or one went away a moment ago: name the one you mean."
    AlreadyDecided "already_decided" CONFLICT "Already decided" "It was decided otherwise, or ended by itself."
    NobodyKnocked "nobody_knocked" CONFLICT "Nobody knocked" "Nobody knocked on this link yet."
    LinkUsedUp "link_used_up" CONFLICT "Link used up" "The link has fewer uses left."
    ChatIsOpen "chat_is_open" CONFLICT "Chat is open" "Nobody can be removed from an open chat: switch it to knocking first."
    OwnerCannotLeave "owner_cannot_leave" CONFLICT "Owner cannot leave" "The owner cannot leave: close the chat instead."
    SomebodyWasRemoved "somebody_was_removed" CONFLICT "Somebody was removed" "A chat from which somebody was removed cannot be opened for everybody."
    TooLarge "too_large" PAYLOAD_TOO_LARGE "Too large" "The body has more than 64 KiB."
    UriTooLong "uri_too_long" URI_TOO_LONG "URI too long" "Path and query together have more than 2 KiB."
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "Unsupported media type" "The body must be JSON, sent as application/json."
    Invalid "invalid" UNPROCESSABLE_ENTITY "Invalid" "Something in the request is not what it must be."
    TooManyConnections "too_many_connections" TOO_MANY_REQUESTS "Too many connections" "Your address has as many connections without a credential as it may at one time."
    TooManyKnocks "too_many_knocks" TOO_MANY_REQUESTS "Too many knocks" "As many knocks wait as may; try again once some were decided."
    DeclinedRecently "declined_recently" TOO_MANY_REQUESTS "Declined a while ago" "The owner declined a while ago; try again later."
    TooManyTickets "too_many_tickets" TOO_MANY_REQUESTS "Too many tickets" "The chat has as many stream tickets as it may at one time."
    TooManyKeys "too_many_keys" TOO_MANY_REQUESTS "Too many idempotency keys" "More idempotency keys are kept than may be at one time."
    TooManyRequests "too_many_requests" TOO_MANY_REQUESTS "Too many requests" "More requests came from you, or without a credential from your address, than may in a while."
    TooManyChats "too_many_chats" TOO_MANY_REQUESTS "Too many new chats" "More chats were opened from your address than may be in a while."
    TooManyPosts "too_many_posts" TOO_MANY_REQUESTS "Too many posts" "You say more than anybody may in a while."
    ChatBusy "chat_busy" TOO_MANY_REQUESTS "Chat busy" "More is said in this chat than may be in a while."
    TooManyStreams "too_many_streams" TOO_MANY_REQUESTS "Too many streams" "As many streams are open from your address without a credential as may be at one time."
    Internal "internal" INTERNAL_SERVER_ERROR "Internal error" "It could not be done, and it is not your fault."
    TransferCodingNotImplemented "transfer_coding_not_implemented" NOT_IMPLEMENTED "Transfer coding not implemented" "The only transfer coding that is understood is chunked."
    ShuttingDown "shutting_down" SERVICE_UNAVAILABLE "Shutting down" "The server goes away."
    Overloaded "overloaded" SERVICE_UNAVAILABLE "Overloaded" "The server has more to do than it can; what matters more goes first."
    ChatFull "chat_full" INSUFFICIENT_STORAGE "Chat full" "The chat holds as much as it may."
    NodeFull "node_full" INSUFFICIENT_STORAGE "Server full" "The server holds so much that it does not take this; what is there can be read, and closing a chat gives room."
}

impl Code {
    /// Whether it says that there was too much of something, or something that nobody here takes.
    pub(super) const fn refuses(self) -> bool {
        matches!(self.status().as_u16(), 408 | 413 | 414 | 415 | 429 | 503 | 507)
    }
}

/// A failure on its way to becoming an answer.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    accept_encoding: Option<&'static str>,
    knock_ids: Option<Vec<Uuid>>,
}

impl Problem {
    /// A problem of this kind.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self { code, detail: Cow::Borrowed(code.detail()), field: None, retry_after: None, accept_encoding: None, knock_ids: None }
    }

    /// A field that is not what it must be.
    #[must_use]
    pub fn invalid(field: impl Into<Cow<'static, str>>, reason: &str) -> Self {
        let field = field.into();
        Self { detail: Cow::Owned(format!("{field} {reason}.")), field: Some(field), ..Self::new(Code::Invalid) }
    }

    /// The same kind of problem, with what exactly happened.
    #[must_use]
    pub fn saying(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// The same problem, which may be gone after `span`.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self { retry_after: Some(span), ..self }
    }

    /// The same problem, with the codings of bodies that are taken (RFC 9110, 15.5.16).
    #[must_use]
    pub fn accepting(self, codings: &'static str) -> Self {
        Self { accept_encoding: Some(codings), ..self }
    }

    /// The kind that an answer with this status has which somebody else made.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        Self::new(match status {
            StatusCode::NOT_FOUND => Code::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
            StatusCode::URI_TOO_LONG => Code::UriTooLong,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
            status if status.is_client_error() => Code::BadRequest,
            _ => Code::Internal,
        })
    }

    /// Which kind.
    pub(super) const fn code(&self) -> Code {
        self.code
    }

    /// When to try again, where that helps.
    fn wait(&self) -> Option<Duration> {
        self.retry_after.or(usual_wait(self.code))
    }

    /// The body, for the request with this id.
    #[must_use]
    pub fn body(self, request_id: Uuid) -> wire::problem::Problem {
        let wait = self.wait();
        wire::problem::Problem {
            kind: format!("urn:parlor:problem:{}", self.code.name()),
            title: self.code.title().into(),
            status: self.code.status().as_u16(),
            detail: self.detail.into_owned(),
            code: self.code.name().into(),
            request_id,
            field: self.field.map(Cow::into_owned),
            limit: limit_of(self.code).map(Into::into),
            retry_after_ms: wait.map(|span| u64::try_from(span.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX)),
            knock_ids: self.knock_ids,
        }
    }
}

/// An answer without a body yet: `answer.rs` writes it, with the request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        if let Some(span) = self.wait() {
            let seconds = span.as_micros().div_ceil(1_000_000).max(1);
            if let Ok(value) = HeaderValue::try_from(seconds.to_string()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
        }
        if let Some(codings) = self.accept_encoding {
            response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(codings));
        }
        if matches!(self.code, Code::TooSlow | Code::TooManyConnections | Code::BadHost | Code::TransferCodingNotImplemented) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if self.code == Code::Unauthenticated {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::new(Code::NotFound),
            Error::NotAllowed => Self::new(Code::NotAllowed),
            Error::Invalid { field, reason } => Self::invalid(field, &reason),
            Error::Conflict(Conflict::SeveralKnocked(knocks)) => {
                let knock_ids = Some(knocks.iter().map(KnockId::uuid).collect());
                Self { knock_ids, ..Self::new(Code::SeveralKnocked) }
            }
            Error::Conflict(conflict) => Self::new(conflict_code(&conflict)),
            Error::Limit(limit, span) => Self::new(limit_code(limit)).after(span),
            Error::Full(Full::Chat) => Self::new(Code::ChatFull),
            Error::Full(Full::Node) => Self::new(Code::NodeFull),
            Error::ShuttingDown => Self::new(Code::ShuttingDown),
            Error::Internal(source) => {
                tracing::error!(error = chain(source.as_ref()), "a request failed");
                Self::new(Code::Internal)
            }
        }
    }
}

const fn conflict_code(conflict: &Conflict) -> Code {
    match conflict {
        Conflict::SeveralKnocked(_) => Code::SeveralKnocked,
        Conflict::AlreadyDecided => Code::AlreadyDecided,
        Conflict::NobodyKnocked => Code::NobodyKnocked,
        Conflict::LinkUsedUp => Code::LinkUsedUp,
        Conflict::ChatIsOpen => Code::ChatIsOpen,
        Conflict::OwnerCannotLeave => Code::OwnerCannotLeave,
        Conflict::SomebodyWasRemoved => Code::SomebodyWasRemoved,
    }
}

const fn limit_code(limit: Limit) -> Code {
    match limit {
        Limit::Knocks => Code::TooManyKnocks,
        Limit::Declined => Code::DeclinedRecently,
        Limit::Tickets => Code::TooManyTickets,
        Limit::Requests => Code::TooManyRequests,
        Limit::Streams => Code::TooManyStreams,
        Limit::Openings => Code::TooManyChats,
        Limit::Posts => Code::TooManyPosts,
        Limit::ChatPosts => Code::ChatBusy,
        Limit::Keys => Code::TooManyKeys,
    }
}

/// When to try again, where nothing more exact is known.
const fn usual_wait(code: Code) -> Option<Duration> {
    match code {
        Code::ShuttingDown | Code::TooManyConnections => Some(Duration::from_secs(5)),
        _ => None,
    }
}

/// The bound that a problem speaks of.
const fn limit_of(code: Code) -> Option<&'static str> {
    match code {
        Code::TooSlow => Some("body_speed"),
        Code::TooManyConnections => Some("connections"),
        Code::TooManyKnocks => Some("pending_knocks"),
        Code::DeclinedRecently => Some("declined"),
        Code::TooManyTickets => Some("tickets"),
        Code::TooManyKeys => Some("idempotency_keys"),
        Code::TooManyRequests => Some("requests"),
        Code::TooManyChats => Some("new_chats"),
        Code::TooManyPosts => Some("posts"),
        Code::ChatBusy => Some("chat_posts"),
        Code::TooManyStreams => Some("streams"),
        Code::UriTooLong => Some("uri"),
        Code::Overloaded => Some("load"),
        Code::ChatFull => Some("chat"),
        Code::NodeFull => Some("node"),
        Code::TooLarge => Some("body"),
        _ => None,
    }
}
