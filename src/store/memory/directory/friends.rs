//! State of friend requests, friendships and blocks in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;

use super::ties::Ties;
use crate::domain::account_log::AccountEvent;
use crate::domain::clock::Timestamp;
use crate::domain::friendship::{FriendRequest, FriendRequestStatus, Friendship, MAX_BLOCKS, MAX_FRIENDS, Relation, RequestDirection};
use crate::domain::id::{AccountId, FriendRequestId};
use crate::domain::pagination::{Page, PageRequest};
use crate::store::memory::allocation::{MemoryCost, table_slots, trim};

/// Entries to append to the logs of these accounts.
pub(in crate::store::memory) type AccountEvents = Vec<(AccountId, AccountEvent)>;

/// A friend request with the data that only the store uses.
#[derive(Debug)]
pub(super) struct RequestRecord {
    pub(super) request: FriendRequest,
    /// The receiver does not see it: they blocked the sender when it was sent, or while it was pending.
    pub(super) is_hidden: bool,
}

impl RequestRecord {
    fn is_visible_to(&self, account: AccountId) -> bool {
        self.request.from == account || (self.request.to == account && !self.is_hidden)
    }
}

/// The limit of friends is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooManyFriends;

/// The limit of blocked accounts is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::memory) struct TooManyBlocks;

/// The friend requests, friendships and blocks of all accounts.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct FriendTable {
    pub(super) requests: HashMap<FriendRequestId, RequestRecord>,
    /// The number of the last request.
    pub(super) last_number: u64,
    pub(super) ties: HashMap<AccountId, Ties>,
    /// The heap memory of all requests, in bytes.
    request_bytes: u64,
    /// The heap memory of all ties, in bytes.
    tie_bytes: u64,
}

impl FriendTable {
    /// Returns what relates an account to others, if anything does.
    pub(in crate::store::memory) fn ties_of(&self, account: AccountId) -> Option<&Ties> {
        self.ties.get(&account)
    }

    pub(super) fn are_friends(&self, one: AccountId, other: AccountId) -> bool {
        self.ties.get(&one).is_some_and(|ties| ties.friends.contains_key(&other))
    }

    /// Returns true if `account` blocks `other`.
    pub(in crate::store::memory) fn blocks(&self, account: AccountId, other: AccountId) -> bool {
        self.ties.get(&account).is_some_and(|ties| ties.blocks.contains_key(&other))
    }

    /// Returns the last request from one account to another that has not led to a friendship.
    pub(super) fn unaccepted(&self, from: AccountId, to: AccountId) -> Option<&RequestRecord> {
        self.requests.get(self.ties.get(&from)?.unaccepted.get(&to)?)
    }

    pub(super) fn pending(&self, from: AccountId, to: AccountId) -> Option<&RequestRecord> {
        self.unaccepted(from, to).filter(|record| record.request.is_pending())
    }

    /// Returns how `other` is related to `viewer`.
    pub(in crate::store::memory) fn relation(&self, viewer: AccountId, other: AccountId) -> Relation {
        if viewer == other {
            return Relation::ONESELF;
        }
        let friendship = if self.are_friends(viewer, other) {
            Friendship::Friends
        } else if self.pending(viewer, other).is_some() {
            Friendship::Outgoing
        } else if self.pending(other, viewer).is_some_and(|record| record.is_visible_to(viewer)) {
            Friendship::Incoming
        } else {
            Friendship::None
        };
        let is_blocked = self.blocks(viewer, other) || self.blocks(other, viewer);
        Relation { friendship, is_blocked, has_written: self.has_written(other, viewer) }
    }

    /// Returns a request that this account may see.
    pub(super) fn visible(&self, id: FriendRequestId, to: AccountId) -> Option<&RequestRecord> {
        self.requests.get(&id).filter(|record| record.is_visible_to(to))
    }

    /// Returns a page of the requests of an account, the newest first.
    pub(in crate::store::memory) fn list(
        &self,
        account: AccountId,
        direction: Option<RequestDirection>,
        status: Option<FriendRequestStatus>,
        page: PageRequest,
    ) -> Page<FriendRequest> {
        let Some(ties) = self.ties.get(&account) else { return Page { items: Vec::new(), has_more: false } };
        let both: BTreeMap<u64, FriendRequestId>;
        let all = match direction {
            Some(RequestDirection::Incoming) => &ties.received,
            Some(RequestDirection::Outgoing) => &ties.sent,
            None => {
                both = ties.sent.iter().chain(&ties.received).map(|(position, id)| (*position, *id)).collect();
                &both
            }
        };
        let rest = all.range((Bound::Excluded(page.after), Bound::Unbounded)).filter_map(|(_, id)| self.visible(*id, account));
        let wanted = rest.map(|record| &record.request).filter(|request| status.is_none_or(|status| request.status == status));
        Page::first(wanted.cloned(), page.limit)
    }

    /// Stores a new request.
    pub(super) fn insert(&mut self, record: RequestRecord) {
        let FriendRequest { id, from, to, .. } = record.request;
        let position = record.request.position();
        self.make_ties([from, to]);
        self.change_ties(from, |sender| {
            sender.sent.insert(position, id);
            sender.unaccepted.insert(to, id);
        });
        self.change_ties(to, |receiver| receiver.received.insert(position, id));
        self.request_bytes += record.request.bytes();
        self.requests.insert(id, record);
    }

    /// Removes a request for both.
    pub(super) fn remove(&mut self, id: FriendRequestId) -> Option<RequestRecord> {
        let record = self.requests.remove(&id)?;
        let (from, to, position) = (record.request.from, record.request.to, record.request.position());
        self.request_bytes -= record.request.bytes();
        trim(&mut self.requests);
        self.change_ties(from, |sender| {
            sender.sent.remove(&position);
            if sender.unaccepted.get(&to) == Some(&id) {
                sender.unaccepted.remove(&to);
            }
        });
        self.change_ties(to, |receiver| receiver.received.remove(&position));
        Some(record)
    }

    /// Makes sure that both accounts have ties that can be changed.
    fn make_ties(&mut self, both: [AccountId; 2]) {
        for account in both {
            self.ties.entry(account).or_default();
        }
    }

    /// Changes the ties of an account, if it has any, and keeps count of their size.
    pub(super) fn change_ties<T>(&mut self, account: AccountId, change: impl FnOnce(&mut Ties) -> T) -> Option<T> {
        let ties = self.ties.get_mut(&account)?;
        let before = ties.bytes();
        let changed = change(ties);
        self.tie_bytes = self.tie_bytes + ties.bytes() - before;
        Some(changed)
    }

    /// Returns the memory that requests, friendships and blocks use, in bytes.
    pub(super) fn memory_bytes(&self) -> u64 {
        let tables = table_slots::<(FriendRequestId, RequestRecord)>(self.requests.len()) + table_slots::<(AccountId, Ties)>(self.ties.len());
        tables + self.request_bytes + self.tie_bytes
    }

    /// Makes two accounts friends. What one of them rejected before no longer counts.
    pub(super) fn befriend(&mut self, one: AccountId, other: AccountId, now: Timestamp) -> Result<AccountEvents, TooManyFriends> {
        let is_full = |account| self.ties.get(account).is_some_and(|ties: &Ties| ties.friends.len() >= MAX_FRIENDS);
        if [one, other].iter().any(is_full) {
            return Err(TooManyFriends);
        }
        let both = [(one, other), (other, one)];
        self.make_ties([one, other]);
        for (account, friend) in both {
            self.change_ties(account, |ties| {
                ties.friends.insert(friend, now);
                ties.unaccepted.remove(&friend);
            });
        }
        Ok(both.map(|(account, friend)| (account, AccountEvent::FriendshipBegan(friend, now))).into())
    }

    /// Ends the friendship of two accounts, if there is one.
    pub(in crate::store::memory) fn unfriend(&mut self, one: AccountId, other: AccountId) -> AccountEvents {
        if !self.are_friends(one, other) {
            return Vec::new();
        }
        let both = [(one, other), (other, one)];
        for (account, friend) in both {
            self.change_ties(account, |ties| {
                ties.friends.remove(&friend);
                if let Some(direct) = ties.direct.get_mut(&friend) {
                    direct.has_written = false;
                }
            });
        }
        both.map(|(account, friend)| (account, AccountEvent::FriendshipEnded(friend))).into()
    }

    /// Blocks an account. The blocker's streams are told of the hidden request as of one that was withdrawn.
    pub(in crate::store::memory) fn block(&mut self, account: AccountId, blocked: AccountId, now: Timestamp) -> Result<AccountEvents, TooManyBlocks> {
        self.make_ties([account, blocked]);
        if self.ties[&account].blocks.len() >= MAX_BLOCKS && !self.blocks(account, blocked) {
            return Err(TooManyBlocks);
        }
        self.change_ties(account, |ties| *ties.blocks.entry(blocked).or_insert(now));
        self.change_ties(blocked, |ties| ties.blocked_by.insert(account));
        let mut events = self.unfriend(account, blocked);
        if let Some(own) = self.pending(account, blocked).map(|record| record.request.id) {
            events.extend(self.withdraw(own));
        }
        let theirs = self.pending(blocked, account).filter(|record| !record.is_hidden).map(|record| record.request.id);
        if let Some(record) = theirs.and_then(|id| self.requests.get_mut(&id)) {
            record.is_hidden = true;
            events.push((account, AccountEvent::RequestWithdrawn(record.request.clone())));
        }
        Ok(events)
    }

    pub(in crate::store::memory) fn unblock(&mut self, account: AccountId, blocked: AccountId) {
        self.change_ties(account, |ties| ties.blocks.remove(&blocked));
        self.change_ties(blocked, |ties| ties.blocked_by.remove(&account));
    }

    /// Removes a pending request. The receiver is told if they could see it.
    pub(super) fn withdraw(&mut self, id: FriendRequestId) -> Option<(AccountId, AccountEvent)> {
        let record = self.remove(id)?;
        (!record.is_hidden).then_some((record.request.to, AccountEvent::RequestWithdrawn(record.request)))
    }

    /// Removes all that relates an account to others. Returns the accounts that lost a friend or a pending request that they saw.
    pub(super) fn delete(&mut self, account: AccountId) -> HashSet<AccountId> {
        let Some(mut ties) = self.ties.remove(&account) else { return HashSet::new() };
        self.tie_bytes -= ties.bytes();
        trim(&mut self.ties);
        let mut affected: HashSet<AccountId> = ties.friends.keys().copied().collect();
        for id in ties.sent.values().chain(ties.received.values()) {
            let Some(record) = self.remove(*id) else { continue };
            let other = record.request.other(account);
            if record.request.is_pending() && record.is_visible_to(other) {
                affected.insert(other);
            }
        }
        for other in ties.friends.keys().chain(ties.blocks.keys()).chain(ties.direct.keys()).copied().chain(ties.blocked_by.drain()) {
            self.change_ties(other, |theirs| {
                theirs.direct.remove(&account);
                theirs.friends.remove(&account);
                theirs.blocks.remove(&account);
                theirs.blocked_by.remove(&account);
            });
        }
        affected
    }
}
