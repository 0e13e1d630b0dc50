//! The reader of a chat for its own stream: the first events, what the logs have, heartbeats, the end.

use std::collections::VecDeque;
use std::fmt;
use std::task::{Context, Poll};

use super::chat_logs::{ChatLogs, LogNews, Start};
use super::event::{HEARTBEAT, StreamEvent};
use super::position::Resume;
use super::readiness::Readiness;
use crate::domain::chat::ChatView;
use crate::domain::clock::{Sleep, Timestamp};
use crate::domain::event_log::Topic;
use crate::error_chain::error_chain;
use crate::hub::Subscription;
use crate::hub::viewer::StreamFate;
use crate::service::counters::OpenStream;
use crate::service::stream_permits::{Carrier, StreamPermit};
use crate::service::tickets::OpenTicket;

/// What the stream of one chat reads, and what it holds while it is open.
pub(super) struct ChatReader {
    logs: ChatLogs,
    first: VecDeque<StreamEvent>,
    has_heartbeats: bool,
    heartbeat_at: Timestamp,
    /// Set while no event is ready.
    heartbeat_timer: Option<Sleep>,
    over: bool,
    permit: StreamPermit,
    _ticket: Option<OpenTicket>,
    _open: OpenStream,
}

impl fmt::Debug for ChatReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatReader").field("logs", &self.logs).finish_non_exhaustive()
    }
}

impl ChatReader {
    /// Creates the reader of a stream. Within a socket, which has heartbeats of its own, it has none.
    pub(super) fn new(logs: ChatLogs, permit: StreamPermit, ticket: Option<OpenTicket>, carrier: Carrier) -> Self {
        let (heartbeat_at, open) = (logs.service.now() + HEARTBEAT, logs.service.open_stream());
        Self {
            logs,
            first: VecDeque::new(),
            has_heartbeats: carrier != Carrier::Subscription,
            heartbeat_at,
            heartbeat_timer: None,
            over: false,
            permit,
            _ticket: ticket,
            _open: open,
        }
    }

    /// Begins at the resume position, if it is usable. A position without a door starts the door's log at `oldest`.
    pub(super) fn begin(&mut self, view: &ChatView, oldest: u64, resume: Resume) {
        let Start { heads, resumed, notices } = self.logs.start(view, oldest, resume);
        self.first.push_back(StreamEvent::Hello { heads, resumed });
        self.first.extend(notices);
    }

    /// Returns the next event if the tail has it, without awaiting the store.
    pub(super) fn poll_ready(&mut self, now: Timestamp) -> Readiness<StreamEvent> {
        if let Some(first) = self.first.pop_front() {
            if self.first.is_empty() {
                self.first.shrink_to_fit();
            }
            return Readiness::Event(first);
        }
        if self.over {
            return Readiness::Ended;
        }
        if let Some(end) = self.permit.session_end() {
            return Readiness::Event(self.last(StreamEvent::SignedOut(end)));
        }
        let readiness = self.logs.poll_ready(now);
        self.event_of(readiness)
    }

    /// Reads the next event from the store; never returns [`Readiness::NeedsStore`]. A store error ends the stream.
    pub(super) async fn load(&mut self) -> Readiness<StreamEvent> {
        match self.logs.load().await {
            Ok(readiness) => self.event_of(readiness),
            Err(error) => {
                tracing::error!(error = error_chain(&error), "a stream failed");
                self.over = true;
                Readiness::Ended
            }
        }
    }

    fn event_of(&mut self, readiness: Readiness<LogNews>) -> Readiness<StreamEvent> {
        Readiness::Event(match readiness {
            Readiness::Event(LogNews::Entries(bytes, fate)) => {
                self.over = fate != StreamFate::GoesOn;
                if fate == StreamFate::Reauthorized {
                    self.first.push_back(self.logs.service.bye());
                }
                StreamEvent::Entries(bytes)
            }
            Readiness::Event(LogNews::Gap(log, from, to)) => StreamEvent::Gap(self.logs.chat(), log, from, to),
            Readiness::Event(LogNews::Ended(end)) => self.last(StreamEvent::Closed(self.logs.chat(), end)),
            Readiness::Pending if self.must_end() && !self.logs.has_more() => self.last(self.logs.service.bye()),
            Readiness::Pending => match self.logs.next_ephemeral(&self.permit) {
                Some(bytes) => StreamEvent::Ephemeral(bytes),
                None => return Readiness::Pending,
            },
            Readiness::NeedsStore => return Readiness::NeedsStore,
            Readiness::Ended => return Readiness::Ended,
        })
    }

    /// Returns true if it must end once all entries are delivered: the server drains, or newer streams displaced it.
    fn must_end(&self) -> bool {
        self.logs.service.closing.is_cancelled() || self.permit.is_displaced()
    }

    fn last(&mut self, event: StreamEvent) -> StreamEvent {
        self.over = true;
        event
    }

    /// Returns when the next heartbeat is due.
    pub(super) const fn heartbeat_at(&self) -> Timestamp {
        self.heartbeat_at
    }

    /// Returns a heartbeat event, and schedules the next one.
    pub(super) fn heartbeat(&mut self) -> StreamEvent {
        let now = self.logs.service.now();
        (self.heartbeat_timer, self.heartbeat_at) = (None, now + HEARTBEAT);
        StreamEvent::Heartbeat(self.logs.heads(), now)
    }

    /// Returns the only log that it reads; `None` for a stream with the door, which reads two.
    pub(super) fn sole_topic(&self) -> Option<Topic> {
        self.logs.sole_topic()
    }

    /// Returns another subscription to the conversation.
    pub(super) fn sibling(&self) -> Subscription {
        self.logs.sibling()
    }

    /// Detaches its waker: updates no longer wake it.
    pub(super) fn detach_waker(&mut self) {
        self.logs.detach_waker();
    }

    /// Polls for a change of one of its logs since the last call.
    pub(super) fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.logs.poll_changed(cx)
    }

    /// Polls for the time of the next heartbeat.
    pub(super) fn poll_heartbeat(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.has_heartbeats {
            return Poll::Pending;
        }
        let (clock, at) = (&self.logs.service.clock, self.heartbeat_at);
        self.heartbeat_timer.get_or_insert_with(|| clock.sleep_until(at)).as_mut().poll(cx)
    }
}
