//! How much of everything there may be (API 2.1, 2.3); what stands in [`Bounds`] are settings, with their defaults.

use std::time::Duration;

/// The bounds of one node and of each chat on it.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Entries of a chat's conversation.
    pub entries: usize,
    /// Bytes of message content in a chat.
    pub content: u64,
    /// Members of a chat, at one time.
    pub members: usize,
    /// Live links of a chat.
    pub links: usize,
    /// Dead links of a chat that are still listed.
    pub dead_links: usize,
    /// Knocks of a chat that ended without admission and can still be read.
    pub ended_knocks: usize,
    /// Entries that the door's log keeps.
    pub door: usize,
    /// Knocks that wait on one link.
    pub link_knocks: usize,
    /// Knocks that wait in one chat.
    pub chat_knocks: usize,
    /// Bytes that everything on the node may take, what keeping it costs included.
    pub total_memory: u64,
    /// Chats on the node.
    pub total_chats: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            entries: 10_000,
            content: 4 << 20,
            members: 1_000,
            links: 100,
            dead_links: 100,
            ended_knocks: 1_000,
            door: 1_000,
            link_knocks: 1_000,
            chat_knocks: 2_000,
            total_memory: 1 << 30,
            total_chats: 1_000_000,
        }
    }
}

impl Bounds {
    /// How many knocks of one client address may wait on one link: a quarter of the link's, so that a flood from one address leaves room for all others.
    #[must_use]
    pub const fn address_knocks(&self) -> usize {
        self.link_knocks.div_ceil(4)
    }
}

/// How many knocks may be decided at once.
pub const DECIDED_AT_ONCE: usize = 256;
/// How long a knock waits.
pub const KNOCK_LIFE: Duration = Duration::from_hours(24);
/// How long the first decline bars an address with a name from a link; each further one doubles it.
pub const FIRST_BAR: Duration = Duration::from_mins(10);
/// The longest that a decline bars.
pub const LONGEST_BAR: Duration = Duration::from_hours(24);
/// How many bars a chat keeps; beyond it the one that ends first gives way.
pub const BARS: usize = 1_000;
/// How long after a knock went away by itself a decision must name the knock it means.
pub const VACATED: Duration = Duration::from_mins(1);
/// How long an idempotency key is kept.
pub const KEY_LIFE: Duration = Duration::from_mins(10);
/// How many idempotency keys a chat keeps; the keys of new chats, which stand apart, may be as many a node.
pub const KEYS: usize = 20_000;
/// How long a ticket may lie unused.
pub const TICKET_FIRST_USE: Duration = Duration::from_secs(30);
/// How long after an interruption the stream of a ticket may be opened again.
pub const TICKET_NEXT_USE: Duration = Duration::from_mins(1);
/// How many tickets a chat has at one time.
pub const TICKETS: usize = 2_000;
/// How many further entries a conversation takes at its bound for what must always succeed.
pub const SPARE_ENTRIES: usize = 1_000;
