//! The state of a connection: its phase, the deadline of the phase, the bytes it may send that are not part of a request.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::peer::PeerKind;
use super::timeouts::{DRAIN_GRACE, FIRST_BYTE_TIMEOUT, HEADER_TIMEOUT, KEEP_ALIVE_TIMEOUT, PROXY_KEEP_ALIVE_TIMEOUT};
use crate::domain::clock::{Clock, Timestamp};

/// Maximum number of bytes outside of bodies that a client may send ahead of its responses: heads, and HTTP/2 frames that request nothing (SEC-105).
const MAX_BYTE_CREDIT: u64 = 256 << 10;
/// Credit for each response, in bytes.
const CREDIT_PER_RESPONSE: u64 = 16 << 10;
/// Number of bytes written that give one byte of credit: clients that receive much send window updates.
const WRITTEN_BYTES_PER_CREDIT: u64 = 32;
/// Credit for each second, in bytes.
const CREDIT_PER_SECOND: u64 = 1 << 10;

/// What a connection waits for.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The first byte of a request, until the deadline.
    Idle(Timestamp),
    /// The rest of a request head, until the deadline.
    Head(Timestamp),
    /// Nothing: requests are in progress.
    Busy,
}

/// Why the server closed a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseReason {
    /// No complete request arrived in time.
    NoRequest,
    /// The keep-alive timeout passed: the usual end of a connection.
    Idle,
    /// The client did not read.
    Stalled,
    /// The client sent more bytes than its credit allows.
    Unasked,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    served: bool,
    close_reason: Option<CloseReason>,
    in_progress: u32,
    /// Bodies that are incomplete.
    open_bodies: u32,
    /// Whether the connection speaks HTTP/2, which sends frames between requests.
    is_http2: bool,
    credit: u64,
    credited: Timestamp,
    /// When the connection became idle.
    idle_since: Timestamp,
}

/// The state of one connection, shared by its socket, its requests and their bodies.
pub(super) struct ConnectionState {
    clock: Arc<dyn Clock>,
    peer: PeerKind,
    retiring: Notify,
    /// Whether hyper has nothing left to write.
    is_flushed: AtomicBool,
    state: Mutex<State>,
}

impl fmt::Debug for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionState").field("state", &self.state).finish_non_exhaustive()
    }
}

impl ConnectionState {
    /// Creates the state of a new connection.
    pub(super) fn begin(peer: PeerKind, clock: Arc<dyn Clock>) -> Arc<Self> {
        let now = clock.now();
        let first = if peer == PeerKind::Proxy { PROXY_KEEP_ALIVE_TIMEOUT } else { FIRST_BYTE_TIMEOUT };
        let phase = Phase::Idle(now + first);
        let state = State {
            phase,
            served: false,
            close_reason: None,
            in_progress: 0,
            open_bodies: 0,
            is_http2: false,
            credit: MAX_BYTE_CREDIT,
            credited: now,
            idle_since: now,
        };
        Arc::new(Self { clock, peer, retiring: Notify::new(), is_flushed: AtomicBool::new(false), state: Mutex::new(state) })
    }

    /// Creates the state of a connection that comes back from a writer and waits for another request.
    pub(super) fn resume(peer: PeerKind, clock: Arc<dyn Clock>) -> Arc<Self> {
        let state = Self::begin(peer, clock);
        state.begin_request(HttpVersion::Http1).answered();
        state
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Returns when the next bytes must have arrived; none while requests are in progress.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match self.state.lock().phase {
            Phase::Idle(until) | Phase::Head(until) => Some(until),
            Phase::Busy => None,
        }
    }

    /// Returns the reason for closing the connection at its deadline.
    pub(super) fn is_late(&self) -> CloseReason {
        let state = self.state.lock();
        if state.served && matches!(state.phase, Phase::Idle(_)) { CloseReason::Idle } else { CloseReason::NoRequest }
    }

    /// Completes when the connection is to close after its current response.
    pub(super) async fn retired(&self) {
        self.retiring.notified().await;
    }

    /// Returns since when the connection has been idle; none during a request.
    pub(super) fn idle_since(&self) -> Option<Timestamp> {
        let state = self.state.lock();
        matches!(state.phase, Phase::Idle(_)).then_some(state.idle_since)
    }

    /// Closes the connection after its current response.
    pub(super) fn retire(&self) {
        self.retiring.notify_one();
    }

    /// Records why the connection is closed. Returns the error for hyper.
    pub(super) fn close(&self, why: CloseReason) -> io::Error {
        self.state.lock().close_reason = Some(why);
        io::ErrorKind::TimedOut.into()
    }

    /// Returns why the server closed the connection, if it did.
    pub(super) fn close_reason(&self) -> Option<CloseReason> {
        self.state.lock().close_reason
    }

    /// Counts bytes that were read. Returns false if they exceed the credit.
    #[must_use]
    pub(super) fn read(&self, bytes: usize) -> bool {
        let now = self.clock.now();
        let mut state = self.state.lock();
        if self.peer == PeerKind::Proxy {
            return true;
        }
        if matches!(state.phase, Phase::Idle(_)) && !state.is_http2 {
            state.phase = Phase::Head(now + HEADER_TIMEOUT);
        }
        let seconds = now.since(state.credited).as_secs();
        if seconds > 0 {
            state.credited = now;
            state.add(seconds.saturating_mul(CREDIT_PER_SECOND));
        }
        match state.credit.checked_sub(bytes as u64) {
            Some(rest) => {
                state.credit = rest;
                true
            }
            None => false,
        }
    }

    /// Gives back the credit of bytes that belonged to a body.
    pub(super) fn add_credit(&self, bytes: usize) {
        self.state.lock().add(bytes as u64);
    }

    /// Counts a body that has begun.
    pub(super) fn body_started(&self) {
        self.state.lock().open_bodies += 1;
    }

    /// Counts a body that is complete.
    pub(super) fn body_finished(&self) {
        let mut state = self.state.lock();
        state.open_bodies = state.open_bodies.saturating_sub(1);
    }

    /// Returns true if no head and no body is incomplete.
    pub(super) fn has_no_open_body(&self) -> bool {
        let state = self.state.lock();
        state.open_bodies == 0 && !matches!(state.phase, Phase::Head(_))
    }

    /// Counts bytes that were written.
    pub(super) fn wrote(&self, bytes: usize) {
        let credit = bytes as u64 / WRITTEN_BYTES_PER_CREDIT;
        if credit > 0 {
            self.state.lock().add(credit);
        }
    }

    /// Forgets that everything was written.
    pub(super) fn await_flush(&self) {
        self.is_flushed.store(false, Ordering::Relaxed);
    }

    /// Records that hyper has nothing left to write.
    pub(super) fn flushed(&self) {
        self.is_flushed.store(true, Ordering::Relaxed);
    }

    /// Returns true if everything was written since the last call of `await_flush`.
    pub(super) fn is_flushed(&self) -> bool {
        self.is_flushed.load(Ordering::Relaxed)
    }

    /// Begins a request whose head is complete.
    pub(super) fn begin_request(self: &Arc<Self>, version: HttpVersion) -> RequestGuard {
        let mut state = self.state.lock();
        state.in_progress += 1;
        state.served = true;
        state.is_http2 = version == HttpVersion::Http2;
        state.phase = Phase::Busy;
        drop(state);
        RequestGuard { connection: self.clone(), answered: false }
    }
}

impl State {
    fn add(&mut self, credit: u64) {
        self.credit = self.credit.saturating_add(credit).min(MAX_BYTE_CREDIT);
    }
}

/// The protocol of a request, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HttpVersion {
    /// HTTP/1: one request after the other.
    Http1,
    /// HTTP/2: concurrent requests, in frames.
    Http2,
}

/// A request in progress, up to the last byte of its response. Dropping it ends the request.
#[derive(Debug)]
pub(super) struct RequestGuard {
    connection: Arc<ConnectionState>,
    answered: bool,
}

impl RequestGuard {
    /// The connection of the request.
    pub(super) fn connection(&self) -> &ConnectionState {
        &self.connection
    }

    /// Returns another guard, which keeps the connection busy after this one.
    pub(super) fn another(&self) -> Self {
        self.connection.state.lock().in_progress += 1;
        Self { connection: self.connection.clone(), answered: false }
    }

    /// Marks the response as complete.
    pub(super) fn answered(&mut self) {
        self.answered = true;
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        let now = self.connection.clock.now();
        let mut state = self.connection.state.lock();
        state.in_progress -= 1;
        if state.in_progress == 0 {
            state.idle_since = now;
            match self.connection.peer {
                PeerKind::Client => state.phase = Phase::Idle(now + KEEP_ALIVE_TIMEOUT),
                PeerKind::Proxy => state.phase = Phase::Idle(now + PROXY_KEEP_ALIVE_TIMEOUT),
                PeerKind::OverLimit => {
                    state.phase = Phase::Idle(now + DRAIN_GRACE);
                    self.connection.retiring.notify_one();
                }
            }
        }
        if self.answered {
            state.add(CREDIT_PER_RESPONSE);
        }
    }
}
