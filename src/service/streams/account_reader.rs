//! The reader of an account for one stream: merges the account's log with the events of its chats.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use super::account_event::{AccountStreamEvent, ChatRemoval};
use super::chat_feed::FeedEvent;
use super::chat_feeds::ChatFeeds;
use super::event::{HEARTBEAT, Position, StreamEvent};
use super::position::Resume;
use crate::domain::account_log::AccountEvent;
use crate::domain::clock::Sleep;
use crate::domain::id::{AccountId, ChatId};
use crate::domain::session::SessionEnd;
use crate::error_chain::error_chain;
use crate::hub::Subscription;
use crate::hub::ephemeral::EphemeralPosition;
use crate::hub::room::TailPosition;
use crate::service::Service;
use crate::service::counters::OpenStream;
use crate::service::error::{Error, Result};
use crate::service::friends::UserSince;
use crate::service::stream_permits::StreamPermit;
use crate::service::tickets::OpenTicket;

/// Entries read from the store in one call.
const MAX_ENTRIES: usize = 64;

/// Reads the log of one account and those of its chats, and holds what its stream needs while it is open.
pub(super) struct AccountReader {
    pub(super) service: Arc<Service>,
    pub(super) account: AccountId,
    subscription: Subscription,
    /// The number of the last entry of the account's log that was read.
    at: u64,
    /// The presence of friends that was sent.
    friends: EphemeralPosition,
    /// Events to send next.
    ready: VecDeque<StreamEvent>,
    pub(super) chats: ChatFeeds,
    heartbeat: Sleep,
    over: bool,
    pub(super) permit: Arc<StreamPermit>,
    _ticket: Option<OpenTicket>,
    _open: OpenStream,
}

impl AccountReader {
    /// Creates a reader of what follows the head that the subscription knows.
    pub(super) fn new(
        service: Arc<Service>,
        account: AccountId,
        subscription: Subscription,
        permit: StreamPermit,
        ticket: Option<OpenTicket>,
    ) -> Self {
        let (now, open) = (service.now(), service.open_stream());
        Self {
            account,
            at: subscription.room().head(),
            friends: subscription.room().ephemeral_position(),
            subscription,
            ready: VecDeque::from([told(AccountStreamEvent::Hello(now))]),
            chats: ChatFeeds::default(),
            heartbeat: service.clock.sleep_until(now + HEARTBEAT),
            over: false,
            permit: Arc::new(permit),
            _ticket: ticket,
            _open: open,
            service,
        }
    }

    /// Begins with the state, at these positions in the chats.
    pub(super) async fn begin(&mut self, positions: &HashMap<ChatId, Resume>) -> Result<()> {
        let state = self.state(positions).await?.ok_or(Error::NotFound)?;
        self.ready.push_back(told(state));
        let sees = self.permit.sight().is_some_and(|sight| sight.current().is_shown);
        let friends = if sees { self.service.online_friends(self.account).await? } else { Vec::new() };
        self.ready.extend(friends.into_iter().map(|friend| told(AccountStreamEvent::FriendPresence(friend))));
        Ok(())
    }

    /// Returns the next event; `None` after the last one.
    pub(super) async fn next(&mut self) -> Option<StreamEvent> {
        if self.over {
            return None;
        }
        let event = self.next_event().await.unwrap_or_else(|error| {
            tracing::error!(error = error_chain(&error), "the stream of an account failed");
            self.service.bye()
        });
        self.over = matches!(event, StreamEvent::SignedOut(_) | StreamEvent::Bye(_));
        Some(event)
    }

    async fn next_event(&mut self) -> Result<StreamEvent> {
        loop {
            if let Some(end) = self.permit.session_end() {
                return Ok(StreamEvent::SignedOut(end));
            }
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            match self.subscription.room().locate(self.at) {
                TailPosition::AtHead => {}
                TailPosition::Ended(_) => return Ok(StreamEvent::SignedOut(SessionEnd::Deleted)),
                TailPosition::InTail | TailPosition::AtEdge | TailPosition::Before => {
                    if self.read().await? {
                        continue;
                    }
                }
            }
            if let Some(bytes) = self.next_friends() {
                return Ok(StreamEvent::Ephemeral(bytes));
            }
            let must_end = self.service.closing.is_cancelled() || self.permit.is_displaced();
            tokio::select! {
                biased;
                Some(news) = self.chats.next() => self.take(news?).await?,
                () = std::future::ready(()), if must_end => return Ok(self.service.bye()),
                () = self.subscription.changed() => {}
                () = &mut self.heartbeat => {
                    let now = self.service.now();
                    self.heartbeat = self.service.clock.sleep_until(now + HEARTBEAT);
                    return Ok(StreamEvent::GuestHeartbeat(now));
                }
            }
        }
    }

    /// Returns what the account has not got yet of the presence of its friends, if it may see that.
    fn next_friends(&mut self) -> Option<Bytes> {
        let sees = self.permit.sight().is_some_and(|sight| sight.current().is_shown);
        self.subscription.room().next_friends(&mut self.friends).filter(|_| sees)
    }

    /// Sends an event of a chat. One that the account leaves is removed after it, and added again if the account has come back.
    async fn take(&mut self, news: FeedEvent) -> Result<()> {
        let FeedEvent { chat, event, removal, .. } = news;
        self.ready.push_back(event);
        let Some(reason) = removal else { return Ok(()) };
        let added_again = self.chats.remove(chat).and_then(|removed| removed.added_again);
        self.ready.push_back(told(AccountStreamEvent::ChatRemoved(chat, reason)));
        match added_again {
            Some(head) => self.add_chat(chat, head).await,
            None => Ok(()),
        }
    }

    /// Reads the entries that follow in the account's log; the state replaces those that are gone. Returns whether there was anything.
    async fn read(&mut self) -> Result<bool> {
        let (service, now) = (self.service.clone(), self.service.now());
        let Some(batch) = service.store.account_events_after(self.account, self.at, MAX_ENTRIES, now).await? else {
            self.ready.push_back(StreamEvent::SignedOut(SessionEnd::Deleted));
            return Ok(true);
        };
        if batch.head == self.at {
            return Ok(false);
        }
        if batch.oldest > self.at + 1 || batch.head < self.at {
            self.at = batch.head;
            let state = self.state(&HashMap::new()).await?;
            self.ready.extend(state.map(told));
            return Ok(true);
        }
        for event in batch.events {
            self.at += 1;
            match event {
                AccountEvent::ChatAdded { chat, head } => self.add_chat(chat, head).await?,
                AccountEvent::ChatCleared(chat) => self.clear_chat(chat),
                event => {
                    let event = self.event_of(event).await?;
                    self.ready.extend(event.map(told));
                }
            }
        }
        Ok(true)
    }

    /// Returns what is sent for an entry: nothing, if the account that it names is gone.
    async fn event_of(&mut self, event: AccountEvent) -> Result<Option<AccountStreamEvent>> {
        let (service, me) = (&self.service, self.account);
        Ok(match event {
            AccountEvent::FriendRequest(request) => service.request_view(me, request).await?.map(AccountStreamEvent::FriendRequest),
            AccountEvent::RequestWithdrawn(request) => service.request_view(me, request).await?.map(AccountStreamEvent::RequestWithdrawn),
            AccountEvent::FriendshipBegan(friend, since) => {
                let user = service.user_views(me, &[friend]).await?.pop().flatten();
                user.map(|user| AccountStreamEvent::FriendshipBegan(UserSince { user, since }))
            }
            AccountEvent::FriendshipEnded(former) => {
                service.user_views(me, &[former]).await?.pop().flatten().map(AccountStreamEvent::FriendshipEnded)
            }
            AccountEvent::MeUpdated => service.store.find_account(me).await?.map(AccountStreamEvent::MeUpdated),
            AccountEvent::KnockEnded(ended) => Some(AccountStreamEvent::KnockDecided(ended)),
            AccountEvent::AccountDeleted => self.state(&HashMap::new()).await?,
            AccountEvent::ChatAdded { .. } | AccountEvent::ChatCleared(_) | AccountEvent::ChatForgotten => None,
        })
    }

    /// Adds a chat to which the account came after entry `head`, unless it is there already, or the account has left it again.
    async fn add_chat(&mut self, chat: ChatId, head: u64) -> Result<()> {
        if !self.chats.accepts(chat, head) {
            return Ok(());
        }
        let Some(mut item) = self.service.store.chat_item_at(self.account, chat, head, self.service.now()).await? else { return Ok(()) };
        let at = Position { seq: head, door: Some(item.view.chat.door) };
        self.follow(&[item.view.clone()], &HashMap::from([(chat, Resume::After(None, at))])).await?;
        item.view.chat.head = self.chats.position(chat).unwrap_or(head);
        self.ready.push_back(told(AccountStreamEvent::ChatAdded(Box::new(item))));
        Ok(())
    }

    /// Removes a chat that the account cleared.
    fn clear_chat(&mut self, chat: ChatId) {
        if self.chats.remove(chat).is_some() {
            self.ready.push_back(told(AccountStreamEvent::ChatRemoved(chat, ChatRemoval::Cleared)));
        }
    }
}

fn told(event: AccountStreamEvent) -> StreamEvent {
    StreamEvent::Account(Box::new(event))
}
