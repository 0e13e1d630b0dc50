//! Wake-ups of a room's subscribers, in groups of a few hundred, so that a large room does not delay small ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

/// The most subscribers woken at once.
const SHARD_SIZE: usize = 256;

#[derive(Debug)]
struct Shard {
    sender: watch::Sender<()>,
    subscribers: AtomicUsize,
}

/// The wake-ups of one subscriber.
#[derive(Debug)]
pub(super) struct Wakeups {
    pub(super) stream: WatchStream<()>,
    shard: Arc<Shard>,
}

/// The subscribers of one room. A wake-up carries no data, so two may be merged into one.
#[derive(Debug, Default)]
pub(super) struct WaiterSet {
    shards: Mutex<Vec<Arc<Shard>>>,
    waking: AtomicBool,
    again: AtomicBool,
}

impl WaiterSet {
    /// Adds a subscriber.
    pub(super) fn join(&self) -> Wakeups {
        let mut shards = self.shards.lock();
        let with_room = shards.iter().find(|shard| shard.subscribers.load(Ordering::Relaxed) < SHARD_SIZE).cloned();
        let shard = with_room.unwrap_or_else(|| {
            let shard = Arc::new(Shard { sender: watch::Sender::new(()), subscribers: AtomicUsize::new(0) });
            shards.push(shard.clone());
            shard
        });
        shard.subscribers.fetch_add(1, Ordering::Relaxed);
        Wakeups { stream: WatchStream::from_changes(shard.sender.subscribe()), shard }
    }

    /// Removes a subscriber; returns true if it was the last. Called with the hub's rooms locked, so that no one joins meanwhile.
    pub(super) fn leave(&self, wakeups: &Wakeups) -> bool {
        let mut shards = self.shards.lock();
        if wakeups.shard.subscribers.fetch_sub(1, Ordering::Relaxed) == 1 {
            shards.retain(|shard| !Arc::ptr_eq(shard, &wakeups.shard));
        }
        shards.is_empty()
    }

    /// Wakes all subscribers: at once if they are few, otherwise group by group in a task that yields in between.
    pub(super) fn wake(self: &Arc<Self>) {
        let single = {
            let shards = self.shards.lock();
            if shards.len() > 1 { None } else { Some(shards.first().cloned()) }
        };
        match single {
            Some(shard) => {
                if let Some(shard) = shard {
                    shard.sender.send_replace(());
                }
            }
            None => self.wake_by_shards(),
        }
    }

    fn wake_by_shards(self: &Arc<Self>) {
        self.again.store(true, Ordering::Release);
        if self.waking.swap(true, Ordering::AcqRel) {
            return;
        }
        let waiters = self.clone();
        tokio::spawn(async move {
            loop {
                while waiters.again.swap(false, Ordering::AcqRel) {
                    let shards = waiters.shards.lock().clone();
                    for shard in shards {
                        shard.sender.send_replace(());
                        tokio::task::yield_now().await;
                    }
                }
                waiters.waking.swap(false, Ordering::AcqRel);
                let woken_by_another_task = || waiters.waking.swap(true, Ordering::AcqRel);
                if !waiters.again.load(Ordering::Acquire) || woken_by_another_task() {
                    break;
                }
            }
        });
    }
}
