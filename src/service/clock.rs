//! The system clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};

use crate::domain::clock::{Clock, Sleep, Timestamp};

/// A clock that includes the time the machine is suspended.
#[cfg(target_os = "linux")]
const SINCE_BOOT: ClockId = ClockId::CLOCK_BOOTTIME;
#[cfg(not(target_os = "linux"))]
const SINCE_BOOT: ClockId = ClockId::CLOCK_MONOTONIC;

/// Interval at which the wall clock is compared with the time since boot, in milliseconds.
const COMPARE_INTERVAL_MS: i64 = 1_000;
/// Smallest difference, in milliseconds, that counts as setting the wall clock: reading two clocks takes time.
const MIN_STEP_MS: i64 = 1_000;
/// Longest sleep before the clock is read again: timers stop while the machine is suspended.
const MAX_SLEEP: Duration = Duration::from_secs(15);

/// A clock that counts the time since boot, suspension included, from the wall clock's time at startup.
///
/// Setting the wall clock does not change any lifetime. It changes how times are shown, of existing chats too.
#[derive(Debug)]
pub struct SystemClock {
    /// The wall clock's time at boot, as computed at startup, in milliseconds.
    booted: i64,
    /// Offset by which the wall clock was set since startup, in milliseconds.
    set: AtomicI64,
    /// The time since boot at the last comparison, in milliseconds.
    compared: AtomicI64,
}

impl Default for SystemClock {
    fn default() -> Self {
        let boot = since_boot();
        Self { booted: wall() - boot, set: AtomicI64::new(0), compared: AtomicI64::new(boot) }
    }
}

impl SystemClock {
    /// Detects whether the wall clock has been set.
    fn compare(&self, boot: i64) {
        self.compared.store(boot, Ordering::Relaxed);
        let set = wall() - boot - self.booted;
        // A thread that was preempted between the two readings has no usable difference.
        let prompt = since_boot() - boot < MIN_STEP_MS / 2;
        if prompt && set.abs_diff(self.set.load(Ordering::Relaxed)) >= MIN_STEP_MS.unsigned_abs() {
            self.set.store(set, Ordering::Relaxed);
            tracing::warn!(set_ms = set, "the wall clock was set: times are shown by it, lifetimes stay as they were");
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let boot = since_boot();
        if boot - self.compared.load(Ordering::Relaxed) >= COMPARE_INTERVAL_MS {
            self.compare(boot);
        }
        Timestamp::from_millis(self.booted + boot)
    }

    fn wall(&self, moment: Timestamp) -> Timestamp {
        moment.shifted(self.set.load(Ordering::Relaxed))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn sleep_until(&self, moment: Timestamp) -> Sleep {
        let (booted, left) = (self.booted, moment.since(self.now()));
        Box::pin(async move {
            let mut left = left;
            while !left.is_zero() {
                tokio::time::sleep(left.min(MAX_SLEEP)).await;
                left = moment.since(Timestamp::from_millis(booted + since_boot()));
            }
        })
    }
}

/// Returns the milliseconds since boot, suspension included.
fn since_boot() -> i64 {
    let read = clock_gettime(SINCE_BOOT).expect("the system has this clock");
    read.tv_sec() * 1_000 + read.tv_nsec() / 1_000_000
}

/// Returns the wall clock, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn wall() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
