//! How much of everything there may be (API 2.1, 2.3): each is a setting, here are the defaults.

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
            total_memory: 1 << 30,
            total_chats: 1_000_000,
        }
    }
}

/// How many knocks may wait on one link.
pub const PENDING_A_LINK: usize = 20;
/// How many knocks may wait in one chat.
pub const PENDING_A_CHAT: usize = 100;
/// How many knocks of one client address may wait on one link.
pub const PENDING_AN_ADDRESS: usize = 3;
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

/// How many percent of what a node may hold it holds when it takes no new chats.
const NO_CHATS: u64 = 80;
/// How many percent of what a node may hold it holds when it takes no knocks and no links, and when large chats stop growing.
const NO_GUESTS: u64 = 90;

/// How full a node is. What it refuses first is what is worth least to those who are there already (SEC-110): new chats, then whoever comes anew, then
/// what is said in the largest chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Bytes held.
    pub held: u64,
    /// Bytes that may be held.
    pub most: u64,
}

impl Fill {
    /// Whether another chat may be opened.
    #[must_use]
    pub fn takes_chats(self) -> bool {
        self.is_below(NO_CHATS)
    }

    /// Whether people may still knock and make links.
    #[must_use]
    pub fn takes_guests(self) -> bool {
        self.is_below(NO_GUESTS)
    }

    /// Whether a chat of `weight` bytes has a place among those that still grow, where no chat weighs more than `heaviest`. Near the bound that place
    /// becomes smaller and smaller, so that small chats go on longest.
    #[must_use]
    pub fn lets_grow(self, weight: u64, heaviest: u64) -> bool {
        if self.is_below(NO_GUESTS) {
            return true;
        }
        let (left, span) = (self.most.saturating_sub(self.held), (self.most - share(self.most, NO_GUESTS)).max(1));
        u128::from(weight) * u128::from(span) <= u128::from(heaviest.min(self.most)) * u128::from(left)
    }

    /// Whether nothing at all is left.
    #[must_use]
    pub const fn is_over(self) -> bool {
        self.held >= self.most
    }

    fn is_below(self, percent: u64) -> bool {
        self.held < share(self.most, percent)
    }
}

/// So many percent of `whole`, rounded up.
fn share(whole: u64, percent: u64) -> u64 {
    u64::try_from((u128::from(whole) * u128::from(percent)).div_ceil(100)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(held: u64) -> Fill {
        Fill { held, most: 1_000 }
    }

    #[test]
    fn what_is_worth_least_is_refused_first() {
        assert!(full(799).takes_chats() && !full(800).takes_chats());
        assert!(full(899).takes_guests() && !full(900).takes_guests());
        assert!(full(899).lets_grow(u64::MAX, 100));
        assert!(!full(999).is_over() && full(1_000).is_over() && full(1_001).is_over());
    }

    #[test]
    fn the_size_up_to_which_chats_grow_shrinks_to_nothing() {
        for (held, size) in [(900, 200), (925, 150), (950, 100), (975, 50), (999, 2), (1_000, 0), (2_000, 0)] {
            assert!(full(held).lets_grow(size, 200) && !full(held).lets_grow(size + 1, 200), "at {held}");
        }
    }

    #[test]
    fn a_chat_that_may_be_larger_than_the_node_is_judged_by_the_node() {
        assert!(full(950).lets_grow(500, u64::MAX) && !full(950).lets_grow(501, u64::MAX));
        let huge = Fill { held: u64::MAX / 2, most: u64::MAX };
        assert!(huge.takes_chats() && huge.lets_grow(u64::MAX, u64::MAX));
        assert!(!Fill { held: 0, most: 0 }.takes_chats());
        assert!(!Fill { held: 1, most: 1 }.lets_grow(1, 100));
    }
}
