//! Knocks as guests and owners see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::members::Member;
use super::secret::Secret;
use super::time::Time;

/// How a knock stands. All but `pending` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnockStatus {
    /// It waits for the owner.
    Pending,
    /// The owner let them in.
    Approved,
    /// The owner did not.
    Declined,
    /// The guest took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

/// Who knocks. Everything may be left out.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ben", "note": "It is me, from the market"}))]
pub struct NewKnock {
    /// What you want to be called: 1 to 40 characters, without spaces around them, `Guest` where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What you say to the owner: 1 to 280 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What a link is to whoever asks, and how their knock stands. What does not apply is null.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Exchange {
    /// The link.
    #[schema(example = "http://127.0.0.1:8080/l/p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub link_url: Option<String>,
    /// Whether the owner was asked.
    pub request_sent_status: bool,
    /// Whether you are in.
    pub approval_status: Option<bool>,
    /// How the knock stands.
    pub status: Option<KnockStatus>,
    /// Your credential, yours alone: send it as `Authorization: Bearer …`. Once approved, it makes you a member.
    #[schema(value_type = Option<Uuid>)]
    pub client_id: Option<Secret>,
    /// The knock's public name, which the owner sees.
    pub knock_id: Option<Uuid>,
    /// Two words that you and the owner both see.
    #[schema(example = "ladder museum")]
    pub code: Option<String>,
    /// What the owner wrote when deciding.
    pub reason: Option<String>,
    /// The chat, once you are in.
    #[schema(example = "http://127.0.0.1:8080/v1/chats/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_url: Option<String>,
    /// Who you are in it.
    pub member: Option<Member>,
    /// When the knock will have waited long enough.
    pub expires_at: Option<Time>,
}

/// A knock as the owner sees it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Knock {
    /// Its public name.
    pub knock_id: Uuid,
    /// What the guest wants to be called; `Guest` where they did not say.
    #[schema(example = "Ben")]
    pub name: String,
    /// What they say.
    #[schema(example = "It is me, from the market")]
    pub note: Option<String>,
    /// Two words that you and the guest both see.
    #[schema(example = "ladder museum")]
    pub code: String,
    /// Whether a member is called that already, or could be mistaken for it. The guest is not told.
    pub name_taken: bool,
    /// By which link they came.
    #[schema(example = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub link_id: String,
    /// What that link is called.
    #[schema(example = "for Ben")]
    pub label: Option<String>,
    /// How it stands.
    pub status: KnockStatus,
    /// When it arrived.
    pub created_at: Time,
    /// When it will have waited long enough.
    pub expires_at: Time,
}

/// What an owner decides.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"link_url": "http://127.0.0.1:8080/l/p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4"}))]
pub struct Decision {
    /// On which link: its `link_url`, its `exchange_url`, or the bare id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_url: Option<String>,
    /// In which chat, instead of on which link: its `chat_url`, its `page_url`, or the bare id. Then `knock_id` or `knock_ids` is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_url: Option<String>,
    /// Your credential, where you do not send it as a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub author_id: Option<Secret>,
    /// Which knock; the only one that waits, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knock_id: Option<String>,
    /// Which knocks, all or none: 1 to 256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knock_ids: Option<Vec<String>>,
    /// Whether they come in; they do, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<bool>,
    /// What the guests are told: 1 to 280 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What was decided.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"approval_status": true, "decided": ["0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e"]}))]
pub struct Decided {
    /// Whether they are in.
    pub approval_status: bool,
    /// Which knocks now stand so.
    pub decided: Vec<Uuid>,
}

/// How a knock stands, in short.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"approval_status": false, "status": "pending"}))]
pub struct Approval {
    /// Whether the guest is in.
    pub approval_status: bool,
    /// How the knock stands; null where it is not clear which is meant.
    pub status: Option<KnockStatus>,
}
