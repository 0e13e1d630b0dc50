//! The logs of one chat as one viewer reads them: entries from the tail if possible, else from the store.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::cursor::{Cursor, Step};
use super::event::{Heads, StreamEvent};
use super::position::Resume;
use super::readiness::Readiness;
use crate::domain::chat::{ChatView, EndReason};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Topic;
use crate::domain::id::{ChatId, Epoch};
use crate::hub::Subscription;
use crate::hub::ephemeral::EphemeralPosition;
use crate::hub::frame::{IdPrefix, Position, join};
use crate::hub::presence::PresenceRegistration;
use crate::hub::room::TailPosition;
use crate::hub::viewer::{StreamFate, Viewer};
use crate::service::Service;
use crate::service::chats::LogName;
use crate::service::error::Result;
use crate::service::stream_permits::StreamPermit;

/// What the logs of a chat have next.
#[derive(Debug)]
pub(super) enum LogNews {
    /// Encoded entries, and what becomes of the stream after them.
    Entries(Bytes, StreamFate),
    /// A range of entries of a log that are no longer kept, inclusive.
    Gap(LogName, u64, u64),
    /// The chat has ended.
    Ended(EndReason),
}

/// Which stream the ids of events are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdScope {
    /// The stream of the chat.
    Chat,
    /// The stream of an account, where the ids name the chat.
    Account,
}

/// Where the logs are read from.
#[derive(Debug)]
pub(super) struct Start {
    /// The heads of the logs.
    pub(super) heads: Heads,
    /// Whether the requested position is usable.
    pub(super) resumed: bool,
    /// `reset`, or `gap` for each log that no longer has what follows the position.
    pub(super) notices: Vec<StreamEvent>,
}

/// The cursors of one viewer in the logs of one chat.
pub(super) struct ChatLogs {
    pub(super) service: Arc<Service>,
    epoch: Epoch,
    ids: IdScope,
    viewer: Viewer,
    conversation: Cursor,
    door: Option<Cursor>,
    /// The ephemeral values that were returned.
    ephemeral: EphemeralPosition,
    /// The part of the stream in the presence of the viewer, if it is a member.
    registration: Option<PresenceRegistration>,
}

impl fmt::Debug for ChatLogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatLogs").field("position", &self.position()).finish_non_exhaustive()
    }
}

impl ChatLogs {
    pub(super) fn new(service: Arc<Service>, ids: IdScope, view: &ChatView, conversation: Cursor, door: Option<Cursor>) -> Self {
        let viewer = Viewer {
            member: view.membership.as_ref().map(|membership| membership.member.id),
            came_at: view.chat.head,
            visible_from: view.visible_from(),
        };
        let ephemeral = conversation.subscription.room().ephemeral_position();
        Self { service, epoch: view.chat.epoch, ids, viewer, conversation, door, ephemeral, registration: None }
    }

    /// Makes the viewer online in the chat, which has `size` members, if it is one of them.
    pub(super) fn register_presence(&mut self, permit: &StreamPermit, size: usize) {
        let Some(member) = self.viewer.member else { return };
        self.registration = Some(self.service.hub.online_chats().enter(self.chat(), member, permit.sight().cloned(), size));
    }

    /// Sets the cursors to the resume position, if it is usable. A position without a door starts the door's log at `oldest`.
    pub(super) fn start(&mut self, view: &ChatView, oldest: u64, resume: Resume) -> Start {
        let (chat, has_door, mut notices) = (&view.chat, self.door.is_some(), Vec::new());
        let at_head = Position { seq: chat.head, door: has_door.then_some(chat.door) };
        let heads = Heads { chat: chat.id, epoch: chat.epoch, position: at_head };
        let wanted = match resume {
            Resume::After(epoch, position) if epoch.is_none_or(|epoch| epoch == chat.epoch) => Some(position),
            _ => None,
        };
        let usable = wanted.filter(|wanted| wanted.seq <= chat.head && (!has_door || wanted.door.is_none_or(|door| door <= chat.door)));
        if usable.is_none() && resume != Resume::AtHead {
            notices.push(StreamEvent::Reset(heads));
        }
        let start = usable.unwrap_or(at_head);
        self.conversation.at = start.seq.max(view.floor() - 1);
        if self.conversation.at < chat.first - 1 {
            notices.push(StreamEvent::Gap(chat.id, LogName::Chat, self.conversation.at + 1, chat.first - 1));
            self.conversation.at = chat.first - 1;
        }
        if let Some(door) = &mut self.door {
            door.at = start.door.unwrap_or(oldest - 1);
            if door.at < oldest - 1 {
                notices.push(StreamEvent::Gap(chat.id, LogName::Door, door.at + 1, oldest - 1));
                door.at = oldest - 1;
            }
        }
        Start { heads, resumed: usable.is_some(), notices }
    }

    /// Returns what comes next if the tail has it, without awaiting the store.
    pub(super) fn poll_ready(&mut self, now: Timestamp) -> Readiness<LogNews> {
        if self.door.is_some() {
            let is_idle = !self.has_more() && now < self.conversation.subscription.room().expires_at();
            return if is_idle { Readiness::Pending } else { Readiness::NeedsStore };
        }
        let step = self.conversation.read_tail(&self.service, now, self.prefix(), self.viewer);
        step.map_or(Readiness::NeedsStore, |step| self.news_of(step))
    }

    /// Reads what comes next from the store; never returns [`Readiness::NeedsStore`].
    pub(super) async fn load(&mut self) -> Result<Readiness<LogNews>> {
        if let Some(end) = self.ended_by_time().await? {
            return Ok(Readiness::Event(LogNews::Ended(end)));
        }
        let prefix = self.prefix();
        let step = match self.door {
            None => self.conversation.next_batch(&self.service, prefix, self.viewer).await?,
            Some(_) => self.next_of_both().await?,
        };
        Ok(self.news_of(step))
    }

    /// Returns the ephemeral values that the viewer has not got yet, if it is a member.
    pub(super) fn next_ephemeral(&mut self, permit: &StreamPermit) -> Option<Bytes> {
        let (room, member) = (self.conversation.subscription.room(), self.viewer.member?);
        if room.has_no_ephemeral(&self.ephemeral) {
            return None;
        }
        let (online_chats, chat) = (self.service.hub.online_chats(), self.chat());
        let online = || online_chats.members(chat);
        room.next_ephemeral(&mut self.ephemeral, &permit.viewer(member), online)
    }

    /// Returns true if entries follow, or the end.
    pub(super) fn has_more(&self) -> bool {
        let follows = |cursor: &Cursor| cursor.subscription.room().locate(cursor.at) != TailPosition::AtHead;
        follows(&self.conversation) || self.door.as_ref().is_some_and(follows)
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

    /// Returns the next entries of the conversation and then of the door, each with both positions as its id.
    async fn next_of_both(&mut self) -> Result<Step<(Bytes, StreamFate)>> {
        let prefix = self.prefix();
        let Some(door) = &mut self.door else { return Ok(Step::Wait) };
        let (render, visible_from) = (self.service.hub.render(), self.viewer.visible_from);
        let mut bytes = Vec::new();
        match self.conversation.next_frames(&self.service, self.viewer).await? {
            Step::Next(frames) => {
                bytes.extend_from_slice(&join(render, prefix, visible_from, frames.iter(), |seq| Position { seq, door: Some(door.at) }));
                let fate = frames.last().map_or(StreamFate::GoesOn, |last| self.viewer.fate_after(last));
                if fate != StreamFate::GoesOn {
                    return Ok(Step::Next((bytes.into(), fate)));
                }
            }
            Step::Ended(end) => return Ok(Step::Ended(end)),
            Step::Gap(log, from, to) => {
                self.conversation.at = to;
                return Ok(Step::Gap(log, from, to));
            }
            Step::Wait => {}
        }
        let seq = self.conversation.at;
        match door.next_frames(&self.service, self.viewer).await? {
            Step::Next(frames) => {
                bytes.extend_from_slice(&join(render, prefix, visible_from, frames.iter(), |door| Position { seq, door: Some(door) }));
            }
            Step::Gap(log, from, to) if bytes.is_empty() => {
                door.at = to;
                return Ok(Step::Gap(log, from, to));
            }
            Step::Gap(..) | Step::Wait | Step::Ended(_) => {}
        }
        if bytes.is_empty() { Ok(Step::Wait) } else { Ok(Step::Next((bytes.into(), StreamFate::GoesOn))) }
    }

    /// Follows the viewer's right to the door, which an entry gave or took: adds the door's log from its head, or drops it.
    pub(super) async fn follow_door_right(&mut self) -> Result<()> {
        if self.door.take().is_none() {
            self.door = self.service.subscribe(Topic::Door(self.chat())).await?;
            if let Some(door) = &mut self.door {
                door.at = door.subscription.room().head();
            }
        }
        Ok(())
    }

    /// Returns a step as news. A viewer who left the chat is not online there any more.
    fn news_of(&mut self, step: Step<(Bytes, StreamFate)>) -> Readiness<LogNews> {
        Readiness::Event(match step {
            Step::Next((bytes, fate)) => {
                if matches!(fate, StreamFate::Left(_))
                    && let (Some(member), Some(registration)) = (self.viewer.member, self.registration.take())
                {
                    self.service.hub.online_chats().withdraw(self.chat(), member, &registration);
                }
                LogNews::Entries(bytes, fate)
            }
            Step::Gap(log, from, to) => LogNews::Gap(log, from, to),
            Step::Ended(end) => LogNews::Ended(end),
            Step::Wait => return Readiness::Pending,
        })
    }

    fn prefix(&self) -> IdPrefix {
        let chat = match self.ids {
            IdScope::Chat => None,
            IdScope::Account => Some(self.chat()),
        };
        IdPrefix { chat, epoch: self.epoch }
    }

    /// Returns the chat.
    pub(super) fn chat(&self) -> ChatId {
        self.conversation.subscription.room().topic().chat().unwrap_or(ChatId::NIL)
    }

    /// Returns the numbers of the last entries that were returned.
    pub(super) fn position(&self) -> Position {
        Position { seq: self.conversation.at, door: self.door.as_ref().map(|door| door.at) }
    }

    /// Returns the heads of the logs as far as they are known.
    pub(super) fn heads(&self) -> Heads {
        let door = self.door.as_ref().map(|door| door.subscription.room().head());
        let position = Position { seq: self.conversation.subscription.room().head(), door };
        Heads { chat: self.chat(), epoch: self.epoch, position }
    }

    /// Returns the only log that is read; `None` with a door, where two are.
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

    /// Polls for a change of one of the logs since the last call.
    pub(super) fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let door = self.door.as_mut().is_some_and(|door| door.subscription.poll_changed(cx).is_ready());
        if self.conversation.subscription.poll_changed(cx).is_ready() || door { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for ChatLogs {
    fn drop(&mut self) {
        if let (Some(registration), Some(member)) = (&self.registration, self.viewer.member) {
            self.service.hub.online_chats().leave(self.chat(), member, registration, self.service.now());
        }
    }
}
