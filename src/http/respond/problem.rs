//! Problem responses: the only place that maps errors to status codes (API 1, *Errors*).

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

pub use super::code::Code;
use crate::domain::id::KnockId;
use crate::error_chain::error_chain;
use crate::service::error::{Capacity, Conflict, Error, Limit};
use crate::wire;

/// An error in the form of a problem response.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    accept_encoding: Option<&'static str>,
    extension: Option<Extension>,
}

/// What a problem lists besides its standard members (RFC 9457, 3.2).
#[derive(Clone, Debug)]
enum Extension {
    /// The pending knocks, if one of them must be named.
    KnockIds(Vec<Uuid>),
    /// The usernames of those who do not let the caller add them.
    Usernames(Vec<String>),
}

impl Problem {
    /// Returns a problem with this code and its default detail.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self { code, detail: Cow::Borrowed(code.detail()), field: None, retry_after: None, accept_encoding: None, extension: None }
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
        self.retry_after.or(self.code.retry())
    }

    /// Returns the body, for the request with this id.
    #[must_use]
    pub fn body(self, request_id: Uuid) -> wire::problem::Problem {
        let wait = self.wait();
        let (knock_ids, usernames) = match self.extension {
            Some(Extension::KnockIds(ids)) => (Some(ids), None),
            Some(Extension::Usernames(usernames)) => (None, Some(usernames)),
            None => (None, None),
        };
        wire::problem::Problem {
            kind: format!("urn:parlor:problem:{}", self.code.name()),
            title: self.code.title().into(),
            status: self.code.status().as_u16(),
            detail: self.detail.into_owned(),
            code: self.code.name().into(),
            request_id,
            field: self.field.map(Cow::into_owned),
            limit: self.code.limit().map(Into::into),
            retry_after_ms: wait.map(|span| u64::try_from(span.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX)),
            knock_ids,
            usernames,
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
        if let Some(challenge) = challenge(self.code) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if matches!(self.code, Code::UpgradeRequired) {
            // RFC 9110, 15.5.22, and RFC 6455, 4.4. HTTP/2 has no such headers, and hyper leaves them out there.
            let headers = [(header::UPGRADE, "websocket"), (header::CONNECTION, "upgrade"), (header::SEC_WEBSOCKET_VERSION, "13")];
            response.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
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
            Error::NotAccepted => Self::new(Code::NotAccepted),
            Error::AdditionsNotAccepted(usernames) => {
                let usernames = usernames.iter().map(|username| username.as_str().to_owned()).collect();
                Self { extension: Some(Extension::Usernames(usernames)), ..Self::new(Code::NotAccepted) }
            }
            Error::InvalidToken => Self::new(Code::InvalidToken),
            Error::Unauthenticated => Self::new(Code::Unauthenticated),
            Error::Reauthenticate => Self::new(Code::Reauthenticate),
            Error::WrongCredentials => Self::new(Code::WrongCredentials),
            Error::InvalidRefreshToken => Self::new(Code::InvalidRefreshToken),
            Error::InvalidMailToken => Self::new(Code::InvalidMailToken),
            Error::Suspended => Self::new(Code::Suspended),
            Error::RegistrationClosed => Self::new(Code::RegistrationClosed),
            Error::Invalid { field, reason } => Self::invalid(field, &reason),
            Error::Conflict(Conflict::SeveralKnocked(knocks)) => {
                let knock_ids = knocks.iter().map(KnockId::uuid).collect();
                Self { extension: Some(Extension::KnockIds(knock_ids)), ..Self::new(Code::SeveralKnocked) }
            }
            Error::Conflict(Conflict::RejectedRecently(span)) => Self::new(Code::RejectedRecently).retry_after(span),
            Error::Conflict(conflict) => Self::new(conflict_code(&conflict)),
            Error::Limit(limit, span) => Self::new(limit_code(limit)).retry_after(span),
            Error::Full(Capacity::Chat) => Self::new(Code::ChatFull),
            Error::Full(Capacity::Node) => Self::new(Code::NodeFull),
            Error::Full(Capacity::Account) => Self::new(Code::AccountFull),
            Error::ShuttingDown => Self::new(Code::ShuttingDown),
            Error::Internal(source) => {
                tracing::error!(error = error_chain(source.as_ref()), "a request failed");
                Self::new(Code::Internal)
            }
        }
    }
}

/// Returns the challenge of a 401 (RFC 6750; RFC 9470 for one that asks to sign in again).
const fn challenge(code: Code) -> Option<&'static str> {
    match code {
        Code::InvalidToken => Some("Bearer error=\"invalid_token\""),
        Code::Reauthenticate => Some("Bearer error=\"insufficient_user_authentication\", max_age=600"),
        Code::Unauthenticated | Code::WrongCredentials | Code::InvalidRefreshToken => Some("Bearer"),
        _ => None,
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
        Conflict::AlreadyMember => Code::AlreadyMember,
        Conflict::MessageDeleted => Code::MessageDeleted,
        Conflict::TooManyReactions => Code::TooManyReactions,
        Conflict::UsernameTaken => Code::UsernameTaken,
        Conflict::GroupNameTaken => Code::GroupNameTaken,
        Conflict::AlreadyFriends => Code::AlreadyFriends,
        Conflict::BlockedByYou => Code::BlockedByYou,
        Conflict::RejectedRecently(_) => Code::RejectedRecently,
        Conflict::AlreadyAnswered => Code::AlreadyAnswered,
        Conflict::EndpointTaken => Code::EndpointTaken,
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
        Limit::Hashing => Code::Overloaded,
        Limit::SignUps => Code::TooManySignUps,
        Limit::SignIns => Code::TooManySignIns,
        Limit::Searches => Code::TooManySearches,
        Limit::NameChanges => Code::TooManyChanges,
        Limit::FriendRequests => Code::TooManyFriendRequests,
        Limit::Reports => Code::TooManyReports,
        Limit::Receipts => Code::TooManyReceipts,
        Limit::Typing => Code::TooManySignals,
        Limit::Mails => Code::TooManyMails,
    }
}
