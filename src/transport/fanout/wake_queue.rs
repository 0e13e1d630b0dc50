//! Wake-ups of a writer: which of its subscribers and groups woke it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

/// What a wake-up is for, by its key at the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WakeTarget {
    Subscriber(u32),
    Group(u32),
}

/// The pending wake-ups of a writer.
#[derive(Debug, Default)]
pub(super) struct WakeQueue {
    writer: AtomicWaker,
    /// At most one for each handle.
    queued: Mutex<Vec<WakeTarget>>,
}

impl WakeQueue {
    /// Clears the registered waker. Wake-ups queued before [`WakeQueue::register`] are handled in the writer's next pass.
    pub(super) fn unregister(&self) {
        self.writer.take();
    }

    /// Registers the writer's waker. Returns true if nothing was queued meanwhile.
    pub(super) fn register(&self, writer: &Waker) -> bool {
        self.writer.register(writer);
        self.queued.lock().is_empty()
    }

    /// Moves what was queued into `targets`, which is empty.
    pub(super) fn take(&self, targets: &mut Vec<WakeTarget>) {
        std::mem::swap(&mut *self.queued.lock(), targets);
    }
}

/// Wakes the writer for one target.
#[derive(Debug)]
pub(super) struct WakeHandle {
    target: WakeTarget,
    is_queued: AtomicBool,
    queue: Arc<WakeQueue>,
}

impl WakeHandle {
    pub(super) fn new(target: WakeTarget, queue: &Arc<WakeQueue>) -> Arc<Self> {
        Arc::new(Self { target, is_queued: AtomicBool::new(false), queue: queue.clone() })
    }

    /// Allows the next wake-up to be queued. Called when the last one is handled.
    pub(super) fn rearm(&self) {
        self.is_queued.store(false, Ordering::Release);
    }

    /// Queues a wake-up, unless one is queued.
    pub(super) fn notify(&self) {
        if !self.is_queued.swap(true, Ordering::AcqRel) {
            self.queue.queued.lock().push(self.target);
            self.queue.writer.wake();
        }
    }
}

impl Wake for WakeHandle {
    fn wake(self: Arc<Self>) {
        self.notify();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.notify();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_queued_once_however_often_it_is_notified() {
        let queue = Arc::<WakeQueue>::default();
        let (one, other) = (WakeHandle::new(WakeTarget::Subscriber(1), &queue), WakeHandle::new(WakeTarget::Group(1), &queue));
        one.notify();
        one.notify();
        other.notify();
        let mut targets = Vec::new();
        queue.take(&mut targets);
        assert_eq!(targets, [WakeTarget::Subscriber(1), WakeTarget::Group(1)]);
        targets.clear();
        one.rearm();
        one.notify();
        other.notify();
        queue.take(&mut targets);
        assert_eq!(targets, [WakeTarget::Subscriber(1)], "the other was not rearmed");
    }
}
