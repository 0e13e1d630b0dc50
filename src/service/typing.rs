//! Typing: members say that they type, and the others are told until they stop, post, or say nothing more for a while.

use super::Service;
use super::authorization::Caller;
use super::error::{Error, Limit, Result};
use crate::domain::ephemeral::EphemeralChange;
use crate::domain::event_log::{LogUpdate, Topic};
use crate::domain::id::ChatId;
use crate::domain::person::Person;
use crate::domain::presence::MemberAccount;
use crate::domain::typing::{TYPING_LAPSE, TypingChange};
use crate::store::Committed;

impl Service {
    /// Tells the other members of a chat whether the caller is typing. Members only. Of an account that hides its presence nothing is told.
    pub async fn set_typing(&self, chat: ChatId, caller: &Caller, is_typing: bool) -> Result<()> {
        let (_, membership) = self.require_member(chat, caller).await?;
        let (member, account, now) = (membership.member.id, caller.account(), self.now());
        self.rate_limits.typing.try_acquire(Person::Member(chat, member), now).map_err(|wait| Error::Limit(Limit::Typing, wait))?;
        if let Some(account) = account
            && !self.store.sights(&[account]).await?.iter().all(|sight| sight.is_shown)
        {
            return Ok(());
        }
        let change = TypingChange { by: MemberAccount { member, account }, until: is_typing.then(|| now + TYPING_LAPSE) };
        let update = LogUpdate::Ephemeral { topic: Topic::Conversation(chat), change: EphemeralChange::Typing(change) };
        self.announce(Committed::new((), vec![update]));
        Ok(())
    }
}
