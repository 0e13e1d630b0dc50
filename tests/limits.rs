//! The table of all limits: `README.md` shows what the program has, and the flags it names are flags.

use std::collections::BTreeMap;
use std::{env, fs};

use clap::{Args as _, Command};
use parlor::config::{BoundSettings, Config};
use parlor::http::table::{limits, markdown};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const MARKS: [&str; 2] = ["<!-- limits -->\n", "<!-- /limits -->\n"];

#[test]
#[expect(clippy::disallowed_methods, reason = "the variable says whether to write, and is no setting of the program")]
fn readme_shows_the_limits_as_they_are() {
    let readme = fs::read_to_string(README).unwrap();
    let (before, rest) = readme.split_once(MARKS[0]).expect("README.md has a place for the table");
    let (shown, after) = rest.split_once(MARKS[1]).expect("and it ends");
    if env::var_os("PARLOR_WRITE").is_some() {
        fs::write(README, [before, MARKS[0], &markdown(), MARKS[1], after].concat()).unwrap();
    } else {
        assert!(shown == markdown(), "README.md is stale: run with PARLOR_WRITE=1\n{}", markdown());
    }
}

/// The long names of flags, each with its default.
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

/// Every bound that can be set is in the table, with the default that the flag has.
#[test]
fn every_bound_that_can_be_set_is_in_the_table() {
    let rows = limits();
    let bounds = flags(&BoundSettings::augment_args(Command::new("bounds")));
    assert!(bounds.len() > 8);
    for (flag, default) in bounds {
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
