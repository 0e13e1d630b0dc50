//! Memory budget shared by the tails of all rooms: there are many rooms, and tails only save subscribers reads from the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most bytes of frames in one tail.
pub(super) const MAX_ROOM_BYTES: usize = 128 << 10;
/// Bytes a frame uses besides its body.
pub(super) const FRAME_OVERHEAD: usize = 128;

/// Memory pressure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pressure {
    /// Within the budget.
    None,
    /// A room keeps only its newest frame.
    High,
    /// A room keeps no frames.
    Critical,
}

/// The bytes used by all tails, and their limit.
#[derive(Debug)]
pub(super) struct MemoryBudget {
    limit: usize,
    used: AtomicUsize,
}

impl MemoryBudget {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicUsize::new(0) })
    }

    pub(super) fn reserve(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn release(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Returns the pressure to a room that grew: a growing room frees its own frames, so that no room inspects the others.
    pub(super) fn pressure(&self) -> Pressure {
        match self.held() {
            used if used <= self.limit => Pressure::None,
            used if used <= self.limit + self.limit / 4 => Pressure::High,
            _ => Pressure::Critical,
        }
    }

    pub(super) fn held(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}
