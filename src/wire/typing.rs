//! Wire types of typing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether you are typing.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"typing": true}))]
pub struct TypingChange {
    /// True while you type: say it again every 4 seconds. False when you stop.
    pub typing: bool,
}

/// `typing`: who is typing, all of them, yourself included. It has no `id`, comes at most twice a second, and a later one replaces it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Typing {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The members' numbers in the chat, at most 20: those who have been typing the longest.
    #[schema(example = json!([2]))]
    pub members: Vec<u32>,
}
