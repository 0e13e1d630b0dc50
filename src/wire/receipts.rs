//! Wire types of receipts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::integer::whole;
use super::members::Member;
use super::time::Time;

/// How far you have received and read a chat. At least one of the two.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"delivered": 9, "read": 7}))]
pub struct ReceiptMove {
    /// The sequence number of the last entry that you have received. A lower one than before changes nothing.
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    pub delivered: Option<u64>,
    /// The sequence number of the last entry that you have read. What is read counts as delivered.
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    pub read: Option<u64>,
}

/// How far you have received and read a chat.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// The sequence number of the last entry that you have received.
    #[schema(example = 9)]
    pub delivered: u64,
    /// The sequence number of the last entry that you have read.
    #[schema(example = 7)]
    pub read: u64,
}

/// How far a member has received and read a chat.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberReceipt {
    /// The member.
    pub member: Member,
    /// The sequence number of the last entry that the member has received.
    #[schema(example = 9)]
    pub delivered: u64,
    /// The sequence number of the last entry that the member has read; null if the member hides it, or you do.
    #[schema(example = 7)]
    pub read: Option<u64>,
}

/// What a recipient did with a message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecipientReceipt {
    /// The recipient.
    pub member: Member,
    /// Whether the recipient has received the message.
    pub delivered: bool,
    /// Whether the recipient has read the message; null if the recipient hides it, or you do.
    pub read: Option<bool>,
    /// When it was received, if that is known: of each recipient, the last 100 moves are dated.
    pub delivered_at: Option<Time>,
    /// When it was read, if that is known.
    pub read_at: Option<Time>,
}

/// `receipt`: a member has received or read more. It has no `id`, is sent within a second, and a later one replaces it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceiptMoved {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The member's number in the chat.
    #[schema(example = 2)]
    pub member_id: u32,
    /// The sequence number of the last entry that the member has received.
    #[schema(example = 9)]
    pub delivered: u64,
    /// The sequence number of the last entry that the member has read; null if the member hides it, or you do.
    #[schema(example = 7)]
    pub read: Option<u64>,
}
