//! Which members of chats are online: those who have a stream open that carries the chat, and for a while longer.
//!
//! Several streams of one member count once. The last one that closes leaves a moment until which the member stays online, and one look at its chat on
//! the schedule: no stream and no member has a timer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::account_presence::AccountSight;
use super::open_streams::{LONG_AGO, Streams};
use super::schedule::{Due, Schedule};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Topic;
use crate::domain::id::{ChatId, MemberId};
use crate::domain::presence::{MAX_LISTED_CHAT, MemberAccount, OnlineMembers, PRESENCE_GRACE};

/// The least time between two publications of the online members of a chat.
pub const PRESENCE_INTERVAL: Duration = Duration::from_secs(1);
#[derive(Debug)]
struct OnlineMember {
    streams: Streams,
    /// Tells it from the same member before it left the chat and came back.
    came: u64,
    account: Option<Arc<AccountSight>>,
}

impl OnlineMember {
    fn is_shown(&self) -> bool {
        self.account.as_ref().is_none_or(|account| account.is_shown())
    }
}

#[derive(Debug)]
struct OnlineChat {
    members: BTreeMap<MemberId, OnlineMember>,
    /// How many members the chat has, online or not.
    size: usize,
    /// Whether the online members may have changed since they were published.
    has_changed: bool,
    published_at: Timestamp,
    /// Whether the schedule has a look at the members that have no stream open.
    is_watched: bool,
}

impl OnlineChat {
    fn shown(&self) -> OnlineMembers {
        let shown = self.members.iter().filter(|(_, online)| online.is_shown());
        let members = shown.map(|(member, online)| MemberAccount { member: *member, account: online.account.as_ref().map(|of| of.account()) });
        OnlineMembers { members: members.collect(), is_listed: self.size <= MAX_LISTED_CHAT }
    }

    fn change(&mut self, chat: ChatId, schedule: &Schedule) {
        if !std::mem::replace(&mut self.has_changed, true) {
            schedule.add_soon(Due::Room(Topic::Conversation(chat)));
        }
    }
}

/// A stream's part in the presence of a member.
#[derive(Debug, PartialEq, Eq)]
pub struct PresenceRegistration(u64);

/// The online members of all chats, as far as this node knows.
#[derive(Debug)]
pub struct OnlineChats {
    schedule: Arc<Schedule>,
    chats: Mutex<HashMap<ChatId, OnlineChat>>,
    arrivals: AtomicU64,
}

impl OnlineChats {
    pub(super) fn new(schedule: Arc<Schedule>) -> Self {
        Self { schedule, chats: Mutex::default(), arrivals: AtomicU64::new(0) }
    }

    /// Registers a stream that carries a chat to one of its members. The chat has `size` members.
    pub fn enter(&self, chat: ChatId, member: MemberId, account: Option<Arc<AccountSight>>, size: usize) -> PresenceRegistration {
        let mut chats = self.chats.lock();
        let online = chats.entry(chat).or_insert_with(|| OnlineChat {
            members: BTreeMap::new(),
            size,
            has_changed: false,
            published_at: LONG_AGO,
            is_watched: false,
        });
        online.size = size;
        if let Some(known) = online.members.get_mut(&member) {
            known.streams.open += 1;
            // The member may hold its membership as an account since, and an account that had no stream is registered anew.
            known.account = account;
            return PresenceRegistration(known.came);
        }
        let came = self.arrivals.fetch_add(1, Ordering::Relaxed);
        online.members.insert(member, OnlineMember { streams: Streams::first(), came, account });
        online.change(chat, &self.schedule);
        PresenceRegistration(came)
    }

    /// Ends the registration of a stream: the member stays online for a while, if it has no other one.
    pub fn leave(&self, chat: ChatId, member: MemberId, registration: &PresenceRegistration, now: Timestamp) {
        let mut chats = self.chats.lock();
        let Some(online) = chats.get_mut(&chat) else { return };
        let Some(leaver) = online.members.get_mut(&member).filter(|known| known.came == registration.0) else { return };
        if leaver.streams.close(now) && !std::mem::replace(&mut online.is_watched, true) {
            self.schedule.add(now + PRESENCE_GRACE, Due::Chat(chat));
        }
    }

    /// Removes one that an entry says is no longer a member.
    pub(super) fn forget(&self, chat: ChatId, member: MemberId) {
        let mut chats = self.chats.lock();
        let Some(online) = chats.get_mut(&chat) else { return };
        online.size = online.size.saturating_sub(1);
        if online.members.remove(&member).is_some() {
            online.change(chat, &self.schedule);
        }
    }

    /// Removes one who was registered and is no longer a member.
    pub fn withdraw(&self, chat: ChatId, member: MemberId, registration: &PresenceRegistration) {
        let mut chats = self.chats.lock();
        let Some(online) = chats.get_mut(&chat) else { return };
        if online.members.get(&member).is_some_and(|known| known.came == registration.0) {
            online.members.remove(&member);
            online.change(chat, &self.schedule);
        }
    }

    /// Counts a new member of a chat.
    pub(super) fn count_member(&self, chat: ChatId) {
        if let Some(online) = self.chats.lock().get_mut(&chat) {
            online.size += 1;
        }
    }

    /// Removes a chat that has ended.
    pub(super) fn end_chat(&self, chat: ChatId) {
        self.chats.lock().remove(&chat);
    }

    /// Removes the members whose time is over.
    pub(super) fn look_at(&self, chat: ChatId, now: Timestamp) {
        let mut chats = self.chats.lock();
        let Some(online) = chats.get_mut(&chat) else { return };
        let before = online.members.len();
        online.members.retain(|_, member| member.streams.online_until() > now);
        if online.members.is_empty() {
            chats.remove(&chat);
            return;
        }
        if online.members.len() < before {
            online.change(chat, &self.schedule);
        }
        let next = online.members.values().map(|member| member.streams.online_until()).min().filter(|next| *next < Timestamp::NEVER);
        online.is_watched = next.is_some();
        if let Some(next) = next {
            self.schedule.add(next, Due::Chat(chat));
        }
    }

    /// Returns the online members of a chat that show it.
    #[must_use]
    pub fn members(&self, chat: ChatId) -> OnlineMembers {
        self.chats.lock().get(&chat).map(OnlineChat::shown).unwrap_or_default()
    }

    /// Returns the online members of a chat for a publication, if they may have changed. If it is too early for one, it is planned.
    pub(super) fn take_changed(&self, chat: ChatId, now: Timestamp) -> Option<OnlineMembers> {
        let mut chats = self.chats.lock();
        let online = chats.get_mut(&chat).filter(|online| online.has_changed)?;
        let next = online.published_at + PRESENCE_INTERVAL;
        if now < next {
            self.schedule.add(next, Due::Room(Topic::Conversation(chat)));
            return None;
        }
        (online.has_changed, online.published_at) = (false, now);
        Some(online.shown())
    }

    /// Has the online members of these chats published again: some see others now, or are seen by others.
    pub fn change(&self, chats: &[ChatId]) {
        let mut online = self.chats.lock();
        for chat in chats {
            if let Some(online) = online.get_mut(chat) {
                online.change(*chat, &self.schedule);
            }
        }
    }
}

#[cfg(test)]
mod tests;
