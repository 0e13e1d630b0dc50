//! Results of runs, as they are stored.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::server_kind::Kind;
use crate::stats::milliseconds;

/// One run of a scenario against one server.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) scenario: String,
    pub(crate) server: Kind,
    /// The number of listeners, connections or chats.
    pub(crate) size: u64,
    pub(crate) round: u32,
    /// The program's flags besides `--rate-factor`.
    pub(crate) flags: String,
    /// Each figure with its name, which ends with its unit, in the order of the table.
    pub(crate) figures: Vec<(String, f64)>,
    pub(crate) noise: Noise,
    pub(crate) faults: Faults,
}

/// Disturbances of a run.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Noise {
    /// Cores used by other processes.
    pub(crate) foreign: f64,
    /// Cores used by the load program: near 1, the load itself is the bottleneck.
    pub(crate) load: f64,
    /// The largest 99th percentile of the load program's own delay.
    pub(crate) lateness_ms: f64,
}

/// A run in which others used more than this of a core is noisy.
pub(crate) const QUIET: f64 = 0.05;

impl Noise {
    pub(crate) fn is_quiet(self) -> bool {
        self.foreign <= QUIET
    }
}

/// Errors that must not occur.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Faults {
    /// Messages that a listener never received.
    pub(crate) lost: u64,
    /// Messages that a listener received twice, or after a later one.
    pub(crate) again: u64,
    /// Listeners that saw a different order than the first one of their chat.
    pub(crate) orders: u64,
    /// Streams that ended, unreadable payloads, refused requests.
    pub(crate) broken: u64,
}

impl Faults {
    pub(crate) const fn count(self) -> u64 {
        self.lost + self.again + self.orders + self.broken
    }
}

impl Run {
    pub(crate) fn add(&mut self, name: &str, value: f64) {
        self.figures.push((name.to_owned(), value));
    }

    /// Returns the figure with this name.
    pub(crate) fn figure(&self, name: &str) -> Option<f64> {
        self.figures.iter().find_map(|(own, value)| (own == name).then_some(*value))
    }

    /// Adds the median and the 99th percentile of times in nanoseconds.
    pub(crate) fn add_latency(&mut self, what: &str, times: &Histogram<u64>) {
        self.add(&format!("{what}p50 ms"), milliseconds(times.value_at_quantile(0.5)));
        self.add(&format!("{what}p99 ms"), milliseconds(times.value_at_quantile(0.99)));
    }
}
