//! Deserialises fields in which null and a missing field differ (RFC 7396): null clears what was there.

use serde::de::{Deserialize, Deserializer};

use super::integer;

/// Deserialises a field that is there, and may be null. It needs `#[serde(default)]` beside it.
#[expect(clippy::option_option, reason = "null and a missing field differ")]
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Deserialises an integer that is there, in any JSON notation, and may be null.
#[expect(clippy::option_option, reason = "null and a missing field differ")]
pub(super) fn nullable_integer<'de, D: Deserializer<'de>, T: TryFrom<u64>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    integer::whole(deserializer).map(Some)
}
