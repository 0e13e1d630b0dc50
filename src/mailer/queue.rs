//! The queue of mails: bounded, delivered one by one, with retries. Nothing waits for it but the end of the program.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use crate::domain::clock::{Clock, Timestamp};
use crate::service::notify::mail::{Mail, MailCounts, Mailer};

/// The most mails in the queue, those that wait for a retry included.
pub const MAX_QUEUED: usize = 1_000;
/// How long to wait before each retry. A mail that fails after the last one is given up.
pub const RETRY_DELAYS: [Duration; 3] = [Duration::from_secs(10), Duration::from_mins(1), Duration::from_mins(5)];
/// The longest time that one delivery may take.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_mins(1);

/// Why a mail was not delivered. The reason is for the log: it contains no address and nothing that the other server wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A retry may succeed.
    Temporary(String),
    /// It never will.
    Permanent(String),
}

/// Delivers one mail.
#[async_trait]
pub trait Delivery: Debug + Send + Sync {
    /// Delivers a mail to the next server, or wherever mails go.
    async fn deliver(&self, mail: &Mail) -> Result<(), Failure>;
}

/// A mail in the queue.
#[derive(Debug)]
struct Queued {
    mail: Mail,
    /// How often it was not delivered.
    failures: usize,
    due: Timestamp,
}

/// Queues mails, and delivers them in the order in which they are due.
#[derive(Debug)]
pub struct MailQueue<D> {
    delivery: D,
    clock: Arc<dyn Clock>,
    waiting: Mutex<Vec<Queued>>,
    /// How many mails wait or are being delivered.
    open: watch::Sender<usize>,
    changed: Notify,
    is_closing: AtomicBool,
    sent: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
}

impl<D: Delivery> MailQueue<D> {
    /// Creates an empty queue.
    pub fn new(delivery: D, clock: Arc<dyn Clock>) -> Self {
        Self {
            delivery,
            clock,
            waiting: Mutex::default(),
            open: watch::Sender::new(0),
            changed: Notify::new(),
            is_closing: AtomicBool::new(false),
            sent: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    fn queue(&self, queued: Queued) {
        self.waiting.lock().push(queued);
        self.changed.notify_one();
    }

    /// Takes the mail that is due first out of the queue, or returns when the next one is.
    fn take_due(&self) -> Result<Queued, Timestamp> {
        let mut waiting = self.waiting.lock();
        // The first of equals, so that mails leave in the order in which they came.
        let Some((index, due)) = waiting.iter().map(|queued| queued.due).enumerate().min_by_key(|(_, due)| *due) else {
            return Err(Timestamp::NEVER);
        };
        let is_due = due <= self.clock.now() || self.is_closing.load(Ordering::Acquire);
        if is_due { Ok(waiting.remove(index)) } else { Err(due) }
    }

    async fn deliver(&self, queued: Queued) {
        let Queued { mail, failures, .. } = queued;
        let delivered = tokio::select! {
            delivered = self.delivery.deliver(&mail) => delivered,
            () = self.clock.sleep_until(self.clock.now() + DELIVERY_TIMEOUT) => Err(Failure::Temporary("it took too long".into())),
        };
        match delivered {
            Ok(()) => self.end(&self.sent),
            Err(Failure::Temporary(reason)) if failures < RETRY_DELAYS.len() => {
                tracing::info!(reason, "a mail was not delivered yet");
                self.queue(Queued { mail, failures: failures + 1, due: self.clock.now() + RETRY_DELAYS[failures] });
            }
            Err(Failure::Temporary(reason) | Failure::Permanent(reason)) => {
                tracing::warn!(reason, "a mail was given up");
                self.end(&self.failed);
            }
        }
    }

    fn end(&self, count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
        self.open.send_modify(|open| *open -= 1);
    }
}

#[async_trait]
impl<D: Delivery> Mailer for MailQueue<D> {
    fn send(&self, mail: Mail) {
        let has_room = self.open.send_if_modified(|open| {
            let has_room = *open < MAX_QUEUED;
            *open += usize::from(has_room);
            has_room
        });
        if has_room {
            self.queue(Queued { mail, failures: 0, due: self.clock.now() });
        } else {
            tracing::warn!("a mail was dropped: the queue is full");
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn run(&self) {
        loop {
            match self.take_due() {
                Ok(queued) => self.deliver(queued).await,
                Err(Timestamp::NEVER) => self.changed.notified().await,
                Err(due) => tokio::select! {
                    () = self.changed.notified() => {}
                    () = self.clock.sleep_until(due) => {}
                },
            }
        }
    }

    async fn drained(&self) {
        self.is_closing.store(true, Ordering::Release);
        self.changed.notify_one();
        // It cannot fail: this queue owns the sender.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    fn counts(&self) -> MailCounts {
        let [sent, failed, dropped] = [&self.sent, &self.failed, &self.dropped].map(|count| count.load(Ordering::Relaxed));
        MailCounts { sent, failed, dropped }
    }
}

#[cfg(test)]
mod tests;
