//! Deserialises integers in any JSON notation: to JSON Schema 60, 60.0 and 6e1 are equal, and some clients write only floating point.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Unexpected, Visitor};

/// Integers up to this value are exact in floating point.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// Deserialises an optional integer.
pub(super) fn whole<'de, D: Deserializer<'de>, T: TryFrom<u64>>(deserializer: D) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_option(WholeNumber(PhantomData))
}

/// Deserialises an integer.
pub(super) fn whole_number<'de, D: Deserializer<'de>, T: TryFrom<u64>>(deserializer: D) -> Result<T, D::Error> {
    let number = deserializer.deserialize_any(WholeNumber(PhantomData))?;
    number.ok_or_else(|| D::Error::invalid_type(Unexpected::Unit, &"a whole number"))
}

struct WholeNumber<T>(PhantomData<T>);

impl<'de, T: TryFrom<u64>> Visitor<'de> for WholeNumber<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        T::try_from(number).map(Some).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole, not negative, and exact")]
    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        if number.fract() == 0.0 && (0.0..=MAX_EXACT).contains(&number) {
            return self.visit_u64(number as u64);
        }
        Err(E::invalid_value(Unexpected::Float(number), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Option<u32>, String> {
        whole(&mut serde_json::Deserializer::from_str(text)).map_err(|error: serde_json::Error| error.to_string())
    }

    #[test]
    fn a_whole_number_may_have_a_point() {
        for same in ["60", "60.0", "6e1", "0.6e2"] {
            assert_eq!(of(same), Ok(Some(60)), "{same}");
        }
        assert_eq!((of("null"), of("0"), of("-0.0")), (Ok(None), Ok(Some(0)), Ok(Some(0))));
        for wrong in ["60.5", "-1", "-1.0", "1e300", "4294967296", "4294967296.0", "\"60\"", "true", "[60]"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
