//! Store contract for knocks.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::client_address::ClientAddress;
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, ChatId, KnockId, LinkId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::knock::{Decision, GuestKnock, Knock, KnockStatus};
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::principal::Principal;
use crate::domain::text::{Name, Note};
use crate::domain::username::Username;

/// A knock to create.
#[derive(Clone, Debug)]
pub struct NewKnock {
    /// The link it is made on.
    pub link: LinkId,
    /// The public id of the knock.
    pub id: KnockId,
    /// The guest.
    pub client: Principal,
    /// The name the guest gives.
    pub name: Option<Name>,
    /// The username of the guest's account, if they are signed in.
    pub username: Option<Username>,
    /// The guest's note.
    pub note: Option<Note>,
    /// The guest's client address.
    pub address: ClientAddress,
    /// The idempotency key of the request, if any.
    pub key: Option<IdempotencyKey>,
}

/// Why a knock was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotKnocked {
    /// There is no such link, or it is dead.
    Gone,
    /// The chat's members or its conversation are at the limit.
    Full,
    /// The node's memory usage is above the cutoff for new guests.
    NodeFull,
    /// A limit of pending knocks is reached, on the link, in the chat or for this address. A later attempt may succeed.
    TooManyPending {
        /// When the first pending knock expires.
        until: Timestamp,
    },
    /// This address and name were declined recently and are in a cool-down.
    Barred {
        /// When the cool-down ends.
        until: Timestamp,
    },
    /// The account was removed from the group: only a member can add it.
    NotAccepted,
    /// The account is a member of the chat, or has a knock pending in it.
    AlreadyInside,
    /// The account has reached its limit of chats.
    AccountFull,
    /// The key was used with a different body.
    KeyReused,
    /// The limit of stored keys is reached.
    TooManyKeys,
}

/// Why a knock was not withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotWithdrawn {
    /// This guest has no such knock on this link.
    Gone,
    /// It ended differently.
    AlreadyDecided,
}

/// Why no decision was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDecided {
    /// There is no such link, or no such knock on it.
    Gone,
    /// Several knocks are pending, or another one ended by itself a moment ago: the decision must name its knock.
    SeveralKnocked(Vec<KnockId>),
    /// It was decided differently, or ended by itself.
    AlreadyDecided,
    /// No one has ever knocked on this link.
    NobodyKnocked,
    /// More admissions than the link has uses left.
    LinkUsedUp,
    /// The admissions would exceed the limit of members or of entries.
    Full,
}

/// Who asks about the knocks of a link without naming one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnockReader {
    /// The owner of the chat, for whom hidden knocks do not exist.
    Owner,
    /// Anyone else, also the guest of a hidden knock.
    Anyone,
}

/// Knocks on links.
///
/// The end of a knock of an account is in the account's log.
///
/// A knock of an account that the account of the chat's owner blocks is hidden: it counts against the limits and ends like any other, and its guest
/// finds it as ever, but no entry, list or decision has it. Automatic approval and the opening of the chat leave it pending. A block or its end
/// changes no knock that was made before.
#[async_trait]
pub trait Knocks: Debug + Send + Sync {
    /// Creates a knock, a hidden one if the owner blocks the account. An open chat, or a link with automatic approval, admits the guest in the same
    /// step.
    async fn knock(&self, new: NewKnock, now: Timestamp) -> WriteResult<Idempotent<GuestKnock>, NotKnocked>;

    /// Returns the knock that `client` made on `link`, also when its guest is a member by now. An account's pending knock counts for every link of its
    /// chat.
    async fn find_knock(&self, link: LinkId, client: Principal, now: Timestamp) -> StoreResult<Option<GuestKnock>>;

    /// Returns the status of the only knock ever made on `link`, as far as `reader` knows; `None` if there were none or several.
    async fn sole_knock_status(&self, link: LinkId, reader: KnockReader, now: Timestamp) -> StoreResult<Option<KnockStatus>>;

    /// Returns the knocks of an account that are pending, one for each chat, in no particular order.
    async fn pending_knocks_of(&self, account: AccountId, now: Timestamp) -> StoreResult<Vec<GuestKnock>>;

    /// Withdraws a knock on behalf of its guest.
    async fn withdraw_knock(&self, link: LinkId, knock: KnockId, client: Principal, now: Timestamp) -> WriteResult<(), NotWithdrawn>;

    /// Applies the owner's decision to all selected knocks or to none. Returns the knocks that now have the decided status.
    async fn decide_knocks(&self, decision: Decision, now: Timestamp) -> WriteResult<Vec<KnockId>, NotDecided>;

    /// Lists a chat's stored knocks in order of arrival, optionally those with one status. Hidden ones are not
    /// listed.
    async fn list_knocks(&self, chat: ChatId, status: Option<KnockStatus>, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<Knock>>>;
}
