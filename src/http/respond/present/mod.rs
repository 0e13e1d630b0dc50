//! Conversion of domain values to wire types, written by hand.

mod account_events;
mod accounts;
mod chat_items;
mod chats;
mod events;
mod friends;
mod groups;
mod knocks;
mod links;
mod members;
mod messages;
mod receipts;
mod presence;
mod reports;
mod sessions;
mod tickets;
mod webhooks;
mod push;

use std::sync::Arc;

pub(super) use self::chats::end;
pub(super) use self::events::redacted;
pub(in crate::http) use self::knocks::status;
pub(in crate::http) use self::members::member;
pub(in crate::http) use self::receipts::{member_receipt, message_status, receipt};
pub(in crate::http) use self::sessions::session_end;

use crate::config::PublicUrl;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::id::{ChatId, LinkId};
use crate::domain::secret_token::MailToken;
use crate::domain::username::Username;
use crate::wire::time::Time;

/// Presents domain values with URLs of the public origin and times of the wall clock.
#[derive(Clone, Debug)]
pub struct Present {
    origin: Arc<str>,
    clock: Arc<dyn Clock>,
}

impl Present {
    /// Returns a presenter with this origin and clock.
    #[must_use]
    pub fn new(origin: &PublicUrl, clock: Arc<dyn Clock>) -> Self {
        Self { origin: origin.to_string().into(), clock }
    }

    /// Converts a timestamp to wall-clock time as currently set.
    pub(in crate::http) fn time(&self, moment: Timestamp) -> Time {
        Time::from_millis(self.clock.wall(moment).millis())
    }

    /// Returns the API's URL of a chat.
    #[must_use]
    pub fn chat_url(&self, chat: ChatId) -> String {
        format!("{}/v1/chats/{chat}", self.origin)
    }

    /// Returns the API's URL of a message.
    #[must_use]
    pub fn message_url(&self, chat: ChatId, seq: u64) -> String {
        format!("{}/messages/{seq}", self.chat_url(chat))
    }

    /// Returns the API's URL of an account.
    #[must_use]
    pub fn user_url(&self, username: &Username) -> String {
        format!("{}/v1/users/{username}", self.origin)
    }

    /// Returns the URL of a chat's page.
    #[must_use]
    pub fn page_url(&self, chat: ChatId) -> String {
        format!("{}/c/{chat}", self.origin)
    }

    /// Returns the URL of the page that sets a new password with this token.
    pub(in crate::http) fn reset_url(&self, token: &MailToken) -> String {
        format!("{}/reset#{token}", self.origin)
    }

    /// Returns the URL of a link's page, which people share.
    #[must_use]
    pub fn link_url(&self, link: LinkId) -> String {
        format!("{}/l/{link}", self.origin)
    }
}
