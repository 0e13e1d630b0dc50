//! Value parsers of flags.

use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use ipnet::IpNet;

use super::secret::Secret;

pub(super) fn at_least_one() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(1..)
}

pub(super) fn parse_network(text: &str) -> Result<IpNet, String> {
    let single_address = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| single_address()).map_err(|_| "must be an address, or a network such as 10.0.0.0/8".into())
}

pub(super) fn parse_factor(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "must be 0 or more".into())
}

/// Returns a secret as it stands, or with `@` the first line of that file.
pub(super) fn parse_secret(text: &str) -> Result<Secret, String> {
    let secret = match text.strip_prefix('@') {
        None => text.to_owned(),
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("cannot read the file: {error}"))?,
    };
    match secret.lines().next().map(str::trim).filter(|secret| !secret.is_empty()) {
        Some(secret) => Ok(Secret(secret.to_owned())),
        None => Err("must not be empty".into()),
    }
}

/// Parses a duration, such as `500ms`, `30s`, `2m`, `12h`, `7d`; without a unit, seconds.
///
/// # Errors
/// What it must be.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "must be a number with ms, s, m, h or d, such as 30s")?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "" | "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number.saturating_mul(60))),
        "h" => Ok(Duration::from_secs(number.saturating_mul(3_600))),
        "d" => Ok(Duration::from_secs(number.saturating_mul(86_400))),
        _ => Err("must be a number with ms, s, m, h or d, such as 30s".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_units() {
        assert_eq!(parse_duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_duration("2m"), Ok(Duration::from_mins(2)));
        assert_eq!((parse_duration("1h"), parse_duration("2d")), (Ok(Duration::from_hours(1)), Ok(Duration::from_hours(48))));
        assert!(parse_duration("s").is_err() && parse_duration("-1s").is_err() && parse_duration("1w").is_err());
    }
}
