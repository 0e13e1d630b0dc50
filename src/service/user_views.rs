//! How accounts see each other (API 3, `user`).

use std::collections::{HashMap, HashSet};

use super::Service;
use super::error::Result;
use crate::domain::account::{RelatedAccount, UserView};
use crate::domain::friendship::FriendRequest;
use crate::domain::id::{AccountId, ChatId};
use crate::domain::principal::Principal;

/// A friend request with its two accounts, as one of them sees them.
#[derive(Clone, Debug)]
pub struct FriendRequestView {
    /// The request.
    pub request: FriendRequest,
    /// The sender.
    pub from: UserView,
    /// The receiver.
    pub to: UserView,
}

impl Service {
    /// Returns how `viewer` sees a friend request; `None` if one of its accounts was deleted meanwhile.
    pub(super) async fn request_view(&self, viewer: AccountId, request: FriendRequest) -> Result<Option<FriendRequestView>> {
        Ok(self.request_views(viewer, vec![request]).await?.pop())
    }

    /// Returns how `viewer` sees these friend requests, without those of accounts that were deleted meanwhile.
    pub(super) async fn request_views(&self, viewer: AccountId, requests: Vec<FriendRequest>) -> Result<Vec<FriendRequestView>> {
        let ids: HashSet<AccountId> = requests.iter().flat_map(|request| [request.from, request.to]).collect();
        let ids: Vec<AccountId> = ids.into_iter().collect();
        let views = self.user_views(viewer, &ids).await?;
        let seen: HashMap<_, _> = ids.into_iter().zip(views).collect();
        let view = |id: &AccountId| seen.get(id).cloned().flatten();
        let views = requests.into_iter().filter_map(|request| {
            let (from, to) = (view(&request.from)?, view(&request.to)?);
            Some(FriendRequestView { request, from, to })
        });
        Ok(views.collect())
    }

    /// Returns how `viewer` sees these accounts; `None` for one that was deleted.
    pub(super) async fn user_views(&self, viewer: AccountId, accounts: &[AccountId]) -> Result<Vec<Option<UserView>>> {
        let mut views = Vec::with_capacity(accounts.len());
        let sight = self.sight_of(viewer).await?;
        for related in self.store.related_accounts(viewer, accounts).await? {
            views.push(match related {
                Some(related) => Some(self.user_view(viewer, &related).await?.with_presence(self.seen_presence(&related, &sight))),
                None => None,
            });
        }
        Ok(views)
    }

    /// Returns how `viewer` sees an account. Of one that they may not see they get the username alone.
    pub(super) async fn user_view(&self, viewer: AccountId, related: &RelatedAccount) -> Result<UserView> {
        let view = UserView::new(&related.account, related.relation);
        Ok(if self.may_see(viewer, related).await? { view } else { view.unnamed() })
    }

    /// Returns an account if `viewer` may see it.
    pub(super) async fn visible_account(&self, viewer: AccountId, account: AccountId) -> Result<Option<UserView>> {
        let related = self.store.related_accounts(viewer, &[account]).await?.pop().flatten();
        let Some(related) = related else { return Ok(None) };
        let presence = self.seen_presence(&related, &self.sight_of(viewer).await?);
        Ok(self.may_see(viewer, &related).await?.then(|| UserView::new(&related.account, related.relation).with_presence(presence)))
    }

    async fn may_see(&self, viewer: AccountId, related: &RelatedAccount) -> Result<bool> {
        Ok(related.is_visible() || self.share_a_chat(viewer, related.account.id).await?)
    }

    /// Returns true if both accounts are members of one chat.
    async fn share_a_chat(&self, one: AccountId, other: AccountId) -> Result<bool> {
        let own: HashSet<ChatId> = self.store.chats_of(one).await?.into_iter().collect();
        for chat in self.store.chats_of(other).await?.into_iter().filter(|chat| own.contains(chat)) {
            if self.is_member(chat, one).await? && self.is_member(chat, other).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn is_member(&self, chat: ChatId, account: AccountId) -> Result<bool> {
        let view = self.store.find_chat(chat, Some(Principal::Account(account)), self.now()).await?;
        Ok(view.is_some_and(|view| view.membership.is_some()))
    }
}
