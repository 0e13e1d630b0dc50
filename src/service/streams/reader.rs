//! The reader of a chat for one stream: reads entries from the tail if possible, else from the store.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::cursor::{Cursor, Step};
use super::event::{HEARTBEAT, Heads, StreamEvent};
use super::position::Resume;
use super::readiness::Readiness;
use crate::domain::chat::{ChatView, EndReason};
use crate::domain::clock::{Sleep, Timestamp};
use crate::domain::event_log::Topic;
use crate::domain::id::{ChatId, Epoch};
use crate::domain::receipt::ReceiptViewer;
use crate::error_chain::error_chain;
use crate::hub::Subscription;
use crate::hub::ephemeral::EphemeralPosition;
use crate::hub::frame::{Position, join};
use crate::hub::room::{TailPosition, Viewer};
use crate::service::Service;
use crate::service::chats::LogName;
use crate::service::counters::OpenStream;
use crate::service::error::Result;
use crate::service::stream_permits::StreamPermit;
use crate::service::tickets::OpenTicket;

/// The cursors of one stream, and what it holds while it is open.
pub(super) struct ChatReader {
    service: Arc<Service>,
    epoch: Epoch,
    viewer: Viewer,
    conversation: Cursor,
    door: Option<Cursor>,
    first: VecDeque<StreamEvent>,
    heartbeat_at: Timestamp,
    /// Set while no event is ready.
    heartbeat_timer: Option<Sleep>,
    /// The ephemeral values that it has sent.
    ephemeral: EphemeralPosition,
    over: bool,
    permit: StreamPermit,
    _ticket: Option<OpenTicket>,
    _open: OpenStream,
}

impl fmt::Debug for ChatReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatReader").field("position", &self.position()).finish_non_exhaustive()
    }
}

impl ChatReader {
    pub(in crate::service) fn new(
        service: Arc<Service>,
        view: &ChatView,
        conversation: Cursor,
        door: Option<Cursor>,
        permit: StreamPermit,
        ticket: Option<OpenTicket>,
    ) -> Self {
        let viewer = Viewer {
            member: view.membership.as_ref().map(|membership| membership.member.id),
            came_at: view.chat.head,
            visible_from: view.visible_from(),
        };
        let (heartbeat_at, open, first) = (service.now() + HEARTBEAT, service.open_stream(), VecDeque::new());
        let (epoch, heartbeat_timer, over) = (view.chat.epoch, None, false);
        let ephemeral = conversation.subscription.room().ephemeral_position();
        Self {
            service,
            epoch,
            viewer,
            conversation,
            door,
            first,
            heartbeat_at,
            heartbeat_timer,
            ephemeral,
            over,
            permit,
            _ticket: ticket,
            _open: open,
        }
    }

    /// Sets the cursors to the resume position, if it is usable. A position without a door starts the door's log at `oldest`.
    pub(in crate::service) fn begin(&mut self, view: &ChatView, oldest: u64, resume: Resume) {
        let (chat, owners) = (&view.chat, self.door.is_some());
        let at_head = Position { seq: chat.head, door: owners.then_some(chat.door) };
        let heads = Heads { chat: chat.id, epoch: chat.epoch, position: at_head };
        let wanted = match resume {
            Resume::After(epoch, position) if epoch.is_none_or(|epoch| epoch == chat.epoch) => Some(position),
            _ => None,
        };
        let start = wanted.filter(|wanted| wanted.seq <= chat.head && (!owners || wanted.door.is_none_or(|door| door <= chat.door)));
        self.first.push_back(StreamEvent::Hello { heads, resumed: start.is_some() });
        if start.is_none() && resume != Resume::AtHead {
            self.first.push_back(StreamEvent::Reset(heads));
        }
        let start = start.unwrap_or(at_head);
        self.conversation.at = start.seq.max(view.floor() - 1);
        if self.conversation.at < chat.first - 1 {
            self.first.push_back(StreamEvent::Gap(chat.id, LogName::Chat, self.conversation.at + 1, chat.first - 1));
            self.conversation.at = chat.first - 1;
        }
        if let Some(door) = &mut self.door {
            door.at = start.door.unwrap_or(oldest - 1);
            if door.at < oldest - 1 {
                self.first.push_back(StreamEvent::Gap(chat.id, LogName::Door, door.at + 1, oldest - 1));
                door.at = oldest - 1;
            }
        }
    }

    /// Returns the next event if the tail has it, without awaiting the store.
    pub(super) fn poll_ready(&mut self, now: Timestamp) -> Readiness {
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
        if self.door.is_some() {
            return Readiness::NeedsStore;
        }
        let step = self.conversation.read_tail(&self.service, now, self.epoch, self.viewer);
        step.map_or(Readiness::NeedsStore, |step| self.event_of(step))
    }

    /// Reads the next event from the store; never returns [`Readiness::NeedsStore`]. A store error ends the stream.
    pub(super) async fn load(&mut self) -> Readiness {
        self.try_load().await.unwrap_or_else(|error| {
            tracing::error!(error = error_chain(&error), "a stream failed");
            self.over = true;
            Readiness::Ended
        })
    }

    async fn try_load(&mut self) -> Result<Readiness> {
        if let Some(end) = self.ended_by_time().await? {
            return Ok(Readiness::Event(self.last(StreamEvent::Closed(self.chat(), end))));
        }
        let step = match self.door {
            None => self.conversation.next_batch(&self.service, self.epoch, self.viewer).await?,
            Some(_) => self.next_of_both().await?,
        };
        Ok(self.event_of(step))
    }

    fn event_of(&mut self, step: Step<(Bytes, bool)>) -> Readiness {
        Readiness::Event(match step {
            Step::Next((bytes, ends)) => {
                self.over = ends;
                StreamEvent::Entries(bytes)
            }
            Step::Gap(log, from, to) => StreamEvent::Gap(self.chat(), log, from, to),
            Step::Ended(end) => self.last(StreamEvent::Closed(self.chat(), end)),
            Step::Wait if self.must_end() && !self.has_more() => self.last(self.service.bye()),
            Step::Wait => match self.next_ephemeral() {
                Some(bytes) => StreamEvent::Ephemeral(bytes),
                None => return Readiness::Pending,
            },
        })
    }

    /// Returns the ephemeral values that a member has not got yet.
    fn next_ephemeral(&mut self) -> Option<Bytes> {
        let (room, member) = (self.conversation.subscription.room(), self.viewer.member?);
        if room.ephemeral_position() == self.ephemeral {
            return None;
        }
        room.next_ephemeral(&mut self.ephemeral, ReceiptViewer { member, shows_read: self.permit.shows_read() })
    }

    /// Returns true if it must end once all entries are delivered: the server drains, or newer streams displaced it.
    fn must_end(&self) -> bool {
        self.service.closing.is_cancelled() || self.permit.is_displaced()
    }

    /// Returns true if more entries are available: a stream delivers them before `bye`.
    fn has_more(&self) -> bool {
        let follows = |cursor: &Cursor| cursor.subscription.room().locate(cursor.at) != TailPosition::AtHead;
        follows(&self.conversation) || self.door.as_ref().is_some_and(follows)
    }

    fn last(&mut self, event: StreamEvent) -> StreamEvent {
        self.over = true;
        event
    }

    fn position(&self) -> Position {
        Position { seq: self.conversation.at, door: self.door.as_ref().map(|door| door.at) }
    }

    /// Returns the end reason if the chat has expired. The room's expiry time may be outdated, so the store decides.
    async fn ended_by_time(&self) -> Result<Option<EndReason>> {
        let (room, now) = (self.conversation.subscription.room(), self.service.now());
        if now < room.expires_at() {
            return Ok(None);
        }
        let head = self.service.store.heads(&[room.topic()], now).await?.into_iter().next().flatten();
        Ok(match head {
            Some(head) => {
                room.advance_head(head);
                None
            }
            None => Some(EndReason::Expired),
        })
    }

    /// Returns the owner's next entries, of the conversation and then of the door, each with both positions as its id.
    async fn next_of_both(&mut self) -> Result<Step<(Bytes, bool)>> {
        let Some(door) = &mut self.door else { return Ok(Step::Wait) };
        let (render, visible_from) = (self.service.hub.render(), self.viewer.visible_from);
        let mut bytes = Vec::new();
        match self.conversation.next_frames(&self.service).await? {
            Step::Next(frames) => {
                bytes.extend_from_slice(&join(render, self.epoch, visible_from, frames.iter(), |seq| Position { seq, door: Some(door.at) }));
            }
            Step::Ended(end) => return Ok(Step::Ended(end)),
            Step::Gap(log, from, to) => {
                self.conversation.at = to;
                return Ok(Step::Gap(log, from, to));
            }
            Step::Wait => {}
        }
        let seq = self.conversation.at;
        match door.next_frames(&self.service).await? {
            Step::Next(frames) => {
                bytes.extend_from_slice(&join(render, self.epoch, visible_from, frames.iter(), |door| Position { seq, door: Some(door) }));
            }
            Step::Gap(log, from, to) if bytes.is_empty() => {
                door.at = to;
                return Ok(Step::Gap(log, from, to));
            }
            Step::Gap(..) | Step::Wait | Step::Ended(_) => {}
        }
        if bytes.is_empty() { Ok(Step::Wait) } else { Ok(Step::Next((bytes.into(), false))) }
    }

    /// Returns the chat that it reads.
    fn chat(&self) -> ChatId {
        self.conversation.subscription.room().topic().chat().unwrap_or(ChatId::NIL)
    }

    /// Returns when the next heartbeat is due.
    pub(super) const fn heartbeat_at(&self) -> Timestamp {
        self.heartbeat_at
    }

    /// Returns a heartbeat event, and schedules the next one.
    pub(super) fn heartbeat(&mut self) -> StreamEvent {
        let now = self.service.now();
        (self.heartbeat_timer, self.heartbeat_at) = (None, now + HEARTBEAT);
        let door = self.door.as_ref().map(|door| door.subscription.room().head());
        let position = Position { seq: self.conversation.subscription.room().head(), door };
        StreamEvent::Heartbeat(Heads { chat: self.chat(), epoch: self.epoch, position }, now)
    }

    /// Returns the only log that it reads; `None` for an owner's stream, which reads two.
    pub(super) fn sole_topic(&self) -> Option<Topic> {
        self.door.is_none().then(|| self.conversation.subscription.room().topic())
    }

    /// Returns another subscription to the conversation.
    pub(super) fn sibling(&self) -> Subscription {
        self.conversation.subscription.sibling()
    }

    /// Detaches its waker: updates no longer wake it.
    pub(super) fn detach_waker(&mut self) {
        self.conversation.subscription.detach_waker();
    }

    /// Polls for a change of one of its logs since the last call.
    pub(super) fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let door = self.door.as_mut().is_some_and(|door| door.subscription.poll_changed(cx).is_ready());
        if self.conversation.subscription.poll_changed(cx).is_ready() || door { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Polls for the time of the next heartbeat.
    pub(super) fn poll_heartbeat(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.heartbeat_timer.get_or_insert_with(|| self.service.clock.sleep_until(self.heartbeat_at)).as_mut().poll(cx)
    }
}
