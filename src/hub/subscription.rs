//! A subscription to the room of one log.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio_stream::Stream as _;

use super::Hub;
use super::room::Room;
use super::wakeups::Wakeups;

/// A subscription to one log. Dropping it unsubscribes.
#[derive(Debug)]
pub struct Subscription {
    hub: Arc<Hub>,
    room: Arc<Room>,
    /// `None` for a subscription that is woken through a sibling.
    wakeups: Option<Wakeups>,
}

impl Subscription {
    pub(super) const fn new(hub: Arc<Hub>, room: Arc<Room>, wakeups: Wakeups) -> Self {
        Self { hub, room, wakeups: Some(wakeups) }
    }

    /// The room of the log.
    #[must_use]
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Creates another subscription to the same log.
    #[must_use]
    pub fn sibling(&self) -> Self {
        self.hub.join(self.room.topic())
    }

    /// Detaches this subscription from wake-ups and from keeping the room alive. The sibling it was created from does both and must outlive it.
    pub fn detach_waker(&mut self) {
        self.leave();
    }

    /// Waits for the next wake-up. It carries no data: the subscriber inspects the room.
    pub async fn changed(&mut self) {
        poll_fn(|cx| self.poll_changed(cx)).await;
    }

    /// Polls for the next wake-up and registers the caller's waker.
    pub fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.wakeups {
            Some(wakeups) => Pin::new(&mut wakeups.stream).poll_next(cx).map(drop),
            None => Poll::Pending,
        }
    }

    fn leave(&mut self) {
        if let Some(wakeups) = self.wakeups.take() {
            self.hub.leave(&self.room, &wakeups);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.leave();
    }
}
