//! Wake-ups of a room's listeners, a few hundred at a time, so that a large room does not hold up the small ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

/// How many listeners wake at once.
const CHUNK: usize = 256;

#[derive(Debug)]
struct Chunk {
    sender: watch::Sender<()>,
    listeners: AtomicUsize,
}

/// The wake-ups of one listener.
#[derive(Debug)]
pub(super) struct Wakes {
    pub(super) stream: WatchStream<()>,
    chunk: Arc<Chunk>,
}

/// Those who wait in one room. A wake-up carries no data, so that one of two may get lost.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    chunks: Mutex<Vec<Arc<Chunk>>>,
    waking: AtomicBool,
    again: AtomicBool,
}

impl Waiters {
    /// One more waits.
    pub(super) fn join(&self) -> Wakes {
        let mut chunks = self.chunks.lock();
        let roomy = chunks.iter().find(|chunk| chunk.listeners.load(Ordering::Relaxed) < CHUNK).cloned();
        let chunk = roomy.unwrap_or_else(|| {
            let chunk = Arc::new(Chunk { sender: watch::Sender::new(()), listeners: AtomicUsize::new(0) });
            chunks.push(chunk.clone());
            chunk
        });
        chunk.listeners.fetch_add(1, Ordering::Relaxed);
        Wakes { stream: WatchStream::from_changes(chunk.sender.subscribe()), chunk }
    }

    /// One leaves; says whether it was the last. Called with the rooms locked, so that nobody joins meanwhile.
    pub(super) fn leave(&self, wakes: &Wakes) -> bool {
        let mut chunks = self.chunks.lock();
        if wakes.chunk.listeners.fetch_sub(1, Ordering::Relaxed) == 1 {
            chunks.retain(|chunk| !Arc::ptr_eq(chunk, &wakes.chunk));
        }
        chunks.is_empty()
    }

    /// Wakes all of them: at once where they are few, else chunk by chunk in a task that lets others run between.
    pub(super) fn wake(self: &Arc<Self>) {
        let single = {
            let chunks = self.chunks.lock();
            if chunks.len() > 1 { None } else { Some(chunks.first().cloned()) }
        };
        match single {
            Some(chunk) => {
                if let Some(chunk) = chunk {
                    chunk.sender.send_replace(());
                }
            }
            None => self.wake_in_chunks(),
        }
    }

    fn wake_in_chunks(self: &Arc<Self>) {
        self.again.store(true, Ordering::Release);
        if self.waking.swap(true, Ordering::AcqRel) {
            return;
        }
        let waiters = self.clone();
        tokio::spawn(async move {
            loop {
                while waiters.again.swap(false, Ordering::AcqRel) {
                    let chunks = waiters.chunks.lock().clone();
                    for chunk in chunks {
                        chunk.sender.send_replace(());
                        tokio::task::yield_now().await;
                    }
                }
                waiters.waking.swap(false, Ordering::AcqRel);
                let somebody_else_does = || waiters.waking.swap(true, Ordering::AcqRel);
                if !waiters.again.load(Ordering::Acquire) || somebody_else_does() {
                    break;
                }
            }
        });
    }
}
