//! Presence: who is online in a chat and among friends, and who may see it.

use std::time::Duration;

use super::clock::Timestamp;
use super::id::{AccountId, MemberId};
use super::username::Username;

/// How much longer than its last stream a member or an account is online.
pub const PRESENCE_GRACE: Duration = Duration::from_secs(10);
/// The most members of a chat whose online members are listed; of larger ones they are only counted.
pub const MAX_LISTED_CHAT: usize = 100;
/// The steps in which is told when an account was online last, in milliseconds.
const LAST_SEEN_STEP: i64 = 5 * 60 * 1_000;

/// A member of a chat, with the account that holds the membership, if one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberAccount {
    /// The member.
    pub member: MemberId,
    /// The account.
    pub account: Option<AccountId>,
}

/// The online members of a chat that show it, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnlineMembers {
    /// The members.
    pub members: Vec<MemberAccount>,
    /// Whether the chat is small enough for a list.
    pub is_listed: bool,
}

/// Whom an account sees online and typing, and whether it is seen itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Whether the account shows its presence, and sees that of others.
    pub is_shown: bool,
    /// The accounts that it blocks, and those that block it, in order.
    pub hidden: Box<[AccountId]>,
}

impl Sight {
    /// Returns true if it sees the holder of a membership that shows itself: an account, or somebody with a credential of the chat.
    #[must_use]
    pub fn sees(&self, holder: Option<AccountId>) -> bool {
        self.is_shown && holder.is_none_or(|account| self.hidden.binary_search(&account).is_err())
    }
}

/// Whether an account is online.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Whether it has a stream open, or had one a moment ago.
    pub online: bool,
    /// When it was online last, in steps of five minutes; `None` if that is hidden.
    pub last_seen_at: Option<Timestamp>,
}

impl Presence {
    /// What friends are told of an account that no longer shows its presence.
    pub const HIDDEN: Self = Self { online: false, last_seen_at: None };

    /// Returns the presence of an account that was used last at `seen`.
    #[must_use]
    pub fn new(online: bool, seen: Timestamp, now: Timestamp) -> Self {
        let seen = if online { now } else { seen };
        Self { online, last_seen_at: Some(seen.shifted(-seen.millis().rem_euclid(LAST_SEEN_STEP))) }
    }
}

/// The presence of an account, for its friends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FriendPresence {
    /// The account.
    pub account: AccountId,
    /// Its username.
    pub username: Username,
    /// Its presence.
    pub presence: Presence,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    #[test]
    fn an_account_sees_all_but_those_in_a_block_with_it_unless_it_hides_itself() {
        let mut hidden = [(); 3].map(|()| AccountId::random(&SystemRandom));
        hidden.sort_unstable();
        let (blocked, other) = (hidden[1], AccountId::random(&SystemRandom));
        let sight = Sight { is_shown: true, hidden: hidden.into() };
        assert!(sight.sees(None) && sight.sees(Some(other)) && !sight.sees(Some(blocked)));
        let hiding = Sight { is_shown: false, hidden: Box::default() };
        assert!(!hiding.sees(None) && !hiding.sees(Some(other)));
    }

    #[test]
    fn when_an_account_was_online_last_is_rounded_down_to_five_minutes() {
        let at = |minutes: i64| Timestamp::from_millis(minutes * 60_000);
        let last_seen = |online, seen, now| Presence::new(online, seen, now).last_seen_at.unwrap();
        assert_eq!(last_seen(false, at(14).shifted(59_999), at(60)), at(10));
        assert_eq!(last_seen(false, at(15), at(60)), at(15));
        assert_eq!(last_seen(true, at(15), at(61)), at(60), "one that is online was seen now");
    }
}
