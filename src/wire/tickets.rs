//! Wire types of stream tickets.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::secret::Secret;
use super::time::Time;

/// The stream a ticket is requested for: exactly one of the fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"chat_id": "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM"}))]
pub struct NewTicket {
    /// The stream of this chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// The stream of a guest waiting on this link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_id: Option<String>,
    /// `true` for the stream of your account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<bool>,
}

/// A ticket: append `?ticket=…` to the stream's URL. It opens one stream at a time, first within 30 s, again within 60 s of an interruption.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Ticket {
    /// The ticket.
    #[schema(example = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    #[schema(value_type = String)]
    pub ticket: Secret,
    /// When it must first be used by.
    pub expires_at: Time,
}
