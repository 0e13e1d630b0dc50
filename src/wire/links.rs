//! Links as others see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::secret::Secret;
use super::time::Time;

/// A link that is to be made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"chat_url": "http://127.0.0.1:8080/v1/chats/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM", "label": "for Ben"}))]
pub struct NewLink {
    /// Into which chat: its `chat_url`, its `page_url`, or the bare id.
    pub chat_url: String,
    /// Your credential, where you do not send it as a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub author_id: Option<Secret>,
    /// What you call it: 1 to 60 characters. Guests do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How long it can be knocked on, in seconds: 1 to 2,592,000 (30 days), 86,400 (a day) where left out.
    #[serde(default, deserialize_with = "super::number::whole", skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// How many it may let in; as many as come, where left out.
    #[serde(default, deserialize_with = "super::number::whole", skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u32>,
    /// Whether it lets in without asking; it asks, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_approve: Option<bool>,
}

/// A link.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// Its name in addresses: 27 characters that nobody guesses.
    #[schema(example = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub link_id: String,
    /// What people share: a page with a button to knock.
    #[schema(example = "http://127.0.0.1:8080/l/p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub link_url: String,
    /// Where the API has it.
    #[schema(example = "http://127.0.0.1:8080/v1/links/p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub exchange_url: String,
    /// What its maker calls it.
    #[schema(example = "for Ben")]
    pub label: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it can no longer be knocked on.
    pub expires_at: Time,
    /// When it was revoked; null for a link that was not.
    pub revoked_at: Option<Time>,
    /// How many it may let in.
    pub max_uses: Option<u32>,
    /// How many it let in.
    #[schema(example = 0)]
    pub uses: u32,
    /// Whether it lets in without asking.
    pub auto_approve: bool,
}
