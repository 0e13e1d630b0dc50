//! A socket with limited patience: whoever sends nothing in time, or takes in nothing for too long, is cut (SEC-103, 104); whoever went away is noticed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::course::{Course, Cut, LINGER, LINGER_BYTES, STALLED};
use super::watch::Watch;
use crate::domain::clock::Timestamp;

/// A socket, and the course of its connection.
#[derive(Debug)]
pub(super) struct Patient {
    socket: TcpStream,
    course: Arc<Course>,
    /// What was read before it was asked for.
    ahead: Vec<u8>,
    reading: Watch,
    writing: Watch,
    /// Until when somebody who takes in nothing is borne with.
    stalled: Option<Timestamp>,
    /// The end, once it has begun.
    parting: Option<Parting>,
    /// Whether more was sent while a request is under way: the connection's end cannot be seen before that is read.
    more: bool,
    /// Whether something was written since the connection's end was last looked for.
    has_written: bool,
}

/// How far the end has come: what is still sent is read for a while, since a socket that is closed before would take the answer back.
#[derive(Clone, Copy, Debug)]
struct Parting {
    until: Timestamp,
    left: usize,
}

impl Patient {
    pub(super) fn new(socket: TcpStream, course: Arc<Course>) -> Self {
        let (reading, writing) = (Watch::default(), Watch::default());
        Self { socket, course, ahead: Vec::new(), reading, writing, stalled: None, parting: None, more: false, has_written: false }
    }

    /// What was read ahead and is still to be handed out.
    pub(super) fn ahead(&self) -> &[u8] {
        &self.ahead
    }

    /// Reads ahead; whoever reads gets it first.
    pub(super) fn poll_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [0; 1 << 10];
        let mut buf = ReadBuf::new(&mut space);
        ready!(self.poll_socket(cx, &mut buf))?;
        self.ahead.extend_from_slice(buf.filled());
        Poll::Ready(Ok(()))
    }

    /// The socket alone, whose patience is somebody else's from now on; what was read ahead is gone.
    pub(super) fn into_socket(self) -> TcpStream {
        self.socket
    }

    fn poll_socket(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.more = false;
        let before = buf.filled().len();
        match Pin::new(&mut self.socket).poll_read(cx, buf) {
            Poll::Ready(Ok(())) if !self.course.read(buf.filled().len() - before) => Poll::Ready(Err(self.course.cut(Cut::Unasked))),
            Poll::Ready(read) => Poll::Ready(read),
            Poll::Pending => {
                let Some(until) = self.course.deadline() else { return Poll::Pending };
                ready!(self.reading.poll(self.course.clock(), until, cx));
                Poll::Ready(Err(self.course.cut(self.course.is_late())))
            }
        }
    }

    fn wrote(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(written) => {
                (self.stalled, self.has_written) = (None, true);
                if let Ok(bytes) = &written {
                    self.course.wrote(*bytes);
                }
                Poll::Ready(written)
            }
            Poll::Pending => {
                let clock = self.course.clock();
                let until = *self.stalled.get_or_insert_with(|| clock.now() + STALLED);
                ready!(self.writing.poll(clock, until, cx));
                // What waits in the kernel goes too, at once, instead of being offered for as long again.
                SockRef::from(&self.socket).set_linger(Some(Duration::ZERO))?;
                Poll::Ready(Err(self.course.cut(Cut::Stalled)))
            }
        }
    }

    /// Ready where whoever waits for an answer has gone away. hyper would look for it with a buffer of its own for each request. Somebody who only sends
    /// nothing more gets all that is at hand: as long as something is written, they are still there.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if self.more || !self.ahead.is_empty() || self.course.deadline().is_some() {
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

    /// How much of one byte there is to read.
    fn poll_peek(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.socket.poll_peek(cx, &mut ReadBuf::new(&mut [0; 1]))
    }

    /// Reads what is still sent, up to its end, for a while; nothing comes of it.
    fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let clock = self.course.clock();
        let parting = self.parting.get_or_insert_with(|| Parting { until: clock.now() + LINGER, left: LINGER_BYTES });
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

impl AsyncRead for Patient {
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

impl AsyncWrite for Patient {
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

    /// Called whenever a connection is polled, as soon as all that was written is out of hand.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.poll_gone(cx) {
            Poll::Ready(error) => Poll::Ready(Err(error)),
            Poll::Pending => Pin::new(&mut self.socket).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.parting.is_none() {
            ready!(Pin::new(&mut self.socket).poll_shutdown(cx))?;
            let all_read = !matches!(self.poll_peek(cx), Poll::Ready(Ok(1..)));
            if all_read && self.course.owes_nothing() {
                return Poll::Ready(Ok(()));
            }
        }
        self.poll_part(cx).map(Ok)
    }
}
