//! A writer: polls its subscribers and groups in bounded passes.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use slab::Slab;
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

use super::chunked::ChunkCache;
use super::group::TopicGroup;
use super::subscriber::{GroupIndex, HandedOver, Outcome, Subscriber};
use super::wake_queue::{WakeHandle, WakeQueue, WakeTarget};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::event_log::Topic;
use crate::transport::deadline::Deadline;
use crate::transport::lingering_close;
use crate::transport::refusals::Refusals;

/// How many subscribers one part of a pass serves before the others get their turn.
const MAX_PER_PASS: usize = 128;
/// How many bytes one part of a pass writes, give or take one subscriber's events: the backlog of a large group must not delay the others.
pub(super) const MAX_BYTES_PER_PASS: usize = 1 << 20;

/// The state of one writer task.
pub(super) struct Writer {
    clock: Arc<dyn Clock>,
    /// When the pass began.
    now: Timestamp,
    refusals: Arc<dyn Refusals>,
    inbox: mpsc::UnboundedReceiver<HandedOver>,
    pub(super) wake_queue: Arc<WakeQueue>,
    /// Wake-ups that were taken from the queue and are not handled yet.
    wakes: Vec<WakeTarget>,
    pub(super) subscribers: Slab<Box<Subscriber>>,
    pub(super) groups: Slab<TopicGroup>,
    pub(super) by_topic: HashMap<Topic, u32>,
    /// Groups whose round of visits is incomplete.
    pub(super) busy: VecDeque<u32>,
    /// The next deadline of each subscriber that has one.
    pub(super) alarms: BTreeSet<(Timestamp, u32)>,
    deadline: Deadline,
    chunks: ChunkCache,
}

/// How far a part of a pass came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is more to do.
    More,
    /// Nothing is left to do for now.
    Idle,
    /// There will never be more to do.
    Ended,
}

/// The key of an entry as it is kept in indices: connections are bounded far below its limit.
pub(super) fn key(slab_key: usize) -> u32 {
    u32::try_from(slab_key).unwrap_or(u32::MAX)
}

impl Writer {
    pub(super) fn new(inbox: mpsc::UnboundedReceiver<HandedOver>, clock: Arc<dyn Clock>, refusals: Arc<dyn Refusals>) -> Self {
        Self {
            now: clock.now(),
            clock,
            refusals,
            inbox,
            wake_queue: Arc::default(),
            wakes: Vec::new(),
            subscribers: Slab::new(),
            groups: Slab::new(),
            by_topic: HashMap::new(),
            busy: VecDeque::new(),
            alarms: BTreeSet::new(),
            deadline: Deadline::default(),
            chunks: ChunkCache::default(),
        }
    }

    pub(super) async fn run(mut self, abort: CancellationToken) {
        let passes = async {
            while poll_fn(|cx| self.poll_pass(cx)).await == Progress::More {
                yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = abort.cancelled() => {}
            () = passes => {}
        }
    }

    /// Does a bounded part of the work; pending while there is none.
    pub(super) fn poll_pass(&mut self, cx: &mut Context<'_>) -> Poll<Progress> {
        self.wake_queue.unregister();
        self.now = self.clock.now();
        let accepted = self.accept_new(cx);
        // Groups that are woken in this pass are visited in the next one: what else is ready by then goes out in the same write.
        self.visit_groups();
        self.handle_wakes();
        // Last, so that the deadline registers the alarms that were set above.
        let drained = self.drain_alarms(cx);
        self.chunks.clear();
        if accepted == Progress::Ended && self.subscribers.is_empty() {
            return Poll::Ready(Progress::Ended);
        }
        let more = accepted == Progress::More || drained == Progress::More || !self.busy.is_empty() || !self.wakes.is_empty();
        if more || !self.wake_queue.register(cx.waker()) { Poll::Ready(Progress::More) } else { Poll::Pending }
    }

    /// Accepts some of the streams in the inbox.
    fn accept_new(&mut self, cx: &mut Context<'_>) -> Progress {
        for _ in 0..MAX_PER_PASS {
            match self.inbox.poll_recv(cx) {
                Poll::Pending => return Progress::Idle,
                Poll::Ready(None) => return Progress::Ended,
                Poll::Ready(Some(stream)) => self.accept_one(stream),
            }
        }
        Progress::More
    }

    fn accept_one(&mut self, mut stream: HandedOver) {
        let subscriber = key(self.subscribers.vacant_key());
        // The group subscribes before the source detaches its own waker, so that no update falls between.
        let group = stream.source.topic().and_then(|topic| self.group_for(topic, &stream));
        stream.source.detach_waker();
        let index = |group| Some(GroupIndex { group, member: Some(self.groups.get_mut(group as usize)?.join(subscriber)) });
        let index = group.and_then(index);
        let date = self.clock.wall(self.now);
        let created = Subscriber::new(stream, WakeHandle::new(WakeTarget::Subscriber(subscriber), &self.wake_queue), index, date);
        self.subscribers.insert(Box::new(created));
        self.with_subscriber(subscriber, Subscriber::begin);
    }

    /// Handles some of the deadlines that have passed: stalled writes and heartbeats.
    fn drain_alarms(&mut self, cx: &mut Context<'_>) -> Progress {
        for _ in 0..MAX_PER_PASS {
            let Some((at, subscriber)) = self.alarms.first().copied() else { return Progress::Idle };
            if at > self.now && self.deadline.poll(self.clock.as_ref(), at, cx).is_pending() {
                return Progress::Idle;
            }
            self.now = self.now.max(at);
            self.alarms.pop_first();
            self.handle_alarm(subscriber);
        }
        Progress::More
    }

    fn handle_alarm(&mut self, subscriber: u32) {
        let Some(found) = self.subscribers.get_mut(subscriber as usize) else { return };
        found.alarm = None;
        if found.is_stalled(self.now) {
            self.refusals.count("stalled");
            if let Some(removed) = self.remove(subscriber) {
                removed.reset();
            }
            return;
        }
        self.with_subscriber(subscriber, |found, now, chunks| {
            found.source.request_heartbeat();
            found.progress(now, chunks)
        });
    }

    /// Handles some of the queued wake-ups.
    fn handle_wakes(&mut self) {
        if self.wakes.is_empty() {
            self.wake_queue.take(&mut self.wakes);
        }
        let max_written = self.chunks.written() + MAX_BYTES_PER_PASS;
        for _ in 0..MAX_PER_PASS {
            if self.chunks.written() >= max_written {
                return;
            }
            match self.wakes.pop() {
                None => return,
                Some(WakeTarget::Subscriber(subscriber)) => self.with_subscriber(subscriber, Subscriber::on_wake),
                Some(WakeTarget::Group(group)) => {
                    if self.groups.get_mut(group as usize).is_some_and(TopicGroup::poll_updates) {
                        self.busy.push_back(group);
                    }
                }
            }
        }
    }

    /// Visits some subscribers of the groups whose log has changed, one group after the other.
    fn visit_groups(&mut self) {
        let (mut left, max_written) = (MAX_PER_PASS, self.chunks.written() + MAX_BYTES_PER_PASS);
        while left > 0 && self.chunks.written() < max_written {
            let Some(group) = self.busy.pop_front() else { return };
            while left > 0
                && self.chunks.written() < max_written
                && let Some(subscriber) = self.groups.get_mut(group as usize).and_then(TopicGroup::next_to_visit)
            {
                self.with_subscriber(subscriber, Subscriber::on_topic_change);
                left -= 1;
            }
            if self.groups.get(group as usize).is_some_and(TopicGroup::is_busy) {
                self.busy.push_back(group);
            }
        }
    }

    /// Calls `serve` for a subscriber, then updates its alarm and its group, or removes it.
    fn with_subscriber(&mut self, subscriber: u32, serve: impl FnOnce(&mut Subscriber, Timestamp, &mut ChunkCache) -> Outcome) {
        let Some(found) = self.subscribers.get_mut(subscriber as usize) else { return };
        // Isolates panics as a task of its own would: one stream's failure does not end the others.
        let outcome = catch_unwind(AssertUnwindSafe(|| serve(found, self.now, &mut self.chunks)));
        match outcome.unwrap_or(Outcome::Disconnected) {
            Outcome::Continues => {
                let deadline = found.next_deadline();
                if found.alarm != deadline {
                    found.alarm.map(|at| self.alarms.remove(&(at, subscriber)));
                    found.alarm = deadline;
                    self.alarms.extend(deadline.map(|at| (at, subscriber)));
                }
                self.rejoin_or_lag(subscriber);
            }
            Outcome::Finished => {
                if let Some(connection) = self.remove(subscriber).and_then(Subscriber::into_connection) {
                    tokio::spawn(lingering_close::close(connection, self.clock.clone()));
                }
            }
            Outcome::Disconnected => drop(self.remove(subscriber)),
        }
    }
}
