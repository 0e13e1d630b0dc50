//! Push subscriptions in memory.

use std::sync::atomic::Ordering;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::ChatState;
use super::push_queue::QueuedPush;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::LogUpdate;
use crate::domain::friendship::FriendRequest;
use crate::domain::id::{ChatId, PushSubscriptionId};
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::person::Person;
use crate::domain::principal::Principal;
use crate::domain::push::{PUSH_DELAY, Push, PushSubject};
use crate::domain::push_subscription::PushSubscription;
use crate::domain::session::EndedSession;
use crate::store::push_subscriptions::{
    ClaimedPush, ClaimedPushes, NoPushSubscription, NotSubscribed, PushKey, PushOutcome, PushSubscriptions, Saved, SettledPush,
};
use crate::store::{Committed, StoreResult, WriteResult};

/// The most chats that are looked at in one claim.
const MAX_CHATS: usize = 64;

#[async_trait]
impl PushSubscriptions for MemoryStore {
    async fn save_push_subscription(&self, new: PushSubscription, now: Timestamp) -> WriteResult<Saved, NotSubscribed> {
        let usage = self.memory_usage();
        let Some(chat) = new.chat else {
            let directory = self.directory.read();
            let is_live = new.session.is_some_and(|session| directory.sessions.get(session, now).is_some());
            let saved = if is_live { self.pushes_mut().save(new, usage, now) } else { Err(NotSubscribed::Gone) };
            return Ok(saved.map(|saved| Committed::new(saved, Vec::new())));
        };
        Ok(self.write(chat, now, NotSubscribed::Gone, |state| {
            let holder = new.holder;
            if !state.may_be_told(&holder, now) {
                return Err(NotSubscribed::Gone);
            }
            let saved = self.pushes_mut().save(new, usage, now)?;
            state.add_push_holder(holder);
            Ok(saved)
        }))
    }

    async fn list_push_subscriptions(&self, holder: Principal, page: PageRequest, now: Timestamp) -> StoreResult<Page<PushSubscription>> {
        let pushes = self.pushes_mut();
        let live = pushes.of_holder(&holder).filter(|one| one.number > page.after && pushes.get(one.id, now).is_some());
        Ok(Page::first(live.cloned(), page.limit))
    }

    async fn delete_push_subscription(&self, holder: Principal, id: PushSubscriptionId, now: Timestamp) -> WriteResult<(), NoPushSubscription> {
        let mut pushes = self.pushes_mut();
        if pushes.get(id, now).is_none_or(|record| record.holder != holder) {
            return Ok(Err(NoPushSubscription));
        }
        pushes.remove(id);
        Ok(Ok(Committed::new((), Vec::new())))
    }

    async fn claim_pushes(&self, max: usize, now: Timestamp) -> StoreResult<ClaimedPushes> {
        self.queue_marked(now);
        let claimed = self.pushes_mut().queue.claim(max, now);
        let mut composed = Vec::new();
        for (key, queued) in claimed {
            match self.composed(key, &queued, now) {
                Some(push) => composed.push(push),
                None => self.pushes_mut().queue.drop_claim(key),
            }
        }
        let pushes = self.pushes_mut();
        let marked = pushes.marked.first().map_or(Timestamp::NEVER, |(due, _)| *due);
        Ok(ClaimedPushes { pushes: composed, next: marked.min(pushes.queue.next()) })
    }

    async fn settle_push(&self, key: PushKey, outcome: PushOutcome, now: Timestamp) -> StoreResult<SettledPush> {
        let mut pushes = self.pushes_mut();
        let settled = pushes.queue.settle(key, outcome, now);
        if settled == SettledPush::Unsubscribed {
            pushes.remove(key.subscription);
        }
        Ok(settled)
    }

    async fn count_push_subscriptions(&self) -> StoreResult<u64> {
        Ok(self.pushes_mut().len() as u64)
    }
}

impl MemoryStore {
    /// Marks a chat if something happened in it that somebody is to be told, and ends the subscriptions of those who are gone.
    ///
    /// A chat in which no one can have subscribed costs one look at a pointer; one with accounts another, and one at a counter.
    pub(super) fn mark_pushes(&self, state: &mut ChatState, updates: &[LogUpdate], now: Timestamp) {
        if state.accounts.is_none() || !(state.has_pushes() || self.account_subscriptions.load(Ordering::Relaxed) > 0) {
            return;
        }
        for former in state.take_former_push_holders(updates, now) {
            self.pushes_mut().remove_holder(&former);
        }
        if let Some(due) = state.mark_news(updates, now) {
            self.pushes_mut().marked.insert((due, state.chat.id));
        }
    }

    /// Marks a chat that began with something that somebody is to be told.
    pub(super) fn mark_new_chat(&self, chat: ChatId, updates: &[LogUpdate], now: Timestamp) {
        let Some(handle) = self.handle(chat) else { return };
        let mut state = handle.state().lock();
        self.mark_pushes(&mut state, updates, now);
        self.totals.count(&mut state);
    }

    /// Queues a push of a friend request. Whether its receiver sees it is judged when it is sent.
    pub(super) fn push_friend_request(&self, request: &FriendRequest, now: Timestamp) {
        if self.account_subscriptions.load(Ordering::Relaxed) > 0 {
            let (to, subject) = (Principal::Account(request.to), PushSubject::FriendRequest(request.to, request.id));
            self.pushes_mut().enqueue(&to, subject, 0, now, now + PUSH_DELAY);
        }
    }

    /// Ends the push subscriptions of ended sessions, and returns the updates that end their streams.
    pub(super) fn ended(&self, sessions: impl IntoIterator<Item = EndedSession>) -> Vec<LogUpdate> {
        let end = |ended: EndedSession| {
            self.pushes_mut().end_session(ended.account, ended.session);
            LogUpdate::SessionEnded(ended)
        };
        sessions.into_iter().map(end).collect()
    }

    /// Ends the push subscriptions of an ended chat.
    pub(super) fn drop_pushes(&self, contents: &ChatState) {
        let (holders, due) = contents.push_holders();
        if holders.is_empty() && due.is_none() {
            return;
        }
        let mut pushes = self.pushes_mut();
        for holder in holders {
            pushes.remove_holder(holder);
        }
        if let Some(due) = due {
            pushes.marked.remove(&(due, contents.chat.id));
        }
    }

    /// Queues what happened in the chats whose mark is due.
    fn queue_marked(&self, now: Timestamp) {
        let due: Vec<_> = self.pushes.lock().marked.iter().take_while(|(due, _)| *due <= now).take(MAX_CHATS).copied().collect();
        for (at, chat) in due {
            self.pushes_mut().marked.remove(&(at, chat));
            let Some(handle) = self.handle(chat) else { continue };
            let mut state = handle.state().lock();
            let Some(news) = state.is_open(now).then(|| state.take_news_to_push()).flatten() else { continue };
            let mut pushes = self.pushes_mut();
            for record in state.active_members() {
                if pushes.of_holder(&record.credential).next().is_some() {
                    for (subject, first) in state.subjects_for(record, &news) {
                        pushes.enqueue(&record.credential, subject, first, now, now);
                    }
                }
            }
        }
    }

    /// Composes a claimed push; none if there is nothing to send.
    fn composed(&self, key: PushKey, queued: &QueuedPush, now: Timestamp) -> Option<ClaimedPush> {
        let subscription = self.pushes.lock().get(queued.subscription, now)?.clone();
        let (person, push) = match queued.subject {
            PushSubject::Messages(chat) | PushSubject::Knocks(chat) | PushSubject::Admission(chat) => {
                self.composed_of_chat(chat, &subscription, queued, now)?
            }
            PushSubject::FriendRequest(to, _) => (Person::Account(to), self.composed_request(queued.subject)?),
        };
        Some(ClaimedPush { key, subscription, person, push, lifetime: queued.lifetime(now) })
    }

    fn composed_of_chat(&self, chat: ChatId, subscription: &PushSubscription, queued: &QueuedPush, now: Timestamp) -> Option<(Person, Push)> {
        let holder = subscription.holder;
        let composed = self.read(chat, now, |state| {
            let record = state.member(state.membership_of(&holder)?.member.id)?;
            let directory = self.directory.read();
            let is_blocked = |author| holder.account().is_some_and(|account| directory.friends.blocks(account, author));
            let push = state.compose(record, (queued.subject, queued.first), subscription.text, is_blocked)?;
            Some((holder.account().map_or(Person::Member(chat, record.membership.member.id), Person::Account), push))
        });
        composed.flatten()
    }

    fn composed_request(&self, subject: PushSubject) -> Option<Push> {
        let PushSubject::FriendRequest(to, request) = subject else { return None };
        let directory = self.directory.read();
        let request = directory.friends.pending_for(request, to)?;
        let from = &directory.accounts.get(&request.from)?.account;
        Some(Push { subject, title: from.name.as_str().into(), from: from.username.as_str().into(), text: None, unread: None })
    }
}
