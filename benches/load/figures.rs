//! Figures of runs: how they are kept, written, and reduced to medians.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::clock::SECOND;
use crate::server::Kind;

/// One run of a scenario against one server.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) scenario: String,
    pub(crate) server: Kind,
    /// How many listeners, connections or chats.
    pub(crate) size: u64,
    pub(crate) round: u32,
    /// What the server was told beyond `--rate-factor`.
    pub(crate) flags: String,
    /// Each figure with its name, which ends with its unit, in the order of the table.
    pub(crate) figures: Vec<(String, f64)>,
    pub(crate) noise: Noise,
    pub(crate) faults: Faults,
}

/// How much a run was disturbed.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Noise {
    /// Cores that neither the server nor the load program took, but somebody.
    pub(crate) foreign: f64,
    /// Cores that the load program took: near 1 it is the load that was measured.
    pub(crate) load: f64,
    /// How late the load program itself was with 99 of 100 posts, at most.
    pub(crate) lateness_ms: f64,
}

/// More than this of a core taken by others makes a run a noisy one.
pub(crate) const QUIET: f64 = 0.05;

impl Noise {
    pub(crate) fn is_quiet(self) -> bool {
        self.foreign <= QUIET
    }
}

/// What must not be.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Faults {
    /// Messages that a listener never got.
    pub(crate) lost: u64,
    /// Messages that a listener got again, or later than one that was sent after it.
    pub(crate) again: u64,
    /// Listeners who saw another order than the first one of their room.
    pub(crate) orders: u64,
    /// Streams that ended, marks that cannot be read, answers that were refusals.
    pub(crate) broken: u64,
}

impl Faults {
    pub(crate) const fn count(self) -> u64 {
        self.lost + self.again + self.orders + self.broken
    }
}

impl Run {
    pub(crate) fn put(&mut self, name: &str, value: f64) {
        self.figures.push((name.to_owned(), value));
    }

    /// The figure of that name.
    pub(crate) fn figure(&self, name: &str) -> Option<f64> {
        self.figures.iter().find_map(|(own, value)| (own == name).then_some(*value))
    }

    /// The median, and the 99th percentile, of what took so many nanoseconds.
    pub(crate) fn put_latency(&mut self, what: &str, times: &Histogram<u64>) {
        self.put(&format!("{what}p50 ms"), milliseconds(times.value_at_quantile(0.5)));
        self.put(&format!("{what}p99 ms"), milliseconds(times.value_at_quantile(0.99)));
    }
}

/// The longest time that a histogram tells from longer ones.
const MOST: u64 = 100 * SECOND;

/// An empty histogram of nanoseconds, true to one in a thousand.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, MOST, 3).expect("the bounds are in order, and three digits can be had")
}

pub(crate) fn milliseconds(nanoseconds: u64) -> f64 {
    real(nanoseconds) / 1e6
}

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
pub(crate) const fn real(count: u64) -> f64 {
    count as f64
}

/// The median; nothing of nothing.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}
