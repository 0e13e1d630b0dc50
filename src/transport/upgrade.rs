//! Upgrade: moves the socket of an HTTP/1 connection from hyper to a session that speaks another protocol on it (RFC 9110, 7.8).
//!
//! The session runs in the task of its connection, which holds the permits until the session ends.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use parking_lot::Mutex;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::admission::AddressPermit;
use super::deadline::Deadline;
use super::refusals::Refusals;
use super::state::RequestGuard;
use super::timeouts::WRITE_TIMEOUT;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::person::Person;

/// A session on an upgraded socket.
pub type Session = Pin<Box<dyn Future<Output = ()> + Send>>;
/// Starts the session of a socket.
pub(super) type StartSession = Box<dyn FnOnce(UpgradedSocket) -> Session + Send>;

/// The place in a request where its handler leaves the session that follows its response 101. All requests of a connection have the same.
#[derive(Clone, Default)]
pub struct UpgradeSlot(Arc<Mutex<Slot>>);

#[derive(Default)]
struct Slot {
    start: Option<StartSession>,
    /// Keeps the connection busy from the response on.
    guard: Option<RequestGuard>,
}

impl fmt::Debug for UpgradeSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpgradeSlot").finish_non_exhaustive()
    }
}

impl UpgradeSlot {
    /// Leaves what starts the session. The response must have the status 101.
    pub fn put(&self, start: impl FnOnce(UpgradedSocket) -> Session + Send + 'static) {
        self.0.lock().start = Some(Box::new(start));
    }

    /// Keeps the connection busy with this guard, if the response switches protocols; else forgets the session.
    pub(super) fn settle(&self, is_switching: bool, guard: &RequestGuard) {
        let mut slot = self.0.lock();
        if is_switching {
            slot.guard = Some(guard.another());
        } else {
            slot.start = None;
        }
    }

    /// Takes the session that follows, with its guard.
    pub(super) fn take(&self) -> Option<(StartSession, RequestGuard)> {
        let mut slot = self.0.lock();
        let guard = slot.guard.take()?;
        slot.start.take().map(|start| (start, guard))
    }
}

/// Tells since when the client of a socket reads nothing while output is pending.
#[derive(Clone, Debug, Default)]
pub struct StallWatch(Arc<Mutex<Option<Timestamp>>>);

impl StallWatch {
    /// Returns since when; none if it reads, or nothing is pending.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        *self.0.lock()
    }
}

/// The socket of an upgraded connection. It fails if the client reads nothing for [`WRITE_TIMEOUT`] while output is pending (SEC-104); reading has no time
/// limit.
pub struct UpgradedSocket {
    socket: TcpStream,
    /// Bytes that were read together with the request.
    ahead: Bytes,
    clock: Arc<dyn Clock>,
    refusals: Arc<dyn Refusals>,
    permit: Option<AddressPermit>,
    writing: Deadline,
    stall: StallWatch,
    _guard: RequestGuard,
}

impl fmt::Debug for UpgradedSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpgradedSocket").field("stall", &self.stall).finish_non_exhaustive()
    }
}

impl UpgradedSocket {
    pub(super) fn new(
        socket: TcpStream,
        ahead: Bytes,
        clock: Arc<dyn Clock>,
        refusals: Arc<dyn Refusals>,
        permit: Option<AddressPermit>,
        guard: RequestGuard,
    ) -> Self {
        Self { socket, ahead, clock, refusals, permit, writing: Deadline::default(), stall: StallWatch::default(), _guard: guard }
    }

    /// Counts the connection for this person from now on, instead of its address.
    pub fn recognise(&self, person: Person) {
        if let Some(permit) = &self.permit {
            permit.recognise(person);
        }
    }

    /// Returns the watch of this socket.
    #[must_use]
    pub fn stall_watch(&self) -> StallWatch {
        self.stall.clone()
    }

    fn wrote(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            *self.stall.0.lock() = None;
            return written;
        }
        let clock = self.clock.as_ref();
        let since = *self.stall.0.lock().get_or_insert_with(|| clock.now());
        ready!(self.writing.poll(clock, since + WRITE_TIMEOUT, cx));
        self.refusals.count("stalled");
        // Resets the connection, so that the kernel drops the output it holds instead of retrying it.
        SockRef::from(&self.socket).set_linger(Some(Duration::ZERO))?;
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for UpgradedSocket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(&mut self.socket).poll_read(cx, buf);
        }
        let count = self.ahead.len().min(buf.remaining());
        buf.put_slice(&self.ahead[..count]);
        self.ahead.advance(count);
        if self.ahead.is_empty() {
            self.ahead = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for UpgradedSocket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.wrote(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
