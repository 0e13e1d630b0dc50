//! What the hub does from tick to tick: it ends what lapses, and publishes what has no sequence number.

use std::sync::Arc;

use super::Hub;
use super::account_presence::{AccountTurn, OnlineAccounts};
use super::presence::OnlineChats;
use super::schedule::Due;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{EndsStreamsOf, Entry, Event, Head, Topic};
use crate::domain::id::{AccountId, ChatId};

impl Hub {
    /// Who is online in chats.
    #[must_use]
    pub const fn online_chats(&self) -> &OnlineChats {
        &self.online_chats
    }

    /// Which accounts are online.
    #[must_use]
    pub const fn online_accounts(&self) -> &Arc<OnlineAccounts> {
        &self.online_accounts
    }

    /// Waits until something is due earlier than before.
    pub async fn schedule_changed(&self) {
        self.schedule.changed().await;
    }

    /// Returns the next tick at which something is due.
    #[must_use]
    pub fn next_tick(&self, now: Timestamp) -> Option<Timestamp> {
        self.schedule.next(now)
    }

    /// Takes what is due.
    #[must_use]
    pub fn take_due(&self, now: Timestamp) -> Vec<Due> {
        self.schedule.take(now)
    }

    /// Ends the time of members of a chat that have no stream open any more.
    pub fn look_at_chat(&self, chat: ChatId, now: Timestamp) {
        self.online_chats.look_at(chat, now);
    }

    /// Returns whether an account went online or offline.
    #[must_use]
    pub fn look_at_account(&self, account: AccountId, now: Timestamp) -> Option<AccountTurn> {
        self.online_accounts.look_at(account, now)
    }

    /// Publishes the ephemeral changes in a room, if it has subscribers.
    pub fn publish(&self, topic: Topic, now: Timestamp) {
        let online = topic.chat().and_then(|chat| self.online_chats.take_changed(chat, now));
        let look_at = self.room(topic).and_then(|room| room.publish_ephemeral(online, now));
        if let Some(look_at) = look_at {
            self.schedule.add(look_at, Due::Room(topic));
        }
    }

    /// Has it published in these chats that an account sees others now, or is seen by others, or is not any more.
    pub fn change_sight(&self, account: AccountId, is_shown: bool, chats: &[ChatId]) {
        self.online_chats.change(chats);
        for topic in chats.iter().map(|chat| Topic::Conversation(*chat)).filter(|_| !is_shown) {
            if self.room(topic).is_some_and(|room| room.hide_typing(account)) {
                self.schedule.add_soon(Due::Room(topic));
            }
        }
    }

    /// Appends entries to their room. Their authors type no more, and who left the chat is not online there any more.
    pub(super) fn append(&self, topic: Topic, head: Head, entries: &[Arc<Entry>]) {
        if self.room(topic).is_some_and(|room| room.append(head, entries)) {
            self.schedule.add_soon(Due::Room(topic));
        }
        let Topic::Conversation(chat) = topic else { return };
        for entry in entries {
            match (&entry.event, entry.ends_streams_of()) {
                (Event::MemberJoined { .. }, _) => self.online_chats.count_member(chat),
                (_, Some(EndsStreamsOf::Member(member, _))) => self.online_chats.forget(chat, member),
                _ => {}
            }
        }
    }
}
