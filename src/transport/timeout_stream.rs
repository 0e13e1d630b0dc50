//! A socket with time limits: closes on read and write timeouts (SEC-103, 104), detects disconnects, lingers on close.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::deadline::Deadline;
use super::state::{CloseReason, ConnectionState};
use super::timeouts::{LINGERING_CLOSE_BYTES, LINGERING_CLOSE_TIMEOUT, WRITE_TIMEOUT};
use crate::domain::clock::Timestamp;

/// A socket with the state of its connection.
#[derive(Debug)]
pub(super) struct TimeoutStream {
    socket: TcpStream,
    state: Arc<ConnectionState>,
    /// Bytes that were read before hyper asks for them.
    ahead: Vec<u8>,
    reading: Deadline,
    writing: Deadline,
    /// Deadline after which a stalled reader is disconnected.
    stalled: Option<Timestamp>,
    /// The lingering close, once it has begun.
    parting: Option<LingeringClose>,
    /// Whether unread input is waiting during a request: it hides the end of the connection.
    more: bool,
    /// Whether bytes were written since the last check for a disconnect.
    has_written: bool,
}

/// Progress of a lingering close. Input is read and discarded for a while, since closing a socket with unread input resets it and loses the response.
#[derive(Clone, Copy, Debug)]
struct LingeringClose {
    until: Timestamp,
    left: usize,
}

impl TimeoutStream {
    /// Wraps a socket of which `ahead` was read before.
    pub(super) fn new(socket: TcpStream, state: Arc<ConnectionState>, ahead: Vec<u8>) -> Self {
        let (reading, writing) = (Deadline::default(), Deadline::default());
        Self { socket, state, ahead, reading, writing, stalled: None, parting: None, more: false, has_written: false }
    }

    /// The prefetched bytes that are not handed out yet.
    pub(super) fn prefetched(&self) -> &[u8] {
        &self.ahead
    }

    /// Prefetches bytes; the next read returns them first.
    pub(super) fn poll_prefetch(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [0; 1 << 10];
        let mut buf = ReadBuf::new(&mut space);
        ready!(self.poll_socket(cx, &mut buf))?;
        self.ahead.extend_from_slice(buf.filled());
        Poll::Ready(Ok(()))
    }

    /// Returns the bare socket, without time limits, and the prefetched bytes.
    pub(super) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.socket, self.ahead)
    }

    fn poll_socket(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.more = false;
        let before = buf.filled().len();
        match Pin::new(&mut self.socket).poll_read(cx, buf) {
            Poll::Ready(Ok(())) if !self.state.read(buf.filled().len() - before) => Poll::Ready(Err(self.state.close(CloseReason::Unasked))),
            Poll::Ready(read) => Poll::Ready(read),
            Poll::Pending => {
                let Some(until) = self.state.deadline() else { return Poll::Pending };
                ready!(self.reading.poll(self.state.clock(), until, cx));
                Poll::Ready(Err(self.state.close(self.state.is_late())))
            }
        }
    }

    fn wrote(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(written) => {
                (self.stalled, self.has_written) = (None, true);
                if let Ok(bytes) = &written {
                    self.state.wrote(*bytes);
                }
                Poll::Ready(written)
            }
            Poll::Pending => {
                let clock = self.state.clock();
                let until = *self.stalled.get_or_insert_with(|| clock.now() + WRITE_TIMEOUT);
                ready!(self.writing.poll(clock, until, cx));
                // Resets the connection, so that the kernel drops the output it holds instead of retrying it.
                SockRef::from(&self.socket).set_linger(Some(Duration::ZERO))?;
                Poll::Ready(Err(self.state.close(CloseReason::Stalled)))
            }
        }
    }

    /// Ready if the client has disconnected while it waits for a response. A client that half-closes its side still gets the response: as long as bytes
    /// are written, the connection counts as open. hyper would need a buffer of its own for this, for each request.
    fn poll_disconnect(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if self.more || !self.ahead.is_empty() || self.state.deadline().is_some() {
            return Poll::Pending;
        }
        match ready!(self.poll_peek(cx)) {
            Ok(0) if std::mem::take(&mut self.has_written) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Ok(0) => Poll::Ready(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {
                self.more = true;
                Poll::Pending
            }
            Err(error) => Poll::Ready(error),
        }
    }

    /// Peeks at one byte of input.
    fn poll_peek(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.socket.poll_peek(cx, &mut ReadBuf::new(&mut [0; 1]))
    }

    /// Reads and discards input until its end, the byte limit, or the timeout.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let clock = self.state.clock();
        let parting =
            self.parting.get_or_insert_with(|| LingeringClose { until: clock.now() + LINGERING_CLOSE_TIMEOUT, left: LINGERING_CLOSE_BYTES });
        let mut space = [0; 4 << 10];
        while parting.left > 0 {
            let mut buf = ReadBuf::new(&mut space);
            match Pin::new(&mut self.socket).poll_read(cx, &mut buf) {
                Poll::Pending => return self.reading.poll(clock, parting.until, cx),
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => parting.left = parting.left.saturating_sub(buf.filled().len()),
                Poll::Ready(_) => break,
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for TimeoutStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return self.poll_socket(cx, buf);
        }
        let count = self.ahead.len().min(buf.remaining());
        buf.put_slice(&self.ahead[..count]);
        if count == self.ahead.len() {
            self.ahead = Vec::new();
        } else {
            self.ahead.drain(..count);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for TimeoutStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.wrote(cx, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.wrote(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    /// Called by hyper in every poll of the connection, after all output is written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.poll_disconnect(cx) {
            Poll::Ready(error) => Poll::Ready(Err(error)),
            Poll::Pending => {
                self.state.flushed();
                Pin::new(&mut self.socket).poll_flush(cx)
            }
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.parting.is_none() {
            ready!(Pin::new(&mut self.socket).poll_shutdown(cx))?;
            let all_read = !matches!(self.poll_peek(cx), Poll::Ready(Ok(1..)));
            if all_read && self.state.has_no_open_body() {
                return Poll::Ready(Ok(()));
            }
        }
        self.poll_linger(cx).map(Ok)
    }
}
