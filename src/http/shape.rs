//! How large the parts of a JSON body may be, judged while it is read (SEC-100).

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// How deep lists and objects may stand in one another.
pub(super) const DEPTH: usize = 16;
/// How many keys an object may have.
pub(super) const KEYS: usize = 64;
/// How many items a list may have.
pub(super) const ITEMS: usize = 256;

/// What is wrong with the shape of a text that is JSON so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Misshapen {
    /// It is not JSON.
    NotJson {
        /// What was expected, or what is wrong.
        reason: String,
        /// In which line, counted from 1.
        line: usize,
        /// After how many bytes of that line.
        column: usize,
    },
    /// It is nested too deeply; whether what follows is JSON is not looked at.
    TooDeep,
    /// Something in it is too long.
    TooLarge {
        /// In which field.
        field: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Reads a whole text; says what is wrong with it, if anything.
pub(super) fn judge(text: &str) -> Result<(), Misshapen> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Level(0).deserialize(&mut reader).and_then(|()| reader.end());
    read.map_err(|error| {
        let words = error.to_string();
        if words.starts_with(TOO_DEEP) {
            return Misshapen::TooDeep;
        }
        let known = [TOO_MANY_KEYS, TOO_MANY_ITEMS].into_iter().find(|reason| words.starts_with(reason));
        known.map_or_else(|| not_json(&words, &error), |reason| Misshapen::TooLarge { field: place(text), reason })
    })
}

/// The reader's words without the place, which it tells apart.
fn not_json(words: &str, error: &serde_json::Error) -> Misshapen {
    let reason = words.rsplit_once(" at line ").map_or(words, |(reason, _)| reason);
    Misshapen::NotJson { reason: reason.into(), line: error.line(), column: error.column() }
}

/// The field of the body in which it is too large: it is read again, since to know where one is costs more than to read.
fn place(text: &str) -> String {
    let (mut reader, mut track) = (serde_json::Deserializer::from_str(text), serde_path_to_error::Track::new());
    let read = Level(0).deserialize(serde_path_to_error::Deserializer::new(&mut reader, &mut track));
    read.map_or_else(|_| outermost(&track.path().to_string()), |()| "body".into())
}

/// The field of the body in which a place lies.
fn outermost(place: &str) -> String {
    let field = place.split(['.', '[']).next().unwrap_or_default();
    // A name that nobody here gave is not repeated.
    let ours = (1..=32).contains(&field.len()) && field.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if ours { field.into() } else { "body".into() }
}

const TOO_DEEP: &str = "must not be nested deeper than 16 levels";
const TOO_MANY_KEYS: &str = "must not have an object with more than 64 keys";
const TOO_MANY_ITEMS: &str = "must not have a list with more than 256 items";

/// A value that stands inside of so many others.
#[derive(Clone, Copy)]
struct Level(usize);

impl Level {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.0 < DEPTH { Ok(Self(self.0 + 1)) } else { Err(E::custom(TOO_DEEP)) }
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
            if items > ITEMS {
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
            if keys > KEYS {
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
            assert_eq!(judge(&fits), Ok(()), "{fits}");
        }
        for (large, reason) in [(object(65), TOO_MANY_KEYS), (list(257), TOO_MANY_ITEMS)] {
            let wrong = |field: &str| Err(Misshapen::TooLarge { field: field.into(), reason });
            assert_eq!(judge(&large), wrong("body"));
            let inside = format!("{{\"b\":0,\"a\":{large}}}");
            assert_eq!(judge(&inside), wrong("a"));
        }
        for deep in [nested(17), nested(30_000), "[".repeat(17), format!("{{\"a\":{}}}", nested(16))] {
            assert_eq!(judge(&deep), Err(Misshapen::TooDeep));
        }
        for wrong in ["", "{", "[1,]", "7 8", "{\"a\":\"must not be nested deeper than 16 levels\"", "\"\\ud83d\"", "nul"] {
            assert!(matches!(judge(wrong), Err(Misshapen::NotJson { .. })), "{wrong}");
        }
    }
}
