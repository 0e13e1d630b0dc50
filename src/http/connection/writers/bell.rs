//! Bells: what wakes a writer, and for which of those it serves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

/// Whom a bell rings for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Slot(u32),
    Crowd(u32),
}

/// All bells of a writer.
#[derive(Debug, Default)]
pub(super) struct Bells {
    writer: AtomicWaker,
    /// At most one for each bell there is.
    rung: Mutex<Vec<For>>,
}

impl Bells {
    /// Until [`Bells::wakes`] nobody is woken: whoever rings is heard when the writer comes back by itself, after all who are ready have had their turn.
    pub(super) fn wakes_nobody(&self) {
        self.writer.take();
    }

    /// From now on the writer is woken when one rings; says whether none has rung.
    pub(super) fn wakes(&self, writer: &Waker) -> bool {
        self.writer.register(writer);
        self.rung.lock().is_empty()
    }

    /// Moves those that have rung meanwhile into `heard`, which is empty.
    pub(super) fn heard(&self, heard: &mut Vec<For>) {
        std::mem::swap(&mut *self.rung.lock(), heard);
    }
}

/// Rings for one of those a writer serves.
#[derive(Debug)]
pub(super) struct Bell {
    whom: For,
    rings: AtomicBool,
    bells: Arc<Bells>,
}

impl Bell {
    pub(super) fn new(whom: For, bells: &Arc<Bells>) -> Arc<Self> {
        Arc::new(Self { whom, rings: AtomicBool::new(false), bells: bells.clone() })
    }

    /// It was heard: whatever rings it from now on is heard again.
    pub(super) fn hush(&self) {
        self.rings.store(false, Ordering::Release);
    }

    pub(super) fn ring(&self) {
        if !self.rings.swap(true, Ordering::AcqRel) {
            self.bells.rung.lock().push(self.whom);
            self.bells.writer.wake();
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bell_is_heard_once_however_often_it_rings() {
        let bells = Arc::<Bells>::default();
        let (one, other) = (Bell::new(For::Slot(1), &bells), Bell::new(For::Crowd(1), &bells));
        one.ring();
        one.ring();
        other.ring();
        let mut heard = Vec::new();
        bells.heard(&mut heard);
        assert_eq!(heard, [For::Slot(1), For::Crowd(1)]);
        heard.clear();
        one.hush();
        one.ring();
        other.ring();
        bells.heard(&mut heard);
        assert_eq!(heard, [For::Slot(1)], "the other was not hushed");
    }
}
