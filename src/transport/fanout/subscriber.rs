//! A subscriber of a writer: a detached connection, the source of its stream, the output that is pending.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::{Buf as _, Bytes};
use socket2::SockRef;
use tokio::io::ReadBuf;
use tokio::sync::mpsc;

use super::chunked::{self, ChunkCache, END};
use super::wake_queue::WakeHandle;
use crate::domain::clock::Timestamp;
use crate::transport::handover::{DetachedConnection, StreamSource};
use crate::transport::timeouts::WRITE_TIMEOUT;

/// How many events a subscriber that keeps up is sent in a row before the others get their turn.
const MAX_EVENTS_PER_PASS: usize = 4;

/// A stream that a writer is to serve.
pub(in crate::transport) struct HandedOver {
    pub(in crate::transport) connection: DetachedConnection,
    /// The response. Its body holds the stream's permits.
    pub(in crate::transport) response: Response,
    pub(in crate::transport) source: Box<dyn StreamSource>,
    /// Where the connection goes when the stream has ended.
    pub(in crate::transport) back: mpsc::UnboundedSender<DetachedConnection>,
}

/// What follows for a subscriber that was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is served again when its source or its socket is ready.
    Continues,
    /// All of its stream was written.
    Finished,
    /// Its connection is closed or broken.
    Disconnected,
}

/// Where a subscriber stands in the groups of its writer.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupIndex {
    /// The key of the group.
    pub(super) group: u32,
    /// The index in the group; none while the subscriber lags.
    pub(super) member: Option<u32>,
}

pub(super) struct Subscriber {
    connection: DetachedConnection,
    pub(super) source: Box<dyn StreamSource>,
    /// Output that the socket has not accepted yet.
    pending: Bytes,
    /// Deadline after which a stalled reader is disconnected.
    write_deadline: Option<Timestamp>,
    /// The deadline for which the writer has an alarm.
    pub(super) alarm: Option<Timestamp>,
    pub(super) group: Option<GroupIndex>,
    wake_handle: Arc<WakeHandle>,
    is_over: bool,
    /// The client sent bytes that nobody has read: from then on its disconnect is only seen on writing.
    has_input: bool,
    /// Holds the stream's permits.
    body: Body,
    back: mpsc::UnboundedSender<DetachedConnection>,
}

impl Subscriber {
    /// Creates a subscriber with the head of its response pending. `date` is the response's date.
    pub(super) fn new(stream: HandedOver, wake_handle: Arc<WakeHandle>, group: Option<GroupIndex>, date: Timestamp) -> Self {
        let HandedOver { connection, response, source, back } = stream;
        let (parts, body) = response.into_parts();
        let pending = chunked::head(&parts, date).into();
        let (write_deadline, alarm, is_over, has_input) = (None, None, false, false);
        Self { connection, source, pending, write_deadline, alarm, group, wake_handle, is_over, has_input, body, back }
    }

    /// Writes the head of the response and the first event in one piece. Later events are encoded once for all subscribers.
    pub(super) fn begin(&mut self, now: Timestamp, chunks: &mut ChunkCache) -> Outcome {
        let mut first = Vec::from(std::mem::take(&mut self.pending));
        match self.source.poll_next(now, &|| self.wake_handle.clone().into()) {
            Poll::Pending => {}
            Poll::Ready(Some(bytes)) => chunked::write_chunk(&mut first, &bytes),
            Poll::Ready(None) => {
                first.extend_from_slice(END);
                self.is_over = true;
            }
        }
        self.pending = first.into();
        self.on_wake(now, chunks)
    }

    /// Serves it after its own wake-up: its source or its socket is ready, or the client is gone.
    pub(super) fn on_wake(&mut self, now: Timestamp, chunks: &mut ChunkCache) -> Outcome {
        self.wake_handle.rearm();
        if self.is_disconnected() { Outcome::Disconnected } else { self.progress(now, chunks) }
    }

    /// Serves it after an update of its topic.
    pub(super) fn on_topic_change(&mut self, now: Timestamp, chunks: &mut ChunkCache) -> Outcome {
        let can_send = self.source.wake() && !self.is_lagging();
        if can_send { self.progress(now, chunks) } else { Outcome::Continues }
    }

    /// Writes pending output and further events, as far as the socket accepts them.
    pub(super) fn progress(&mut self, now: Timestamp, chunks: &mut ChunkCache) -> Outcome {
        for _ in 0..MAX_EVENTS_PER_PASS {
            match self.poll_write(now, chunks) {
                Poll::Pending => return Outcome::Continues,
                Poll::Ready(Err(_)) => return Outcome::Disconnected,
                Poll::Ready(Ok(())) if self.is_over => return Outcome::Finished,
                Poll::Ready(Ok(())) => {}
            }
            self.pending = match self.source.poll_next(now, &|| self.wake_handle.clone().into()) {
                Poll::Pending => return Outcome::Continues,
                Poll::Ready(Some(bytes)) => chunks.get_or_encode(bytes),
                Poll::Ready(None) => {
                    self.is_over = true;
                    Bytes::from_static(END)
                }
            };
        }
        self.wake_handle.notify();
        Outcome::Continues
    }

    /// Writes pending output; ready when all of it is written.
    fn poll_write(&mut self, now: Timestamp, chunks: &mut ChunkCache) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            match self.try_write() {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(bytes) => {
                    chunks.count_written(bytes);
                    self.pending.advance(bytes);
                    self.write_deadline = None;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.connection.socket.poll_write_ready(&mut Context::from_waker(&self.wake_handle.clone().into()))?.is_pending() {
                        self.write_deadline.get_or_insert_with(|| now + WRITE_TIMEOUT);
                        return Poll::Pending;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        self.pending = Bytes::new();
        Poll::Ready(Ok(()))
    }

    /// Calls `send` directly to skip tokio's readiness check. On `WouldBlock` it retries through tokio, which registers write interest.
    fn try_write(&self) -> io::Result<usize> {
        match SockRef::from(&self.connection.socket).send(&self.pending) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.connection.socket.try_write(&self.pending),
            written => written,
        }
    }

    /// Returns true if the client has disconnected. What it sends stays in the kernel, for hyper to read after the stream.
    fn is_disconnected(&mut self) -> bool {
        if self.has_input {
            return false;
        }
        let waker = Waker::from(self.wake_handle.clone());
        let mut space = [0; 1];
        match self.connection.socket.poll_peek(&mut Context::from_waker(&waker), &mut ReadBuf::new(&mut space)) {
            Poll::Pending => false,
            Poll::Ready(Ok(0) | Err(_)) => true,
            Poll::Ready(Ok(_)) => {
                self.has_input = true;
                false
            }
        }
    }

    /// When the writer must serve it at the latest: the write deadline while output is pending, else the next heartbeat.
    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.write_deadline.or_else(|| self.source.heartbeat_at())
    }

    /// Returns true while output is pending. New entries are not pushed to a subscriber in this state.
    pub(super) const fn is_lagging(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Returns true if the write deadline has passed.
    pub(super) fn is_stalled(&self, now: Timestamp) -> bool {
        self.write_deadline.is_some_and(|deadline| deadline <= now)
    }

    /// Closes the connection with a reset, so that the kernel drops the output it holds instead of retrying it.
    pub(super) fn reset(self) {
        // If the option cannot be set, the kernel's own time limit closes the connection.
        let _ = SockRef::from(&self.connection.socket).set_linger(Some(Duration::ZERO));
    }

    /// Returns the connection to its handler after the end of the stream, or to the caller, to be closed, if no handler is left.
    pub(super) fn into_connection(self) -> Option<DetachedConnection> {
        let Self { connection, source, body, back, .. } = self;
        // The stream's permits are free before the connection can ask for another stream.
        drop((source, body));
        back.send(connection).err().map(|refused| refused.0)
    }
}
