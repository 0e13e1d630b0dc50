//! Sockets: each carries several streams, and counts as one stream of every person whose credential it has used (API 4.4, 5).

use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;

use super::Service;
use super::authorization::Caller;
use super::counters::OpenSocket;
use super::error::{Error, Limit, Result};
use super::stream_permits::{Carrier, StreamPermit};
use crate::domain::client_address::ClientAddress;
use crate::domain::clock::{Sleep, Timestamp};
use crate::domain::event_log::Topic;
use crate::domain::id::ChatId;
use crate::domain::session::SessionEnd;
use crate::hub::Subscription;
use crate::limiter::permits::Permit;

/// Permits a socket on which no credential has proved valid, counted for its address.
#[derive(Debug)]
pub struct UnprovenSocket(#[expect(dead_code, reason = "held until it is dropped")] Permit<ClientAddress>);

/// Why a credential no longer keeps its socket open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketEnd {
    /// Its session has ended.
    SignedOut(SessionEnd),
    /// Newer streams or sockets of the person have displaced the socket.
    Displaced,
}

/// Permits a socket for one person whose credential it has used. Dropping it releases the permit.
pub struct SocketPermit {
    permit: StreamPermit,
    /// Wakes the socket when the permit ends.
    subscription: Subscription,
}

impl fmt::Debug for SocketPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketPermit").finish_non_exhaustive()
    }
}

impl SocketPermit {
    /// Returns why it has ended, if it has.
    #[must_use]
    pub fn end(&self) -> Option<SocketEnd> {
        let displaced = self.permit.is_displaced().then_some(SocketEnd::Displaced);
        self.permit.session_end().map(SocketEnd::SignedOut).or(displaced)
    }

    /// Polls for its end.
    pub fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<SocketEnd> {
        while self.subscription.poll_changed(cx).is_ready() {}
        self.end().map_or(Poll::Pending, Poll::Ready)
    }
}

impl Service {
    /// Acquires a permit for a socket that nobody has used a credential on.
    pub fn permit_unproven_socket(&self, address: ClientAddress) -> Result<UnprovenSocket> {
        let permit = self.rate_limits.streams.unproven_sockets.try_acquire(address);
        permit.map(UnprovenSocket).ok_or_else(|| Error::Limit(Limit::Streams, Duration::from_millis(self.reconnect_delay_ms())))
    }

    /// Acquires a permit for a socket of the person that the caller was charged as, by their account or in this chat. It ends with the caller's session,
    /// and when newer streams displace it.
    pub async fn permit_socket(&self, caller: &Caller, chat: Option<ChatId>) -> Result<SocketPermit> {
        let topic = caller.account().map(Topic::Account).or(chat.map(Topic::Conversation)).ok_or(Error::NotFound)?;
        let subscription = self.hub.join(topic);
        Ok(SocketPermit { permit: self.permit_carrier(caller, topic, Carrier::Socket).await?, subscription })
    }

    /// Returns which of these callers is a member of the chat: the first one.
    pub async fn fitting_caller(&self, chat: ChatId, callers: &[Caller]) -> Result<Option<usize>> {
        for (place, caller) in callers.iter().enumerate() {
            let view = self.store.find_chat(chat, caller.principal(), self.now()).await?;
            if view.is_some_and(|view| view.membership.is_some()) {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Counts a socket while the returned guard lives.
    pub fn open_socket(&self) -> OpenSocket {
        OpenSocket::new(&self.counters)
    }

    /// Completes once the server closes all streams: everything acknowledged is committed and announced.
    pub fn streams_closing(&self) -> impl Future<Output = ()> + Send + use<> {
        self.closing.clone().cancelled_owned()
    }

    /// Returns true once the server closes all streams.
    pub fn are_streams_closing(&self) -> bool {
        self.closing.is_cancelled()
    }

    /// Returns a future that completes at `moment`.
    pub fn sleep_until(&self, moment: Timestamp) -> Sleep {
        self.clock.sleep_until(moment)
    }

    /// Returns a random delay before a reconnect after a `bye`, in milliseconds.
    pub fn bye_delay_ms(&self) -> u64 {
        self.random.in_range(1_000, 10_000)
    }
}
