//! Presents what the streams of accounts report besides the events of chats.

use super::Present;
use crate::service::streams::account_event::{AccountStreamEvent, ChatRemoval};
use crate::wire;
use crate::wire::account_events::{AccountHello, AccountState, ChatAdded, ChatRemoved, FriendRequestChanged, FriendshipChanged, MeUpdated};

impl Present {
    /// Presents an event on the stream of an account: its name and its data.
    pub(in crate::http) fn account_event(&self, event: &AccountStreamEvent) -> (&'static str, AccountEventData) {
        match event {
            AccountStreamEvent::Hello(now) => ("hello", AccountEventData::Hello(AccountHello { sent_at: self.time(*now) })),
            AccountStreamEvent::State { me, chats, more, requests, knocks } => {
                let data = AccountState {
                    me: self.me(me),
                    chats: chats.iter().map(|item| self.chat_summary(item)).collect(),
                    more: *more,
                    friend_requests: requests.iter().map(|request| self.friend_request(request)).collect(),
                    knocks: knocks.iter().map(|knock| self.knocked(knock)).collect(),
                };
                ("state", AccountEventData::State(Box::new(data)))
            }
            AccountStreamEvent::FriendRequest(view) => ("friend_request", request_changed(self.friend_request(view))),
            AccountStreamEvent::RequestWithdrawn(view) => {
                let status = wire::friends::FriendRequestStatus::Withdrawn;
                ("friend_request", request_changed(wire::friends::FriendRequest { status, ..self.friend_request(view) }))
            }
            AccountStreamEvent::FriendshipBegan(friend) => {
                let data = FriendshipChanged { user: self.user(&friend.user), since: Some(self.time(friend.since)), ended: None };
                ("friendship", AccountEventData::Friendship(data))
            }
            AccountStreamEvent::FriendshipEnded(former) => {
                ("friendship", AccountEventData::Friendship(FriendshipChanged { user: self.user(former), since: None, ended: Some(true) }))
            }
            AccountStreamEvent::FriendPresence(friend) => ("friend_presence", AccountEventData::FriendPresence(self.friend_presence(friend))),
            AccountStreamEvent::MeUpdated(me) => ("me_updated", AccountEventData::MeUpdated(MeUpdated { me: self.me(me) })),
            AccountStreamEvent::ChatAdded(item) => ("chat_added", AccountEventData::ChatAdded(Box::new(ChatAdded { chat: self.chat_item(item) }))),
            AccountStreamEvent::ChatRemoved(chat, reason) => {
                ("chat_removed", AccountEventData::ChatRemoved(ChatRemoved { chat_id: chat.to_string(), reason: removal(*reason) }))
            }
            AccountStreamEvent::KnockDecided(knock) => ("knock_decided", AccountEventData::KnockDecided(Box::new(self.knocked(knock)))),
        }
    }
}

const fn removal(reason: ChatRemoval) -> wire::account_events::ChatRemoval {
    match reason {
        ChatRemoval::Left => wire::account_events::ChatRemoval::Left,
        ChatRemoval::Removed => wire::account_events::ChatRemoval::Removed,
        ChatRemoval::Evicted => wire::account_events::ChatRemoval::Evicted,
        ChatRemoval::Closed => wire::account_events::ChatRemoval::Closed,
        ChatRemoval::Expired => wire::account_events::ChatRemoval::Expired,
        ChatRemoval::Cleared => wire::account_events::ChatRemoval::Cleared,
    }
}

fn request_changed(request: wire::friends::FriendRequest) -> AccountEventData {
    AccountEventData::FriendRequest(FriendRequestChanged { request })
}

/// The data of an event on the stream of an account.
#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
pub(in crate::http) enum AccountEventData {
    Hello(AccountHello),
    State(Box<AccountState>),
    FriendRequest(FriendRequestChanged),
    Friendship(FriendshipChanged),
    FriendPresence(wire::presence::FriendPresence),
    MeUpdated(MeUpdated),
    ChatAdded(Box<ChatAdded>),
    ChatRemoved(ChatRemoved),
    KnockDecided(Box<wire::knocks::Exchange>),
}
