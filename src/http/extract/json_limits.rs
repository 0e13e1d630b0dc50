//! Structural limits of JSON bodies, checked during parsing (SEC-100).

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Maximum nesting depth of lists and objects.
pub(in crate::http) const MAX_DEPTH: usize = 16;
/// Maximum keys of an object.
pub(in crate::http) const MAX_KEYS: usize = 64;
/// Maximum items of a list.
pub(in crate::http) const MAX_ITEMS: usize = 256;

/// Why a text is not JSON, or exceeds a structural limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http) enum JsonLimitError {
    /// It is not JSON.
    NotJson {
        /// What was expected, or what is wrong.
        reason: String,
        /// The line, counted from 1.
        line: usize,
        /// The byte offset in that line.
        column: usize,
    },
    /// It is nested too deeply. The rest is not parsed.
    TooDeep,
    /// An object or a list in it is too large.
    TooLarge {
        /// The field.
        field: String,
        /// What is wrong with it, starting with a verb.
        reason: &'static str,
    },
}

/// Parses a whole text and checks its structure.
pub(in crate::http) fn check(text: &str) -> Result<(), JsonLimitError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Level(0).deserialize(&mut reader).and_then(|()| reader.end());
    read.map_err(|error| {
        let message = error.to_string();
        if message.starts_with(TOO_DEEP) {
            return JsonLimitError::TooDeep;
        }
        let known = [TOO_MANY_KEYS, TOO_MANY_ITEMS].into_iter().find(|reason| message.starts_with(reason));
        known.map_or_else(|| not_json(&message, &error), |reason| JsonLimitError::TooLarge { field: path_of(text), reason })
    })
}

/// Returns the parser's message without its position, which is reported separately.
fn not_json(message: &str, error: &serde_json::Error) -> JsonLimitError {
    let reason = message.rsplit_once(" at line ").map_or(message, |(reason, _)| reason);
    JsonLimitError::NotJson { reason: reason.into(), line: error.line(), column: error.column() }
}

/// Returns the field of the body that is too large. Parses again, because tracking the path costs more than parsing.
fn path_of(text: &str) -> String {
    let (mut reader, mut track) = (serde_json::Deserializer::from_str(text), serde_path_to_error::Track::new());
    let read = Level(0).deserialize(serde_path_to_error::Deserializer::new(&mut reader, &mut track));
    read.map_or_else(|_| outermost(&track.path().to_string()), |()| "body".into())
}

/// Returns the top-level field of a path.
fn outermost(path: &str) -> String {
    let field = path.split(['.', '[']).next().unwrap_or_default();
    // Only names that look like fields of this API are repeated.
    let is_plausible = (1..=32).contains(&field.len()) && field.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if is_plausible { field.into() } else { "body".into() }
}

const TOO_DEEP: &str = "must not be nested deeper than 16 levels";
const TOO_MANY_KEYS: &str = "must not have an object with more than 64 keys";
const TOO_MANY_ITEMS: &str = "must not have a list with more than 256 items";

/// A value's nesting depth.
#[derive(Clone, Copy)]
struct Level(usize);

impl Level {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.0 < MAX_DEPTH { Ok(Self(self.0 + 1)) } else { Err(E::custom(TOO_DEEP)) }
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let inside = self.deeper()?;
        let mut items = 0;
        while list.next_element_seed(inside)?.is_some() {
            items += 1;
            if items > MAX_ITEMS {
                return Err(A::Error::custom(TOO_MANY_ITEMS));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let inside = self.deeper()?;
        let mut keys = 0;
        while object.next_key::<IgnoredAny>()?.is_some() {
            keys += 1;
            if keys > MAX_KEYS {
                return Err(A::Error::custom(TOO_MANY_KEYS));
            }
            object.next_value_seed(inside)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_bounds() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let object = |keys: usize| format!("{{{}}}", (0..keys).map(|key| format!("\"{key}\":0")).collect::<Vec<_>>().join(","));
        let list = |items: usize| format!("[{}]", vec!["0"; items].join(","));
        for fits in [nested(16), object(64), list(256), r#"{"a":[null,true,-1,1.5,"\ud83d\ude00"]}"#.into(), " 7 ".into()] {
            assert_eq!(check(&fits), Ok(()), "{fits}");
        }
        for (large, reason) in [(object(65), TOO_MANY_KEYS), (list(257), TOO_MANY_ITEMS)] {
            let wrong = |field: &str| Err(JsonLimitError::TooLarge { field: field.into(), reason });
            assert_eq!(check(&large), wrong("body"));
            let inside = format!("{{\"b\":0,\"a\":{large}}}");
            assert_eq!(check(&inside), wrong("a"));
        }
        for deep in [nested(17), nested(30_000), "[".repeat(17), format!("{{\"a\":{}}}", nested(16))] {
            assert_eq!(check(&deep), Err(JsonLimitError::TooDeep));
        }
        for wrong in ["", "{", "[1,]", "7 8", "{\"a\":\"must not be nested deeper than 16 levels\"", "\"\\ud83d\"", "nul"] {
            assert!(matches!(check(wrong), Err(JsonLimitError::NotJson { .. })), "{wrong}");
        }
    }
}
