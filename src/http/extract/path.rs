//! Path parameters.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::domain::id::{ChatId, FriendRequestId, LinkId, PushSubscriptionId, ReportId, WebhookId};
use crate::domain::username::Username;

/// Extracts path parameters. An unreadable path yields the default, which names nothing, so that it fails no earlier than a readable one.
#[derive(Debug)]
pub(in crate::http) struct Path<T>(pub(in crate::http) T);

impl<T: DeserializeOwned + Default + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        Ok(path.map_or_else(|_| Self(T::default()), |axum::extract::Path(path)| Self(path)))
    }
}

/// The path parameters of a chat.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct ChatPath {
    /// The chat's id: 43 characters.
    #[param(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub(in crate::http) chat_id: String,
}

impl ChatPath {
    /// Returns the chat's id; an id that never exists if the text is malformed.
    pub(in crate::http) fn id(&self) -> ChatId {
        ChatId::parse_or_nil(&self.chat_id)
    }

    /// Returns the id without text pasted after it. It is used for redirects to a page only, which grant no access.
    pub(in crate::http) fn pasted_id(&self) -> ChatId {
        ChatId::parse_pasted(&self.chat_id)
    }
}

/// The path parameters of a link.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct LinkPath {
    /// The link's id: 27 characters. Characters that no id contains are ignored after it.
    #[param(example = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub(in crate::http) link_id: String,
}

impl LinkPath {
    /// Returns the link's id without text pasted after it; an id that never exists if the text is malformed.
    pub(in crate::http) fn id(&self) -> LinkId {
        LinkId::parse_pasted(&self.link_id)
    }

    /// Returns the link whose id is exactly this text; none if it does not have the form of an id.
    pub(in crate::http) fn exact_id(&self) -> Option<LinkId> {
        Some(LinkId::parse_or_nil(&self.link_id)).filter(|id| *id != LinkId::NIL)
    }
}

/// The path parameters of an account.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct UserPath {
    /// The username, in any case.
    #[param(example = "ben")]
    username: String,
}

impl UserPath {
    /// Returns the username; none if no account can have it.
    pub(in crate::http) fn username(&self) -> Option<Username> {
        Username::parse(&self.username).ok()
    }
}

/// The path parameters of a group.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct GroupPath {
    /// The group's name, in any case.
    #[param(example = "book-club")]
    name: String,
}

impl GroupPath {
    /// Returns the name; none if no group can have it.
    pub(in crate::http) fn name(&self) -> Option<Username> {
        Username::parse(&self.name).ok()
    }
}

/// The path parameters of a member of a group.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct GroupMemberPath {
    /// The group's name, in any case.
    #[param(example = "book-club")]
    name: String,
    /// The member's username, in any case.
    #[param(example = "ben")]
    username: String,
}

impl GroupMemberPath {
    /// Returns the group's name; none if no group can have it.
    pub(in crate::http) fn name(&self) -> Option<Username> {
        Username::parse(&self.name).ok()
    }

    /// Returns the username; none if no account can have it.
    pub(in crate::http) fn username(&self) -> Option<Username> {
        Username::parse(&self.username).ok()
    }
}

/// The path parameters of a session.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct SessionPath {
    /// The session's id, or `current`.
    #[param(example = "current")]
    pub(in crate::http) session_id: String,
}

/// The path parameters of a friend request.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct FriendRequestPath {
    /// The request's id.
    #[param(example = "0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e")]
    id: String,
}

impl FriendRequestPath {
    /// Returns the request's id; an id that never exists if the text is malformed.
    pub(in crate::http) fn id(&self) -> FriendRequestId {
        FriendRequestId::parse_or_nil(&self.id)
    }
}

/// The path parameters of a push subscription.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct PushSubscriptionPath {
    /// The subscription's id.
    #[param(example = "0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e")]
    id: String,
}

impl PushSubscriptionPath {
    /// Returns the subscription's id; an id that never exists if the text is malformed.
    pub(in crate::http) fn id(&self) -> PushSubscriptionId {
        PushSubscriptionId::parse_or_nil(&self.id)
    }
}

/// The path parameters of a report.
#[derive(Debug, Default, Deserialize)]
pub(in crate::http) struct ReportPath {
    report_id: String,
}

impl ReportPath {
    /// Returns the report's id; an id that never exists if the text is malformed.
    pub(in crate::http) fn id(&self) -> ReportId {
        ReportId::parse_or_nil(&self.report_id)
    }
}

/// The path parameters of a knock.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct KnockPath {
    /// The link's id: 27 characters. Characters that no id contains are ignored after it.
    #[param(example = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub(in crate::http) link_id: String,
    /// The knock's id.
    #[param(example = "0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e")]
    pub(in crate::http) knock_id: String,
}

/// The path parameters of a member.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct MemberPath {
    /// The chat's id: 43 characters.
    #[param(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub(in crate::http) chat_id: String,
    /// The member's number in the chat.
    #[param(value_type = u32, example = 2)]
    pub(in crate::http) member_id: String,
}

/// The path parameters of a webhook.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct WebhookPath {
    /// The chat's id: 43 characters.
    #[param(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    chat_id: String,
    /// The webhook's id.
    #[param(example = "0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e")]
    webhook_id: String,
}

impl WebhookPath {
    /// Returns the chat's id; an id that never exists if the text is malformed.
    pub(in crate::http) fn chat(&self) -> ChatId {
        ChatId::parse_or_nil(&self.chat_id)
    }

    /// Returns the webhook's id; an id that never exists if the text is malformed.
    pub(in crate::http) fn webhook(&self) -> WebhookId {
        WebhookId::parse_or_nil(&self.webhook_id)
    }
}

/// The path parameters of a message.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct MessagePath {
    /// The chat's id: 43 characters.
    #[param(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    chat_id: String,
    /// The message's sequence number.
    #[param(value_type = u64, example = 7)]
    seq: String,
}

impl MessagePath {
    /// Returns the chat's id; an id that never exists if the text is malformed.
    pub(in crate::http) fn chat(&self) -> ChatId {
        ChatId::parse_or_nil(&self.chat_id)
    }

    /// Returns the sequence number; 0, which no message has, if the text is malformed.
    pub(in crate::http) fn seq(&self) -> u64 {
        seq(&self.seq)
    }
}

/// The path parameters of a reaction.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct ReactionPath {
    /// The chat's id: 43 characters.
    #[param(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    chat_id: String,
    /// The message's sequence number.
    #[param(value_type = u64, example = 7)]
    seq: String,
    /// One emoji that Unicode recommends for interchange, fully qualified.
    #[param(example = "👍")]
    pub(in crate::http) emoji: String,
}

impl Default for ReactionPath {
    /// Names no chat. The emoji is one, so that an unreadable path is not found rather than invalid.
    fn default() -> Self {
        Self { chat_id: String::new(), seq: String::new(), emoji: "👍".into() }
    }
}

impl ReactionPath {
    /// Returns the chat's id; an id that never exists if the text is malformed.
    pub(in crate::http) fn chat(&self) -> ChatId {
        ChatId::parse_or_nil(&self.chat_id)
    }

    /// Returns the message's sequence number; 0, which no message has, if the text is malformed.
    pub(in crate::http) fn seq(&self) -> u64 {
        seq(&self.seq)
    }
}

/// Parses a decimal number without sign or leading zeros; anything else yields 0.
fn seq(text: &str) -> u64 {
    text.parse().ok().filter(|_| !text.starts_with(['0', '+'])).unwrap_or(0)
}
