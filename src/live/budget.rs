//! What the tails of all rooms may hold together: rooms are many, and each holds only what spares its listeners the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a frame takes besides its bytes.
pub(super) const FRAME: usize = 128;

/// How tight it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Straits {
    /// There is room.
    Easy,
    /// A room keeps no more than its newest frame.
    Tight,
    /// A room keeps nothing.
    Dire,
}

/// Bytes that all tails hold, and may hold.
#[derive(Debug)]
pub(super) struct Budget {
    most: usize,
    held: AtomicUsize,
}

impl Budget {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, held: AtomicUsize::new(0) })
    }

    pub(super) fn take(&self, bytes: usize) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Asked by a room that grew: whoever grows gives way, so that no room needs to look at the others.
    pub(super) fn straits(&self) -> Straits {
        match self.held() {
            held if held <= self.most => Straits::Easy,
            held if held <= self.most + self.most / 4 => Straits::Tight,
            _ => Straits::Dire,
        }
    }

    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}
