//! Streams of HTTP/2: each in a task of its own, which ends where its client opens no window for too long (SEC-104, 105).

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Executor, Sleep, Timer};

use super::course::STALLED;
use crate::domain::clock::{Alarm, Clock, Timestamp};

tokio::task_local! {
    static PACE: Arc<Pace>;
}

/// How a stream's client takes in what it is handed: odd while a piece is handed and nothing more asked for.
#[derive(Debug, Default)]
pub(super) struct Pace(AtomicU32);

impl Pace {
    /// The pace of the stream that this task serves; none over HTTP/1.
    pub(super) fn current() -> Option<Arc<Self>> {
        PACE.try_with(Arc::clone).ok()
    }

    /// The next piece is asked for: the one before is on its way.
    pub(super) fn asked(&self) {
        let steps = self.0.load(Ordering::Relaxed);
        self.0.store(steps.wrapping_add(steps & 1), Ordering::Relaxed);
    }

    /// A piece was handed over.
    pub(super) fn handed(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) | 1, Ordering::Relaxed);
    }

    /// Which piece was handed over and waits.
    fn waiting(&self) -> Option<u32> {
        Some(self.0.load(Ordering::Relaxed)).filter(|steps| steps & 1 == 1)
    }
}

/// The clock as HTTP/2's pings ask for it.
#[derive(Debug)]
pub(super) struct ClockTimer {
    clock: Arc<dyn Clock>,
    began: (Instant, Timestamp),
}

impl ClockTimer {
    #[expect(clippy::disallowed_methods, reason = "moments are counted from some instant, whichever it is")]
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let began = (Instant::now(), clock.now());
        Self { clock, began }
    }
}

impl Timer for ClockTimer {
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(Slept(self.clock.alarm(self.clock.now() + span)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(deadline.saturating_duration_since(self.now()))
    }

    fn now(&self) -> Instant {
        self.began.0 + self.clock.now().since(self.began.1)
    }
}

/// An alarm, as HTTP/2's pings wait for it.
struct Slept(Alarm);

impl Future for Slept {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl Sleep for Slept {}

/// Runs the streams of a connection.
#[derive(Clone, Debug)]
pub(super) struct Streams(pub(super) Arc<dyn Clock>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let pace = Arc::<Pace>::default();
        tokio::spawn(PACE.scope(pace.clone(), patiently(stream, pace, self.0.clone())));
    }
}

/// Serves a stream until it ends, or until it stood still for too long.
async fn patiently(stream: impl Future<Output = ()>, pace: Arc<Pace>, clock: Arc<dyn Clock>) {
    let mut stream = pin!(stream);
    let mut waiting: Option<(u32, Alarm)> = None;
    poll_fn(|cx| {
        if stream.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let Some(piece) = pace.waiting() else {
            waiting = None;
            return Poll::Pending;
        };
        if waiting.as_ref().is_none_or(|(known, _)| *known != piece) {
            waiting = Some((piece, clock.alarm(clock.now() + STALLED)));
        }
        waiting.as_mut().map_or(Poll::Pending, |(_, alarm)| alarm.as_mut().poll(cx))
    })
    .await;
}
