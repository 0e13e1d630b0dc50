//! Handover: moves a stream's response from hyper to a fan-out writer, which polls the stream's source, instead of a body.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::StatusCode;
use hyper::body::Frame;
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::admission::ConnectionPermits;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Topic;

/// The bytes of one stream, polled by a writer.
pub trait StreamSource: Send {
    /// The log whose updates wake it, together with all others that follow the same one; none for a source that wakes by itself.
    fn topic(&self) -> Option<Topic>;

    /// A waker for all sources of the same topic.
    fn waker(&self) -> Option<Box<dyn TopicWaker>>;

    /// From now on it is woken by [`StreamSource::wake`] only.
    fn detach_waker(&mut self);

    /// Its log has changed. Returns whether it can be polled for what follows.
    fn wake(&mut self) -> bool;

    /// When the writer must call [`StreamSource::request_heartbeat`]; never for a source that keeps its own timer, or whose heartbeat is due already.
    fn heartbeat_at(&self) -> Option<Timestamp>;

    /// Its next event is a heartbeat, unless there is something else to send.
    fn request_heartbeat(&mut self);

    /// The next event as bytes; `None` after the last one. The waker of `waker` is notified when a pending source is ready.
    fn poll_next(&mut self, now: Timestamp, waker: &dyn Fn() -> Waker) -> Poll<Option<Bytes>>;
}

/// Is woken by the updates of one log, for all sources that follow it.
pub trait TopicWaker: Send {
    /// Ready once for each update since the last call.
    fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

/// The place in a request where its handler may leave an event source. All requests of a connection have the same.
#[derive(Clone, Default)]
pub struct Handover(Arc<Mutex<Slot>>);

#[derive(Default)]
struct Slot {
    source: Option<Box<dyn StreamSource>>,
    /// The response to the request whose source it is, once it is parked.
    response: Option<Response>,
}

/// A response and the source of its body.
pub(super) type DetachedStream = (Response, Box<dyn StreamSource>);

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover").finish_non_exhaustive()
    }
}

impl Handover {
    /// Parks the response to a request, if its handler left a source. Returns any other response.
    pub(super) fn park(&self, response: Response) -> Option<Response> {
        let mut slot = self.0.lock();
        if slot.source.is_some() && response.status() == StatusCode::OK {
            slot.response = Some(response);
            return None;
        }
        slot.source = None;
        Some(response)
    }

    /// Takes the stream whose response is parked, if there is one.
    pub(super) fn take(&self) -> Option<DetachedStream> {
        let mut slot = self.0.lock();
        let response = slot.response.take()?;
        slot.source.take().map(|source| (response, source))
    }

    /// Hands over a source. The returned body sends nothing; the response holds its permits as long as the stream lasts.
    pub fn put(&self, source: Box<dyn StreamSource>) -> Body {
        self.0.lock().source = Some(source);
        Body::new(DetachedBody)
    }
}

/// A body whose bytes are written by a fan-out writer.
struct DetachedBody;

impl hyper::body::Body for DetachedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// A connection that is not served by hyper at the moment.
#[derive(Debug)]
pub(super) struct DetachedConnection {
    pub(super) socket: TcpStream,
    /// What the client sent behind the request for the stream, as far as hyper has read it.
    pub(super) unread: Box<[u8]>,
    pub(super) address: SocketAddr,
    pub(super) permits: ConnectionPermits,
    /// Counts it among the open connections.
    pub(super) counted: TaskTrackerToken,
}
