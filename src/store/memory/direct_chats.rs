//! Direct chats in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::ChatState;
use super::directory::direct_chats::Participants;
use crate::domain::account::Account;
use crate::domain::chat::{Chat, ChatKind, EndReason};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Event;
use crate::domain::id::{AccountId, ChatId, MemberId};
use crate::domain::idempotency::Idempotent;
use crate::domain::member::{Member, Role};
use crate::domain::message::Message;
use crate::domain::principal::Principal;
use crate::store::direct_chats::{DirectChats, NewDirectMessage, NotSent, SentMessage};
use crate::store::messages::{NewMessage, NotPosted};
use crate::store::{Committed, StoreResult, WriteResult};

/// Why an attempt to send a message did not succeed.
enum Failed {
    /// The chat ended, or the two began one, at the same time: the next attempt finds what there is.
    Overtaken,
    Refused(NotSent),
}

impl<R: Into<NotSent>> From<R> for Failed {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

type Attempt = Result<Committed<Idempotent<SentMessage>>, Failed>;

#[async_trait]
impl DirectChats for MemoryStore {
    async fn find_direct_chat(&self, one: AccountId, other: AccountId) -> StoreResult<Option<ChatId>> {
        Ok(self.directory.read().friends.direct_chat(one, other))
    }

    async fn send_direct(&self, new: NewDirectMessage, now: Timestamp) -> WriteResult<Idempotent<SentMessage>, NotSent> {
        loop {
            let known = self.directory.read().friends.direct_chat(new.from, new.to);
            let attempt = match known.filter(|chat| self.read(*chat, now, |_| ()).is_some()) {
                Some(chat) => self.send_in(chat, &new, now),
                None => self.begin_direct(&new, known, now),
            };
            match attempt {
                Ok(sent) => return Ok(Ok(sent)),
                Err(Failed::Refused(refusal)) => return Ok(Err(refusal)),
                Err(Failed::Overtaken) => {}
            }
        }
    }
}

impl MemoryStore {
    /// Posts a message into a chat that exists.
    fn send_in(&self, chat: ChatId, new: &NewDirectMessage, now: Timestamp) -> Attempt {
        self.write(chat, now, Failed::Overtaken, |state| {
            let author = state.membership_of(&Principal::Account(new.from)).ok_or(NotSent::Gone)?.member.clone();
            let message = Message { member: Some(author), ..new.message.clone() };
            let Idempotent { value: entry, replayed } = self.post(state, NewMessage { chat, message, key: new.key }, Some(new.from), now)?;
            Ok(Idempotent { value: SentMessage { chat, entry, has_begun: false }, replayed })
        })
    }

    /// Begins the chat of two accounts with a message. It can be found once the directory knows it as theirs. `ended` is the chat that they had.
    fn begin_direct(&self, new: &NewDirectMessage, ended: Option<ChatId>, now: Timestamp) -> Attempt {
        let accounts = self.directory.read().direct_accounts(new.from, new.to)?;
        if new.message.reply_to().is_some() {
            return Err(NotPosted::NothingToReplyTo.into());
        }
        if !new.is_admitted {
            return Err(NotSent::NotAdmitted.into());
        }
        let mut state = ChatState::direct(new.chat.clone(), &accounts, now);
        let author = state.members[0].membership.member.clone();
        let chat = state.chat.id;
        let message = NewMessage { chat, message: Message { member: Some(author), ..new.message.clone() }, key: new.key };
        let entry = state.post(message, now);
        let news = state.take_news();
        let (_, mut updates) = self.insert_chat(state).ok_or(NotPosted::NodeFull)?;
        let begun = {
            let mut directory = self.directory_mut();
            let is_same = directory.friends.direct_chat(new.from, new.to) == ended;
            let begun = is_same.then(|| directory.begin_direct(new.from, new.to, chat, new.key.as_ref(), now));
            begun.unwrap_or(Ok(())).map(|()| is_same)
        };
        match begun {
            Ok(true) => {
                self.mark_new_chat(chat, &updates, now);
                updates.extend(self.tell_accounts(news));
                Ok(Committed::new(Idempotent::new(SentMessage { chat, entry, has_begun: true }), updates))
            }
            other => {
                // No one has seen it: there is nothing to announce.
                drop(self.end(chat, EndReason::Closed, now, |_| true));
                Err(other.map_or_else(Failed::from, |_| Failed::Overtaken))
            }
        }
    }
}

impl ChatState {
    /// Creates the direct chat of two accounts with their joins, the first one's first.
    fn direct(chat: Chat, accounts: &[Account; 2], now: Timestamp) -> Self {
        let mut state = Self::new(chat);
        for (account, id) in accounts.iter().zip([1, 2]) {
            let is_taken = state.members.iter().any(|other| other.membership.member.name.is_confusable_with(&account.name));
            let name = if is_taken { account.name.numbered(2) } else { account.name.clone() };
            let member = Arc::new(Member { id: MemberId(id), name, username: Some(account.username.clone()), role: Role::Member });
            state.add_member(&member, Principal::Account(account.id), None, None, now);
        }
        let joined: Vec<_> = state.members.iter().map(|record| record.membership.member.clone()).collect();
        for member in joined {
            state.append(Event::MemberJoined { member, by: None }, now);
        }
        // Both begin to read after both joins.
        state.members.iter_mut().for_each(|record| record.joined = 2);
        state
    }

    /// Returns the two accounts of a message in a direct chat.
    pub(super) fn participants(&self, message: &Message) -> Option<Participants> {
        let author = message.member.as_ref().filter(|_| self.chat.kind == ChatKind::Direct)?;
        let account_of = |record: &super::chat::MemberRecord| record.credential.account().filter(|_| !self.is_departed(record.membership.member.id));
        let from = account_of(self.member(author.id)?)?;
        let other = self.members.iter().find(|record| record.membership.member.id != author.id);
        Some(Participants { from, to: other.and_then(account_of) })
    }

    /// Returns true for a direct chat or a group that no account is in any more.
    pub(super) fn is_abandoned(&self) -> bool {
        let is_account = |record: &super::chat::MemberRecord| record.credential.account().is_some() && !self.is_departed(record.membership.member.id);
        match self.chat.kind {
            ChatKind::Link => false,
            ChatKind::Direct => self.accounts.as_ref().is_none_or(|accounts| accounts.iter().next().is_none()),
            ChatKind::Group => !self.members.iter().any(is_account),
        }
    }
}
