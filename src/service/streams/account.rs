//! The event stream of an account: its friend requests, its friendships, its own changes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::account_event::AccountStreamEvent;
use super::event::{EventSource, HEARTBEAT, StreamEvent};
use super::position::StreamAuth;
use crate::domain::account_log::AccountEvent;
use crate::domain::clock::{Sleep, Timestamp};
use crate::domain::event_log::Topic;
use crate::domain::friendship::{FriendRequestStatus, RequestDirection};
use crate::domain::id::AccountId;
use crate::domain::pagination::{MAX_PAGE_SIZE, PageRequest};
use crate::domain::session::SessionEnd;
use crate::domain::ticket::TicketStream;
use crate::error_chain::error_chain;
use crate::hub::Subscription;
use crate::hub::room::TailPosition;
use crate::service::Service;
use crate::service::authorization::SignedIn;
use crate::service::counters::OpenStream;
use crate::service::error::{Error, Result};
use crate::service::friends::UserSince;
use crate::service::stream_permits::StreamPermit;
use crate::service::tickets::OpenTicket;

/// Entries read from the store in one call.
const MAX_ENTRIES: usize = 64;

impl Service {
    /// Opens the stream of the caller's account.
    pub async fn open_account_stream(self: &Arc<Self>, auth: StreamAuth) -> Result<AccountStream> {
        let (caller, ticket_guard) = self.authorize_stream(auth, TicketStream::Account).await?;
        let SignedIn { account, .. } = self.require_account(&caller)?;
        // The head is read after subscribing and before the state, so that nothing is missed; what happened in between is told twice.
        let subscription = self.hub.join(Topic::Account(account));
        let head = self.store.heads(&[Topic::Account(account)], self.now()).await?.into_iter().next().flatten().ok_or(Error::NotFound)?;
        subscription.room().advance_head(head);
        let permit = self.permit_stream(&caller, Topic::Account(account)).await?;
        let now = self.now();
        let mut reader = AccountReader {
            service: self.clone(),
            account,
            subscription,
            at: head.seq,
            ready: VecDeque::from([told(AccountStreamEvent::Hello(now))]),
            heartbeat: self.clock.sleep_until(now + HEARTBEAT),
            over: false,
            permit,
            _ticket: ticket_guard,
            _open: self.open_stream(),
        };
        let state = reader.state().await?.ok_or(Error::NotFound)?;
        reader.ready.push_back(state);
        Ok(reader.into_stream())
    }
}

/// Reads the log of one account, and holds what its stream needs while it is open.
struct AccountReader {
    service: Arc<Service>,
    account: AccountId,
    subscription: Subscription,
    /// The number of the last entry that was read.
    at: u64,
    /// Events to send next.
    ready: VecDeque<StreamEvent>,
    heartbeat: Sleep,
    over: bool,
    permit: StreamPermit,
    _ticket: Option<OpenTicket>,
    _open: OpenStream,
}

impl AccountReader {
    fn into_stream(self) -> AccountStream {
        AccountStream(stream::unfold(self, async |mut reader| Some((reader.next().await?, reader))).boxed())
    }

    /// Returns the next event; `None` after the last one.
    async fn next(&mut self) -> Option<StreamEvent> {
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
            if self.service.closing.is_cancelled() || self.permit.is_displaced() {
                return Ok(self.service.bye());
            }
            tokio::select! {
                () = self.subscription.changed() => {}
                () = &mut self.heartbeat => {
                    let now = self.service.now();
                    self.heartbeat = self.service.clock.sleep_until(now + HEARTBEAT);
                    return Ok(StreamEvent::GuestHeartbeat(now));
                }
            }
        }
    }

    /// Reads the entries that follow; the state replaces those that are gone. Returns whether there was anything.
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
            self.ready.extend(self.state().await?);
            return Ok(true);
        }
        for event in batch.events {
            self.at += 1;
            self.ready.extend(self.event_of(event).await?);
        }
        Ok(true)
    }

    /// Returns what is sent for an entry: nothing, if the account that it names is gone.
    async fn event_of(&self, event: AccountEvent) -> Result<Option<StreamEvent>> {
        let (service, me) = (&self.service, self.account);
        let event = match event {
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
            AccountEvent::AccountDeleted => return self.state().await,
        };
        Ok(event.map(told))
    }

    /// Returns the state of the account, unless it was deleted.
    async fn state(&self) -> Result<Option<StreamEvent>> {
        let (service, page) = (&self.service, PageRequest { after: 0, limit: MAX_PAGE_SIZE });
        let Some(me) = service.store.find_account(self.account).await? else { return Ok(None) };
        let (incoming, pending) = (Some(RequestDirection::Incoming), Some(FriendRequestStatus::Pending));
        let requests = service.store.list_requests(self.account, incoming, pending, page).await?.items;
        let requests = service.request_views(self.account, requests).await?;
        Ok(Some(told(AccountStreamEvent::State { me, requests })))
    }
}

fn told(event: AccountStreamEvent) -> StreamEvent {
    StreamEvent::Account(Box::new(event))
}

/// The stream of an account. Dropping it closes the stream.
pub struct AccountStream(BoxStream<'static, StreamEvent>);

impl fmt::Debug for AccountStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountStream").finish_non_exhaustive()
    }
}

impl EventSource for AccountStream {
    fn poll_next(&mut self, _: Timestamp, waker: &dyn Fn() -> Waker) -> Poll<Option<StreamEvent>> {
        self.0.poll_next_unpin(&mut Context::from_waker(&waker()))
    }
}
