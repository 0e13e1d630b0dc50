//! An HTTP/1 connection in hyper, from which a stream is detached together with its socket.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::header;
use hyper::body::{Body as _, Incoming};
use hyper::{Method, Request, Version};

use super::handover::{DetachedStream, Handover};
use super::state::ConnectionState;

/// Returns whether a writer can send the response to this request as hyper would: chunked, on a connection that goes on, to a client that only waits for it.
pub(super) fn is_detachable(request: &Request<Incoming>) -> bool {
    let headers = request.headers();
    request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && request.body().is_end_stream()
        && !headers.contains_key(header::UPGRADE)
        && headers.get_all(header::CONNECTION).iter().all(|value| value.as_bytes().eq_ignore_ascii_case(b"keep-alive"))
}

/// A connection in hyper, until it ends or its handlers have handed over a stream.
pub(super) struct Detachable<'a, C> {
    pub(super) connection: C,
    /// Where a stream is parked; none if hyper serves them all.
    pub(super) handover: Option<&'a Handover>,
    pub(super) state: &'a ConnectionState,
}

/// Why a connection is no longer polled.
pub(super) enum Ended {
    /// It is closed.
    Closed(hyper::Result<()>),
    /// A stream is handed over, and hyper has written everything that precedes it.
    HandedOver(Box<DetachedStream>),
}

impl<C: Future<Output = hyper::Result<()>> + Unpin> Future for Detachable<'_, C> {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        if let Poll::Ready(result) = Pin::new(&mut self.connection).poll(cx) {
            return Poll::Ready(Ended::Closed(result));
        }
        // `into_parts` loses what hyper has not written. It buffers nothing for a request whose response is pending, and flushes the socket when what it
        // had buffered before is written.
        let stream = self.handover.filter(|_| self.state.is_flushed()).and_then(Handover::take);
        stream.map_or(Poll::Pending, |stream| Poll::Ready(Ended::HandedOver(Box::new(stream))))
    }
}
