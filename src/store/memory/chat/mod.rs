//! State of one chat in memory: its contents and its two logs.

pub(super) mod accounts;
pub(super) mod admission;
pub(super) mod decisions;
pub(super) mod deliveries;
pub(super) mod door;
pub(super) mod erasure;
pub(super) mod group;
pub(super) mod handle;
pub(super) mod idempotency;
pub(super) mod logs;
pub(super) mod memory_cost;
pub(super) mod pending_knocks;
pub(super) mod pushes;
pub(super) mod receipt_history;
pub(super) mod retention;
pub(super) mod rewriting;

use std::num::NonZeroU64;
use std::sync::Arc;

use self::accounts::ChatAccounts;
use self::door::{CredentialOwner, Door};
use self::idempotency::IdempotencyCache;
use self::receipt_history::ReceiptTable;
use crate::domain::chat::{Chat, ChatKind, HistoryVisibility};
use crate::domain::chat_item::Notifications;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Entry;
use crate::domain::id::{AccountId, LinkId, MemberId};
use crate::domain::knock::GuestKnock;
use crate::domain::limits::Limits;
use crate::domain::link::Link;
use crate::domain::member::{Member, Membership};
use crate::domain::principal::Principal;
use crate::domain::ticket::Ticket;
use crate::domain::webhook::Webhook;

/// A member with the data that only the store uses.
#[derive(Debug)]
pub(super) struct MemberRecord {
    pub(super) membership: Membership,
    pub(super) credential: Principal,
    pub(super) knock: Option<NonZeroU64>,
    pub(super) via: Option<LinkId>,
    /// The sequence number of the entry with which it joined.
    pub(super) joined: u64,
    pub(super) notifications: Notifications,
}

/// The stored result of a keyed request in a chat.
#[derive(Clone, Debug)]
pub(super) enum StoredOutcome {
    Message(Arc<Entry>),
    Link(Box<Link>),
    Knock(Box<GuestKnock>),
    Ticket(Box<Ticket>),
    Webhook(Box<Webhook>),
}

/// A chat's share of the totals.
#[derive(Debug, Default)]
pub(super) struct ChatUsage {
    pub(super) members: u64,
    pub(super) held: u64,
}

/// The tickets of a chat that can still be used.
#[derive(Debug, Default)]
pub(super) struct TicketList(pub(super) Vec<Ticket>);

/// One chat.
#[derive(Debug)]
pub(super) struct ChatState {
    pub(super) chat: Chat,
    pub(super) gone: bool,
    pub(super) timer_at: Timestamp,
    pub(super) creation_scope: Option<Box<[u8; 32]>>,
    pub(super) content: u64,
    pub(super) counted: ChatUsage,
    /// Heap bytes of the conversation's entries.
    pub(super) conversation_bytes: u64,
    pub(super) last_member: MemberId,
    pub(super) member_was_removed: bool,
    pub(super) members: Vec<MemberRecord>,
    pub(super) conversation: Vec<Arc<Entry>>,
    /// Created with the first link, so that chats without links do not pay for it.
    pub(super) door: Option<Box<Door>>,
    pub(super) keys: IdempotencyCache<StoredOutcome>,
    /// Created with the first ticket.
    pub(super) tickets: Option<Box<TicketList>>,
    /// The member whose account was deleted while its record is kept without a holder: the owner, or one of the two in a direct chat. Else none.
    pub(super) departed: MemberId,
    /// Set once an account came to the chat.
    pub(super) accounts: Option<Box<ChatAccounts>>,
    /// Created with the first receipt that is moved.
    pub(super) receipts: Option<Box<ReceiptTable>>,
    new_in_conversation: u32,
    /// Set by a change that replaces entries, so that everything rendered of the conversation before it must be dropped.
    is_rewritten: bool,
}

/// The number of entries that fit the allocator's smallest block.
const FIRST_ENTRIES: usize = 3;

impl ChatState {
    /// Creates a chat before its first entry.
    pub(super) fn new(chat: Chat) -> Self {
        Self {
            gone: false,
            timer_at: chat.expires_at,
            creation_scope: None,
            content: 0,
            counted: ChatUsage::default(),
            conversation_bytes: 0,
            last_member: MemberId::NONE,
            member_was_removed: false,
            members: Vec::with_capacity(1),
            conversation: Vec::with_capacity(FIRST_ENTRIES),
            door: None,
            keys: IdempotencyCache::default(),
            tickets: None,
            departed: MemberId::NONE,
            accounts: chat.group.is_some().then(Box::default),
            receipts: None,
            new_in_conversation: 0,
            is_rewritten: false,
            chat,
        }
    }

    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        !self.gone && now < self.chat.expires_at
    }

    /// Returns when something in this chat is due next.
    pub(super) fn due(&self) -> Timestamp {
        self.chat.expires_at.min(self.door().next_expiry()).min(self.keys.due())
    }

    /// Returns its door, or an empty one if it has none.
    pub(super) fn door(&self) -> &Door {
        self.door.as_deref().unwrap_or_else(|| Door::none())
    }

    /// Returns its door for modification, creating it for the first link or webhook. All other changes to a door require a link.
    pub(super) fn door_mut(&mut self) -> &mut Door {
        let Self { door, members, .. } = self;
        door.get_or_insert_with(|| Box::new(Door::for_owner(&members[0].membership.member, members[0].credential)))
    }

    /// Applies what is due: expired knocks and keys, dead links beyond the limit.
    pub(super) fn apply_expiry(&mut self, now: Timestamp, limits: &Limits) {
        self.expire_knocks(now, limits);
        self.keys.expire(now);
        if self.door().links.len() > limits.dead_links {
            self.forget_oldest_dead(now, limits);
        }
    }

    /// Empties the chat and returns its contents, so that they are counted and freed elsewhere.
    pub(super) fn empty(&mut self) -> Self {
        let mut emptied = Self::new(self.chat.clone());
        emptied.gone = true;
        std::mem::replace(self, emptied)
    }

    /// Returns all links that the node's index has for this chat.
    pub(super) fn links(&self) -> impl Iterator<Item = LinkId> + '_ {
        let door = self.door();
        door.links.iter().chain(door.name_link.as_deref()).map(|record| record.link.id)
    }

    /// Remembers that an account came to the chat.
    pub(super) fn note_account(&mut self, principal: Principal) {
        if let Some(account) = principal.account() {
            self.accounts.get_or_insert_default().insert(account);
        }
    }

    /// Forgets the receipt of a former member.
    pub(super) fn forget_receipt(&mut self, member: MemberId) {
        if let Some(receipts) = &mut self.receipts {
            receipts.remove(member);
        }
    }

    /// Drops the tickets of a principal.
    pub(super) fn drop_tickets_of(&mut self, principal: Principal) {
        if let Some(tickets) = &mut self.tickets {
            tickets.0.retain(|ticket| ticket.holder.principal != Some(principal));
        }
    }

    /// Returns the owner, who is a member as long as the chat exists; in a direct chat the first of the two.
    pub(super) fn owner(&self) -> Arc<Member> {
        let owner = self.members.iter().map(|record| &record.membership.member).find(|member| member.is_owner());
        owner.unwrap_or(&self.members[0].membership.member).clone()
    }

    /// Returns the account that owns the chat, if one does.
    pub(super) fn owner_account(&self) -> Option<AccountId> {
        let owner = self.members.iter().find(|record| record.membership.member.is_owner())?;
        owner.credential.account().filter(|_| self.departed != owner.membership.member.id)
    }

    /// Returns the other of the two members of a direct chat.
    pub(super) fn other_in_direct_chat(&self, member: MemberId) -> Option<&Arc<Member>> {
        let mut others = self.members.iter().map(|record| &record.membership.member).filter(|other| other.id != member);
        others.next().filter(|_| self.chat.kind == ChatKind::Direct)
    }

    /// Returns the membership that `credential` proves, if any.
    pub(super) fn membership_of(&self, credential: &Principal) -> Option<&Membership> {
        let Some(door) = &self.door else {
            let held = |record: &&MemberRecord| record.credential == *credential && !self.is_departed(record.membership.member.id);
            return self.members.iter().find(held).map(|record| &record.membership);
        };
        match door.credentials.get(credential)? {
            CredentialOwner::Member(id) => self.member(*id).map(|record| &record.membership),
            CredentialOwner::Guest { .. } => None,
        }
    }

    /// Returns the member with this number.
    pub(super) fn member(&self, id: MemberId) -> Option<&MemberRecord> {
        let index = self.members.binary_search_by_key(&id, |record| record.membership.member.id).ok()?;
        self.members.get(index)
    }

    /// Returns the first sequence number visible to a member that joins with the entry `joined`.
    pub(super) fn visible_from(&self, joined: u64) -> u64 {
        match self.chat.history {
            HistoryVisibility::All => 1,
            HistoryVisibility::SinceJoin => joined,
        }
    }
}
