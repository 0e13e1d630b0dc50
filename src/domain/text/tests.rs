//! Texts: what is accepted, and what names become.

use super::*;

#[test]
fn names_are_counted_in_characters() {
    assert!(Name::parse(&"é".repeat(40)).is_ok());
    for wrong in
        [&"a".repeat(41), "", "  ", "\u{200b}", "a\nb", "a\0b", "a\u{202e}b", "a\u{2028}b", "a\u{1b}[2Jb", &format!("a{}", "\u{301}".repeat(9))]
    {
        assert!(Name::parse(wrong).is_err(), "{wrong:?}");
    }
    assert!(Name::parse(&format!("a{}", "\u{301}".repeat(8))).is_ok());
}

#[test]
fn names_have_something_to_see_and_nothing_around_it() {
    for nothing in ["\u{1d159}", "\u{301}", " \u{301}", "\u{20e3}", "\u{200f}", " \u{200e} ", "\u{fff9}", "\u{378}", "\u{fdd0}", "a\u{ffff}", "Ben\n"]
    {
        assert!(Name::parse(nothing).is_err(), "{nothing:?}");
    }
    for ben in [" Ben ", "\u{200f}Ben", "Ben\u{200e}", "\u{61c} \u{3000}Ben\u{a0}\u{200e}\u{200f}"] {
        assert_eq!(Name::parse(ben).unwrap().as_str(), "Ben", "{ben:?}");
    }
    assert!(Name::parse("Be\u{200f}n").is_err(), "inside it would turn what stands beside it");
    for seen in ["\u{301}a", "\u{6dd}", "😀", "\u{1fafe}"] {
        assert!(Name::parse(seen).is_ok(), "{seen:?}");
    }
}

#[test]
fn names_that_look_alike_share_a_guise() {
    let alike = |one: &str, other: &str| {
        let (one, other) = (Name::parse(one).unwrap().confusable_keys(), Name::parse(other).unwrap().confusable_keys());
        one.iter().any(|key| other.contains(key))
    };
    for owner in ["Оwner", "owner\u{200b}", "OWNER", "0wner", " owner ", "\u{ff2f}wner"] {
        assert!(alike(owner, "Owner"), "{owner:?}");
    }
    assert!(alike("\u{412}en", "Ben"), "a capital that looks like another only as a capital");
    assert!(alike("ALI", "ali"));
    assert!(!alike("Ana", "Ben"));
}

#[test]
fn a_numbered_name_still_fits() {
    let long = Name::parse(&"x".repeat(40)).unwrap().numbered(12);
    assert_eq!(long.as_str().chars().count(), 40);
    assert!(long.as_str().ends_with("x (12)"));
}

#[test]
fn message_text_has_bytes_and_lines() {
    assert!(MessageText::parse(&"é".repeat(4_096)).is_ok());
    assert!(MessageText::parse(&"é".repeat(4_097)).is_err());
    assert!(MessageText::parse(&format!("{}x", "\r\n".repeat(499))).is_ok());
    assert!(MessageText::parse(&format!("{}x", "\n".repeat(500))).is_err());
    assert!(MessageText::parse("\r\u{202e}data: \u{2028}").is_ok(), "what got 201 arrives unchanged");
}

#[test]
fn a_message_shows_something() {
    for nothing in [" ", "\r\n", "\t \n", "\u{200b}", "\u{2800}", "\u{3164}", "\u{200f}\u{202e}", "\u{2028}\u{85}", "\u{fe0f}", "\u{feff}\u{2060}"] {
        assert_eq!(MessageText::parse(nothing), Err(InvalidText(NOTHING_VISIBLE.into())), "{nothing:?}");
    }
    for something in [".", " \n.", "\u{301}", "\u{600}", "\u{200f}ש", "👍", "\u{378}"] {
        assert_eq!(MessageText::parse(something).unwrap().as_str(), something);
    }
}
