//! Wire type of the activity of a chat: the entries of its logs without message bodies.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::chats::ChatFacts;
use super::events::EventName;
use super::knocks::{Knock, KnockStatus};
use super::links::Link;
use super::members::{Departure, Member};
use super::time::Time;

/// An entry of a log without message bodies. Fields that do not apply are omitted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Activity {
    /// Its sequence number in the requested log.
    pub seq: u64,
    /// The event name.
    pub kind: EventName,
    /// When it happened.
    pub at: Time,
    /// The sequence number of the message that was edited, deleted or reacted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<u64>,
    /// The emoji of a reaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Whether a reaction was added or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<bool>,
    /// The member concerned, or the author of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    /// Who caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Member>,
    /// Why a membership ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Departure>,
    /// The chat after a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatFacts>,
    /// The knock that was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knock: Option<Knock>,
    /// The knock that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knock_id: Option<Uuid>,
    /// The status with which it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<KnockStatus>,
    /// The link that was created or revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}
