//! Times in the time zone of the person at the terminal.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::wire::time::Time;

/// A moment as a clock and a calendar on the wall show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// The day, such as `Tue 1 Dec 2026`.
    pub date: String,
    /// The hour and minute, such as `14:02`.
    pub time: String,
    /// Minutes since 1970.
    pub minute: i64,
}

impl From<Time> for LocalTime {
    fn from(time: Time) -> Self {
        let moment: Timestamp = time.to_string().parse().unwrap_or_default();
        let local = moment.to_zoned_datetime(TimeZone::system());
        Self { date: local.strftime("%a %-d %b %Y").to_string(), time: local.strftime("%H:%M").to_string(), minute: moment.as_second() / 60 }
    }
}
