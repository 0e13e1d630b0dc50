//! Numbers as the tables show them.

/// Formats a figure with three digits, or all before the point.
pub(crate) fn shown(value: f64) -> String {
    match value.abs() {
        large if large >= 1_000.0 => thousands(whole(value)),
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "figures are positive and far below 2^53")]
const fn whole(value: f64) -> u64 {
    value.round() as u64
}

pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}
