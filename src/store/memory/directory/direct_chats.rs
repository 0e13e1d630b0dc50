//! Direct chats as the directory knows them in memory: by the pair of accounts, with who may write to whom.

use std::collections::HashMap;

use super::Directory;
use super::friends::FriendTable;
use super::ties::DirectTie;
use crate::domain::account::Account;
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, ChatId};
use crate::domain::idempotency::IdempotencyKey;
use crate::store::direct_chats::NotSent;
use crate::store::memory::allocation::{MemoryCost, table_slots};
use crate::store::memory::chat::idempotency::IdempotencyCache;
use crate::store::messages::NotPosted;

/// The two accounts of a message in a direct chat.
#[derive(Clone, Copy, Debug)]
pub(in crate::store::memory) struct Participants {
    pub(in crate::store::memory) from: AccountId,
    /// `None` for an account that was deleted.
    pub(in crate::store::memory) to: Option<AccountId>,
}

impl MemoryCost for ChatId {
    fn bytes(&self) -> u64 {
        0
    }
}

/// For which chats accounts used the keys of messages that name their receiver: the same key never posts into two chats.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct KeyClaims {
    by_account: HashMap<AccountId, IdempotencyCache<ChatId>>,
    /// The heap memory of all keys, in bytes.
    bytes: u64,
}

impl KeyClaims {
    pub(super) fn delete(&mut self, account: AccountId) {
        self.bytes -= self.by_account.remove(&account).map_or(0, |keys| keys.memory_bytes());
    }

    pub(in crate::store::memory) fn expire(&mut self, now: Timestamp) {
        let bytes = &mut self.bytes;
        self.by_account.retain(|_, keys| {
            let before = keys.memory_bytes();
            keys.expire(now);
            *bytes = *bytes + keys.memory_bytes() - before;
            !keys.is_empty()
        });
    }

    /// Returns the memory in use, in bytes.
    pub(super) fn memory_bytes(&self) -> u64 {
        table_slots::<(AccountId, IdempotencyCache<ChatId>)>(self.by_account.len()) + self.bytes
    }

    /// Changes the keys of an account, and keeps count of their size.
    fn change<T>(&mut self, account: AccountId, change: impl FnOnce(&mut IdempotencyCache<ChatId>) -> T) -> T {
        let keys = self.by_account.entry(account).or_default();
        let before = keys.memory_bytes();
        let changed = change(keys);
        self.bytes = self.bytes + keys.memory_bytes() - before;
        changed
    }
}

impl FriendTable {
    /// Returns the direct chat of two accounts.
    pub(in crate::store::memory) fn direct_chat(&self, one: AccountId, other: AccountId) -> Option<ChatId> {
        self.ties.get(&one)?.direct.get(&other).map(|tie| tie.chat)
    }

    /// Returns true if an account wrote to another one since a friendship of the two ended.
    pub(super) fn has_written(&self, from: AccountId, to: AccountId) -> bool {
        self.ties.get(&from).and_then(|ties| ties.direct.get(&to)).is_some_and(|tie| tie.has_written)
    }

    /// Forgets an ended direct chat.
    pub(in crate::store::memory) fn forget_direct_chat(&mut self, account: AccountId, chat: ChatId) {
        self.change_ties(account, |ties| ties.direct.retain(|_, tie| tie.chat != chat));
    }
}

impl Directory {
    /// Checks that an account may write to another one now.
    fn check_direct(&self, Participants { from, to }: Participants) -> Result<(), NotPosted> {
        let receiver = to.and_then(|to| self.accounts.get(&to)).ok_or(NotPosted::NotAccepted)?;
        if self.friends.blocks(from, receiver.account.id) {
            return Err(NotPosted::BlockedByAuthor);
        }
        let relation = self.friends.relation(from, receiver.account.id);
        if receiver.account.settings.direct_messages.accepts(relation) { Ok(()) } else { Err(NotPosted::NotAccepted) }
    }

    /// Checks that an account may write to another one now, and records that it does.
    pub(in crate::store::memory) fn admit_direct(&mut self, participants: Participants) -> Result<(), NotPosted> {
        self.check_direct(participants)?;
        let Participants { from, to } = participants;
        self.friends.change_ties(from, |ties| {
            if let Some(tie) = to.and_then(|to| ties.direct.get_mut(&to)) {
                tie.has_written = true;
            }
        });
        Ok(())
    }

    /// Claims the key of a message that names its receiver for the chat that it leads to.
    pub(in crate::store::memory) fn claim_key(
        &mut self,
        account: AccountId,
        key: &IdempotencyKey,
        chat: ChatId,
        now: Timestamp,
    ) -> Result<(), NotPosted> {
        self.claims.change(account, |keys| match keys.lookup(Some(key), now)? {
            Some(claimed) if claimed != chat => Err(NotPosted::KeyReused),
            Some(_) => Ok(()),
            None => {
                keys.insert(Some(key), || chat, now);
                Ok(())
            }
        })
    }

    /// Returns the two accounts of a direct chat that the first one may begin.
    pub(in crate::store::memory) fn direct_accounts(&self, from: AccountId, to: AccountId) -> Result<[Account; 2], NotSent> {
        let account = |id: AccountId| self.accounts.get(&id).map(|record| record.account.clone()).ok_or(NotSent::Gone);
        let accounts = [account(from)?, account(to)?];
        self.check_direct(Participants { from, to: Some(to) })?;
        Ok(accounts)
    }

    /// Makes a chat the direct chat of two accounts, for its first message.
    pub(in crate::store::memory) fn begin_direct(
        &mut self,
        from: AccountId,
        to: AccountId,
        chat: ChatId,
        key: Option<&IdempotencyKey>,
        now: Timestamp,
    ) -> Result<(), NotSent> {
        self.direct_accounts(from, to)?;
        if !(self.may_enter(from, chat) && self.may_enter(to, chat)) {
            return Err(NotSent::AccountFull);
        }
        if let Some(key) = key {
            self.claim_key(from, key, chat, now)?;
        }
        for (account, other) in [(from, to), (to, from)] {
            self.enter_chat(account, chat);
            self.friends.ties.entry(account).or_default();
            self.friends.change_ties(account, |ties| ties.direct.insert(other, DirectTie { chat, has_written: account == from }));
        }
        Ok(())
    }
}
