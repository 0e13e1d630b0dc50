//! What a store keeps of knocks.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{StoreResult, Write};
use crate::domain::address::ClientAddress;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, Credential, KnockId, LinkId};
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::knock::{Decision, Knock, KnockStatus, Knocked};
use crate::domain::page::{Cut, ListPage};
use crate::domain::text::{Name, Note};

/// Somebody at the door.
#[derive(Clone, Debug)]
pub struct NewKnock {
    /// By which link.
    pub link: LinkId,
    /// The knock's public name.
    pub id: KnockId,
    /// What the guest will show.
    pub client: Credential,
    /// What they call themselves.
    pub name: Option<Name>,
    /// What they say.
    pub note: Option<Note>,
    /// Where they come from.
    pub address: ClientAddress,
    /// The request that must not be carried out twice.
    pub key: Option<IdempotencyKey>,
}

/// Why somebody could not knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotKnocked {
    /// There is no such link, or it is dead.
    Gone,
    /// The chat cannot take another member, or its conversation another entry.
    Full,
    /// The node holds so much that it takes nobody more.
    NodeFull,
    /// As many knocks wait as may: on the link, in the chat, or of this address. Waiting helps.
    TooManyPending {
        /// When the first of them will have waited long enough.
        until: Timestamp,
    },
    /// This address with this name was declined a while ago.
    Barred {
        /// Until when.
        until: Timestamp,
    },
    /// The key was used with another body.
    KeyReused,
    /// More keys are kept than may be.
    TooManyKeys,
}

/// Why a knock was not withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotWithdrawn {
    /// There is no such knock of this guest by this link.
    Gone,
    /// It ended otherwise.
    AlreadyDecided,
}

/// Why nothing was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDecided {
    /// There is no such link, or no such knock on it.
    Gone,
    /// Several wait, or another one went away a moment ago: the knock must be named.
    SeveralKnocked(Vec<KnockId>),
    /// It was decided otherwise, or ended by itself.
    AlreadyDecided,
    /// Nobody ever knocked on this link.
    NobodyKnocked,
    /// These are more admissions than the link has uses left.
    LinkUsedUp,
    /// The chat cannot take so many members, or its conversation so many entries.
    Full,
}

/// Knocks on links.
#[async_trait]
pub trait Knocks: Debug + Send + Sync {
    /// Somebody knocks. An open chat, or a link that lets in without asking, admits in the same step.
    async fn knock(&self, new: NewKnock, now: Timestamp) -> Write<Once<Knocked>, NotKnocked>;

    /// How the knock stands that came by `link` and whose guest shows `client`; a member by it included.
    async fn standing(&self, link: LinkId, client: Credential, now: Timestamp) -> StoreResult<Option<Knocked>>;

    /// How the only knock stands that ever came by `link`; `None` where there were none or several.
    async fn only_standing(&self, link: LinkId, now: Timestamp) -> StoreResult<Option<KnockStatus>>;

    /// The guest takes their knock back.
    async fn withdraw_knock(&self, link: LinkId, knock: KnockId, client: Credential, now: Timestamp) -> Write<(), NotWithdrawn>;

    /// The owner decides, all or nothing. Answers which knocks now stand as decided.
    async fn decide_knocks(&self, decision: Decision, now: Timestamp) -> Write<Vec<KnockId>, NotDecided>;

    /// A chat's knocks, in the order of arrival; all that are kept, or those that stand so.
    async fn knocks(&self, chat: ChatId, status: Option<KnockStatus>, page: ListPage, now: Timestamp) -> StoreResult<Option<Cut<Knock>>>;
}
