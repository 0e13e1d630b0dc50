//! Presence: who sees whom, and what friends are told.

use super::Service;
use super::error::Result;
use crate::domain::account::{Account, RelatedAccount};
use crate::domain::clock::Timestamp;
use crate::domain::ephemeral::EphemeralChange;
use crate::domain::event_log::{LogUpdate, Topic};
use crate::domain::friendship::Friendship;
use crate::domain::id::AccountId;
use crate::domain::presence::{FriendPresence, Presence, Sight};
use crate::hub::account_presence::AccountTurn;
use crate::store::Committed;

impl Service {
    /// Reads anew whom an account sees and whether it is seen, and has what follows from a change published in its chats and among its friends.
    pub(super) async fn refresh_sight(&self, account: AccountId) -> Result<()> {
        let Some(sight) = self.store.sights(&[account]).await?.pop() else { return Ok(()) };
        self.apply_sight(account, sight).await
    }

    /// Applies what the store says of an account that may be online.
    pub(super) async fn apply_sight(&self, account: AccountId, sight: Sight) -> Result<()> {
        let is_shown = sight.is_shown;
        let Some(before) = self.hub.online_accounts().set_sight(account, sight) else { return Ok(()) };
        self.hub.change_sight(account, is_shown, &self.store.chats_of(account).await?);
        if before.is_shown == is_shown {
            return Ok(());
        }
        if let Some(of) = self.store.find_account(account).await? {
            let presence = if is_shown { self.presence_of(&of) } else { Presence::HIDDEN };
            self.tell(&of, presence).await?;
        }
        for friend in self.online_friends(account).await? {
            self.push_friend(account, friend);
        }
        Ok(())
    }

    /// Tells the friends of an account that it went online or offline, and notes when it was online last.
    pub(super) async fn tell_friends(&self, turn: AccountTurn) -> Result<()> {
        if let Some(left_at) = turn.left_at {
            self.store.note_seen(turn.account, left_at).await?;
        }
        match self.store.find_account(turn.account).await? {
            Some(of) if of.settings.presence => self.tell(&of, self.presence_of(&of)).await,
            _ => Ok(()),
        }
    }

    async fn tell(&self, of: &Account, presence: Presence) -> Result<()> {
        for friend in self.store.friends_of(of.id).await? {
            self.push_friend(friend, FriendPresence { account: of.id, username: of.username.clone(), presence });
        }
        Ok(())
    }

    /// Sends the presence of a friend to the streams of an account.
    fn push_friend(&self, to: AccountId, friend: FriendPresence) {
        self.announce(Committed::new((), vec![LogUpdate::Ephemeral { topic: Topic::Account(to), change: EphemeralChange::Friend(friend) }]));
    }

    /// Returns the friends of an account that are online and show it.
    pub(super) async fn online_friends(&self, account: AccountId) -> Result<Vec<FriendPresence>> {
        let (now, mut friends) = (self.now(), Vec::new());
        for friend in self.store.friends_of(account).await? {
            if !self.hub.online_accounts().is_online(friend, now) {
                continue;
            }
            let friend = self.store.find_account(friend).await?.filter(|friend| friend.settings.presence);
            friends.extend(friend.map(|of| FriendPresence { account: of.id, username: of.username.clone(), presence: self.presence_of(&of) }));
        }
        Ok(friends)
    }

    /// Returns whom an account sees.
    pub(super) async fn sight_of(&self, account: AccountId) -> Result<Sight> {
        Ok(self.store.sights(&[account]).await?.pop().unwrap_or_default())
    }

    /// Returns what a viewer sees of the presence of an account: that of friends who both show it.
    pub(super) fn seen_presence(&self, of: &RelatedAccount, viewer: &Sight) -> Option<Presence> {
        let is_seen = of.relation.friendship == Friendship::Friends && viewer.is_shown && of.account.settings.presence;
        is_seen.then(|| self.presence_of(&of.account))
    }

    fn presence_of(&self, account: &Account) -> Presence {
        let now: Timestamp = self.now();
        Presence::new(self.hub.online_accounts().is_online(account.id, now), account.last_seen_at, now)
    }
}
