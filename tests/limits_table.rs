//! The table of all limits: `docs/limits.md` shows the program's values, and every flag it names exists.

use std::collections::BTreeMap;
use std::{env, fs};

use clap::{Args as _, Command};
use parlor::config::{Config, LimitSettings};
use parlor::http::limits_table::{limits, markdown};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/limits.md");
const MARKS: [&str; 2] = ["<!-- limits -->\n", "<!-- /limits -->\n"];

#[test]
#[expect(clippy::disallowed_methods, reason = "the variable controls whether to write, and is not a setting of the program")]
fn the_document_shows_the_limits_as_they_are() {
    let document = fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = document.split_once(MARKS[0]).expect("docs/limits.md has a place for the table");
    let (shown, after) = rest.split_once(MARKS[1]).expect("docs/limits.md closes the table");
    if env::var_os("PARLOR_WRITE").is_some() {
        fs::write(DOCUMENT, [before, MARKS[0], &markdown(), MARKS[1], after].concat()).unwrap();
    } else {
        assert!(shown == markdown(), "docs/limits.md is stale: run with PARLOR_WRITE=1\n{}", markdown());
    }
}

/// Returns the long names of flags with their defaults.
fn flags(command: &Command) -> BTreeMap<String, Option<String>> {
    let default = |argument: &clap::Arg| argument.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
    command.get_arguments().filter_map(|argument| argument.get_long().map(|long| (format!("--{long}"), default(argument)))).collect()
}

#[test]
fn the_flags_of_the_table_are_flags() {
    let flags = flags(&Config::augment_args(Command::new("parlor")));
    let odd: Vec<_> = limits().into_iter().filter_map(|row| row.flag).filter(|flag| !flags.contains_key(*flag)).collect();
    assert!(odd.is_empty(), "no such flags: {odd:?}");
}

/// Every configurable limit is in the table, with the flag's default.
#[test]
fn every_limit_that_can_be_set_is_in_the_table() {
    let rows = limits();
    let settings = flags(&LimitSettings::augment_args(Command::new("limits")));
    assert!(settings.len() > 8);
    for (flag, default) in settings {
        let row = rows.iter().find(|row| row.flag == Some(flag.as_str())).unwrap_or_else(|| panic!("{flag} is not in the table"));
        let (number, unit) = row.default.split_once(' ').unwrap_or((&row.default, ""));
        let power = match unit {
            "" | "bytes" => 0,
            "KiB" => 10,
            "MiB" => 20,
            "GiB" => 30,
            odd => panic!("{odd}"),
        };
        let told = number.replace(',', "").parse::<u64>().unwrap() << power;
        assert_eq!(Some(told.to_string()), default, "{flag}");
    }
}
