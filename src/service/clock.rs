//! The clock of the machine.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};

use crate::domain::clock::{Alarm, Clock, Timestamp};

/// Counts time asleep too.
#[cfg(target_os = "linux")]
const SINCE_BOOT: ClockId = ClockId::CLOCK_BOOTTIME;
#[cfg(not(target_os = "linux"))]
const SINCE_BOOT: ClockId = ClockId::CLOCK_MONOTONIC;

/// How often the wall clock is compared with the time since boot, in milliseconds.
const COMPARED: i64 = 1_000;
/// A smaller difference, in milliseconds, is no setting of the clock: reading two clocks takes time.
const SET: i64 = 1_000;
/// How long an alarm sleeps before it looks at the clock again: a sleeping machine holds up its timers.
const LONGEST_SLEEP: Duration = Duration::from_secs(15);

/// Counts the time since boot, time asleep included, from the wall clock's time at the start. Setting the wall clock makes no chat older: it changes how
/// moments are shown, of chats that are already there too.
#[derive(Debug)]
pub struct SystemClock {
    /// The wall clock's time at boot, as it was known at the start, in milliseconds.
    booted: i64,
    /// How far the wall clock has been set since, in milliseconds.
    set: AtomicI64,
    /// The time since boot when the clocks were compared last.
    compared: AtomicI64,
}

impl Default for SystemClock {
    fn default() -> Self {
        let boot = since_boot();
        Self { booted: wall() - boot, set: AtomicI64::new(0), compared: AtomicI64::new(boot) }
    }
}

impl SystemClock {
    /// Looks whether the wall clock has been set.
    fn compare(&self, boot: i64) {
        self.compared.store(boot, Ordering::Relaxed);
        let set = wall() - boot - self.booted;
        // Whoever was held up between the two clocks has read nothing that counts.
        let prompt = since_boot() - boot < SET / 2;
        if prompt && set.abs_diff(self.set.load(Ordering::Relaxed)) >= SET.unsigned_abs() {
            self.set.store(set, Ordering::Relaxed);
            tracing::warn!(set_ms = set, "the wall clock was set: times are shown by it, lifetimes stay as they were");
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let boot = since_boot();
        if boot - self.compared.load(Ordering::Relaxed) >= COMPARED {
            self.compare(boot);
        }
        Timestamp::from_millis(self.booted + boot)
    }

    fn wall(&self, moment: Timestamp) -> Timestamp {
        moment.shifted(self.set.load(Ordering::Relaxed))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn alarm(&self, moment: Timestamp) -> Alarm {
        let (booted, left) = (self.booted, moment.since(self.now()));
        Box::pin(async move {
            let mut left = left;
            while !left.is_zero() {
                tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
                left = moment.since(Timestamp::from_millis(booted + since_boot()));
            }
        })
    }
}

/// Milliseconds since boot, time asleep included.
fn since_boot() -> i64 {
    let read = clock_gettime(SINCE_BOOT).expect("the machine has this clock");
    read.tv_sec() * 1_000 + read.tv_nsec() / 1_000_000
}

/// The wall clock, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn wall() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
