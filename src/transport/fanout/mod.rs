//! Fan-out: a few writer tasks serve all streams that were handed over by hyper.
//!
//! A stream costs an entry instead of a task: its socket, its event source, the output that is pending. The subscribers of one log form
//! a group, which is woken once for each update and visited in turn, in passes that are bounded, so that a large group does not delay a small one.

mod chunked;
mod group;
mod grouping;
mod subscriber;
mod wake_queue;
mod writer;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

use tokio::sync::mpsc;
use tokio::task::unconstrained;
use tokio_util::sync::CancellationToken;

pub(super) use self::subscriber::HandedOver;
use self::writer::Writer;
use super::refusals::Refusals;
use crate::domain::clock::Clock;

/// The writers of a server, one for each core.
#[derive(Debug)]
pub(super) struct WriterPool {
    inboxes: Vec<mpsc::UnboundedSender<HandedOver>>,
    next: AtomicUsize,
}

impl WriterPool {
    /// Starts the writers. Each ends when the pool is dropped and its streams have ended, or at once when `abort` is cancelled.
    pub(super) fn start(clock: &Arc<dyn Clock>, refusals: &Arc<dyn Refusals>, abort: &CancellationToken) -> Self {
        let count = available_parallelism().map_or(1, usize::from);
        let start = |_| {
            // Unbounded, since connections are bounded and each is in an inbox at most once.
            let (sender, inbox) = mpsc::unbounded_channel();
            tokio::spawn(unconstrained(Writer::new(inbox, clock.clone(), refusals.clone()).run(abort.clone())));
            sender
        };
        Self { inboxes: (0..count).map(start).collect(), next: AtomicUsize::new(0) }
    }

    /// Hands a stream to the next writer, round robin.
    pub(super) fn accept(&self, mut stream: HandedOver) {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % self.inboxes.len();
        // A writer ends before its senders only on abort, or after a panic.
        for inbox in self.inboxes.iter().cycle().skip(next).take(self.inboxes.len()) {
            match inbox.send(stream) {
                Ok(()) => return,
                Err(refused) => stream = refused.0,
            }
        }
    }
}
