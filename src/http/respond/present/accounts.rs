//! Presents accounts: to themselves, and to others.

use super::Present;
use crate::domain::account::{Account, DirectMessages, UserView};
use crate::domain::friendship::Friendship;
use crate::wire;

impl Present {
    /// Presents an account to itself.
    pub(in crate::http) fn me(&self, account: &Account) -> wire::accounts::Me {
        let (email, settings) = (&account.email, &account.settings);
        wire::accounts::Me {
            username: account.username.as_str().into(),
            name: account.name.as_str().into(),
            email: email.address.as_ref().map(|address| address.as_str().into()),
            email_verified: email.is_verified,
            email_pending: email.pending.as_ref().map(|address| address.as_str().into()),
            created_at: self.time(account.created_at),
            direct_messages: direct_messages(settings.direct_messages),
            findable: settings.findable,
            read_receipts: settings.read_receipts,
            presence: settings.presence,
        }
    }

    /// Presents an account with the number of its chats to the operator.
    pub(in crate::http) fn managed_user(&self, account: &Account, chats: usize) -> wire::accounts::ManagedUser {
        wire::accounts::ManagedUser {
            username: account.username.as_str().into(),
            name: account.name.as_str().into(),
            email_verified: account.email.is_verified,
            created_at: self.time(account.created_at),
            last_seen_at: self.time(account.last_seen_at),
            suspended_at: account.suspended_at.map(|since| self.time(since)),
            chats,
        }
    }

    /// Presents an account as another one sees it.
    pub(in crate::http) fn user(&self, view: &UserView) -> wire::accounts::User {
        wire::accounts::User {
            username: view.username.as_str().into(),
            name: view.name.as_str().into(),
            friendship: match view.friendship {
                Friendship::None => wire::accounts::Friendship::None,
                Friendship::Incoming => wire::accounts::Friendship::Incoming,
                Friendship::Outgoing => wire::accounts::Friendship::Outgoing,
                Friendship::Friends => wire::accounts::Friendship::Friends,
                Friendship::Oneself => wire::accounts::Friendship::Oneself,
            },
            accepts_messages: view.accepts_messages,
            presence: view.presence.map(|presence| self.presence(presence)),
        }
    }
}

const fn direct_messages(setting: DirectMessages) -> wire::accounts::DirectMessages {
    match setting {
        DirectMessages::Friends => wire::accounts::DirectMessages::Friends,
        DirectMessages::Anyone => wire::accounts::DirectMessages::Anyone,
        DirectMessages::Nobody => wire::accounts::DirectMessages::Nobody,
    }
}
