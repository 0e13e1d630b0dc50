//! A principal: whom the token of a request stands for.

use super::id::{AccountId, Credential};

/// The holder of a membership, a knock or a ticket: the holder of a secret of that chat, or an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// The holder of an `author_id` or a `client_id`.
    Credential(Credential),
    /// An account, which is the same person in all chats.
    Account(AccountId),
}

impl Principal {
    /// Returns the secret that proves it to the chat; none for an account, whose access token does.
    #[must_use]
    pub const fn credential(&self) -> Option<Credential> {
        match self {
            Self::Credential(credential) => Some(*credential),
            Self::Account(_) => None,
        }
    }

    /// Returns the bytes of its id, which no other principal has.
    #[must_use]
    pub fn bytes(&self) -> [u8; 16] {
        match self {
            Self::Credential(credential) => credential.expose().into_bytes(),
            Self::Account(account) => account.uuid().into_bytes(),
        }
    }

    /// Returns the account, if it is one.
    #[must_use]
    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Credential(_) => None,
            Self::Account(account) => Some(*account),
        }
    }
}
