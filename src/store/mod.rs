//! The store contract: one trait per noun.
//!
//! - Every method is one atomic step; no transaction leaves the store. What must hold at the time of writing is a condition of the method; a violated
//!   condition is returned as the method's own small enum. [`StoreError`] means only that the store is unavailable.
//! - A chat past its `expires_at` is gone for every method, whether or not it was removed yet.
//! - The sequence numbers of a log are dense and become visible in order. What a method committed can be read before it returns.
//! - A method that changes something returns [`Committed`], which must be announced.
//! - A keyed creation checks its key before everything but the chat's existence, so that a retry gets the first result.
//! - Operations that make a chat smaller or safer never fail for lack of space.
//! - Nothing is kept of a chat or a credential that is gone, but for what was reported of it.
//!
//! `tests/conformance` verifies every store against this contract.

pub mod chats;
pub mod chat_items;
pub mod entries;
pub mod messages;
pub mod groups;
pub mod direct_chats;
pub mod reactions;
pub mod members;
pub mod receipts;
pub mod presence;
pub mod links;
pub mod knocks;
pub mod tickets;
pub mod accounts;
pub mod sessions;
pub mod friends;
pub mod reports;
pub mod webhooks;
pub mod push_subscriptions;
pub mod mail_tokens;
pub mod usage;
pub mod memory;

use std::error::Error;

use crate::domain::event_log::LogUpdate;

pub use accounts::Accounts;
pub use chat_items::ChatItems;
pub use chats::Chats;
pub use direct_chats::DirectChats;
pub use entries::Entries;
pub use friends::Friends;
pub use groups::Groups;
pub use knocks::Knocks;
pub use links::Links;
pub use mail_tokens::MailTokens;
pub use members::Members;
pub use messages::Messages;
pub use presence::Presence;
pub use push_subscriptions::PushSubscriptions;
pub use reactions::Reactions;
pub use receipts::Receipts;
pub use reports::Reports;
pub use sessions::Sessions;
pub use tickets::Tickets;
pub use usage::UsageStats;
pub use webhooks::Webhooks;

/// All traits of the store.
pub trait Store:
    Chats
    + ChatItems
    + DirectChats
    + Groups
    + Entries
    + Messages
    + Reactions
    + Members
    + Receipts
    + Presence
    + Links
    + Knocks
    + Tickets
    + Accounts
    + Sessions
    + MailTokens
    + Reports
    + Webhooks
    + PushSubscriptions
    + Friends
    + UsageStats
{
}

impl<
    T: Chats
        + ChatItems
        + DirectChats
        + Groups
        + Entries
        + Messages
        + Reactions
        + Members
        + Receipts
        + Presence
        + Links
        + Knocks
        + Tickets
        + Accounts
        + Sessions
        + MailTokens
        + Reports
        + Webhooks
        + PushSubscriptions
        + Friends
        + UsageStats,
> Store for T
{
}

/// The store is unavailable.
#[derive(Debug, thiserror::Error)]
#[error("the store could not answer")]
pub struct StoreError(#[source] pub Box<dyn Error + Send + Sync>);

/// The result of a store call.
pub type StoreResult<T> = Result<T, StoreError>;

/// The result of a conditional write: what it committed, or the condition that did not hold.
pub type WriteResult<T, R> = StoreResult<Result<Committed<T>, R>>;

/// A committed result, with the log updates to announce to subscribers.
#[derive(Debug)]
#[must_use = "committed updates must be announced"]
pub struct Committed<T> {
    value: T,
    updates: Vec<LogUpdate>,
}

impl<T> Committed<T> {
    /// Creates a committed result.
    pub const fn new(value: T, updates: Vec<LogUpdate>) -> Self {
        Self { value, updates }
    }

    /// Returns the result before it is announced.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Splits into the result and the updates to announce.
    pub fn into_parts(self) -> (T, Vec<LogUpdate>) {
        (self.value, self.updates)
    }
}
