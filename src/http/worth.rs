//! What a request is worth: when there is more to do than can be done, what is worth least goes first (SEC-113).

use axum::http::{HeaderMap, Method, header};

/// What members read in a chat besides the chat itself.
const INSIDE: [&str; 5] = [
    "/v1/chats/{chat_id}/members",
    "/v1/chats/{chat_id}/activity",
    "/v1/chats/{chat_id}/export",
    "/v1/chats/{chat_id}/links",
    "/v1/chats/{chat_id}/knocks",
];

/// What is given up first stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worth {
    /// New chats: nobody is in them yet.
    Chat,
    /// Guests who ask to be let in, and how they stand.
    Knock,
    /// What is asked inside of chats by those who show no credential.
    Visitor,
    /// What members do: post, read, decide.
    Member,
    /// Streams, and the tickets that open them: who listens keeps hearing.
    Stream,
}

impl Worth {
    /// All of them, what is worth least first.
    pub const ALL: [Self; 5] = [Self::Chat, Self::Knock, Self::Visitor, Self::Member, Self::Stream];

    /// What a request to this route is worth. None for what is never given up: health, pages, documents, and what no route serves, since to refuse it costs as
    /// much as to answer it.
    ///
    /// A member is whoever shows something in the `Authorization` header: whether it is anybody's credential cannot be asked before anything is done. It buys
    /// no more than what members have.
    #[must_use]
    pub fn of(method: &Method, route: &str, headers: &HeaderMap) -> Option<Self> {
        match Self::of_route(method, route)? {
            Self::Member if !headers.contains_key(header::AUTHORIZATION) => Some(Self::Visitor),
            worth => Some(worth),
        }
    }

    /// What this route is worth to who shows a credential. This is the only place that says so.
    #[must_use]
    pub fn of_route(method: &Method, route: &str) -> Option<Self> {
        let method = if method == Method::HEAD { "GET" } else { method.as_str() };
        Some(match (method, route) {
            ("GET", "/v1/chats/{chat_id}/events" | "/v1/links/{link_id}/events") | ("POST", "/v1/tickets") => Self::Stream,
            ("GET" | "POST" | "PATCH" | "DELETE", "/v1/chats/{chat_id}")
            | ("DELETE", "/v1/chats/{chat_id}/members/{member_id}" | "/v1/links/{link_id}")
            | ("POST", "/v1/links" | "/v1/approval") => Self::Member,
            ("GET", inside) if INSIDE.contains(&inside) => Self::Member,
            ("GET", "/v1/links/{link_id}" | "/v1/approval")
            | ("POST", "/v1/links/{link_id}/knocks")
            | ("DELETE", "/v1/links/{link_id}/knocks/{knock_id}") => Self::Knock,
            ("POST", "/v1/chats") => Self::Chat,
            _ => return None,
        })
    }
}
