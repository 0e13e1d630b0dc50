//! Load admission by memory usage: what a node rejects as it fills up (SEC-110).

/// Memory usage, in percent of the limit, from which new chats and accounts are rejected.
pub const NEW_CHATS_CUTOFF_PERCENT: u64 = 80;
/// Memory usage, in percent of the limit, from which knocks and links are rejected and large chats stop growing.
pub const NEW_GUESTS_CUTOFF_PERCENT: u64 = 90;

/// Memory usage of a node. What matters least to existing users is rejected first (SEC-110): new chats and accounts, then new guests, then
/// messages in the largest chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUsage {
    /// Bytes in use.
    pub used: u64,
    /// Bytes that may be in use.
    pub limit: u64,
}

impl MemoryUsage {
    /// Returns true if another chat or account may be created.
    #[must_use]
    pub fn accepts_new_chats(self) -> bool {
        self.is_below(NEW_CHATS_CUTOFF_PERCENT)
    }

    /// Returns true if knocks and links may be created.
    #[must_use]
    pub fn accepts_new_guests(self) -> bool {
        self.is_below(NEW_GUESTS_CUTOFF_PERCENT)
    }

    /// Returns true if a chat of `chat_bytes` bytes may grow, where no chat may exceed `max_chat_bytes` bytes.
    ///
    /// Above the cutoff, the size up to which chats grow shrinks linearly to 0 at the limit, so that small chats can grow longest.
    #[must_use]
    pub fn allows_growth(self, chat_bytes: u64, max_chat_bytes: u64) -> bool {
        if self.is_below(NEW_GUESTS_CUTOFF_PERCENT) {
            return true;
        }
        let (left, span) = (self.limit.saturating_sub(self.used), (self.limit - share(self.limit, NEW_GUESTS_CUTOFF_PERCENT)).max(1));
        u128::from(chat_bytes) * u128::from(span) <= u128::from(max_chat_bytes.min(self.limit)) * u128::from(left)
    }

    /// Returns true if no memory is left.
    #[must_use]
    pub const fn is_exhausted(self) -> bool {
        self.used >= self.limit
    }

    fn is_below(self, percent: u64) -> bool {
        self.used < share(self.limit, percent)
    }
}

/// Returns `percent` percent of `whole`, rounded up.
fn share(whole: u64, percent: u64) -> u64 {
    u64::try_from((u128::from(whole) * u128::from(percent)).div_ceil(100)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(held: u64) -> MemoryUsage {
        MemoryUsage { used: held, limit: 1_000 }
    }

    #[test]
    fn what_is_worth_least_is_refused_first() {
        assert!(full(799).accepts_new_chats() && !full(800).accepts_new_chats());
        assert!(full(899).accepts_new_guests() && !full(900).accepts_new_guests());
        assert!(full(899).allows_growth(u64::MAX, 100));
        assert!(!full(999).is_exhausted() && full(1_000).is_exhausted() && full(1_001).is_exhausted());
    }

    #[test]
    fn the_size_up_to_which_chats_grow_shrinks_to_nothing() {
        for (held, size) in [(900, 200), (925, 150), (950, 100), (975, 50), (999, 2), (1_000, 0), (2_000, 0)] {
            assert!(full(held).allows_growth(size, 200) && !full(held).allows_growth(size + 1, 200), "at {held}");
        }
    }

    #[test]
    fn a_chat_that_may_be_larger_than_the_node_is_judged_by_the_node() {
        assert!(full(950).allows_growth(500, u64::MAX) && !full(950).allows_growth(501, u64::MAX));
        let huge = MemoryUsage { used: u64::MAX / 2, limit: u64::MAX };
        assert!(huge.accepts_new_chats() && huge.allows_growth(u64::MAX, u64::MAX));
        assert!(!MemoryUsage { used: 0, limit: 0 }.accepts_new_chats());
        assert!(!MemoryUsage { used: 1, limit: 1 }.allows_growth(1, 100));
    }
}
