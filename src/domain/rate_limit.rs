//! Rate limiting by GCRA, the generic cell rate algorithm: a quota, and its state in one number.

use std::time::Duration;

use super::clock::Timestamp;

/// A rate limit: `burst` units at once, and one more per `interval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The units available at once.
    pub burst: u32,
    /// Microseconds until one unit is replenished: precise enough for 20 a second, coarse enough for 30 an hour.
    interval: i64,
}

impl Quota {
    /// Creates a quota of `burst` at once and `count` per `span`.
    #[must_use]
    pub const fn new(burst: u32, count: u32, span: Duration) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a span of 290,000 years is out of range for a quota")]
        let micros = span.as_micros() as i64;
        let interval = if count == 0 { micros } else { micros / count as i64 };
        Self { burst, interval: if interval == 0 { 1 } else { interval } }
    }

    /// Multiplies burst and rate by `factor`; `None` if `factor` is 0, which means unlimited.
    #[must_use]
    pub fn times(self, factor: f64) -> Option<Self> {
        let burst = scaled(self.burst, factor)?;
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "an interval is far below the precision of either")]
        let interval = (self.interval as f64 / factor).round().clamp(1.0, i64::MAX as f64) as i64;
        Some(Self { burst, interval })
    }

    /// Returns how many units are replenished in `span`.
    #[must_use]
    pub fn replenished_in(&self, span: Duration) -> u128 {
        span.as_micros() / u128::from(self.interval.unsigned_abs().max(1))
    }

    const fn cost(&self, count: u32) -> i64 {
        self.interval.saturating_mul(count as i64)
    }
}

/// Multiplies `count` by `factor`, rounding up to at least 1; `None` if `factor` is 0.
#[must_use]
pub fn scaled(count: u32, factor: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped")]
    let times = |factor: f64| (f64::from(count) * factor).ceil().clamp(1.0, f64::from(u32::MAX)) as u32;
    (factor > 0.0).then(|| times(factor))
}

/// The state of a quota: the moment, in microseconds since 1970, at which it is fully replenished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GcraState(i64);

impl GcraState {
    /// No units in use.
    pub const FULL: Self = Self(i64::MIN);

    /// Takes `count` units if available; otherwise takes none and returns the time to wait.
    ///
    /// # Errors
    /// The time until `count` units are available; practically never if `count` exceeds the burst.
    pub fn try_acquire(&mut self, quota: &Quota, count: u32, now: Timestamp) -> Result<(), Duration> {
        let after = self.after(quota, count, now);
        let over = after.saturating_sub(micros(now)).saturating_sub(quota.cost(quota.burst));
        if over > 0 {
            return Err(Duration::from_micros(over.unsigned_abs()));
        }
        self.0 = after;
        Ok(())
    }

    /// Takes `count` units whether or not they are available, for operations whose cost is known only afterwards.
    pub fn charge(&mut self, quota: &Quota, count: u32, now: Timestamp) {
        self.0 = self.after(quota, count, now);
    }

    /// Returns `count` units that were taken a moment ago for nothing.
    pub fn refund(&mut self, quota: &Quota, count: u32) {
        self.0 = self.0.saturating_sub(quota.cost(count));
    }

    /// Returns true if fully replenished, which is equivalent to unused.
    #[must_use]
    pub const fn is_replenished(self, now: Timestamp) -> bool {
        self.0 <= micros(now)
    }

    const fn after(self, quota: &Quota, count: u32, now: Timestamp) -> i64 {
        let from = if self.is_replenished(now) { micros(now) } else { self.0 };
        from.saturating_add(quota.cost(count))
    }
}

const fn micros(now: Timestamp) -> i64 {
    now.millis().saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUESTS: Quota = Quota::new(300, 20, Duration::from_secs(1));
    const OPENINGS: Quota = Quota::new(30, 30, Duration::from_hours(1));

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_176_000_000 + millis)
    }

    fn takes(state: &mut GcraState, quota: &Quota, now: Timestamp) -> usize {
        std::iter::from_fn(|| state.try_acquire(quota, 1, now).ok()).take(1_000_000).count()
    }

    #[test]
    fn a_burst_is_there_at_once_and_comes_back_evenly() {
        let mut state = GcraState::FULL;
        assert_eq!(takes(&mut state, &REQUESTS, at(0)), 300);
        assert_eq!(state.try_acquire(&REQUESTS, 1, at(0)), Err(Duration::from_millis(50)));
        assert_eq!(takes(&mut state, &REQUESTS, at(49)), 0);
        assert_eq!(takes(&mut state, &REQUESTS, at(50)), 1);
        assert_eq!(takes(&mut state, &REQUESTS, at(1_050)), 20);
        assert!(!state.is_replenished(at(16_049)) && state.is_replenished(at(16_050)));
        assert_eq!(takes(&mut state, &REQUESTS, at(90_000)), 300, "no more than a burst is ever saved up");
    }

    #[test]
    fn a_slow_rate_is_exact_too() {
        let mut state = GcraState::FULL;
        assert_eq!(takes(&mut state, &OPENINGS, at(0)), 30);
        assert_eq!(state.try_acquire(&OPENINGS, 1, at(0)), Err(Duration::from_mins(2)));
        assert_eq!(takes(&mut state, &OPENINGS, at(119_999)), 0);
        assert_eq!(takes(&mut state, &OPENINGS, at(3_600_000)), 30);
    }

    #[test]
    fn what_costs_more_takes_more_and_a_charge_may_exceed() {
        let mut state = GcraState::FULL;
        assert_eq!(state.try_acquire(&REQUESTS, 300, at(0)), Ok(()));
        assert_eq!(state.try_acquire(&REQUESTS, 5, at(100)), Err(Duration::from_millis(150)), "two are back of the five");
        state.charge(&REQUESTS, 4, at(100));
        assert_eq!(state.try_acquire(&REQUESTS, 1, at(100)), Err(Duration::from_millis(150)));
        let mut fresh = GcraState::FULL;
        fresh.charge(&REQUESTS, 4, at(0));
        assert_eq!(takes(&mut fresh, &REQUESTS, at(0)), 296);
    }

    #[test]
    fn a_factor_multiplies_both_numbers_and_0_means_without_limit() {
        assert_eq!(REQUESTS.times(2.0), Some(Quota::new(600, 40, Duration::from_secs(1))));
        assert_eq!(OPENINGS.times(0.5), Some(Quota::new(15, 15, Duration::from_hours(1))));
        assert_eq!(REQUESTS.times(0.0), None);
        assert_eq!(REQUESTS.times(1e-9).map(|quota| quota.burst), Some(1));
        let fast = REQUESTS.times(1e30).unwrap();
        assert_eq!(takes(&mut GcraState::FULL.clone(), &fast, at(0)), 1_000_000);
        assert_eq!((scaled(64, 1.0), scaled(64, 0.001), scaled(64, 0.0)), (Some(64), Some(1), None));
    }
}
