//! The course of a connection: what it is doing, until when the next thing must come, how much it may still send that is no request.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::domain::clock::{Clock, Timestamp};

/// How long a connection may say nothing at first (SEC-103).
pub(in crate::http) const FIRST_BYTE: Duration = Duration::from_secs(5);
/// How long the head of a request may take from its first byte on (SEC-103).
pub(in crate::http) const HEAD: Duration = Duration::from_secs(5);
/// How long a connection may say nothing between requests (SEC-103): longer than the minute for which proxies keep one by default, so that none of them sends a
/// request into a connection that is being closed.
pub(in crate::http) const IDLE: Duration = Duration::from_secs(75);
/// How long a trusted proxy's connection may say nothing: it opens them ahead, and keeps them for many people.
pub(super) const PROXY_IDLE: Duration = Duration::from_mins(5);
/// How long a connection that was told to end may still take.
const GRACE: Duration = Duration::from_secs(5);
/// How long somebody may take in nothing of what is written to them (SEC-104).
pub(in crate::http) const STALLED: Duration = Duration::from_secs(30);

/// How long, at the end of a connection that still owes a head or a body, what is sent is read, and how much of it.
pub(super) const LINGER: Duration = Duration::from_secs(1);
pub(super) const LINGER_BYTES: usize = 256 << 10;

/// How many bytes beside bodies a connection may send ahead of the answers it gets: heads, and the frames of HTTP/2 that ask for nothing (SEC-105).
const CREDIT: u64 = 256 << 10;
/// What an answer adds to the credit.
const PER_ANSWER: u64 = 16 << 10;
/// Of how many bytes written one is credited: who receives much has windows to open.
const PER_WRITTEN: u64 = 32;
/// What a second adds to the credit.
const PER_SECOND: u64 = 1 << 10;

/// What a connection waits for.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The first byte of a request, until then.
    Silence(Timestamp),
    /// The rest of its head, until then.
    Head(Timestamp),
    /// Nothing: requests are under way.
    Busy,
}

/// Why a connection was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// No request came, or none that came whole.
    NoRequest,
    /// No further request came: this is how most connections end.
    Idle,
    /// Nothing was taken in.
    Stalled,
    /// More was sent than was asked for.
    Unasked,
}

/// Whose a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// A client's.
    Client,
    /// A client's who has as many as they may: it is told so once.
    OneTooMany,
    /// A trusted proxy's: many people's, none of whom may end it for the others.
    Proxy,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    served: bool,
    cut: Option<Cut>,
    under_way: u32,
    /// Bodies that were begun and did not come whole.
    owed: u32,
    /// HTTP/2 sends frames between requests, which begin none.
    framed: bool,
    credit: u64,
    credited: Timestamp,
    /// When the last silence began.
    silent_since: Timestamp,
}

/// What a connection is doing, as its socket, its requests and their bodies tell and ask.
pub(super) struct Course {
    clock: Arc<dyn Clock>,
    peer: Peer,
    retiring: Notify,
    state: Mutex<State>,
}

impl fmt::Debug for Course {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Course").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Course {
    /// A connection that begins now.
    pub(super) fn begin(peer: Peer, clock: Arc<dyn Clock>) -> Arc<Self> {
        let now = clock.now();
        let first = if peer == Peer::Proxy { PROXY_IDLE } else { FIRST_BYTE };
        let phase = Phase::Silence(now + first);
        let state = State { phase, served: false, cut: None, under_way: 0, owed: 0, framed: false, credit: CREDIT, credited: now, silent_since: now };
        Arc::new(Self { clock, peer, retiring: Notify::new(), state: Mutex::new(state) })
    }

    /// A connection that has had its first answer, elsewhere, and waits for another request.
    pub(super) fn resume(peer: Peer, clock: Arc<dyn Clock>) -> Arc<Self> {
        let course = Self::begin(peer, clock);
        course.take_turn(Framing::Plain).answered();
        course
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    pub(super) const fn peer(&self) -> Peer {
        self.peer
    }

    /// Until when something must be read; `None` while nothing need be.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match self.state.lock().phase {
            Phase::Silence(until) | Phase::Head(until) => Some(until),
            Phase::Busy => None,
        }
    }

    /// What was waited for did not come in time.
    pub(super) fn is_late(&self) -> Cut {
        let state = self.state.lock();
        if state.served && matches!(state.phase, Phase::Silence(_)) { Cut::Idle } else { Cut::NoRequest }
    }

    /// Ends once the connection is to end with the answer that is under way.
    pub(super) async fn retires(&self) {
        self.retiring.notified().await;
    }

    /// Since when the connection has been idle; `None` while a request comes or is under way.
    pub(super) fn idle_since(&self) -> Option<Timestamp> {
        let state = self.state.lock();
        matches!(state.phase, Phase::Silence(_)).then_some(state.silent_since)
    }

    /// The connection is to end, with the answer that is under way.
    pub(super) fn retire(&self) {
        self.retiring.notify_one();
    }

    /// The connection is cut; what that reads like for whoever serves it.
    pub(super) fn cut(&self, why: Cut) -> io::Error {
        self.state.lock().cut = Some(why);
        io::ErrorKind::TimedOut.into()
    }

    /// Why the connection was cut, if it was.
    pub(super) fn why_cut(&self) -> Option<Cut> {
        self.state.lock().cut
    }

    /// So many bytes were read. Says whether the connection may go on.
    #[must_use]
    pub(super) fn read(&self, bytes: usize) -> bool {
        let now = self.clock.now();
        let mut state = self.state.lock();
        if self.peer == Peer::Proxy {
            return true;
        }
        if matches!(state.phase, Phase::Silence(_)) && !state.framed {
            state.phase = Phase::Head(now + HEAD);
        }
        let seconds = now.since(state.credited).as_secs();
        if seconds > 0 {
            state.credited = now;
            state.add(seconds.saturating_mul(PER_SECOND));
        }
        match state.credit.checked_sub(bytes as u64) {
            Some(rest) => {
                state.credit = rest;
                true
            }
            None => false,
        }
    }

    /// So many of the bytes read were a body that was asked for.
    pub(super) fn took_in(&self, bytes: usize) {
        self.state.lock().add(bytes as u64);
    }

    /// A body was begun.
    pub(super) fn owes(&self) {
        self.state.lock().owed += 1;
    }

    /// A body that was begun came whole.
    pub(super) fn came_whole(&self) {
        let mut state = self.state.lock();
        state.owed = state.owed.saturating_sub(1);
    }

    /// Whether every head and every body that was begun came whole.
    pub(super) fn owes_nothing(&self) -> bool {
        let state = self.state.lock();
        state.owed == 0 && !matches!(state.phase, Phase::Head(_))
    }

    /// So many bytes were written.
    pub(super) fn wrote(&self, bytes: usize) {
        let credit = bytes as u64 / PER_WRITTEN;
        if credit > 0 {
            self.state.lock().add(credit);
        }
    }

    /// A request has come whole, but for its body; `framed` says whether by HTTP/2.
    pub(super) fn take_turn(self: &Arc<Self>, framed: Framing) -> Turn {
        let mut state = self.state.lock();
        state.under_way += 1;
        state.served = true;
        state.framed = framed == Framing::Framed;
        state.phase = Phase::Busy;
        drop(state);
        Turn { course: self.clone(), answered: false }
    }
}

impl State {
    fn add(&mut self, credit: u64) {
        self.credit = self.credit.saturating_add(credit).min(CREDIT);
    }
}

/// How requests come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// One after the other: HTTP/1.
    Plain,
    /// In frames, beside each other: HTTP/2.
    Framed,
}

/// A request under way, up to the last byte of its answer. Dropping it is its end.
#[derive(Debug)]
pub(super) struct Turn {
    course: Arc<Course>,
    answered: bool,
}

impl Turn {
    /// The answer was handed over, to its end.
    pub(super) fn answered(&mut self) {
        self.answered = true;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let now = self.course.clock.now();
        let mut state = self.course.state.lock();
        state.under_way -= 1;
        if state.under_way == 0 {
            state.silent_since = now;
            match self.course.peer {
                Peer::Client => state.phase = Phase::Silence(now + IDLE),
                Peer::Proxy => state.phase = Phase::Silence(now + PROXY_IDLE),
                Peer::OneTooMany => {
                    state.phase = Phase::Silence(now + GRACE);
                    self.course.retiring.notify_one();
                }
            }
        }
        if self.answered {
            state.add(PER_ANSWER);
        }
    }
}
