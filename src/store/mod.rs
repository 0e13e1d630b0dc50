//! What must be kept: the contract of every store, in one trait per noun.
//!
//! - Every method is one atomic step; no transaction leaves the store. What must hold at the instant of writing is a condition of the method, and it
//!   answers a broken condition with its own small enum. [`StoreError`] means only that the store could not answer.
//! - A chat whose `expires_at` has come is gone for every method, whether or not it was cleared away yet.
//! - Numbers of a log are dense and become visible in order. What a method committed can be read before it returns.
//! - A method that changes something returns [`Committed`], which must be announced.
//! - A keyed creation looks at its key before anything else but whether the chat is there, so that a repetition gets the first answer.
//! - What makes a chat smaller or safer always has room.
//! - Nothing is remembered of a chat or a credential that is gone.
//!
//! `tests/conformance` holds every store to this.

pub mod chats;
pub mod entries;
pub mod messages;
pub mod members;
pub mod links;
pub mod knocks;
pub mod tickets;
pub mod tally;
pub mod memory;

use std::error::Error;

use crate::domain::entry::News;

pub use chats::Chats;
pub use entries::Entries;
pub use knocks::Knocks;
pub use links::Links;
pub use members::Members;
pub use messages::Messages;
pub use tally::Tallies;
pub use tickets::Tickets;

/// Everything that Parlor keeps.
pub trait Store: Chats + Entries + Messages + Members + Links + Knocks + Tickets + Tallies {}

impl<T: Chats + Entries + Messages + Members + Links + Knocks + Tickets + Tallies> Store for T {}

/// The store could not answer.
#[derive(Debug, thiserror::Error)]
#[error("the store could not answer")]
pub struct StoreError(#[source] pub Box<dyn Error + Send + Sync>);

/// What a store answers, unless it could not.
pub type StoreResult<T> = Result<T, StoreError>;

/// What a conditional write answers: what it committed, or which condition did not hold.
pub type Write<T, Refusal> = StoreResult<Result<Committed<T>, Refusal>>;

/// What was committed, with the news of it for those who listen.
#[derive(Debug)]
#[must_use = "what is committed is announced"]
pub struct Committed<T> {
    value: T,
    news: Vec<News>,
}

impl<T> Committed<T> {
    /// A change and its news.
    pub const fn new(value: T, news: Vec<News>) -> Self {
        Self { value, news }
    }

    /// What the change answers, before it is announced.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Takes it apart, for announcing.
    pub fn into_parts(self) -> (T, Vec<News>) {
        (self.value, self.news)
    }
}
