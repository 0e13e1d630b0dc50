//! A rate: how many at once, how fast they come back; what was taken of it is one number (GCRA, the generic cell rate algorithm).

use std::time::Duration;

use super::clock::Timestamp;

/// How often something may happen: `burst` at once, and one more each `interval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many may happen at once.
    pub burst: u32,
    /// How many microseconds one takes to come back: fine enough for 20 a second, coarse enough for 30 an hour.
    interval: i64,
}

impl Rate {
    /// `burst` at once, and `count` in each `span`.
    #[must_use]
    pub const fn new(burst: u32, count: u32, span: Duration) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a span of 290,000 years is none of a rate's")]
        let micros = span.as_micros() as i64;
        let interval = if count == 0 { micros } else { micros / count as i64 };
        Self { burst, interval: if interval == 0 { 1 } else { interval } }
    }

    /// This rate so many times over, in both its numbers; none where `factor` is 0, which means without limit.
    #[must_use]
    pub fn times(self, factor: f64) -> Option<Self> {
        let burst = scaled(self.burst, factor)?;
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "an interval is far below the precision of either")]
        let interval = (self.interval as f64 / factor).round().clamp(1.0, i64::MAX as f64) as i64;
        Some(Self { burst, interval })
    }

    /// How many come back in a span.
    #[must_use]
    pub fn in_a(&self, span: Duration) -> u128 {
        span.as_micros() / u128::from(self.interval.unsigned_abs().max(1))
    }

    const fn cost(&self, count: u32) -> i64 {
        self.interval.saturating_mul(count as i64)
    }
}

/// A count so many times over, at least 1; none where `factor` is 0.
#[must_use]
pub fn scaled(count: u32, factor: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped")]
    let times = |factor: f64| (f64::from(count) * factor).ceil().clamp(1.0, f64::from(u32::MAX)) as u32;
    (factor > 0.0).then(|| times(factor))
}

/// What was taken of a rate: the moment, in microseconds since 1970, at which all of it is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken(i64);

impl Taken {
    /// Nothing was taken.
    pub const NOTHING: Self = Self(i64::MIN);

    /// Takes `count` where as many are left; says otherwise how long until they are, and takes nothing.
    ///
    /// # Errors
    /// How long it is until `count` are left; never, as good as, where that is more than a burst.
    pub fn take(&mut self, rate: &Rate, count: u32, now: Timestamp) -> Result<(), Duration> {
        let after = self.after(rate, count, now);
        let over = after.saturating_sub(micros(now)).saturating_sub(rate.cost(rate.burst));
        if over > 0 {
            return Err(Duration::from_micros(over.unsigned_abs()));
        }
        self.0 = after;
        Ok(())
    }

    /// Takes `count` whether or not as many are left: what happened and turned out to cost more.
    pub fn charge(&mut self, rate: &Rate, count: u32, now: Timestamp) {
        self.0 = self.after(rate, count, now);
    }

    /// Gives `count` back that were taken a moment ago, and for nothing.
    pub fn give_back(&mut self, rate: &Rate, count: u32) {
        self.0 = self.0.saturating_sub(rate.cost(count));
    }

    /// Whether everything is back, which is the same as if nothing had ever been taken.
    #[must_use]
    pub const fn is_over(self, now: Timestamp) -> bool {
        self.0 <= micros(now)
    }

    const fn after(self, rate: &Rate, count: u32, now: Timestamp) -> i64 {
        let from = if self.is_over(now) { micros(now) } else { self.0 };
        from.saturating_add(rate.cost(count))
    }
}

const fn micros(now: Timestamp) -> i64 {
    now.millis().saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUESTS: Rate = Rate::new(300, 20, Duration::from_secs(1));
    const OPENINGS: Rate = Rate::new(30, 30, Duration::from_hours(1));

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_176_000_000 + millis)
    }

    fn takes(taken: &mut Taken, rate: &Rate, now: Timestamp) -> usize {
        std::iter::from_fn(|| taken.take(rate, 1, now).ok()).take(1_000_000).count()
    }

    #[test]
    fn a_burst_is_there_at_once_and_comes_back_evenly() {
        let mut taken = Taken::NOTHING;
        assert_eq!(takes(&mut taken, &REQUESTS, at(0)), 300);
        assert_eq!(taken.take(&REQUESTS, 1, at(0)), Err(Duration::from_millis(50)));
        assert_eq!(takes(&mut taken, &REQUESTS, at(49)), 0);
        assert_eq!(takes(&mut taken, &REQUESTS, at(50)), 1);
        assert_eq!(takes(&mut taken, &REQUESTS, at(1_050)), 20);
        assert!(!taken.is_over(at(16_049)) && taken.is_over(at(16_050)));
        assert_eq!(takes(&mut taken, &REQUESTS, at(90_000)), 300, "no more than a burst is ever saved up");
    }

    #[test]
    fn a_slow_rate_is_exact_too() {
        let mut taken = Taken::NOTHING;
        assert_eq!(takes(&mut taken, &OPENINGS, at(0)), 30);
        assert_eq!(taken.take(&OPENINGS, 1, at(0)), Err(Duration::from_mins(2)));
        assert_eq!(takes(&mut taken, &OPENINGS, at(119_999)), 0);
        assert_eq!(takes(&mut taken, &OPENINGS, at(3_600_000)), 30);
    }

    #[test]
    fn what_costs_more_takes_more_and_a_charge_may_exceed() {
        let mut taken = Taken::NOTHING;
        assert_eq!(taken.take(&REQUESTS, 300, at(0)), Ok(()));
        assert_eq!(taken.take(&REQUESTS, 5, at(100)), Err(Duration::from_millis(150)), "two are back of the five");
        taken.charge(&REQUESTS, 4, at(100));
        assert_eq!(taken.take(&REQUESTS, 1, at(100)), Err(Duration::from_millis(150)));
        let mut fresh = Taken::NOTHING;
        fresh.charge(&REQUESTS, 4, at(0));
        assert_eq!(takes(&mut fresh, &REQUESTS, at(0)), 296);
    }

    #[test]
    fn a_factor_multiplies_both_numbers_and_0_means_without_limit() {
        assert_eq!(REQUESTS.times(2.0), Some(Rate::new(600, 40, Duration::from_secs(1))));
        assert_eq!(OPENINGS.times(0.5), Some(Rate::new(15, 15, Duration::from_hours(1))));
        assert_eq!(REQUESTS.times(0.0), None);
        assert_eq!(REQUESTS.times(1e-9).map(|rate| rate.burst), Some(1));
        let fast = REQUESTS.times(1e30).unwrap();
        assert_eq!(takes(&mut Taken::NOTHING.clone(), &fast, at(0)), 1_000_000);
        assert_eq!((scaled(64, 1.0), scaled(64, 0.001), scaled(64, 0.0)), (Some(64), Some(1), None));
    }
}
