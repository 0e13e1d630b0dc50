//! What happened in one chat that its members are to be told by push, and what a push says of it.

use std::collections::HashSet;

use super::door::CredentialOwner;
use super::{ChatState, MemberRecord};
use crate::domain::chat_item::Notifications;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Event, LogUpdate};
use crate::domain::id::{AccountId, MemberId};
use crate::domain::knock::KnockStatus;
use crate::domain::plain_line::plain_line;
use crate::domain::principal::Principal;
use crate::domain::push::{MAX_PUSH_TEXT, PUSH_DELAY, Push, PushSubject};
use crate::domain::push_subscription::PushText;
use crate::store::memory::allocation::{MemoryCost, block, vec};

/// Who wrote a message without being a member.
const VISITOR: &str = "A visitor";

/// Where the entries begin that are to be told.
#[derive(Clone, Copy, Debug)]
struct Mark {
    due: Timestamp,
    conversation: u64,
    door: u64,
}

/// What a chat knows of pushes.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct ChatPushes {
    /// The members and waiting guests without an account that subscribed.
    holders: Vec<Principal>,
    mark: Option<Mark>,
}

impl MemoryCost for ChatPushes {
    fn bytes(&self) -> u64 {
        vec::<Principal>(self.holders.capacity())
    }
}

/// What is to be told of a chat.
#[derive(Debug)]
pub(in crate::store::memory) struct ChatNews {
    mark: Mark,
    /// The authors of new messages.
    authors: HashSet<Option<MemberId>>,
    /// The members whose knock was approved.
    admitted: HashSet<MemberId>,
    has_knocks: bool,
}

/// Returns true for an entry that may be told.
const fn is_news(event: &Event) -> bool {
    matches!(event, Event::Message(_) | Event::MemberJoined { .. } | Event::Knock(_))
}

/// Returns true for a change with which somebody's membership or knock may have ended.
fn may_end_holders(update: &LogUpdate) -> bool {
    match update {
        LogUpdate::Appended { entries, .. } => {
            entries.iter().any(|entry| matches!(entry.event, Event::MemberLeft { .. } | Event::MemberUpdated { .. } | Event::KnockDecided { .. }))
        }
        LogUpdate::Unlogged { .. } => true,
        _ => false,
    }
}

impl ChatState {
    fn pushes(&self) -> Option<&ChatPushes> {
        self.accounts.as_ref()?.pushes.as_deref()
    }

    fn pushes_mut(&mut self) -> &mut ChatPushes {
        self.accounts.get_or_insert_default().pushes.get_or_insert_default()
    }

    /// Returns the memory that it takes, in bytes.
    pub(super) fn push_bytes(&self) -> u64 {
        self.pushes().map_or(0, |pushes| block(size_of::<ChatPushes>()) + pushes.bytes())
    }

    /// Returns true if somebody is or was told of the chat by push.
    pub(in crate::store::memory) fn has_pushes(&self) -> bool {
        self.pushes().is_some()
    }

    /// Adds one to those who subscribed.
    pub(in crate::store::memory) fn add_push_holder(&mut self, holder: Principal) {
        let holders = &mut self.pushes_mut().holders;
        if !holders.contains(&holder) {
            holders.push(holder);
        }
    }

    /// Returns true for a member, and for a guest whose knock is pending.
    pub(in crate::store::memory) fn may_be_told(&self, holder: &Principal, now: Timestamp) -> bool {
        self.membership_of(holder).is_some() || self.is_waiting(holder, now)
    }

    fn is_waiting(&self, holder: &Principal, now: Timestamp) -> bool {
        let Some(CredentialOwner::Guest { knock }) = self.door().credentials.get(holder) else { return false };
        self.door().knocks.get(knock).is_some_and(|record| record.knock.status_at(now) == KnockStatus::Pending)
    }

    /// Returns those who subscribed and are neither members nor waiting any more, if these updates may have ended that.
    pub(in crate::store::memory) fn take_former_push_holders(&mut self, updates: &[LogUpdate], now: Timestamp) -> Vec<Principal> {
        let Some(pushes) = self.pushes().filter(|pushes| !pushes.holders.is_empty()) else { return Vec::new() };
        if !updates.iter().any(may_end_holders) {
            return Vec::new();
        }
        let (kept, former) = pushes.holders.iter().copied().partition(|holder| self.may_be_told(holder, now));
        self.pushes_mut().holders = kept;
        former
    }

    /// Returns those who subscribed, of an ended chat, and when it was to be told of.
    pub(in crate::store::memory) fn push_holders(&self) -> (&[Principal], Option<Timestamp>) {
        self.pushes().map_or((&[], None), |pushes| (&pushes.holders, pushes.mark.map(|mark| mark.due)))
    }

    /// Marks where the entries begin that are to be told, unless a mark waits. Returns when the new mark is due.
    pub(in crate::store::memory) fn mark_news(&mut self, updates: &[LogUpdate], now: Timestamp) -> Option<Timestamp> {
        if self.pushes().is_some_and(|pushes| pushes.mark.is_some()) {
            return None;
        }
        let mut mark = Mark { due: now + PUSH_DELAY, conversation: self.chat.head + 1, door: self.chat.door + 1 };
        let mut has_news = false;
        for update in updates {
            let LogUpdate::Appended { topic, entries, .. } = update else { continue };
            let Some(first) = entries.iter().find(|entry| is_news(&entry.event)) else { continue };
            let is_door = matches!(topic, crate::domain::event_log::Topic::Door(_));
            *(if is_door { &mut mark.door } else { &mut mark.conversation }) = first.seq;
            has_news = true;
        }
        if !has_news {
            return None;
        }
        self.pushes_mut().mark = Some(mark);
        Some(mark.due)
    }

    /// Takes the mark, and returns what happened since.
    pub(in crate::store::memory) fn take_news_to_push(&mut self) -> Option<ChatNews> {
        let mark = self.accounts.as_mut()?.pushes.as_mut()?.mark.take()?;
        let mut news = ChatNews { mark, authors: HashSet::new(), admitted: HashSet::new(), has_knocks: false };
        for entry in self.conversation.iter().rev().take_while(|entry| entry.seq >= mark.conversation) {
            match &entry.event {
                Event::Message(_) => drop(news.authors.insert(entry.author())),
                Event::MemberJoined { member, by: Some(_) } if self.member(member.id).is_some_and(|record| record.knock.is_some()) => {
                    news.admitted.insert(member.id);
                }
                _ => {}
            }
        }
        let mut at_door = self.door().log.iter().rev().take_while(|entry| entry.seq >= mark.door);
        news.has_knocks = at_door.any(|entry| matches!(entry.event, Event::Knock(_)));
        Some(news)
    }

    /// Returns what a member is to be told, each with the first entry that it is about.
    pub(in crate::store::memory) fn subjects_for(&self, record: &MemberRecord, news: &ChatNews) -> Vec<(PushSubject, u64)> {
        let (chat, member, mut subjects) = (self.chat.id, &record.membership.member, Vec::new());
        if news.admitted.contains(&member.id) {
            subjects.push((PushSubject::Admission(chat), news.mark.conversation));
        }
        if record.notifications == Notifications::Muted {
            return subjects;
        }
        if news.authors.len() > usize::from(news.authors.contains(&Some(member.id))) {
            subjects.push((PushSubject::Messages(chat), news.mark.conversation));
        }
        if news.has_knocks && member.role.has_door() {
            subjects.push((PushSubject::Knocks(chat), news.mark.door));
        }
        subjects
    }

    /// Composes what a member is told now; none if nothing is left to say, or it may not be said. `is_blocked` says whom the member blocks.
    pub(in crate::store::memory) fn compose(
        &self,
        record: &MemberRecord,
        (subject, first): (PushSubject, u64),
        text: PushText,
        is_blocked: impl Fn(AccountId) -> bool,
    ) -> Option<Push> {
        let title = self.shown_title(record.membership.member.id);
        let push = |from: &str, text, unread| Push { subject, title, from: from.into(), text, unread };
        if matches!(subject, PushSubject::Admission(_)) {
            return Some(push(self.owner().name.as_str(), None, None));
        }
        if record.notifications == Notifications::Muted {
            return None;
        }
        match subject {
            PushSubject::Messages(_) => {
                let message = self.last_unread(record, first, is_blocked)?;
                let Event::Message(content) = &message.event else { return None };
                let from = content.member.as_ref().map_or(VISITOR, |member| member.name.as_str());
                let shown = content.text.as_ref().filter(|_| text == PushText::Shown).map(|text| plain_line(text.as_str(), MAX_PUSH_TEXT));
                let unread = self.unread(&record.membership, self.receipt(record).read, u64::MAX);
                Some(push(from, shown, Some(unread)))
            }
            PushSubject::Knocks(_) => {
                let from = self.last_pending_knock(first).filter(|_| record.membership.member.role.has_door())?;
                Some(push(&from, None, None))
            }
            PushSubject::Admission(_) | PushSubject::FriendRequest(..) => None,
        }
    }

    /// Returns the last message of others, from entry `first` on, that a member can read and has not read.
    fn last_unread(&self, record: &MemberRecord, first: u64, is_blocked: impl Fn(AccountId) -> bool) -> Option<&Entry> {
        let floor = first.max(self.receipt(record).read + 1).max(record.membership.visible_from);
        let is_told = |entry: &&Entry| {
            let account = entry.author().and_then(|author| self.member(author)).and_then(|author| author.credential.account());
            entry.author() != Some(record.membership.member.id) && !account.is_some_and(&is_blocked)
        };
        let newer = self.conversation.iter().rev().map(AsRef::as_ref).take_while(|entry: &&Entry| entry.seq >= floor);
        newer.filter(|entry| matches!(entry.event, Event::Message(_))).find(is_told)
    }

    /// Returns the name of the last guest who knocked, from entry `first` of the door on, and still waits.
    fn last_pending_knock(&self, first: u64) -> Option<String> {
        let door = self.door();
        let waits = |id| door.shown_pending().any(|record| record.knock.id == id);
        door.log.iter().rev().take_while(|entry| entry.seq >= first).find_map(|entry| match &entry.event {
            Event::Knock(knock) if waits(knock.id) => Some(knock.display_name().as_str().to_owned()),
            _ => None,
        })
    }
}
