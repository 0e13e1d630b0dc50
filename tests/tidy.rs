//! The house rules, as a test: imports go down, files and functions stay short, every file says what it is for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "world/client.rs"]
mod client;
#[path = "world/files.rs"]
mod files;
#[path = "tidy/web.rs"]
mod web;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use files::{files, files_of};

/// Which layer may name which, and which crates; std may be named anywhere.
const LAYERS: &[(&str, &[&str], &[&str])] = &[
    ("domain", &["domain"], &["rand", "uuid", "base64", "sha2", "bip39", "unicode_security", "unicode_normalization", "unicode_properties"]),
    ("config", &["domain"], &["clap", "ipnet", "url"]),
    ("wire", &["wire"], &["serde", "serde_json", "utoipa", "uuid", "time"]),
    ("store/memory", &["domain", "store"], &["async_trait", "parking_lot"]),
    ("store", &["domain", "store"], &["async_trait", "thiserror"]),
    ("live", &["domain", "live"], &["tokio", "tokio_stream", "parking_lot", "bytes", "quick_cache"]),
    (
        "service",
        &["domain", "store", "live", "service"],
        &["tokio", "tokio_util", "futures_util", "parking_lot", "tracing", "thiserror", "bytes", "uuid", "nix"],
    ),
    (
        "http",
        &["domain", "config", "wire", "service", "http"],
        &[
            "axum",
            "tower",
            "tower_http",
            "hyper",
            "hyper_util",
            "httparse",
            "httpdate",
            "memchr",
            "socket2",
            "rlimit",
            "thiserror",
            "prometheus_client",
            "parking_lot",
            "ipnet",
            "tokio",
            "tokio_util",
            "bytes",
            "futures_util",
            "serde",
            "serde_json",
            "serde_path_to_error",
            "tracing",
            "utoipa",
            "utoipa_axum",
            "utoipa_swagger_ui",
            "uuid",
            "base64",
        ],
    ),
    ("shutdown", &["config"], &["tokio", "tokio_util"]),
    ("telemetry", &["config", "wire", "telemetry"], &["serde_json", "tracing", "tracing_subscriber", "tracing_appender"]),
    ("server", &["domain", "config", "store", "live", "service", "http", "shutdown", "telemetry"], &["axum", "tokio", "bytes", "tracing"]),
    ("main", &["parlor"], &["clap", "tokio"]),
    ("lib", &[], &[]),
];

/// Modules called `tests` are left out, as their files are: they drive the whole server.
#[test]
fn imports_go_down_only() {
    let mut faults = Vec::new();
    for file in files("src").into_iter().filter(|file| file.file_name() != Some("tests.rs".as_ref())) {
        let place = file.strip_prefix("src").unwrap().with_extension("");
        let layer = LAYERS.iter().find(|(name, ..)| place.starts_with(name)).unwrap_or_else(|| panic!("no layer for {}", file.display()));
        for used in imports(&parse(&file)) {
            let used = absolute(&place, used);
            if !may_name(layer, &used) {
                faults.push(format!("{}: {}", file.display(), used.join("::")));
            }
        }
    }
    assert!(faults.is_empty(), "imports that do not go down:\n{}", faults.join("\n"));
}

#[test]
fn stores_do_not_know_each_other() {
    let memory = files("src/store/memory");
    assert!(!memory.is_empty());
    for file in memory {
        assert!(!fs::read_to_string(&file).unwrap().contains("store::postgres"), "{}", file.display());
    }
}

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
    assert!(silent.is_empty(), "no first line that says what it is for: {silent:?}");
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

#[test]
fn a_noun_has_one_file_name() {
    for noun in ["chats", "messages", "members", "links", "knocks", "tickets"] {
        for layer in ["store", "store/memory", "service", "http", "wire"] {
            let file = format!("src/{layer}/{noun}.rs");
            assert!(Path::new(&file).exists(), "{file} is missing");
        }
    }
}

#[test]
fn only_what_is_expected_stands_at_the_top() {
    let expected = ["Cargo.toml", "Cargo.lock", "build.rs", "src", "tests", "openapi", "benches", "README.md", "CHANGELOG.md", "LICENSE"];
    let listed = Command::new("git").args(["ls-files"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let mut tops: BTreeMap<&str, &str> = BTreeMap::new();
    for file in listed.lines() {
        tops.insert(file.split('/').next().unwrap(), file);
    }
    assert!(!tops.is_empty(), "git lists no files");
    let odd: Vec<_> = tops.keys().filter(|top| !top.starts_with('.') && !expected.contains(*top)).collect();
    assert!(odd.is_empty(), "at the top: {odd:?}");
}

/// All that people wrote for this house: the program, its tests, the web client.
fn everything() -> Vec<PathBuf> {
    ["build.rs", "src", "tests", "benches"].into_iter().flat_map(|place| files_of(place, &["rs", "js", "mjs", "css", "html"])).collect()
}

fn may_name((name, layers, crates): &(&str, &[&str], &[&str]), used: &[String]) -> bool {
    match used.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["std", ..] | [_] => true,
        ["crate", layer, ..] => {
            let inside_memory = *layer == "store" && used.get(2).is_some_and(|part| part == "memory");
            layers.contains(layer) && (!inside_memory || ["server", "store/memory"].contains(name))
        }
        ["parlor", ..] => layers.contains(&"parlor"),
        [outside, ..] => crates.contains(outside),
        [] => false,
    }
}

/// A path as it reads from the crate's root, used in the module that stands at `place`.
fn absolute(place: &Path, used: Vec<String>) -> Vec<String> {
    let mut module: Vec<String> =
        place.iter().map(|part| part.to_string_lossy().into_owned()).filter(|part| part != "mod" && part != "lib").collect();
    let ups = used.iter().take_while(|part| *part == "super").count();
    if ups == 0 && used[0] != "self" {
        return used;
    }
    module.truncate(module.len().saturating_sub(ups));
    let rest = used.into_iter().skip_while(|part| part == "super" || part == "self");
    std::iter::once("crate".to_owned()).chain(module).chain(rest).collect()
}

fn parse(file: &Path) -> syn::File {
    syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The paths that a file's `use` lines and its paths from `crate::` or `super::` name, each as its parts. Modules for tests may name anything.
fn imports(file: &syn::File) -> Vec<Vec<String>> {
    let own = file.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) => Some(module.ident.to_string()),
        _ => None,
    });
    let mut found = Imports { own: own.collect(), paths: Vec::new() };
    found.visit_file(file);
    found.paths
}

struct Imports {
    own: Vec<String>,
    paths: Vec<Vec<String>>,
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut paths = Vec::new();
        spread(&item.tree, &mut Vec::new(), &mut paths);
        self.paths.extend(paths.into_iter().filter(|path| !self.own.contains(&path[0])));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.first().is_some_and(|first| first.ident == "crate" || first.ident == "super") {
            self.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }
}

fn spread(tree: &syn::UseTree, front: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    match tree {
        syn::UseTree::Path(path) => {
            front.push(path.ident.to_string());
            spread(&path.tree, front, paths);
            front.pop();
        }
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| spread(tree, front, paths)),
        syn::UseTree::Name(name) => paths.push([front.as_slice(), &[name.ident.to_string()]].concat()),
        syn::UseTree::Rename(name) => paths.push([front.as_slice(), &[name.ident.to_string()]].concat()),
        syn::UseTree::Glob(_) => paths.push(front.clone()),
    }
}

/// The functions of a file with their lengths in lines, from the signature to the closing brace.
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
