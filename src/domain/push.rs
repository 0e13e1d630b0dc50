//! A push: a notification for somebody who has nothing open.

use std::time::Duration;

use super::id::{AccountId, ChatId, FriendRequestId};

/// How long somebody must have nothing open that carries a chat before they are sent a push (API 4.4).
pub const PUSH_DELAY: Duration = Duration::from_secs(2);
/// How long a push is worth delivering, counted from what it tells of.
pub const PUSH_LIFETIME: Duration = Duration::from_hours(24);
/// The most pushes that wait to be sent.
pub const MAX_QUEUED_PUSHES: usize = 10_000;
/// How long to wait before each attempt after a failed one; the last is used for all further ones.
pub const PUSH_RETRY_DELAYS: [Duration; 6] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(1),
];
/// The longest time that a push service can ask to be left alone (`Retry-After`).
pub const MAX_PUSH_RETRY_AFTER: Duration = Duration::from_hours(1);
/// The most characters of a message that a push has.
pub const MAX_PUSH_TEXT: usize = 200;

/// What a push is about. Of several with the same subject that wait for one device, the last one is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PushSubject {
    /// The messages of a chat.
    Messages(ChatId),
    /// The knocks at a chat.
    Knocks(ChatId),
    /// The admission to a chat of one who knocked.
    Admission(ChatId),
    /// A friend request to an account.
    FriendRequest(AccountId, FriendRequestId),
}

impl PushSubject {
    /// Returns the chat, if it is about one.
    #[must_use]
    pub const fn chat(&self) -> Option<ChatId> {
        match self {
            Self::Messages(chat) | Self::Knocks(chat) | Self::Admission(chat) => Some(*chat),
            Self::FriendRequest(..) => None,
        }
    }
}

/// What a push says, composed when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// What it is about.
    pub subject: PushSubject,
    /// The title of the chat as its member sees it; the name of an account for a friend request.
    pub title: String,
    /// The name of the one who wrote, knocked, owns the chat or asked.
    pub from: String,
    /// The beginning of the message, in one line, where the subscription has it.
    pub text: Option<String>,
    /// How many messages of the chat the holder has not read, for messages.
    pub unread: Option<u64>,
}
