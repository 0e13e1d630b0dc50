//! HTTP/2: runs each stream in its own task, with a write timeout for clients that open no window (SEC-104, 105).

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt;
use hyper::rt::{Executor, Timer};

use super::timeouts::WRITE_TIMEOUT;
use crate::domain::clock::{Clock, Sleep, Timestamp};

tokio::task_local! {
    static PROGRESS: Arc<FlowProgress>;
}

/// The progress of a stream's client. The counter is odd while a frame is handed over and the next one is not requested.
#[derive(Debug, Default)]
pub(super) struct FlowProgress(AtomicU32);

impl FlowProgress {
    /// Returns the progress of the stream that this task serves; none over HTTP/1.
    pub(super) fn current() -> Option<Arc<Self>> {
        PROGRESS.try_with(Arc::clone).ok()
    }

    /// Records that the next frame is requested.
    pub(super) fn asked(&self) {
        let steps = self.0.load(Ordering::Relaxed);
        self.0.store(steps.wrapping_add(steps & 1), Ordering::Relaxed);
    }

    /// Records that a frame was handed over.
    pub(super) fn handed(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) | 1, Ordering::Relaxed);
    }

    /// Returns the number of the frame that waits for the client, if one does.
    fn waiting(&self) -> Option<u32> {
        Some(self.0.load(Ordering::Relaxed)).filter(|steps| steps & 1 == 1)
    }
}

/// Adapts the clock for hyper's HTTP/2 pings.
#[derive(Debug)]
pub(super) struct ClockTimer {
    clock: Arc<dyn Clock>,
    began: (Instant, Timestamp),
}

impl ClockTimer {
    #[expect(clippy::disallowed_methods, reason = "an arbitrary instant from which moments are counted")]
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let began = (Instant::now(), clock.now());
        Self { clock, began }
    }
}

impl Timer for ClockTimer {
    fn sleep(&self, span: Duration) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Slept(self.clock.sleep_until(self.clock.now() + span)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        self.sleep(deadline.saturating_duration_since(self.now()))
    }

    fn now(&self) -> Instant {
        self.began.0 + self.clock.now().since(self.began.1)
    }
}

/// A sleep of the clock, as hyper awaits it.
struct Slept(Sleep);

impl Future for Slept {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl rt::Sleep for Slept {}

/// Spawns the streams of a connection.
#[derive(Clone, Debug)]
pub(super) struct Http2Executor(pub(super) Arc<dyn Clock>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Http2Executor {
    fn execute(&self, stream: F) {
        let progress = Arc::<FlowProgress>::default();
        tokio::spawn(PROGRESS.scope(progress.clone(), with_write_timeout(stream, progress, self.0.clone())));
    }
}

/// Runs a stream until it ends or its client makes no progress for the write timeout.
async fn with_write_timeout(stream: impl Future<Output = ()>, progress: Arc<FlowProgress>, clock: Arc<dyn Clock>) {
    let mut stream = pin!(stream);
    let mut waiting: Option<(u32, Sleep)> = None;
    poll_fn(|cx| {
        if stream.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let Some(piece) = progress.waiting() else {
            waiting = None;
            return Poll::Pending;
        };
        if waiting.as_ref().is_none_or(|(known, _)| *known != piece) {
            waiting = Some((piece, clock.sleep_until(clock.now() + WRITE_TIMEOUT)));
        }
        waiting.as_mut().map_or(Poll::Pending, |(_, alarm)| alarm.as_mut().poll(cx))
    })
    .await;
}
