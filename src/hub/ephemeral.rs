//! The ephemeral lane of a room: its latest values that have no sequence number and are not stored.
//!
//! A value replaces the one before it of the same kind and member; of those who are typing and of those who are online there is one set each. Changes are
//! collected and published together every [`EPHEMERAL_INTERVAL`]; a subscriber at the head of the log gets the values that were published since it last
//! got some, so a slow one gets only the latest.

mod friends;
mod receipts;
mod signal;
mod typing;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use self::friends::Friends;
use self::receipts::Receipts;
use self::signal::{Digest, Signal};
use self::typing::Typing;
use super::frame::Render;
use super::memory_budget::{MemoryBudget, Pressure};
pub use super::schedule::TICK as EPHEMERAL_INTERVAL;
use crate::domain::clock::Timestamp;
use crate::domain::ephemeral::EphemeralChange;
use crate::domain::event_log::{Entry, Topic};
use crate::domain::id::AccountId;
use crate::domain::presence::{OnlineMembers, Sight};
use crate::domain::receipt::ReceiptViewer;

/// How long a value is kept for subscribers that did not get it yet: one that takes nothing for so long is disconnected.
const RETENTION: Duration = Duration::from_secs(30);

/// The last publication of which a subscriber got the values, and the sets that it got last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EphemeralPosition {
    publication: u64,
    typing: Digest,
    online: Digest,
    /// Whether it got the sets as they were when it came.
    has_begun: bool,
}

/// Who looks at the values of a chat.
#[derive(Clone, Debug)]
pub struct EphemeralViewer {
    /// The member.
    pub receipts: ReceiptViewer,
    /// What its account sees; `None` without an account, where all is seen that is shown.
    pub sight: Option<Arc<Sight>>,
}

/// A rendered value, and the publication that it belongs to.
#[derive(Clone, Debug)]
struct Rendered {
    publication: u64,
    bytes: Bytes,
}

#[derive(Debug, Default)]
struct Values {
    receipts: Receipts,
    typing: Typing,
    typed: Option<Signal>,
    online: Option<Signal>,
    friends: Friends,
    publication: u64,
    /// Whether a publication is planned.
    is_planned: bool,
    /// Bytes that are counted against the budget.
    counted: usize,
}

/// The ephemeral values of one room. Costs next to nothing until the first change.
#[derive(Debug)]
pub(super) struct EphemeralLane {
    budget: Arc<MemoryBudget>,
    /// The last publication; 0 before the first.
    publication: AtomicU64,
    /// Whether there is a member that is typing, so that an entry looks at them only if there is.
    is_typing: AtomicBool,
    values: Mutex<Option<Box<Values>>>,
}

impl EphemeralLane {
    pub(super) const fn new(budget: Arc<MemoryBudget>) -> Self {
        Self { budget, publication: AtomicU64::new(0), is_typing: AtomicBool::new(false), values: Mutex::new(None) }
    }

    /// Adds a change to the next publication. Returns true if that must be planned.
    pub(super) fn push(&self, change: EphemeralChange) -> bool {
        let mut values = self.values.lock();
        let values = values.get_or_insert_default();
        match change {
            EphemeralChange::Receipt(moved) => values.receipts.push(moved),
            EphemeralChange::Typing(change) => values.typing.apply(change),
            EphemeralChange::Friend(friend) => values.friends.push(friend),
        }
        self.plan(values)
    }

    /// Ends the typing of the authors and former members of these entries. Returns true if a publication must be planned.
    pub(super) fn end_typing(&self, entries: &[Arc<Entry>]) -> bool {
        self.change_typing(|typing| entries.iter().for_each(|entry| typing.apply_entry(entry)))
    }

    /// Ends the typing of an account that no longer shows it. Returns true if a publication must be planned.
    pub(super) fn hide_typing(&self, account: AccountId) -> bool {
        self.change_typing(|typing| typing.hide(account))
    }

    fn change_typing(&self, change: impl FnOnce(&mut Typing)) -> bool {
        if !self.is_typing.load(Ordering::Acquire) {
            return false;
        }
        let mut values = self.values.lock();
        let Some(values) = values.as_deref_mut() else { return false };
        change(&mut values.typing);
        self.plan(values)
    }

    fn plan(&self, values: &mut Values) -> bool {
        self.is_typing.store(!values.typing.is_empty(), Ordering::Release);
        values.has_pending() && !std::mem::replace(&mut values.is_planned, true)
    }

    /// Publishes the changes since the last publication, and who is online if that changed. Returns whether there was anything, and when to look for those
    /// who fell silent.
    pub(super) fn publish(&self, online: Option<OnlineMembers>, render: &dyn Render, topic: Topic, now: Timestamp) -> (bool, Option<Timestamp>) {
        let mut values = self.values.lock();
        if values.is_none() && online.is_none() {
            return (false, None);
        }
        let values = values.get_or_insert_default();
        let typing = values.typing.take_changed(now);
        let has_news = values.has_pending() || typing.is_some() || online.is_some();
        values.is_planned = false;
        values.publication += u64::from(has_news);
        values.typed = typing.map(|members| Signal::typing(members, render, topic)).or(values.typed.take());
        values.online = online.map(|online| Signal::online(online, render, topic)).or(values.online.take());
        values.receipts.publish(values.publication, render, topic, now);
        values.friends.publish(values.publication, render, topic, now);
        self.count(values);
        if self.budget.pressure() != Pressure::None {
            values.receipts.drop_before(now);
            values.friends.drop_before(now);
            self.count(values);
        }
        self.publication.store(values.publication, Ordering::Release);
        self.is_typing.store(!values.typing.is_empty(), Ordering::Release);
        (has_news, values.typing.plan_look(now))
    }

    /// Returns the position after the last publication.
    pub(super) fn position(&self) -> EphemeralPosition {
        EphemeralPosition { publication: self.publication.load(Ordering::Acquire), ..EphemeralPosition::default() }
    }

    /// Returns true if a subscriber at this position has nothing to get.
    pub(super) fn is_at_end(&self, at: &EphemeralPosition) -> bool {
        at.has_begun && at.publication == self.publication.load(Ordering::Acquire)
    }

    /// Returns what was published after a position for this viewer, and advances the position; `None` if there is nothing. One that has just come gets the
    /// sets as they are: `online` is asked for the members that are online.
    pub(super) fn next(
        &self,
        at: &mut EphemeralPosition,
        viewer: &EphemeralViewer,
        online: impl FnOnce() -> OnlineMembers,
        render: &dyn Render,
        topic: Topic,
    ) -> Option<Bytes> {
        let (mut values, sight) = (self.values.lock(), viewer.sight.as_deref());
        let came = (!std::mem::replace(&mut at.has_begun, true)).then(|| Signal::online(online(), render, topic));
        let first = came.and_then(|came| came.news(&mut at.online, sight, render, topic));
        let Some(values) = values.as_deref_mut() else { return first };
        let after = std::mem::replace(&mut at.publication, values.publication);
        let receipts = values.receipts.after(after, values.publication, viewer.receipts);
        let typing = values.typed.as_ref().and_then(|typed| typed.news(&mut at.typing, sight, render, topic));
        // The members that were online when the subscriber came are newer than those of the last publication.
        let online = values.online.as_ref().filter(|_| first.is_none());
        let online = online.and_then(|online| online.news(&mut at.online, sight, render, topic));
        joined([Some(receipts), typing, first.or(online)])
    }

    /// Returns the friends that were published after a position, and advances the position; `None` if there are none.
    pub(super) fn next_friends(&self, at: &mut EphemeralPosition) -> Option<Bytes> {
        let values = self.values.lock();
        let values = values.as_deref()?;
        let after = std::mem::replace(&mut at.publication, values.publication);
        Some(values.friends.after(after)).filter(|bytes| !bytes.is_empty())
    }

    fn count(&self, values: &mut Values) {
        let bytes = values.bytes();
        self.budget.reserve(bytes);
        self.budget.release(std::mem::replace(&mut values.counted, bytes));
    }
}

impl Drop for EphemeralLane {
    fn drop(&mut self) {
        self.budget.release(self.values.get_mut().as_ref().map_or(0, |values| values.counted));
    }
}

impl Values {
    fn has_pending(&self) -> bool {
        self.receipts.has_pending() || self.typing.has_changed() || self.friends.has_pending()
    }

    fn bytes(&self) -> usize {
        let signals: usize = self.typed.iter().chain(&self.online).map(Signal::bytes).sum();
        self.receipts.bytes() + self.typing.bytes() + self.friends.bytes() + signals
    }
}

/// Concatenates parts. The bytes of a single one are shared.
fn joined(parts: [Option<Bytes>; 3]) -> Option<Bytes> {
    let mut parts = parts.into_iter().flatten().filter(|bytes| !bytes.is_empty());
    let first = parts.next()?;
    let Some(second) = parts.next() else { return Some(first) };
    let all = [first, second].into_iter().chain(parts);
    Some(all.flat_map(Bytes::into_iter).collect())
}

#[cfg(test)]
mod signal_tests;
#[cfg(test)]
mod tests;
