//! Writers: a few tasks that serve all streams which left the HTTP machinery.
//!
//! A listener is a slot here, and no task: a socket, what it is told, what it has not taken in yet. Those who follow one log are a crowd, woken once and
//! visited in turn, some at a time, so that a large crowd does not hold up a small one. Bells say for whom the writer was woken.

mod bell;
mod belonging;
mod chunks;
mod crowd;
mod shelf;
mod slot;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread::available_parallelism;

use tokio::sync::mpsc;
use tokio::task::{unconstrained, yield_now};
use tokio_util::sync::CancellationToken;

use self::bell::{Bell, Bells, For};
use self::chunks::Chunks;
use self::crowd::Crowd;
use self::shelf::Shelf;
use self::slot::{Among, Fate, Slot};
pub(super) use self::slot::{Resting, Taken};
use super::linger;
use super::watch::Watch;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::entry::Topic;
use crate::http::meter::Meter;

/// How many listeners are seen to before others have their turn.
const SLICE: usize = 128;
/// How many bytes each part of a turn writes, give or take what one listener is handed: a large backlog of one crowd must not hold up all others.
const PART_BYTES: usize = 1 << 20;

/// All writers of a listener's connections.
#[derive(Debug)]
pub(super) struct Writers {
    inboxes: Vec<mpsc::UnboundedSender<Taken>>,
    next: AtomicUsize,
}

impl Writers {
    /// As many as there are cores; each ends when this is dropped and its streams have ended, or at once when `cut`.
    pub(super) fn start(clock: &Arc<dyn Clock>, meter: &Arc<Meter>, cut: &CancellationToken) -> Self {
        let count = available_parallelism().map_or(1, usize::from);
        let start = |_| {
            // Connections are bounded, and each is here at most once.
            let (inbox, taken) = mpsc::unbounded_channel();
            tokio::spawn(unconstrained(Writer::new(taken, clock.clone(), meter.clone()).works(cut.clone())));
            inbox
        };
        Self { inboxes: (0..count).map(start).collect(), next: AtomicUsize::new(0) }
    }

    /// Hands a stream to one of them, each in its turn.
    pub(super) fn take(&self, mut taken: Taken) {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % self.inboxes.len();
        // A writer ends before its senders only when everything is cut, or something is wrong with it.
        for inbox in self.inboxes.iter().cycle().skip(next).take(self.inboxes.len()) {
            match inbox.send(taken) {
                Ok(()) => return,
                Err(refused) => taken = refused.0,
            }
        }
    }
}

struct Writer {
    clock: Arc<dyn Clock>,
    /// When the turn began.
    now: Timestamp,
    meter: Arc<Meter>,
    inbox: mpsc::UnboundedReceiver<Taken>,
    bells: Arc<Bells>,
    heard: Vec<For>,
    slots: Shelf<Box<Slot>>,
    crowds: Shelf<Crowd>,
    by_topic: HashMap<Topic, u32>,
    /// Crowds that have not all seen the last news.
    busy: VecDeque<u32>,
    /// When who is to be looked after: at most once each.
    alarms: BTreeSet<(Timestamp, u32)>,
    watch: Watch,
    chunks: Chunks,
}

/// How a writer's turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// There is more to do, after others had their turn.
    GoesOn,
    /// Nobody listens any more, and nobody will.
    IsOver,
}

/// How far a part of a turn came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// There is more to do.
    GoesOn,
    /// There is nothing more for now.
    Waits,
    /// There will never be more.
    Over,
}

impl Writer {
    fn new(inbox: mpsc::UnboundedReceiver<Taken>, clock: Arc<dyn Clock>, meter: Arc<Meter>) -> Self {
        Self {
            now: clock.now(),
            clock,
            meter,
            inbox,
            bells: Arc::default(),
            heard: Vec::new(),
            slots: Shelf::default(),
            crowds: Shelf::default(),
            by_topic: HashMap::new(),
            busy: VecDeque::new(),
            alarms: BTreeSet::new(),
            watch: Watch::default(),
            chunks: Chunks::default(),
        }
    }

    async fn works(mut self, cut: CancellationToken) {
        let working = async {
            while poll_fn(|cx| self.poll_turn(cx)).await == Turn::GoesOn {
                yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = cut.cancelled() => {}
            () = working => {}
        }
    }

    /// Does part of what there is to do; pending while there is nothing.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Turn> {
        self.bells.wakes_nobody();
        self.now = self.clock.now();
        let opens = self.opens(cx);
        // Whoever is woken is visited in the next turn: by then whatever else is ready was done, and goes out in one piece with it.
        self.visits();
        self.answers_bells();
        // Last: the alarms that all of this has set are heard.
        let looks_after = self.looks_after(cx);
        self.chunks.forget();
        if opens == Part::Over && self.slots.is_empty() {
            return Poll::Ready(Turn::IsOver);
        }
        let goes_on = opens == Part::GoesOn || looks_after == Part::GoesOn || !self.busy.is_empty() || !self.heard.is_empty();
        if goes_on || !self.bells.wakes(cx.waker()) { Poll::Ready(Turn::GoesOn) } else { Poll::Pending }
    }

    /// Takes in some of those who come.
    fn opens(&mut self, cx: &mut Context<'_>) -> Part {
        for _ in 0..SLICE {
            match self.inbox.poll_recv(cx) {
                Poll::Pending => return Part::Waits,
                Poll::Ready(None) => return Part::Over,
                Poll::Ready(Some(taken)) => self.takes(taken),
            }
        }
        Part::GoesOn
    }

    fn takes(&mut self, mut taken: Taken) {
        let number = self.slots.next();
        // The crowd's waker is set before the follower rests and looks, so that nothing falls between.
        let crowd = taken.listening.topic().and_then(|topic| self.crowd(topic, &taken));
        taken.listening.rests();
        let place = |crowd| Some(Among { crowd, place: Some(self.crowds.get(crowd)?.join(number)) });
        let among = crowd.and_then(place);
        let date = self.clock.wall(self.now);
        let slot = Slot::new(taken, Bell::new(For::Slot(number), &self.bells), among, date);
        self.slots.put(Box::new(slot));
        self.sees_to(number, Slot::begins);
    }

    /// Looks after some of those who are stuck, or are to be told that the stream is alive.
    fn looks_after(&mut self, cx: &mut Context<'_>) -> Part {
        for _ in 0..SLICE {
            let Some((until, slot)) = self.alarms.first().copied() else { return Part::Waits };
            if until > self.now && self.watch.poll(self.clock.as_ref(), until, cx).is_pending() {
                return Part::Waits;
            }
            self.now = self.now.max(until);
            self.alarms.pop_first();
            self.looks_after_one(slot);
        }
        Part::GoesOn
    }

    fn looks_after_one(&mut self, number: u32) {
        let Some(slot) = self.slots.get(number) else { return };
        slot.alarm = None;
        if slot.is_stuck(self.now) {
            self.meter.refused("stalled");
            if let Some(slot) = self.leaves(number) {
                slot.cut();
            }
            return;
        }
        self.sees_to(number, |slot, now, chunks| {
            slot.listening.beat();
            slot.goes_on(now, chunks)
        });
    }

    /// Answers some of the bells that have rung.
    fn answers_bells(&mut self) {
        if self.heard.is_empty() {
            self.bells.heard(&mut self.heard);
        }
        let full = self.chunks.written() + PART_BYTES;
        for _ in 0..SLICE {
            if self.chunks.written() >= full {
                return;
            }
            match self.heard.pop() {
                None => return,
                Some(For::Slot(slot)) => self.sees_to(slot, Slot::rang),
                Some(For::Crowd(number)) => {
                    if self.crowds.get(number).is_some_and(Crowd::rang) {
                        self.busy.push_back(number);
                    }
                }
            }
        }
    }

    /// Visits some of those whose log has changed, each crowd in its turn.
    fn visits(&mut self) {
        let (mut left, full) = (SLICE, self.chunks.written() + PART_BYTES);
        while left > 0 && self.chunks.written() < full {
            let Some(number) = self.busy.pop_front() else { return };
            while left > 0
                && self.chunks.written() < full
                && let Some(slot) = self.crowds.get(number).and_then(Crowd::visits)
            {
                self.sees_to(slot, Slot::woken);
                left -= 1;
            }
            if self.crowds.get(number).is_some_and(|crowd| crowd.is_busy()) {
                self.busy.push_back(number);
            }
        }
    }

    /// Does something with a slot, and what follows from it.
    fn sees_to(&mut self, number: u32, what: impl FnOnce(&mut Slot, Timestamp, &mut Chunks) -> Fate) {
        let Some(slot) = self.slots.get(number) else { return };
        // As in a task of its own: what goes wrong with one listener is nobody else's end.
        let fate = catch_unwind(AssertUnwindSafe(|| what(slot, self.now, &mut self.chunks)));
        match fate.unwrap_or(Fate::Left) {
            Fate::Stays => {
                let wants = slot.wants();
                if slot.alarm != wants {
                    slot.alarm.map(|until| self.alarms.remove(&(until, number)));
                    slot.alarm = wants;
                    self.alarms.extend(wants.map(|until| (until, number)));
                }
                self.keeps_up(number);
            }
            Fate::IsDone => {
                if let Some(resting) = self.leaves(number).and_then(Slot::done) {
                    tokio::spawn(linger::close(resting, self.clock.clone()));
                }
            }
            Fate::Left => drop(self.leaves(number)),
        }
    }
}
