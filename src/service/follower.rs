//! Following a chat: a listener's stream from the greeting to the end.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::Service;
use super::cursor::{Cursor, Step};
use super::error::{Result, chain};
use super::figures::OpenStream;
use super::moment::{HEARTBEAT, Heads, Moment, Moments};
use super::stream::Resume;
use super::stream_permits::StreamPermit;
use super::tickets::TicketHold;
use crate::domain::chat::{End, View};
use crate::domain::clock::{Alarm, Timestamp};
use crate::domain::entry::Topic;
use crate::domain::id::Epoch;
use crate::live::Listener;
use crate::live::frame::{Position, join};
use crate::live::room::{Reader, Whereabouts};

/// One listener's stream. Dropping it is hanging up.
pub struct Follower {
    service: Arc<Service>,
    epoch: Epoch,
    reader: Reader,
    conversation: Cursor,
    door: Option<Cursor>,
    first: VecDeque<Moment>,
    beats_at: Timestamp,
    /// Set while it waits.
    heartbeat: Option<Alarm>,
    over: bool,
    permit: StreamPermit,
    _hold: Option<TicketHold>,
    _open: OpenStream,
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower").field("position", &self.position()).finish_non_exhaustive()
    }
}

impl Follower {
    pub(super) fn new(
        service: Arc<Service>,
        view: &View,
        conversation: Cursor,
        door: Option<Cursor>,
        permit: StreamPermit,
        hold: Option<TicketHold>,
    ) -> Self {
        let reader = Reader { member: view.seat.as_ref().map(|seat| seat.member.id), came_at: view.chat.head };
        let (beats_at, open, first) = (service.now() + HEARTBEAT, service.open_stream(), VecDeque::new());
        let (epoch, heartbeat, over) = (view.chat.epoch, None, false);
        Self { service, epoch, reader, conversation, door, first, beats_at, heartbeat, over, permit, _hold: hold, _open: open }
    }

    /// Sets the cursors where the listener wants to go on, if that can be; a position without a door goes on from `oldest` there.
    pub(super) fn begin(&mut self, view: &View, oldest: u64, resume: Resume) {
        let (chat, owners) = (&view.chat, self.door.is_some());
        let at_head = Position { seq: chat.head, door: owners.then_some(chat.door) };
        let heads = Heads { epoch: chat.epoch, position: at_head };
        let wanted = match resume {
            Resume::After(epoch, position) if epoch.is_none_or(|epoch| epoch == chat.epoch) => Some(position),
            _ => None,
        };
        let start = wanted.filter(|wanted| wanted.seq <= chat.head && (!owners || wanted.door.is_none_or(|door| door <= chat.door)));
        self.first.push_back(Moment::Hello { heads, resumed: start.is_some() });
        if start.is_none() && resume != Resume::AtHead {
            self.first.push_back(Moment::Reset(heads));
        }
        let start = start.unwrap_or(at_head);
        self.conversation.at = start.seq.max(view.since() - 1);
        if let Some(door) = &mut self.door {
            door.at = start.door.unwrap_or(oldest - 1);
            if door.at < oldest - 1 {
                self.first.push_back(Moment::Gap(door.at + 1, oldest - 1));
                door.at = oldest - 1;
            }
        }
    }

    /// What it says next, as far as that can be told `now` and without waiting.
    pub fn look(&mut self, now: Timestamp) -> Look {
        if let Some(first) = self.first.pop_front() {
            if self.first.is_empty() {
                self.first.shrink_to_fit();
            }
            return Look::Says(first);
        }
        if self.over {
            return Look::IsOver;
        }
        if self.door.is_some() {
            return Look::Asks;
        }
        let step = self.conversation.at_hand(&self.service, now, self.epoch, self.reader);
        step.map_or(Look::Asks, |step| self.says(step))
    }

    /// What it says next, where the store must be asked; never [`Look::Asks`]. A stream that the store does not answer ends.
    pub async fn ask(&mut self) -> Look {
        self.asked().await.unwrap_or_else(|error| {
            tracing::error!(error = chain(&error), "a stream broke off");
            self.over = true;
            Look::IsOver
        })
    }

    async fn asked(&mut self) -> Result<Look> {
        if let Some(end) = self.ended_by_time().await? {
            return Ok(Look::Says(self.last(Moment::Closed(end))));
        }
        let step = match self.door {
            None => self.conversation.next_batch(&self.service, self.epoch, self.reader).await?,
            Some(_) => self.next_of_both().await?,
        };
        Ok(self.says(step))
    }

    fn says(&mut self, step: Step<(Bytes, bool)>) -> Look {
        Look::Says(match step {
            Step::Next((bytes, ends)) => {
                self.over = ends;
                Moment::Entries(bytes)
            }
            Step::Gap(from, to) => Moment::Gap(from, to),
            Step::Ended(end) => self.last(Moment::Closed(end)),
            Step::Wait if self.is_to_end() && !self.has_more() => self.last(self.service.bye()),
            Step::Wait => return Look::Waits,
        })
    }

    /// Whether it ends once it has everything: the server goes away, or its person opened newer streams.
    fn is_to_end(&self) -> bool {
        self.service.closing.is_cancelled() || self.permit.is_displaced()
    }

    /// Whether something follows: a stream that is told good-bye still gets it.
    fn has_more(&self) -> bool {
        let follows = |cursor: &Cursor| cursor.listener.room().whereabouts(cursor.at) != Whereabouts::AtHead;
        follows(&self.conversation) || self.door.as_ref().is_some_and(follows)
    }

    fn last(&mut self, moment: Moment) -> Moment {
        self.over = true;
        moment
    }

    fn position(&self) -> Position {
        Position { seq: self.conversation.at, door: self.door.as_ref().map(|door| door.at) }
    }

    /// Whether the chat's time is up. The room may know of an older time than the store does, so the store is asked.
    async fn ended_by_time(&self) -> Result<Option<End>> {
        let (room, now) = (self.conversation.listener.room(), self.service.now());
        if now < room.expires_at() {
            return Ok(None);
        }
        let head = self.service.store.heads(&[room.topic()], now).await?.into_iter().next().flatten();
        Ok(match head {
            Some(head) => {
                room.raise(head);
                None
            }
            None => Some(End::Expired),
        })
    }

    /// The owner's next: what the conversation has, then what the door has, each entry behind both positions.
    async fn next_of_both(&mut self) -> Result<Step<(Bytes, bool)>> {
        let Some(door) = &mut self.door else { return Ok(Step::Wait) };
        let render = self.service.live.render();
        let mut bytes = Vec::new();
        match self.conversation.next_frames(&self.service).await? {
            Step::Next(frames) => {
                bytes.extend_from_slice(&join(render, self.epoch, frames.iter(), |seq| Position { seq, door: Some(door.at) }));
            }
            Step::Ended(end) => return Ok(Step::Ended(end)),
            Step::Wait | Step::Gap(..) => {}
        }
        let seq = self.conversation.at;
        match door.next_frames(&self.service).await? {
            Step::Next(frames) => {
                bytes.extend_from_slice(&join(render, self.epoch, frames.iter(), |door| Position { seq, door: Some(door) }));
            }
            Step::Gap(from, to) if bytes.is_empty() => {
                door.at = to;
                return Ok(Step::Gap(from, to));
            }
            Step::Gap(..) | Step::Wait | Step::Ended(_) => {}
        }
        if bytes.is_empty() { Ok(Step::Wait) } else { Ok(Step::Next((bytes.into(), false))) }
    }

    /// Waits for the next wake-up, or for the time to say that the stream is alive.
    async fn wait(&mut self) -> Option<Moment> {
        let door = async {
            match &mut self.door {
                Some(door) => door.listener.woken().await,
                None => std::future::pending().await,
            }
        };
        let heartbeat = self.heartbeat.get_or_insert_with(|| self.service.clock.alarm(self.beats_at));
        tokio::select! {
            () = self.conversation.listener.woken() => return None,
            () = door => return None,
            () = heartbeat => {}
        }
        Some(self.beat())
    }

    /// When it is to say that it is alive.
    pub const fn beats_at(&self) -> Timestamp {
        self.beats_at
    }

    /// Says that it is alive.
    pub fn beat(&mut self) -> Moment {
        let now = self.service.now();
        (self.heartbeat, self.beats_at) = (None, now + HEARTBEAT);
        let door = self.door.as_ref().map(|door| door.listener.room().head());
        let position = Position { seq: self.conversation.listener.room().head(), door };
        Moment::Heartbeat(Heads { epoch: self.epoch, position }, now)
    }

    /// The one log that it follows; none for an owner's, who follows two.
    pub fn follows_one(&self) -> Option<Topic> {
        self.door.is_none().then(|| self.conversation.listener.room().topic())
    }

    /// Somebody who is woken for all who follow the same one log, and stays longer than they do.
    pub fn waker(&self) -> Waker {
        Waker(self.conversation.listener.beside())
    }

    /// From now on a [`Waker`] is woken instead.
    pub fn rests(&mut self) {
        self.conversation.listener.rests();
    }
}

impl Moments for Follower {
    async fn next(&mut self) -> Option<Moment> {
        loop {
            let look = match self.look(self.service.now()) {
                Look::Asks => self.ask().await,
                look => look,
            };
            match look {
                Look::Says(moment) => return Some(moment),
                Look::IsOver => return None,
                Look::Waits | Look::Asks => {
                    if let Some(heartbeat) = self.wait().await {
                        return Some(heartbeat);
                    }
                }
            }
        }
    }
}

/// What a follower comes to when it looks.
#[derive(Debug)]
pub enum Look {
    /// This is to be said.
    Says(Moment),
    /// Nothing, for now.
    Waits,
    /// Only the store knows.
    Asks,
    /// All was said.
    IsOver,
}

/// Whoever is woken for many who follow one log.
#[derive(Debug)]
pub struct Waker(Listener);

impl Waker {
    /// Ready at the next wake-up; whoever polled is told when it comes.
    pub fn poll_woken(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll_woken(cx)
    }
}
