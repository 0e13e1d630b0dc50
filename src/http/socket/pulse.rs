//! The times of a socket: heartbeats, pings and their answers, the time until the first credential.

use std::sync::Arc;

use super::{AUTHENTICATION_TIMEOUT, PING_INTERVAL, PONG_TIMEOUT};
use crate::domain::clock::{Sleep, Timestamp};
use crate::service::Service;
use crate::service::streams::event::HEARTBEAT;

/// What it is time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Sending a heartbeat.
    Heartbeat(Timestamp),
    /// Sending a ping.
    Ping,
    /// Closing: a ping was not answered.
    NoPong,
    /// Closing: no credential was shown.
    Unauthenticated,
}

/// The times of a socket.
pub(super) struct Pulse {
    service: Arc<Service>,
    heartbeat_at: Timestamp,
    ping_at: Timestamp,
    /// When the last pong came, or the socket opened.
    pong_at: Timestamp,
    /// Whether a ping is unanswered.
    is_waiting: bool,
    authenticate_by: Option<Timestamp>,
    timer: Option<(Timestamp, Sleep)>,
}

impl Pulse {
    pub(super) fn new(service: Arc<Service>, is_authenticated: bool) -> Self {
        let now = service.now();
        Self {
            service,
            heartbeat_at: now + HEARTBEAT,
            ping_at: now + PING_INTERVAL,
            pong_at: now,
            is_waiting: false,
            authenticate_by: (!is_authenticated).then(|| now + AUTHENTICATION_TIMEOUT),
            timer: None,
        }
    }

    /// Notes that a credential was shown.
    pub(super) fn authenticated(&mut self) {
        self.authenticate_by = None;
    }

    /// Notes a pong.
    pub(super) fn pong(&mut self) {
        (self.pong_at, self.is_waiting) = (self.service.now(), false);
    }

    /// Completes with the next beat. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Beat {
        loop {
            if let Some(beat) = self.due(self.service.now()) {
                return beat;
            }
            let until = self.next_at();
            let (_, timer) = match &mut self.timer {
                Some(timer) if timer.0 <= until => timer,
                other => other.insert((until, self.service.sleep_until(until))),
            };
            timer.await;
            self.timer = None;
        }
    }

    /// Takes the beat that is due, if there is one.
    fn due(&mut self, now: Timestamp) -> Option<Beat> {
        if self.authenticate_by.is_some_and(|by| now >= by) {
            return Some(Beat::Unauthenticated);
        }
        if self.is_waiting && now >= self.pong_at + PONG_TIMEOUT {
            return Some(Beat::NoPong);
        }
        if now >= self.ping_at {
            (self.ping_at, self.is_waiting) = (now + PING_INTERVAL, true);
            return Some(Beat::Ping);
        }
        if now >= self.heartbeat_at {
            self.heartbeat_at = now + HEARTBEAT;
            return Some(Beat::Heartbeat(now));
        }
        None
    }

    fn next_at(&self) -> Timestamp {
        let pong_by = self.is_waiting.then(|| self.pong_at + PONG_TIMEOUT);
        [self.authenticate_by, pong_by].into_iter().flatten().fold(self.heartbeat_at.min(self.ping_at), Timestamp::min)
    }
}
