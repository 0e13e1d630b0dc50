//! Value parsers of flags.

use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use ipnet::IpNet;

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

pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "must be a number with ms, s or m, such as 30s")?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "" | "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number.saturating_mul(60))),
        _ => Err("must be a number with ms, s or m, such as 30s".into()),
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
        assert!(parse_duration("s").is_err() && parse_duration("-1s").is_err() && parse_duration("1h").is_err());
    }
}
