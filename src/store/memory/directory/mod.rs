//! State of all accounts in memory: profiles, names, sessions. One lock guards it, held for a few lines.

mod account_logs;
mod account_tickets;
pub(super) mod direct_chats;
mod friend_requests;
pub(super) mod friends;
pub(super) mod group_index;
pub(super) mod mail_tokens;
mod memory_cost;
mod name_words;
mod search;
pub(super) mod sessions;
pub(super) mod ties;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use self::account_logs::AccountLogs;
use self::direct_chats::KeyClaims;
use self::friends::{AccountEvents, FriendTable};
use self::group_index::GroupIndex;
use self::mail_tokens::{MailTokenKind, MailTokenTable};
use self::name_words::NameWords;
use self::sessions::SessionTable;
use super::allocation::{MemoryCost as _, trim};
use super::chat::idempotency::{IdempotencyCache, impl_from_key_error};
use crate::domain::account::{Account, AccountChange, Login};
use crate::domain::account_log::{AccountEvent, AccountEventBatch};
use crate::domain::capacity::MemoryUsage;
use crate::domain::chat::EndReason;
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailAddress;
use crate::domain::event_log::{Head, LogUpdate, Topic};
use crate::domain::id::{AccountId, ChatId, SessionId};
use crate::domain::idempotency::Idempotent;
use crate::domain::limits::{Limits, MAX_ACCOUNT_CHATS};
use crate::domain::password::PasswordHash;
use crate::domain::session::{EndedSession, SessionEnd};
use crate::domain::short_digest::ShortDigest;
use crate::domain::username::Username;
use crate::store::accounts::{NewAccount, NoAccount, NotCreated, Standing};
use crate::store::friends::Requested;

impl_from_key_error!(NotCreated);

/// An account with the data that only the store uses.
#[derive(Debug)]
pub(super) struct AccountRecord {
    pub(super) account: Account,
    pub(super) password: PasswordHash,
    /// The chats in which it is or was a member, or knocked.
    pub(super) chats: BTreeSet<ChatId>,
}

/// The stored result of a keyed request of an account, or for one.
#[derive(Clone, Debug)]
pub(super) enum CreationOutcome {
    Account(Box<Account>),
    FriendRequest(Box<Requested>),
}

impl CreationOutcome {
    fn is_of(&self, account: AccountId) -> bool {
        match self {
            Self::Account(created) => created.id == account,
            Self::FriendRequest(requested) => requested.request().is_of(account),
        }
    }
}

/// What is left to do for an account that was removed.
#[derive(Debug)]
pub(super) struct DeletedAccount {
    pub(super) username: Username,
    /// Its sessions, which have ended.
    pub(super) sessions: Vec<EndedSession>,
    /// The chats from which it must be erased.
    pub(super) chats: BTreeSet<ChatId>,
    /// The updates of the logs of accounts.
    pub(super) updates: Vec<LogUpdate>,
}

/// All accounts of the node.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) accounts: HashMap<AccountId, AccountRecord>,
    pub(super) usernames: BTreeMap<Username, AccountId>,
    /// Digests of the usernames of deleted accounts: no one gets them again, and nothing else is kept of them.
    retired: HashSet<ShortDigest>,
    words: NameWords,
    /// Verified addresses; each belongs to one account.
    emails: HashMap<EmailAddress, AccountId>,
    pub(super) sessions: SessionTable,
    pub(super) friends: FriendTable,
    logs: AccountLogs,
    mail_tokens: MailTokenTable,
    pub(super) keys: IdempotencyCache<CreationOutcome>,
    pub(super) claims: KeyClaims,
    pub(super) groups: GroupIndex,
    max_accounts: u64,
    /// The heap memory of the accounts' records, in bytes.
    account_bytes: u64,
    /// The bytes that the totals of the node have of the directory.
    counted: u64,
}

impl Directory {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            accounts: HashMap::new(),
            usernames: BTreeMap::new(),
            retired: HashSet::new(),
            words: NameWords::default(),
            emails: HashMap::new(),
            sessions: SessionTable::new(limits.sessions),
            friends: FriendTable::default(),
            logs: AccountLogs::default(),
            mail_tokens: MailTokenTable::default(),
            keys: IdempotencyCache::default(),
            claims: KeyClaims::default(),
            groups: GroupIndex::default(),
            max_accounts: limits.total_users,
            account_bytes: 0,
            counted: 0,
        }
    }

    pub(super) fn create(&mut self, new: NewAccount, usage: MemoryUsage, now: Timestamp) -> Result<Idempotent<Account>, NotCreated> {
        if let Some(CreationOutcome::Account(account)) = self.keys.lookup(new.key.as_ref(), now)? {
            return Ok(Idempotent::replayed(*account));
        }
        let username = &new.account.username;
        if self.usernames.contains_key(username) || self.retired.contains(&ShortDigest::of(username.as_str())) {
            return Err(NotCreated::UsernameTaken);
        }
        if self.accounts.len() as u64 >= self.max_accounts || !usage.accepts_new_chats() {
            return Err(NotCreated::NodeFull);
        }
        let account = new.account.clone();
        self.usernames.insert(username.clone(), account.id);
        self.words.insert(&account);
        let record = AccountRecord { account: new.account, password: new.password, chats: BTreeSet::new() };
        self.account_bytes += record.bytes();
        self.accounts.insert(account.id, record);
        self.keys.insert(new.key.as_ref(), || CreationOutcome::Account(Box::new(account.clone())), now);
        Ok(Idempotent::new(account))
    }

    /// Returns the account with this username.
    pub(super) fn by_username(&self, username: &Username) -> Option<&AccountRecord> {
        self.accounts.get(self.usernames.get(username)?)
    }

    /// Returns the account that this login names.
    pub(super) fn by_login(&self, login: &Login) -> Option<&AccountRecord> {
        match login {
            Login::Username(username) => self.by_username(username),
            Login::Email(email) => self.accounts.get(self.emails.get(email)?),
        }
    }

    pub(super) fn change(&mut self, id: AccountId, change: AccountChange) -> Result<Account, NoAccount> {
        let before = self.accounts.get(&id).ok_or(NoAccount)?.account.clone();
        self.words.remove(&before);
        self.release_email(&before);
        let changed = self.change_record(id, |record| {
            change.apply(&mut record.account);
            record.account.clone()
        });
        let after = changed.ok_or(NoAccount)?;
        self.words.insert(&after);
        self.claim_email(&after);
        self.mail_tokens.forget_stale(id, &before.email, &after.email);
        Ok(after)
    }

    /// Marks an address of the account as verified, unless another account has verified it meanwhile.
    pub(super) fn verify_email(&mut self, id: AccountId, address: &EmailAddress) -> Option<Account> {
        if self.emails.get(address).is_some_and(|owner| *owner != id) {
            return None;
        }
        let before = self.accounts.get(&id)?.account.clone();
        self.release_email(&before);
        let (verified, after) = self.change_record(id, |record| (record.account.email.verify(address), record.account.clone()))?;
        self.claim_email(&after);
        self.mail_tokens.forget_stale(id, &before.email, &after.email);
        verified.then_some(after)
    }

    pub(super) fn set_password(&mut self, id: AccountId, password: PasswordHash, kept: Option<SessionId>) -> Result<Vec<EndedSession>, NoAccount> {
        self.change_record(id, |record| record.password = password).ok_or(NoAccount)?;
        self.mail_tokens.remove(id, MailTokenKind::Reset);
        Ok(self.sessions.end_all(id, kept, SessionEnd::Password))
    }

    pub(super) fn set_standing(&mut self, id: AccountId, standing: Standing, now: Timestamp) -> Result<Vec<EndedSession>, NoAccount> {
        let account = &mut self.accounts.get_mut(&id).ok_or(NoAccount)?.account;
        match standing {
            Standing::Active => {
                account.suspended_at = None;
                Ok(Vec::new())
            }
            Standing::Suspended => {
                account.suspended_at = account.suspended_at.or(Some(now));
                Ok(self.sessions.end_all(id, None, SessionEnd::Suspended))
            }
        }
    }

    /// Removes an account.
    pub(super) fn delete(&mut self, id: AccountId) -> Result<DeletedAccount, NoAccount> {
        let record = self.accounts.remove(&id).ok_or(NoAccount)?;
        self.account_bytes -= record.bytes();
        trim(&mut self.accounts);
        self.usernames.remove(&record.account.username);
        self.retired.insert(ShortDigest::of(record.account.username.as_str()));
        self.words.remove(&record.account);
        self.release_email(&record.account);
        self.mail_tokens.remove_all(id);
        self.keys.retain(|outcome| !outcome.is_of(id));
        self.claims.delete(id);
        let sessions = self.sessions.end_all(id, None, SessionEnd::Deleted);
        self.logs.delete(id);
        let affected = self.friends.delete(id).into_iter().map(|other| (other, AccountEvent::AccountDeleted));
        let mut updates = self.append_events(affected.collect());
        updates.push(LogUpdate::Ended { topic: Topic::Account(id), end: EndReason::Closed });
        Ok(DeletedAccount { username: record.account.username, sessions, chats: record.chats, updates })
    }

    /// Appends entries to the logs of accounts. Returns the updates to announce.
    pub(super) fn append_events(&mut self, events: AccountEvents) -> Vec<LogUpdate> {
        events.into_iter().map(|(account, event)| self.logs.append(account, event)).collect()
    }

    /// Appends entries of chats to the logs of accounts that were not deleted meanwhile. Returns the updates to announce.
    pub(super) fn append_news(&mut self, events: AccountEvents) -> Vec<LogUpdate> {
        let events = events.into_iter().filter(|(account, _)| self.accounts.contains_key(account)).collect();
        self.append_events(events)
    }

    /// Returns the head of the log of an account.
    pub(super) fn log_head(&self, id: AccountId) -> Option<Head> {
        self.accounts.contains_key(&id).then(|| self.logs.head(id))
    }

    /// Returns up to `max` entries of the log of an account after number `after`.
    pub(super) fn events_after(&self, id: AccountId, after: u64, max: usize) -> Option<AccountEventBatch> {
        self.accounts.contains_key(&id).then(|| self.logs.after(id, after, max))
    }

    /// Adds a chat to those of an account. Returns false if there is no such account, or it has reached its limit.
    pub(super) fn enter_chat(&mut self, id: AccountId, chat: ChatId) -> bool {
        let fits = self.may_enter(id, chat);
        if fits {
            self.change_record(id, |record| record.chats.insert(chat));
        }
        fits
    }

    /// Returns true for an account that exists and may enter this chat.
    pub(super) fn may_enter(&self, id: AccountId, chat: ChatId) -> bool {
        self.accounts.get(&id).is_some_and(|record| record.chats.len() < MAX_ACCOUNT_CHATS || record.chats.contains(&chat))
    }

    pub(super) fn remove_chat<'a>(&mut self, accounts: impl Iterator<Item = &'a AccountId>, chat: ChatId) {
        for id in accounts {
            self.change_record(*id, |record| record.chats.remove(&chat));
            self.logs.forget_chat(*id, chat);
        }
    }

    /// Changes the record of an account, and keeps count of its size.
    fn change_record<T>(&mut self, id: AccountId, change: impl FnOnce(&mut AccountRecord) -> T) -> Option<T> {
        let record = self.accounts.get_mut(&id)?;
        let before = record.bytes();
        let changed = change(record);
        self.account_bytes = self.account_bytes + record.bytes() - before;
        Some(changed)
    }

    /// Forgets what has expired, and ends up to `max` sessions past their lifetime.
    pub(super) fn expire(&mut self, now: Timestamp, max: usize) -> Vec<EndedSession> {
        self.keys.expire(now);
        self.mail_tokens.forget_expired(now);
        self.sessions.expire(now, max)
    }

    fn claim_email(&mut self, account: &Account) {
        if let Some(address) = account.email.verified() {
            self.emails.insert(address.clone(), account.id);
        }
    }

    fn release_email(&mut self, account: &Account) {
        if let Some(address) = account.email.verified() {
            self.emails.remove(address);
        }
    }
}
