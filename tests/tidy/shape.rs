//! The shape of files: their length, the length of their functions, their first line, their names.

use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use crate::files::{files, files_of};
use crate::parse;

#[test]
fn files_and_functions_are_short() {
    let mut faults = Vec::new();
    for file in everything() {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        if lines > 300 {
            eprintln!("longer than 300 lines: {} ({lines})", file.display());
        }
        if lines > 400 {
            faults.push(format!("{} has {lines} lines", file.display()));
        }
    }
    for file in ["build.rs", "src", "tests", "benches"].into_iter().flat_map(files) {
        for (name, length) in functions(&parse(&file)) {
            if length > 40 {
                eprintln!("longer than 40 lines: {name} in {} ({length})", file.display());
            }
            if length > 60 {
                faults.push(format!("{name} in {} has {length} lines", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "too long:\n{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let said = |file: &Path| {
        let text = fs::read_to_string(file).unwrap();
        let line = text.lines().next().unwrap_or_default();
        match file.extension().unwrap().to_str().unwrap() {
            "rs" => line.starts_with("//! "),
            "css" => line.starts_with("/* ") && line.ends_with(" */"),
            "html" => true,
            _ => line.starts_with("// "),
        }
    };
    let silent: Vec<_> = everything().into_iter().filter(|file| !said(file)).collect();
    assert!(silent.is_empty(), "the first line does not state the purpose: {silent:?}");
}

#[test]
fn nothing_is_left_lying_around() {
    let words = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()];
    let rooms = ["utils", "common", "helpers"];
    let mut faults = Vec::new();
    for file in everything() {
        let text = fs::read_to_string(&file).unwrap();
        let said: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        faults.extend(words.iter().filter(|word| said.contains(&word.as_str())).map(|word| format!("{word} in {}", file.display())));
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        faults.extend(rooms.iter().filter(|room| stem == **room).map(|room| format!("a file called {room}: {}", file.display())));
    }
    assert!(faults.is_empty(), "{faults:?}");
}

/// Returns all source files: the program, its tests, the web client.
fn everything() -> Vec<PathBuf> {
    ["build.rs", "src", "tests", "benches"].into_iter().flat_map(|place| files_of(place, &["rs", "js", "mjs", "css", "html"])).collect()
}

/// Returns the functions of a file with their lengths in lines, from the signature to the closing brace.
fn functions(file: &syn::File) -> Vec<(String, usize)> {
    let mut found = Functions(Vec::new());
    found.visit_file(file);
    found.0
}

struct Functions(Vec<(String, usize)>);

impl Functions {
    fn add(&mut self, signature: &syn::Signature, end: proc_macro2::Span) {
        self.0.push((signature.ident.to_string(), end.end().line + 1 - signature.span().start().line));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.sig, function.block.span());
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add(&function.sig, function.block.span());
        visit::visit_impl_item_fn(self, function);
    }
}
