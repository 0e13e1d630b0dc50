//! Presents friend requests, friends and blocks.

use super::Present;
use crate::domain::friendship::FriendRequestStatus;
use crate::service::friends::UserSince;
use crate::service::user_views::FriendRequestView;
use crate::wire;

impl Present {
    /// Presents a friend request to its sender or its receiver.
    pub(in crate::http) fn friend_request(&self, view: &FriendRequestView) -> wire::friends::FriendRequest {
        let FriendRequestView { request, from, to } = view;
        wire::friends::FriendRequest {
            id: request.id.uuid(),
            from: self.user(from),
            to: self.user(to),
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
        wire::friends::Friend { user: self.user(&friend.user), since: self.time(friend.since) }
    }

    /// Presents a blocked account to the one who blocks it.
    pub(in crate::http) fn block(&self, blocked: &UserSince) -> wire::friends::Block {
        wire::friends::Block { user: self.user(&blocked.user), since: self.time(blocked.since) }
    }
}
