//! What accounts cost in memory, with all that they have beside chats.

use super::{AccountRecord, CreationOutcome, Directory};
use crate::domain::account::{Account, AccountEmail};
use crate::domain::account_log::AccountEvent;
use crate::domain::email::EmailAddress;
use crate::domain::friendship::FriendRequest;
use crate::domain::id::{AccountId, ChatId};
use crate::domain::knock::GuestKnock;
use crate::domain::short_digest::ShortDigest;
use crate::domain::username::Username;
use crate::store::friends::Requested;
use crate::store::memory::allocation::{MemoryCost, block, shared, table_slots, tree};
use crate::store::memory::counting::NodeData;

impl MemoryCost for AccountRecord {
    fn bytes(&self) -> u64 {
        let Account { username, name, email, .. } = &self.account;
        let texts = shared(username.as_str()) + shared(name.as_str()) + shared(self.password.as_str());
        texts + email.bytes() + tree::<ChatId>(self.chats.len())
    }
}

impl MemoryCost for AccountEmail {
    fn bytes(&self) -> u64 {
        self.address.iter().chain(&self.pending).map(MemoryCost::bytes).sum()
    }
}

impl MemoryCost for EmailAddress {
    fn bytes(&self) -> u64 {
        shared(self.as_str())
    }
}

impl MemoryCost for FriendRequest {
    fn bytes(&self) -> u64 {
        self.note.as_ref().map_or(0, |note| shared(note.as_str()))
    }
}

impl MemoryCost for AccountEvent {
    fn bytes(&self) -> u64 {
        match self {
            Self::FriendRequest(request) | Self::RequestWithdrawn(request) => request.bytes(),
            Self::KnockEnded(ended) => {
                block(size_of::<GuestKnock>()) + ended.knock.bytes() + ended.knock.member.as_ref().map_or(0, |member| member.bytes())
            }
            Self::FriendshipBegan(..)
            | Self::FriendshipEnded(_)
            | Self::MeUpdated
            | Self::ChatAdded { .. }
            | Self::ChatCleared(_)
            | Self::ChatForgotten
            | Self::AccountDeleted => 0,
        }
    }
}

impl MemoryCost for CreationOutcome {
    fn bytes(&self) -> u64 {
        match self {
            Self::Account(_) => block(size_of::<Account>()),
            Self::FriendRequest(_) => block(size_of::<Requested>()),
        }
    }
}

impl NodeData for Directory {
    fn memory_bytes(&self) -> u64 {
        let accounts = table_slots::<(AccountId, AccountRecord)>(self.accounts.len()) + self.account_bytes;
        let names = tree::<(Username, AccountId)>(self.usernames.len()) + table_slots::<ShortDigest>(self.retired.len()) + self.words.memory_bytes();
        let emails = table_slots::<(EmailAddress, AccountId)>(self.emails.len());
        let access = self.sessions.memory_bytes() + self.mail_tokens.memory_bytes() + self.keys.memory_bytes();
        let chats = self.claims.memory_bytes() + self.groups.memory_bytes();
        accounts + names + emails + access + self.friends.memory_bytes() + chats + self.logs.memory_bytes()
    }

    fn counted(&mut self) -> &mut u64 {
        &mut self.counted
    }
}
