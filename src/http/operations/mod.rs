//! The operations of the API, one row each in `table.rs`: the only source for the `OpenAPI` document, admission control and load shedding.
//!
//! A handler is routed in `router.rs`; its row has the same id, method and path, which is checked when the document is built.

mod table;

use axum::http::{HeaderMap, Method, header};

pub use self::table::OPERATIONS;

use super::middleware::priority::Priority;
use super::respond::problem::Code;
use crate::service::charge::Metering;

/// The properties of one operation besides its handler.
#[derive(Debug)]
pub struct Operation {
    /// The `operationId`.
    pub id: &'static str,
    /// The method, in capitals. `HEAD` counts as `GET`.
    pub method: &'static str,
    /// The path, as the router matches it.
    pub path: &'static str,
    /// The priority under load if the caller presents a credential; `None` is never shed.
    pub priority: Option<Priority>,
    /// Whether it uses a credential.
    pub credential: CredentialUse,
    /// Whether the credential may be a field of the body.
    pub credential_in_body: bool,
    /// Whether rate limits apply to it.
    pub metering: Metering,
    /// Whether it writes, so that a server that shuts down rejects it.
    pub writes: bool,
    /// Whether it accepts an `Idempotency-Key`.
    pub idempotent: bool,
    /// Problems that do not follow from the rest of the row or from the form of the request.
    pub problems: &'static [Code],
    /// Operations that use values of its response.
    pub links: &'static [Link],
}

/// How an operation uses a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialUse {
    /// It ignores credentials.
    Ignored,
    /// Guests call it without one.
    Optional,
    /// Without one it succeeds only in open chats.
    Expected,
    /// It needs an access token.
    Account,
}

/// An `OpenAPI` link: an operation that can follow a 201 response.
#[derive(Debug)]
pub struct Link {
    /// The operation that follows.
    pub operation: &'static str,
    /// Its parameters, each with the expression for its value.
    pub parameters: &'static [(&'static str, &'static str)],
    /// The fields of its body, each with the expression for its value.
    pub body: &'static [(&'static str, &'static str)],
}

const fn link(operation: &'static str, parameters: &'static [(&'static str, &'static str)]) -> Link {
    Link { operation, parameters, body: &[] }
}

const fn link_with_body(operation: &'static str, body: &'static [(&'static str, &'static str)]) -> Link {
    Link { operation, parameters: &[], body }
}

impl Operation {
    const fn read(id: &'static str, path: &'static str, priority: Priority) -> Self {
        Self {
            id,
            method: "GET",
            path,
            priority: Some(priority),
            credential: CredentialUse::Expected,
            credential_in_body: false,
            metering: Metering::Metered,
            writes: false,
            idempotent: false,
            problems: &[],
            links: &[],
        }
    }

    const fn write(id: &'static str, method: &'static str, path: &'static str, priority: Priority) -> Self {
        Self { method, writes: true, ..Self::read(id, path, priority) }
    }

    /// An operation of the signed-in account.
    const fn account(self) -> Self {
        Self { credential: CredentialUse::Account, ..self }
    }

    const fn health(id: &'static str, path: &'static str) -> Self {
        Self { priority: None, credential: CredentialUse::Ignored, ..Self::read(id, path, Priority::Member) }
    }

    const fn credential(self, credential: CredentialUse) -> Self {
        Self { credential, ..self }
    }

    const fn credential_in_body(self) -> Self {
        Self { credential_in_body: true, ..self }
    }

    /// No rate limit rejects it for an authenticated caller (API 5).
    const fn exempt(self) -> Self {
        Self { metering: Metering::Exempt, ..self }
    }

    /// A limit of its own counts it, and none of those of requests.
    const fn with_own_limit(self) -> Self {
        Self { metering: Metering::OwnLimit, ..self }
    }

    /// It may write although its method is GET.
    const fn writing(self) -> Self {
        Self { writes: true, ..self }
    }

    const fn idempotent(self) -> Self {
        Self { idempotent: true, ..self }
    }

    const fn problems(self, problems: &'static [Code]) -> Self {
        Self { problems, ..self }
    }

    const fn links(self, links: &'static [Link]) -> Self {
        Self { links, ..self }
    }

    /// The priority of a request with these headers; none for what is never refused: health checks.
    ///
    /// A member's request is one with an `Authorization` header: to look up whether its credential is known costs as much as to answer it. It buys
    /// no more than what members have.
    #[must_use]
    pub fn priority_of(&self, headers: &HeaderMap) -> Option<Priority> {
        match self.priority? {
            Priority::Member if !headers.contains_key(header::AUTHORIZATION) => Some(Priority::Visitor),
            priority => Some(priority),
        }
    }

    /// Returns true for operations of the versioned API, so not for health checks.
    #[must_use]
    pub fn is_versioned(&self) -> bool {
        self.path.starts_with("/v1/")
    }
}

/// Returns the operation of a method and a matched route.
#[must_use]
pub fn find(method: &Method, path: &str) -> Option<&'static Operation> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    OPERATIONS.iter().find(|operation| operation.path == path && operation.method == method)
}

/// Returns the operation with this id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.id == id)
}
