//! The rules of this repository: imports go down, a noun has one file name per layer, nothing unexpected is at the top level.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "support/web_files.rs"]
mod web_files;
#[path = "support/files.rs"]
mod files;
#[path = "tidy/cycles.rs"]
mod cycles;
#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/language.rs"]
mod language;
#[path = "tidy/shape.rs"]
mod shape;
#[path = "tidy/web.rs"]
mod web;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use files::files;

#[test]
fn stores_do_not_know_each_other() {
    let memory = files("src/store/memory");
    assert!(!memory.is_empty());
    for file in memory {
        assert!(!fs::read_to_string(&file).unwrap().contains("store::postgres"), "{}", file.display());
    }
}

#[test]
fn a_noun_has_one_file_name() {
    for noun in ["chats", "messages", "members", "receipts", "links", "knocks", "tickets", "friends", "webhooks"] {
        for layer in ["store", "store/memory", "service", "http/api", "wire"] {
            let file = format!("src/{layer}/{noun}.rs");
            assert!(Path::new(&file).exists(), "{file} is missing");
        }
    }
}

#[test]
fn only_what_is_expected_stands_at_the_top() {
    let expected =
        ["Cargo.toml", "Cargo.lock", "build.rs", "src", "tests", "openapi", "benches", "README.md", "CHANGELOG.md", "LICENSE", "docs", "deploy"];
    let listed = Command::new("git").args(["ls-files"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let mut tops: BTreeMap<&str, &str> = BTreeMap::new();
    for file in listed.lines() {
        tops.insert(file.split('/').next().unwrap(), file);
    }
    assert!(!tops.is_empty(), "git lists no files");
    let odd: Vec<_> = tops.keys().filter(|top| !top.starts_with('.') && !expected.contains(*top)).collect();
    assert!(odd.is_empty(), "unexpected at the top level: {odd:?}");
}

fn parse(file: &Path) -> syn::File {
    syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
