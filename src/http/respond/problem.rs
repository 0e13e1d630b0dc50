//! Problem responses: the only place that maps errors to status codes (API 1, *Errors*).

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use crate::domain::id::KnockId;
use crate::error_chain::error_chain;
use crate::service::error::{Capacity, Conflict, Error, Limit};
use crate::wire;

/// Defines the codes, each with its status, title and detail.
macro_rules! codes {
    ($($code:ident $name:literal $status:ident $title:literal $detail:literal)+) => {
        /// The problem codes. Their names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $detail] $code,)+
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// Returns the name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            /// Returns the HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$code => StatusCode::$status,)+ }
            }

            /// Returns the title.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)+ }
            }

            /// Returns the default detail.
            #[must_use]
            pub const fn detail(self) -> &'static str {
                match self { $(Self::$code => $detail,)+ }
            }
        }
    };
}

codes! {
    BadRequest "bad_request" BAD_REQUEST "Bad request" "The request could not be parsed."
    BadHost "bad_host" BAD_REQUEST "Bad Host header" "An HTTP/1.1 request must have exactly one valid Host header."
    TooSlow "too_slow" REQUEST_TIMEOUT "Too slow" "The request body arrived too slowly."
    BadJson "bad_json" BAD_REQUEST "Bad JSON" "The body is not valid JSON."
    Unauthenticated "unauthenticated" UNAUTHORIZED "Bad Authorization header" "The Authorization header must consist of Bearer, a space and your credential."
    NotAllowed "not_allowed" FORBIDDEN "Not allowed" "Only the owner of the chat may do this."
    NotFound "not_found" NOT_FOUND "Not found" "The resource does not exist, or you have no access to it."
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "Method not allowed" "The resource does not support this method."
    SeveralKnocked "several_knocked" CONFLICT "Several knocks pending" "Several knocks are pending on this link, or one ended a moment ago: name the knock you mean."
    AlreadyDecided "already_decided" CONFLICT "Already decided" "The knock was decided differently, or has ended."
    NobodyKnocked "nobody_knocked" CONFLICT "No knock" "This link has had no knock yet."
    LinkUsedUp "link_used_up" CONFLICT "Link used up" "The link has fewer uses left than the decision needs."
    ChatIsOpen "chat_is_open" CONFLICT "Chat is open" "Members cannot be removed from an open chat: set admission to knock first."
    OwnerCannotLeave "owner_cannot_leave" CONFLICT "Owner cannot leave" "The owner cannot leave the chat: close it instead."
    SomebodyWasRemoved "somebody_was_removed" CONFLICT "Member was removed" "A chat from which a member was removed cannot be opened to everyone."
    TooLarge "too_large" PAYLOAD_TOO_LARGE "Too large" "The body is larger than 64 KiB."
    UriTooLong "uri_too_long" URI_TOO_LONG "URI too long" "Path and query together are longer than 2 KiB."
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "Unsupported media type" "The body must be JSON, sent as application/json."
    Invalid "invalid" UNPROCESSABLE_ENTITY "Invalid" "A field of the request is invalid."
    TooManyConnections "too_many_connections" TOO_MANY_REQUESTS "Too many connections" "Your address has reached its limit of concurrent connections."
    TooManyKnocks "too_many_knocks" TOO_MANY_REQUESTS "Too many knocks" "Too many knocks are pending: try again after some are decided."
    DeclinedRecently "declined_recently" TOO_MANY_REQUESTS "Declined recently" "The owner declined recently: try again later."
    TooManyTickets "too_many_tickets" TOO_MANY_REQUESTS "Too many tickets" "The chat has reached its limit of stream tickets."
    TooManyKeys "too_many_keys" TOO_MANY_REQUESTS "Too many idempotency keys" "Too many idempotency keys are in use: try again later."
    TooManyRequests "too_many_requests" TOO_MANY_REQUESTS "Too many requests" "You, or your address without a credential, sent too many requests: try again later."
    TooManyChats "too_many_chats" TOO_MANY_REQUESTS "Too many new chats" "Too many chats were created from your address: try again later."
    TooManyPosts "too_many_posts" TOO_MANY_REQUESTS "Too many posts" "You posted too many messages: try again later."
    ChatBusy "chat_busy" TOO_MANY_REQUESTS "Chat busy" "Too many messages were posted to this chat: try again later."
    TooManyStreams "too_many_streams" TOO_MANY_REQUESTS "Too many streams" "Your address has reached its limit of streams without a credential."
    Internal "internal" INTERNAL_SERVER_ERROR "Internal error" "The server failed to process the request."
    TransferCodingNotImplemented "transfer_coding_not_implemented" NOT_IMPLEMENTED "Transfer coding not implemented" "The only supported transfer coding is chunked."
    ShuttingDown "shutting_down" SERVICE_UNAVAILABLE "Shutting down" "The server is shutting down."
    Overloaded "overloaded" SERVICE_UNAVAILABLE "Overloaded" "The server is overloaded and rejects requests of lower priority first: try again later."
    ChatFull "chat_full" INSUFFICIENT_STORAGE "Chat full" "The chat has reached one of its limits, such as messages, members or links."
    NodeFull "node_full" INSUFFICIENT_STORAGE "Server full" "The server has reached its storage limit. Existing chats can be read, and closing a chat frees space."
}

impl Code {
    /// Returns true if a limit was exceeded, or the media type is not supported.
    pub(in crate::http) const fn is_refusal(self) -> bool {
        matches!(self.status().as_u16(), 408 | 413 | 414 | 415 | 429 | 503 | 507)
    }
}

/// An error in the form of a problem response.
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
    /// Returns a problem with this code and its default detail.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self { code, detail: Cow::Borrowed(code.detail()), field: None, retry_after: None, accept_encoding: None, knock_ids: None }
    }

    /// Returns the problem of an invalid field; `reason` starts with a verb.
    #[must_use]
    pub fn invalid(field: impl Into<Cow<'static, str>>, reason: &str) -> Self {
        let field = field.into();
        Self { detail: Cow::Owned(format!("{field} {reason}.")), field: Some(field), ..Self::new(Code::Invalid) }
    }

    /// Replaces the detail.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// Sets the time after which a retry may succeed.
    #[must_use]
    pub fn retry_after(self, span: Duration) -> Self {
        Self { retry_after: Some(span), ..self }
    }

    /// Sets `Accept-Encoding` to the supported codings of request bodies (RFC 9110, 15.5.16).
    #[must_use]
    pub fn with_accept_encoding(self, codings: &'static str) -> Self {
        Self { accept_encoding: Some(codings), ..self }
    }

    /// Returns the problem of an error response that a library generated.
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

    /// Returns the code.
    pub(in crate::http) const fn code(&self) -> Code {
        self.code
    }

    /// Returns the time after which a retry may succeed.
    fn wait(&self) -> Option<Duration> {
        self.retry_after.or(default_retry(self.code))
    }

    /// Returns the body, for the request with this id.
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
            limit: limit_name(self.code).map(Into::into),
            retry_after_ms: wait.map(|span| u64::try_from(span.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX)),
            knock_ids: self.knock_ids,
        }
    }
}

/// Returns a response without a body: the middleware adds it, with the request's id.
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
            Error::Limit(limit, span) => Self::new(limit_code(limit)).retry_after(span),
            Error::Full(Capacity::Chat) => Self::new(Code::ChatFull),
            Error::Full(Capacity::Node) => Self::new(Code::NodeFull),
            Error::ShuttingDown => Self::new(Code::ShuttingDown),
            Error::Internal(source) => {
                tracing::error!(error = error_chain(source.as_ref()), "a request failed");
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

/// Returns the default retry time of a code.
const fn default_retry(code: Code) -> Option<Duration> {
    match code {
        Code::ShuttingDown | Code::TooManyConnections => Some(Duration::from_secs(5)),
        _ => None,
    }
}

/// Returns the name of the limit that a code reports.
const fn limit_name(code: Code) -> Option<&'static str> {
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
