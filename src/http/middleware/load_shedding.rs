//! Load shedding: measures scheduler lag and rejects low-priority requests above thresholds (SEC-113).

use std::fmt;
use std::future::Future;
use std::io;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::priority::Priority;

/// The lag from which on requests of a priority are refused, lowest priority first. Streams are never refused.
pub const SHED_THRESHOLDS: [(Priority, Duration); 4] = [
    (Priority::Chat, Duration::from_millis(100)),
    (Priority::Knock, Duration::from_millis(200)),
    (Priority::Visitor, Duration::from_millis(500)),
    (Priority::Member, Duration::from_secs(1)),
];
/// Number of consecutive samples that must agree: a single late sample is not an overload.
pub const SAMPLES_TO_SHED: usize = 3;
/// Interval of samples.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(50);

/// Measures the lag of the runtime; a parameter, as clock and randomness are.
pub trait LagProbe: Send + Sync + fmt::Debug {
    /// Takes the next sample.
    fn measured(&self) -> Measured;
}

/// A sample in progress.
pub type Measured = Pin<Box<dyn Future<Output = Duration> + Send>>;

/// Measures how late a timer fires, and how long a byte then takes from one socket of this process to another: it waits in the same queue as requests of
/// clients, which a timer alone would overtake.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLagProbe;

impl LagProbe for SystemLagProbe {
    #[expect(clippy::disallowed_methods, reason = "measures real time, which tests cannot set")]
    fn measured(&self) -> Measured {
        Box::pin(async {
            let due = Instant::now() + SAMPLE_INTERVAL;
            tokio::time::sleep_until(due).await;
            if let Err(error) = send_byte_to_self().await {
                tracing::debug!(%error, "the lag is measured by the timer alone");
            }
            due.elapsed()
        })
    }
}

/// Sends a byte from one socket of this process to another.
async fn send_byte_to_self() -> io::Result<()> {
    let (mut here, there) = UnixStream::pair()?;
    there.set_nonblocking(true)?;
    let there = tokio::net::UnixStream::from_std(there)?;
    here.write_all(&[0])?;
    there.readable().await
}

/// Decides which priorities are refused, by the lag of the runtime.
#[derive(Debug, Default)]
pub struct LoadShedder {
    /// The number of [`SHED_THRESHOLDS`] that are reached.
    shed: AtomicUsize,
    last: Mutex<[Duration; SAMPLES_TO_SHED]>,
}

impl LoadShedder {
    /// Returns true if requests of this priority are admitted.
    #[must_use]
    pub fn admits(&self, worth: Priority) -> bool {
        let shed = self.shed.load(Ordering::Relaxed);
        !SHED_THRESHOLDS[..shed.min(SHED_THRESHOLDS.len())].iter().any(|(one, _)| *one == worth)
    }

    /// Records one sample after the other, until the task is dropped.
    pub async fn run(&self, lag: &dyn LagProbe) {
        loop {
            self.record(lag.measured().await);
        }
    }

    /// Records a sample. A threshold is left again at half of it, so that the level does not oscillate.
    pub fn record(&self, lag: Duration) {
        let mut last = self.last.lock();
        last.rotate_left(1);
        last[SAMPLES_TO_SHED - 1] = lag;
        let least = last.iter().min().copied().unwrap_or_default();
        let most = last.iter().max().copied().unwrap_or_default();
        let before = self.shed.load(Ordering::Relaxed);
        let mut shed = before;
        while shed < SHED_THRESHOLDS.len() && least >= SHED_THRESHOLDS[shed].1 {
            shed += 1;
        }
        while shed > 0 && most < SHED_THRESHOLDS[shed - 1].1 / 2 {
            shed -= 1;
        }
        self.shed.store(shed, Ordering::Relaxed);
        if shed != before {
            let refused: Vec<_> = SHED_THRESHOLDS[..shed].iter().map(|(worth, _)| worth).collect();
            tracing::warn!(lag_ms = lag.as_secs_f64() * 1e3, ?refused, "load shedding has changed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(load: &LoadShedder) -> Vec<Priority> {
        Priority::ALL.into_iter().filter(|worth| load.admits(*worth)).collect()
    }

    fn record_all(load: &LoadShedder, millis: &[u64]) {
        for millis in millis {
            load.record(Duration::from_millis(*millis));
        }
    }

    #[test]
    fn sec_113_what_is_worth_least_goes_first() {
        let load = LoadShedder::default();
        for (lag, left) in [(0, 0), (99, 0), (100, 1), (200, 2), (500, 3), (999, 3), (1_000, 4), (10_000, 4)] {
            record_all(&load, &[lag; SAMPLES_TO_SHED]);
            assert_eq!(taken(&load), &Priority::ALL[left..], "at {lag} ms");
        }
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "somebody who keeps the thread to themselves is what is measured")]
    async fn sec_113_a_busy_thread_is_seen_as_lag() {
        let measured = tokio::spawn(SystemLagProbe.measured());
        tokio::task::yield_now().await;
        std::thread::sleep(SAMPLE_INTERVAL + Duration::from_millis(200));
        assert!(measured.await.is_ok_and(|lag| lag >= Duration::from_millis(190)));
    }

    #[test]
    fn sec_113_one_late_moment_is_no_overload() {
        let load = LoadShedder::default();
        record_all(&load, &[900, 900, 0, 900, 900, 99]);
        assert_eq!(taken(&load), Priority::ALL);
    }

    #[test]
    fn sec_113_a_level_is_left_at_half_of_what_it_was_reached_at() {
        let load = LoadShedder::default();
        record_all(&load, &[240; SAMPLES_TO_SHED]);
        assert_eq!(taken(&load), &Priority::ALL[2..]);
        record_all(&load, &[100; 9]);
        assert_eq!(taken(&load), &Priority::ALL[2..], "half is not below half");
        record_all(&load, &[99; SAMPLES_TO_SHED]);
        assert_eq!(taken(&load), &Priority::ALL[1..]);
        record_all(&load, &[1, 1, 60, 1, 1]);
        assert_eq!(taken(&load), &Priority::ALL[1..]);
        record_all(&load, &[1]);
        assert_eq!(taken(&load), Priority::ALL);
    }
}
