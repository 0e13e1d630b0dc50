//! The clock, passed as an argument everywhere so that tests control it.

use std::fmt;
use std::future::Future;
use std::ops::Add;
use std::pin::Pin;
use std::time::Duration;

/// A moment, in milliseconds since 1970-01-01 UTC as the wall clock stood when the program started. [`Clock::wall`] converts it for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Later than every other moment.
    pub const NEVER: Self = Self(i64::MAX);

    /// Creates a moment from milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the moment `millis` milliseconds later, or earlier if negative.
    #[must_use]
    pub const fn shifted(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Returns the time from `earlier` to this moment; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// A future that completes at the requested moment.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// A monotonic clock that also counts time while the machine is suspended.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Returns the current moment. Lifetimes, rate limits and timeouts use this.
    fn now(&self) -> Timestamp;

    /// Converts `moment` to the current wall clock. Only for display.
    fn wall(&self, moment: Timestamp) -> Timestamp;

    /// Returns a future that completes once [`Clock::now`] has reached `moment`.
    fn sleep_until(&self, moment: Timestamp) -> Sleep;
}
