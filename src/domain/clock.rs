//! What time it is: an argument everywhere, so that tests own it.

use std::fmt;
use std::future::Future;
use std::ops::Add;
use std::pin::Pin;
use std::time::Duration;

/// A moment, in milliseconds since 1970-01-01 UTC as the wall clock stood when the program started. [`Clock::wall`] says how people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Later than anything.
    pub const NEVER: Self = Self(i64::MAX);

    /// The moment `millis` milliseconds after the beginning of 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the beginning of 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// So many milliseconds later; earlier, where they are negative.
    #[must_use]
    pub const fn shifted(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// How long it is from `earlier` to this; nothing when `earlier` is later.
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

/// Ends when the moment it was asked for has come.
pub type Alarm = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// Tells the time. It never runs backwards, and counts time asleep.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Now. Lifetimes, rates and time-outs are judged by this.
    fn now(&self) -> Timestamp;

    /// `moment` as the wall clock counts now. Only what is shown to people uses this.
    fn wall(&self, moment: Timestamp) -> Timestamp;

    /// Ends once [`Clock::now`] has reached `moment`.
    fn alarm(&self, moment: Timestamp) -> Alarm;
}
