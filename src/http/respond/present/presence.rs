//! Presents what is ephemeral: receipts that moved, who types, who is online.

use serde::Serialize;

use super::Present;
use crate::domain::ephemeral::EphemeralEvent;
use crate::domain::id::{ChatId, MemberId};
use crate::domain::presence::{FriendPresence, Presence};
use crate::wire;

/// The data of an ephemeral event.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(in crate::http) enum EphemeralData {
    Receipt(wire::receipts::ReceiptMoved),
    Typing(wire::typing::Typing),
    Online(wire::presence::ChatPresence),
    Friend(wire::presence::FriendPresence),
}

impl Present {
    /// Presents an ephemeral event of a chat, or of an account, with its name.
    pub(in crate::http) fn ephemeral(&self, chat: Option<ChatId>, event: &EphemeralEvent) -> (&'static str, EphemeralData) {
        let chat_id = chat.map(|chat| chat.to_string()).unwrap_or_default();
        match event {
            EphemeralEvent::Receipt { member, delivered, read } => {
                let moved = wire::receipts::ReceiptMoved { chat_id, member_id: member.0, delivered: *delivered, read: *read };
                ("receipt", EphemeralData::Receipt(moved))
            }
            EphemeralEvent::Typing(members) => ("typing", EphemeralData::Typing(wire::typing::Typing { chat_id, members: numbers(members) })),
            EphemeralEvent::Online { members, count } => {
                ("presence", EphemeralData::Online(wire::presence::ChatPresence { chat_id, members: numbers(members), count: *count }))
            }
            EphemeralEvent::Friend(friend) => ("friend_presence", EphemeralData::Friend(self.friend_presence(friend))),
        }
    }

    /// Presents the presence of a friend.
    pub(in crate::http) fn friend_presence(&self, friend: &FriendPresence) -> wire::presence::FriendPresence {
        let wire::accounts::Presence { online, last_seen_at } = self.presence(friend.presence);
        wire::presence::FriendPresence { username: friend.username.as_str().into(), online, last_seen_at }
    }

    /// Presents when somebody was online.
    pub(super) fn presence(&self, presence: Presence) -> wire::accounts::Presence {
        wire::accounts::Presence { online: presence.online, last_seen_at: presence.last_seen_at.map(|at| self.time(at)) }
    }
}

fn numbers(members: &[MemberId]) -> Vec<u32> {
    members.iter().map(|member| member.0).collect()
}
