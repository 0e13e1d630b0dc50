//! Limits of the service (API 2.1, 2.3); those in [`Limits`] are configurable and have defaults.

use std::time::Duration;

use super::chat::ChatKind;
use super::session::SessionLifetimes;

/// The limits of one node and of each chat on it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Entries in a chat's conversation.
    pub entries: usize,
    /// Bytes of message content in a chat.
    pub content: u64,
    /// Entries in the conversation of a direct or group chat; beyond it, the oldest tenth is forgotten.
    pub lasting_entries: usize,
    /// Bytes of message content in a direct or group chat; beyond it, the oldest tenth of its entries is forgotten.
    pub lasting_content: u64,
    /// Members of a chat at one time.
    pub members: usize,
    /// Live links of a chat.
    pub links: usize,
    /// Dead links of a chat that are still listed.
    pub dead_links: usize,
    /// Knocks of a chat that ended without admission and can still be read.
    pub ended_knocks: usize,
    /// Entries kept in the door's log.
    pub door: usize,
    /// Pending knocks on one link.
    pub link_knocks: usize,
    /// Pending knocks in one chat.
    pub chat_knocks: usize,
    /// Bytes used by all data on the node, including the overhead of storing it.
    pub total_memory: u64,
    /// Chats on the node.
    pub total_chats: u64,
    /// Accounts on the node.
    pub total_users: u64,
    /// How long sessions live.
    pub sessions: SessionLifetimes,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 10_000,
            content: 4 << 20,
            lasting_entries: 50_000,
            lasting_content: 20 << 20,
            members: 1_000,
            links: 100,
            dead_links: 100,
            ended_knocks: 1_000,
            door: 1_000,
            link_knocks: 1_000,
            chat_knocks: 2_000,
            total_memory: 1 << 30,
            total_chats: 1_000_000,
            total_users: 100_000,
            sessions: SessionLifetimes::default(),
        }
    }
}

impl Limits {
    /// Returns how many entries and how many bytes of content the conversation of a chat may have.
    #[must_use]
    pub const fn conversation(&self, kind: ChatKind) -> (usize, u64) {
        if kind.forgets() { (self.lasting_entries, self.lasting_content) } else { (self.entries, self.content) }
    }

    /// Returns the limit of pending knocks per client address and link: a quarter of the link's limit, so that a flood from one address leaves room
    /// for others.
    #[must_use]
    pub const fn address_knocks(&self) -> usize {
        self.link_knocks.div_ceil(4)
    }
}

/// The most chats of an account.
pub const MAX_ACCOUNT_CHATS: usize = 1_000;
/// The most knocks decided by one request.
pub const MAX_DECISIONS_PER_REQUEST: usize = 256;
/// How long a knock stays pending.
pub const KNOCK_LIFETIME: Duration = Duration::from_hours(24);
/// The cool-down after the first decline of an address and name on a link; each further decline doubles it.
pub const FIRST_COOLDOWN: Duration = Duration::from_mins(10);
/// The longest cool-down.
pub const MAX_COOLDOWN: Duration = Duration::from_hours(24);
/// The most cool-downs a chat keeps; beyond it the one that ends first is dropped.
pub const MAX_COOLDOWNS: usize = 1_000;
/// How long after a knock ended by itself a decision must name its knock.
pub const AMBIGUITY_WINDOW: Duration = Duration::from_mins(1);
/// How long an idempotency key is kept.
pub const IDEMPOTENCY_KEY_LIFETIME: Duration = Duration::from_mins(10);
/// The most idempotency keys a chat keeps. Keys of chat creations are kept separately, with the same limit per node.
pub const MAX_IDEMPOTENCY_KEYS: usize = 20_000;
/// How long a new ticket can be used.
pub const TICKET_FIRST_USE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long after an interruption a ticket's stream can be reopened.
pub const TICKET_NEXT_USE_TIMEOUT: Duration = Duration::from_mins(1);
/// The most tickets of a chat at one time.
pub const MAX_TICKETS: usize = 2_000;
/// The most tickets for the stream of an account at one time.
pub const MAX_ACCOUNT_TICKETS: usize = 100;
/// Entries reserved beyond a conversation's limit for operations that must always succeed.
pub const RESERVED_ENTRIES: usize = 1_000;
