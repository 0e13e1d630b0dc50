//! Bodies on their way: uploads that must come along (SEC-103), answers whose end is noticed.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};

use super::course::{Course, Turn};
use super::multiplex::Pace;
use super::watch::Watch;
use crate::domain::clock::Timestamp;

/// How long an upload may take before its speed is looked at (SEC-103).
pub(in crate::http) const GRACE: Duration = Duration::from_secs(10);
/// How many bytes a second it must bring from then on (SEC-103).
pub(in crate::http) const SPEED: u64 = 1 << 10;
/// How much is handed to a stream of HTTP/2 at once: what its client takes in meanwhile is seen from piece to piece.
const PIECE: usize = 16 << 10;

/// The body of a request came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub(in crate::http) struct TooSlow;

impl TooSlow {
    /// Whether this is what an error comes from.
    pub(in crate::http) fn is_behind(error: &(dyn Error + 'static)) -> bool {
        error.is::<Self>() || error.source().is_some_and(Self::is_behind)
    }
}

/// The body of a request, on its way in.
pub(super) struct Upload {
    body: Incoming,
    course: Arc<Course>,
    began: Timestamp,
    received: u64,
    watch: Watch,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("received", &self.received).finish_non_exhaustive()
    }
}

impl Upload {
    /// A body as handlers read it.
    pub(super) fn watched(body: Incoming, course: Arc<Course>) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        course.owes();
        let began = course.clock().now();
        Body::new(Self { body, course, began, received: 0, watch: Watch::default() })
    }

    /// Ready once it is too slow.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let until = self.began + GRACE + Duration::from_secs(self.received / SPEED);
        self.watch.poll(self.course.clock(), until, cx)
    }
}

impl hyper::body::Body for Upload {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.received += bytes as u64;
                self.course.took_in(bytes);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => {
                self.course.came_whole();
                Poll::Ready(None)
            }
            Poll::Pending => {
                ready!(self.poll_patience(cx));
                Poll::Ready(Some(Err(TooSlow.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer, on its way out; with it ends the turn.
#[derive(Debug)]
pub(super) struct Reply {
    body: Body,
    turn: Turn,
    /// Over HTTP/2: how the client takes it in, piece by piece.
    pace: Option<Arc<Pace>>,
    rest: Bytes,
}

impl Reply {
    pub(super) fn new(body: Body, mut turn: Turn) -> Self {
        if body.is_end_stream() {
            turn.answered();
        }
        Self { body, turn, pace: Pace::current(), rest: Bytes::new() }
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.rest)))));
        }
        let next = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if next.is_none() || self.body.is_end_stream() {
            self.turn.answered();
        }
        Poll::Ready(next)
    }
}

impl hyper::body::Body for Reply {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let me = &mut *self;
        if let Some(pace) = &me.pace {
            pace.asked();
        }
        let mut next = ready!(me.poll_body(cx));
        if let (Some(pace), Some(Ok(frame))) = (&me.pace, &mut next) {
            // Something is always held back: the last piece ends the stream for the server, and from then on nobody would see that it is not taken in.
            if let Some(data) = frame.data_mut().filter(|data| data.len() > 1) {
                me.rest = data.split_off(PIECE.min(data.len() - 1));
            }
            pace.handed();
        }
        Poll::Ready(next)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
