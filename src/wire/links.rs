//! Wire types of links.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::secret::Secret;
use super::time::Time;

/// A link to create.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"chat_url": "http://127.0.0.1:8080/v1/chats/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM", "label": "for Ben"}))]
pub struct NewLink {
    /// The chat: its `chat_url`, its `page_url`, or the bare id.
    pub chat_url: String,
    /// Your credential, unless it is sent as a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub author_id: Option<Secret>,
    /// A label: 1 to 60 characters. Guests do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How long it accepts knocks, in seconds: 1 to 2,592,000 (30 days). Default: 86,400 (a day).
    #[serde(default, deserialize_with = "super::integer::whole", skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// The most guests it may admit. Default: unlimited.
    #[serde(default, deserialize_with = "super::integer::whole", skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u32>,
    /// True to admit guests without a decision. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_approve: Option<bool>,
}

/// A link.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// The id in URLs: 27 unguessable characters.
    #[schema(example = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub link_id: String,
    /// The URL to share: a page with a button to knock.
    #[schema(example = "http://127.0.0.1:8080/l/p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub link_url: String,
    /// The link's URL in the API.
    #[schema(example = "http://127.0.0.1:8080/v1/links/p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub exchange_url: String,
    /// The label its creator gave it.
    #[schema(example = "for Ben")]
    pub label: Option<String>,
    /// When it was created.
    pub created_at: Time,
    /// When it stops accepting knocks.
    pub expires_at: Time,
    /// When it was revoked; null if it was not.
    pub revoked_at: Option<Time>,
    /// The most guests it may admit.
    pub max_uses: Option<u32>,
    /// Guests it has admitted.
    #[schema(example = 0)]
    pub uses: u32,
    /// True if it admits guests without a decision.
    pub auto_approve: bool,
}
