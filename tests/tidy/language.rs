//! The language of comments: plain technical English, in which code is not a person.

use std::fs;

use crate::files::files;

/// Where comments are checked.
const PLAIN_LANGUAGE_ROOTS: [&str; 3] = ["src", "tests", "benches"];

/// Words that say who or how much where a term of the field says what.
const FORBIDDEN: [&str; 4] = ["whoever", "borne", "takes in", "so many"];

/// Names of our own for what has a standard term: `random`, `memory_cost`, `door`, `group`, `wake_queue`, `slab`, `pressure`, `lookup`, `priority`.
const OWN_NAMES: [&str; 14] =
    ["dice", "heft", "hefty", "doorway", "crowd", "bell", "bells", "shelf", "straits", "whereabouts", "glance", "seated", "misshapen", "heed"];

#[test]
fn names_are_standard_terms() {
    let mut faults = Vec::new();
    for file in files("src") {
        let text = fs::read_to_string(&file).unwrap();
        let words = text.split(|c: char| !c.is_ascii_alphabetic()).map(str::to_lowercase);
        faults.extend(words.filter(|word| OWN_NAMES.contains(&word.as_str())).map(|word| format!("{}: {word}", file.display())));
    }
    assert!(faults.is_empty(), "a standard term exists:\n{}", faults.join("\n"));
}

#[test]
fn comments_are_plain_technical_english() {
    let mut faults = Vec::new();
    for file in PLAIN_LANGUAGE_ROOTS.into_iter().flat_map(files) {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in (1..).zip(text.lines()) {
            let comment = comment(line).to_lowercase();
            let found = FORBIDDEN.iter().filter(|words| has_words(&comment, words));
            faults.extend(found.map(|words| format!("{}:{number}: {words:?}", file.display())));
        }
    }
    assert!(faults.is_empty(), "say it in plain technical English:\n{}", faults.join("\n"));
}

#[test]
fn documents_are_plain_technical_english() {
    let listed = std::process::Command::new("git").args(["ls-files", "*.md"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.lines().count() > 5, "git lists the documents");
    let mut faults = Vec::new();
    for file in listed.lines() {
        let text = fs::read_to_string(file).unwrap().to_lowercase();
        faults.extend(FORBIDDEN.iter().filter(|words| has_words(&text, words)).map(|words| format!("{file}: {words:?}")));
    }
    assert!(faults.is_empty(), "say it in plain technical English:\n{}", faults.join("\n"));
}

/// Returns the comment of a line, or an empty string.
fn comment(line: &str) -> &str {
    let whole = ["//! ", "/// ", "// "].iter().find_map(|mark| line.trim_start().strip_prefix(mark));
    whole.or_else(|| line.split_once(" // ").map(|(_, comment)| comment)).unwrap_or_default()
}

/// Returns true if these words are in the text as whole words.
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let [before, after] = [text[..at].chars().next_back(), text[at + words.len()..].chars().next()];
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    })
}
