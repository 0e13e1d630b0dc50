//! What relates one account to others: friends, blocks, requests, direct chats.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, ChatId, FriendRequestId};
use crate::store::memory::allocation::{MemoryCost, table, tree};

/// What relates one account to others.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct Ties {
    pub(in crate::store::memory) friends: HashMap<AccountId, Timestamp>,
    pub(in crate::store::memory) blocks: HashMap<AccountId, Timestamp>,
    pub(super) blocked_by: HashSet<AccountId>,
    /// The requests it sent, by position: the newest first.
    pub(super) sent: BTreeMap<u64, FriendRequestId>,
    /// The requests it received, by position, hidden ones included.
    pub(super) received: BTreeMap<u64, FriendRequestId>,
    /// The last request to each account that has not led to a friendship: pending, or rejected.
    pub(super) unaccepted: HashMap<AccountId, FriendRequestId>,
    /// Its direct chats, by the other account.
    pub(super) direct: HashMap<AccountId, DirectTie>,
}

/// A direct chat of an account with another one.
#[derive(Clone, Copy, Debug)]
pub(super) struct DirectTie {
    pub(super) chat: ChatId,
    /// The account wrote there since a friendship with the other ended.
    pub(super) has_written: bool,
}

impl Ties {
    /// Returns the accounts that it blocks, and those that block it.
    pub(in crate::store::memory) fn in_a_block(&self) -> impl Iterator<Item = AccountId> {
        self.blocks.keys().chain(&self.blocked_by).copied()
    }
}

impl MemoryCost for Ties {
    fn bytes(&self) -> u64 {
        let accounts = table::<(AccountId, Timestamp)>(self.friends.capacity())
            + table::<(AccountId, Timestamp)>(self.blocks.capacity())
            + table::<AccountId>(self.blocked_by.capacity());
        let requests = tree::<(u64, FriendRequestId)>(self.sent.len()) + tree::<(u64, FriendRequestId)>(self.received.len());
        accounts
            + requests
            + table::<(AccountId, FriendRequestId)>(self.unaccepted.capacity())
            + table::<(AccountId, DirectTie)>(self.direct.capacity())
    }
}
