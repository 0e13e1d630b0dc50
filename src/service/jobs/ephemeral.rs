//! Publication of ephemeral changes: collects what changed in all rooms and publishes it together, at most twice a second.

use std::collections::HashSet;
use std::future::pending;
use std::sync::Arc;

use super::log_failure;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Topic;
use crate::hub::schedule::Due;
use crate::service::Service;
use crate::service::error::Result;

/// What is done before the task yields.
const BATCH: usize = 32;

impl Service {
    /// Publishes ephemeral changes as they become due, until the task is dropped. Sleeps while there are none.
    pub async fn run_ephemeral(self: Arc<Self>) {
        loop {
            let next = self.hub.next_tick(self.now());
            let tick = async {
                match next {
                    Some(next) => self.clock.sleep_until(next).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = self.hub.schedule_changed() => {}
                () = tick => self.publish_ephemeral().await,
            }
        }
    }

    /// Does what is due: judges anew who sees whom, tells friends, and then publishes the ephemeral changes of all rooms. Yields between rooms.
    pub async fn publish_ephemeral(&self) {
        let (now, mut rooms) = (self.now(), HashSet::new());
        // What follows from the first part of the work belongs to the same tick.
        for _ in 0..2 {
            for (done, due) in self.hub.take_due(now).into_iter().enumerate() {
                if done % BATCH == BATCH - 1 {
                    tokio::task::yield_now().await;
                }
                log_failure(self.prepare(due, &mut rooms, now).await, "a change of presence was not told");
            }
        }
        for topic in rooms {
            self.hub.publish(topic, now);
            tokio::task::yield_now().await;
        }
    }

    async fn prepare(&self, due: Due, rooms: &mut HashSet<Topic>, now: Timestamp) -> Result<()> {
        match due {
            Due::Room(topic) => drop(rooms.insert(topic)),
            Due::Chat(chat) => {
                self.hub.look_at_chat(chat, now);
                rooms.insert(Topic::Conversation(chat));
            }
            Due::Sight(account) => self.refresh_sight(account).await?,
            Due::Account(account) => {
                if let Some(turn) = self.hub.look_at_account(account, now) {
                    self.tell_friends(turn).await?;
                }
            }
        }
        Ok(())
    }
}
