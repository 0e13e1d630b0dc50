//! Source files of the program and its tests, for tests that read them.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns all Rust files under a folder.
pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    files_of(folder, &["rs"])
}

/// Returns all files with one of these extensions under a folder, or the file with this path.
pub(crate) fn files_of(place: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Ok(entries) = fs::read_dir(place) {
        let paths = entries.map(|entry| entry.unwrap().path());
        let ours = paths.filter(|path| path.file_name().is_some_and(|name| name != "node_modules"));
        found.extend(ours.flat_map(|path| files_of(&path.to_string_lossy(), endings)));
    } else if Path::new(place).extension().is_some_and(|ending| endings.iter().any(|one| ending == *one)) {
        found.push(place.into());
    }
    found.sort();
    found
}
