//! The response of an event stream, whose events are encoded when hyper's body or a fan-out writer polls them.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;

use super::present::Present;
use super::sse::encode_event;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Topic;
use crate::http::app::AppState;
use crate::hub::Subscription;
use crate::service::Service;
use crate::service::streams::event::EventSource;
use crate::transport::handover::{Handover, StreamSource, TopicWaker};

const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Returns a response that streams `source`, and hands it over to a writer if the connection supports that.
pub(in crate::http) fn stream(app: &AppState, source: impl EventSource + 'static, handover: Option<Handover>) -> Response {
    let encoded = EncodedSource::new(app.present.clone(), app.service.reconnect_delay_ms(), source);
    response(match handover {
        Some(handover) => handover.put(Box::new(encoded)),
        None => polled_by_hyper(app.service.clone(), encoded),
    })
}

fn polled_by_hyper(service: Arc<Service>, mut source: impl StreamSource + 'static) -> Body {
    let next = move |cx: &mut Context<'_>| source.poll_next(service.now(), &|| cx.waker().clone()).map(|bytes| bytes.map(Ok::<_, Infallible>));
    Body::from_stream(stream::poll_fn(next))
}

/// Returns a response with the headers of an event stream and `body`.
pub(in crate::http) fn response(body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform")),
        (ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}

/// Encodes the events of a source as server-sent events.
pub(crate) struct EncodedSource<S> {
    present: Present,
    /// The reconnect delay in milliseconds, sent with the first event.
    retry: Option<u64>,
    source: S,
}

impl<S: EventSource> EncodedSource<S> {
    pub(crate) const fn new(present: Present, retry: u64, source: S) -> Self {
        Self { present, retry: Some(retry), source }
    }
}

impl<S: EventSource> StreamSource for EncodedSource<S> {
    fn topic(&self) -> Option<Topic> {
        self.source.topic()
    }

    fn waker(&self) -> Option<Box<dyn TopicWaker>> {
        self.source.subscription().map(|subscription| Box::new(SubscriptionWaker(subscription)) as Box<dyn TopicWaker>)
    }

    fn detach_waker(&mut self) {
        self.source.detach_waker();
    }

    fn wake(&mut self) -> bool {
        self.source.wake()
    }

    fn heartbeat_at(&self) -> Option<Timestamp> {
        self.source.heartbeat_at()
    }

    fn request_heartbeat(&mut self) {
        self.source.request_heartbeat();
    }

    fn poll_next(&mut self, now: Timestamp, waker: &dyn Fn() -> Waker) -> Poll<Option<Bytes>> {
        let event = ready!(self.source.poll_next(now, waker));
        Poll::Ready(event.map(|event| encode_event(&self.present, event, self.retry.take())))
    }
}

/// Wakes a writer for all streams of a topic when the subscription changes.
struct SubscriptionWaker(Subscription);

impl TopicWaker for SubscriptionWaker {
    fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll_changed(cx)
    }
}
