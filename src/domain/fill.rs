//! How full a node is, and what it refuses then (SEC-110).

/// How many percent of what a node may hold it holds when it takes no new chats.
pub const NO_CHATS: u64 = 80;
/// How many percent of what a node may hold it holds when it takes no knocks and no links, and when large chats stop growing.
pub const NO_GUESTS: u64 = 90;

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
