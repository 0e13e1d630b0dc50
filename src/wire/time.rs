//! Timestamps on the wire: RFC 3339 in UTC with milliseconds.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

/// A timestamp in RFC 3339, UTC, with milliseconds. For display only, never a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-20T12:00:00.000Z")]
pub struct Time(OffsetDateTime);

impl Time {
    /// Creates a timestamp from milliseconds since the Unix epoch; the epoch itself if the year cannot be represented.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        let nanos = i128::from(millis) * 1_000_000;
        Self(OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.0.to_calendar_date();
        let (hour, minute, second, milli) = self.0.to_hms_milli();
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let parts = [(0..4, year.unsigned_abs()), (5..7, u8::from(month).into()), (8..10, day.into()), (11..13, hour.into())];
        for (range, number) in parts.into_iter().chain([(14..16, minute.into()), (17..19, second.into()), (20..23, milli.into())]) {
            digits(&mut text[range], number);
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// Writes a number right-aligned in decimal digits.
fn digits(range: &mut [u8], mut number: u32) {
    for digit in range.iter_mut().rev() {
        *digit = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment = OffsetDateTime::parse(&text, &Rfc3339).map_err(D::Error::custom)?;
        Ok(Self(moment.to_offset(time::UtcOffset::UTC)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_always_has_its_milliseconds() {
        assert_eq!(Time::from_millis(1_795_176_000_000).to_string(), "2026-11-20T12:00:00.000Z");
        assert_eq!(Time::from_millis(1_795_176_000_007).to_string(), "2026-11-20T12:00:00.007Z");
        assert_eq!(Time::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Time::from_millis(253_402_300_799_999).to_string(), "9999-12-31T23:59:59.999Z");
    }
}
