//! How much there is to do: measured by how late the program is, told as what is worth too little to be taken on (SEC-113).

use std::fmt;
use std::future::Future;
use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::worth::Worth;

/// From which lag on each worth is no longer taken on, what is worth least first. Streams always are.
pub const LAGS: [(Worth, Duration); 4] = [
    (Worth::Chat, Duration::from_millis(100)),
    (Worth::Knock, Duration::from_millis(200)),
    (Worth::Visitor, Duration::from_millis(500)),
    (Worth::Member, Duration::from_secs(1)),
];
/// How many measurements in a row must agree: one late moment is no overload.
pub const IN_A_ROW: usize = 3;
/// How long a measurement takes where nothing is late.
const PERIOD: Duration = Duration::from_millis(50);

/// Measures how late the runtime is; an argument, as clock and dice are.
pub trait Lag: Send + Sync + fmt::Debug {
    /// The next measurement.
    fn measured(&self) -> Measured;
}

/// A measurement under way.
pub type Measured = Pin<Box<dyn Future<Output = Duration> + Send>>;

/// How late a timer wakes whoever waits for it, and how long a byte then takes from one socket of this process to another: it stands in the same queue as
/// what clients send, which a timer alone overtakes.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLag;

impl Lag for SystemLag {
    #[expect(clippy::disallowed_methods, reason = "this measures real time, whatever the clock says")]
    fn measured(&self) -> Measured {
        Box::pin(async {
            let due = Instant::now() + PERIOD;
            tokio::time::sleep_until(due).await;
            if let Err(error) = sends_itself_a_byte().await {
                tracing::debug!(%error, "only the timer tells how late it is");
            }
            due.elapsed()
        })
    }
}

/// A byte goes round.
async fn sends_itself_a_byte() -> io::Result<()> {
    let (mut here, there) = UnixStream::pair()?;
    there.set_nonblocking(true)?;
    let there = tokio::net::UnixStream::from_std(there)?;
    here.write_all(&[0])?;
    there.readable().await
}

/// How much there is to do.
#[derive(Debug, Default)]
pub struct Load {
    /// How many of [`LAGS`] are reached.
    shed: AtomicUsize,
    last: Mutex<[Duration; IN_A_ROW]>,
}

impl Load {
    /// Whether what is worth this is taken on.
    #[must_use]
    pub fn takes(&self, worth: Worth) -> bool {
        let shed = self.shed.load(Ordering::Relaxed);
        !LAGS[..shed.min(LAGS.len())].iter().any(|(one, _)| *one == worth)
    }

    /// Heeds one measurement after the other, until the task is dropped.
    pub async fn heed_on(&self, lag: &dyn Lag) {
        loop {
            self.heed(lag.measured().await);
        }
    }

    /// Heeds a measurement. What is reached is left again at half of it, so that the level does not flutter.
    pub fn heed(&self, lag: Duration) {
        let mut last = self.last.lock();
        last.rotate_left(1);
        last[IN_A_ROW - 1] = lag;
        let least = last.iter().min().copied().unwrap_or_default();
        let most = last.iter().max().copied().unwrap_or_default();
        let before = self.shed.load(Ordering::Relaxed);
        let mut shed = before;
        while shed < LAGS.len() && least >= LAGS[shed].1 {
            shed += 1;
        }
        while shed > 0 && most < LAGS[shed - 1].1 / 2 {
            shed -= 1;
        }
        self.shed.store(shed, Ordering::Relaxed);
        if shed != before {
            let refused: Vec<_> = LAGS[..shed].iter().map(|(worth, _)| worth).collect();
            tracing::warn!(lag_ms = lag.as_secs_f64() * 1e3, ?refused, "the load has changed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(load: &Load) -> Vec<Worth> {
        Worth::ALL.into_iter().filter(|worth| load.takes(*worth)).collect()
    }

    fn heeds(load: &Load, millis: &[u64]) {
        for millis in millis {
            load.heed(Duration::from_millis(*millis));
        }
    }

    #[test]
    fn sec_113_what_is_worth_least_goes_first() {
        let load = Load::default();
        for (lag, left) in [(0, 0), (99, 0), (100, 1), (200, 2), (500, 3), (999, 3), (1_000, 4), (10_000, 4)] {
            heeds(&load, &[lag; IN_A_ROW]);
            assert_eq!(taken(&load), &Worth::ALL[left..], "at {lag} ms");
        }
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "somebody who keeps the thread to themselves is what is measured")]
    async fn sec_113_a_busy_thread_is_seen_as_lag() {
        let measured = tokio::spawn(SystemLag.measured());
        tokio::task::yield_now().await;
        std::thread::sleep(PERIOD + Duration::from_millis(200));
        assert!(measured.await.is_ok_and(|lag| lag >= Duration::from_millis(190)));
    }

    #[test]
    fn sec_113_one_late_moment_is_no_overload() {
        let load = Load::default();
        heeds(&load, &[900, 900, 0, 900, 900, 99]);
        assert_eq!(taken(&load), Worth::ALL);
    }

    #[test]
    fn sec_113_a_level_is_left_at_half_of_what_it_was_reached_at() {
        let load = Load::default();
        heeds(&load, &[240; IN_A_ROW]);
        assert_eq!(taken(&load), &Worth::ALL[2..]);
        heeds(&load, &[100; 9]);
        assert_eq!(taken(&load), &Worth::ALL[2..], "half is not below half");
        heeds(&load, &[99; IN_A_ROW]);
        assert_eq!(taken(&load), &Worth::ALL[1..]);
        heeds(&load, &[1, 1, 60, 1, 1]);
        assert_eq!(taken(&load), &Worth::ALL[1..]);
        heeds(&load, &[1]);
        assert_eq!(taken(&load), Worth::ALL);
    }
}
