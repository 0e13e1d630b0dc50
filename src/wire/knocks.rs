//! Wire types of knocks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::members::Member;
use super::secret::Secret;
use super::time::Time;

/// The status of a knock. All but `pending` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnockStatus {
    /// Awaiting the owner's decision.
    Pending,
    /// The owner admitted the guest.
    Approved,
    /// The owner declined.
    Declined,
    /// The guest withdrew it.
    Withdrawn,
    /// It was not decided in time.
    Expired,
}

/// A knock to create. All fields are optional.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ben", "note": "It is me, from the market"}))]
pub struct NewKnock {
    /// Your name: 1 to 40 characters, without surrounding spaces. Default: `Guest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A note to the owner: 1 to 280 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A link as seen by the caller, and the status of their knock. Fields that do not apply are null.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Exchange {
    /// The URL of the link.
    #[schema(example = "http://127.0.0.1:8080/l/p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub link_url: Option<String>,
    /// True if the owner was asked.
    pub request_sent_status: bool,
    /// True if you have been admitted.
    pub approval_status: Option<bool>,
    /// The status of the knock.
    pub status: Option<KnockStatus>,
    /// Your secret credential: send it as `Authorization: Bearer …`. Once approved, it makes you a member.
    #[schema(value_type = Option<Uuid>)]
    pub client_id: Option<Secret>,
    /// The public id of the knock, which the owner sees.
    pub knock_id: Option<Uuid>,
    /// Two words that you and the owner both see.
    #[schema(example = "ladder museum")]
    pub code: Option<String>,
    /// The reason the owner gave with the decision.
    pub reason: Option<String>,
    /// The URL of the chat, once you have been admitted.
    #[schema(example = "http://127.0.0.1:8080/v1/chats/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_url: Option<String>,
    /// Your membership.
    pub member: Option<Member>,
    /// When the knock expires if it is not decided.
    pub expires_at: Option<Time>,
}

/// A knock as seen by the owner.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Knock {
    /// The public id.
    pub knock_id: Uuid,
    /// The guest's name; `Guest` if none was given.
    #[schema(example = "Ben")]
    pub name: String,
    /// The guest's account, if they are signed in.
    pub username: Option<String>,
    /// The guest's note.
    #[schema(example = "It is me, from the market")]
    pub note: Option<String>,
    /// Two words that you and the guest both see.
    #[schema(example = "ladder museum")]
    pub code: String,
    /// True if a member already has this name or one that can be confused with it. Not shown to the guest.
    pub name_taken: bool,
    /// The id of the link it was made on; null if it was made on the name of a group.
    #[schema(example = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    pub link_id: Option<String>,
    /// The label of that link.
    #[schema(example = "for Ben")]
    pub label: Option<String>,
    /// The status.
    pub status: KnockStatus,
    /// When it was created.
    pub created_at: Time,
    /// When it expires if it is not decided.
    pub expires_at: Time,
}

/// A decision of the owner.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"link_url": "http://127.0.0.1:8080/l/p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4"}))]
pub struct Decision {
    /// The link: its `link_url`, its `exchange_url`, or the bare id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_url: Option<String>,
    /// The chat, instead of a link: its `chat_url`, its `page_url`, or the bare id. Requires `knock_id` or `knock_ids`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_url: Option<String>,
    /// Your credential, unless it is sent as a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub author_id: Option<Secret>,
    /// The knock. Default: the only pending one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knock_id: Option<String>,
    /// The knocks, decided all or none: 1 to 256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knock_ids: Option<Vec<String>>,
    /// True to admit the guests, false to decline. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<bool>,
    /// A reason shown to the guests: 1 to 280 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The result of a decision.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"approval_status": true, "decided": ["0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e"]}))]
pub struct Decided {
    /// True if the guests were admitted.
    pub approval_status: bool,
    /// The knocks that now have this status.
    pub decided: Vec<Uuid>,
}

/// The status of a knock in short form.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"approval_status": false, "status": "pending"}))]
pub struct Approval {
    /// True if the guest has been admitted.
    pub approval_status: bool,
    /// The status of the knock; null if it is not clear which knock is meant.
    pub status: Option<KnockStatus>,
}
