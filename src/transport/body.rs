//! Request bodies with a minimum rate (SEC-103), response bodies that report their end.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};

use super::deadline::Deadline;
use super::http2::FlowProgress;
use super::state::{ConnectionState, RequestGuard};
use super::timeouts::{MIN_RATE, MIN_RATE_GRACE};
use crate::domain::clock::Timestamp;

/// Maximum size of a frame that is handed to an HTTP/2 stream: the client's progress is observed between frames.
const MAX_FRAME: usize = 16 << 10;

/// The request body arrived below the minimum rate.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub struct BodyTooSlow;

impl BodyTooSlow {
    /// Returns true if `error` or one of its sources is this one.
    pub fn is_behind(error: &(dyn Error + 'static)) -> bool {
        error.is::<Self>() || error.source().is_some_and(Self::is_behind)
    }
}

/// A request body that fails when it arrives too slowly.
pub(super) struct RequestBody {
    body: Incoming,
    state: Arc<ConnectionState>,
    began: Timestamp,
    received: u64,
    watch: Deadline,
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").field("received", &self.received).finish_non_exhaustive()
    }
}

impl RequestBody {
    /// Wraps a body for handlers.
    pub(super) fn watched(body: Incoming, state: Arc<ConnectionState>) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        state.body_started();
        let began = state.clock().now();
        Body::new(Self { body, state, began, received: 0, watch: Deadline::default() })
    }

    /// Ready once the body is below its minimum rate.
    fn poll_min_rate(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let until = self.began + MIN_RATE_GRACE + Duration::from_secs(self.received / MIN_RATE);
        self.watch.poll(self.state.clock(), until, cx)
    }
}

impl hyper::body::Body for RequestBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.received += bytes as u64;
                self.state.add_credit(bytes);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => {
                self.state.body_finished();
                Poll::Ready(None)
            }
            Poll::Pending => {
                ready!(self.poll_min_rate(cx));
                Poll::Ready(Some(Err(BodyTooSlow.into())))
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

/// A response body. Its end is the end of the request.
#[derive(Debug)]
pub(super) struct ResponseBody {
    body: Body,
    guard: RequestGuard,
    /// The client's progress, over HTTP/2.
    progress: Option<Arc<FlowProgress>>,
    rest: Bytes,
}

impl ResponseBody {
    pub(super) fn new(body: Body, mut guard: RequestGuard) -> Self {
        if body.is_end_stream() {
            guard.answered();
        }
        Self { body, guard, progress: FlowProgress::current(), rest: Bytes::new() }
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.rest)))));
        }
        let next = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if next.is_none() || self.body.is_end_stream() {
            self.guard.answered();
        }
        Poll::Ready(next)
    }
}

impl hyper::body::Body for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let me = &mut *self;
        if let Some(progress) = &me.progress {
            progress.asked();
        }
        let mut next = ready!(me.poll_body(cx));
        if let (Some(progress), Some(Ok(frame))) = (&me.progress, &mut next) {
            // Withholds at least one byte: after the final DATA frame hyper stops polling the body, and a stalled client could no longer be detected.
            if let Some(data) = frame.data_mut().filter(|data| data.len() > 1) {
                me.rest = data.split_off(MAX_FRAME.min(data.len() - 1));
            }
            progress.handed();
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
