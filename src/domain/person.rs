//! A person identified by a credential, as limits count them.

use super::id::{AccountId, ChatId, MemberId};

/// A person identified by a credential of a chat, or by an access token. Each has its own rate limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Person {
    /// A member of the chat.
    Member(ChatId, MemberId),
    /// A guest of the chat, by the number of its knock.
    Guest(ChatId, u64),
    /// An account, in all its chats together.
    Account(AccountId),
}
