//! Presents friend requests, friends, blocks, and what the streams of accounts report.

use super::{Present, user};
use crate::domain::friendship::FriendRequestStatus;
use crate::service::friends::UserSince;
use crate::service::streams::account_event::AccountStreamEvent;
use crate::service::user_views::FriendRequestView;
use crate::wire;
use crate::wire::account_events::{AccountHello, AccountState, FriendRequestChanged, FriendshipChanged, MeUpdated};

impl Present {
    /// Presents a friend request to its sender or its receiver.
    pub(in crate::http) fn friend_request(&self, view: &FriendRequestView) -> wire::friends::FriendRequest {
        let FriendRequestView { request, from, to } = view;
        wire::friends::FriendRequest {
            id: request.id.uuid(),
            from: user(from),
            to: user(to),
            note: request.note.as_ref().map(|note| note.as_str().into()),
            status: match request.status {
                FriendRequestStatus::Pending => wire::friends::FriendRequestStatus::Pending,
                FriendRequestStatus::Accepted => wire::friends::FriendRequestStatus::Accepted,
                FriendRequestStatus::Rejected => wire::friends::FriendRequestStatus::Rejected,
            },
            created_at: self.time(request.created_at),
            answered_at: request.answered_at.map(|at| self.time(at)),
        }
    }

    /// Presents a friend.
    pub(in crate::http) fn friend(&self, friend: &UserSince) -> wire::friends::Friend {
        wire::friends::Friend { user: user(&friend.user), since: self.time(friend.since) }
    }

    /// Presents a blocked account to the one who blocks it.
    pub(in crate::http) fn block(&self, blocked: &UserSince) -> wire::friends::Block {
        wire::friends::Block { user: user(&blocked.user), since: self.time(blocked.since) }
    }

    /// Presents an event on the stream of an account: its name and its data.
    pub(in crate::http) fn account_event(&self, event: &AccountStreamEvent) -> (&'static str, AccountEventData) {
        match event {
            AccountStreamEvent::Hello(now) => ("hello", AccountEventData::Hello(AccountHello { sent_at: self.time(*now) })),
            AccountStreamEvent::State { me, requests } => {
                let friend_requests = requests.iter().map(|request| self.friend_request(request)).collect();
                ("state", AccountEventData::State(AccountState { me: self.me(me), friend_requests }))
            }
            AccountStreamEvent::FriendRequest(view) => ("friend_request", request_changed(self.friend_request(view))),
            AccountStreamEvent::RequestWithdrawn(view) => {
                let status = wire::friends::FriendRequestStatus::Withdrawn;
                ("friend_request", request_changed(wire::friends::FriendRequest { status, ..self.friend_request(view) }))
            }
            AccountStreamEvent::FriendshipBegan(friend) => {
                let data = FriendshipChanged { user: user(&friend.user), since: Some(self.time(friend.since)), ended: None };
                ("friendship", AccountEventData::Friendship(data))
            }
            AccountStreamEvent::FriendshipEnded(former) => {
                ("friendship", AccountEventData::Friendship(FriendshipChanged { user: user(former), since: None, ended: Some(true) }))
            }
            AccountStreamEvent::MeUpdated(me) => ("me_updated", AccountEventData::MeUpdated(MeUpdated { me: self.me(me) })),
        }
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
    State(AccountState),
    FriendRequest(FriendRequestChanged),
    Friendship(FriendshipChanged),
    MeUpdated(MeUpdated),
}
