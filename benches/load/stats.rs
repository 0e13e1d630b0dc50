//! Statistics: histograms, medians, conversions.

use hdrhistogram::Histogram;

use crate::clock::SECOND;

/// The largest value that a histogram distinguishes.
const MAX_TRACKABLE: u64 = 100 * SECOND;

/// Returns an empty histogram of nanoseconds, exact to one in a thousand.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, MAX_TRACKABLE, 3).expect("the bounds are ordered, and three digits are supported")
}

pub(crate) fn milliseconds(nanoseconds: u64) -> f64 {
    real(nanoseconds) / 1e6
}

/// Converts a count for calculations.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
pub(crate) const fn real(count: u64) -> f64 {
    count as f64
}

/// Returns the median, or `None` of no values.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}
