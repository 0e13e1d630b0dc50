//! Modules do not import each other in circles.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::files::files;
use crate::imports::{absolute, imports};
use crate::parse;

/// The modules of `src`, each with the modules that it imports. A child that names its parent is left out: it uses the parent's types and aliases.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let files: Vec<_> = files("src").into_iter().filter(|file| file.file_name() != Some("tests.rs".as_ref())).collect();
    let modules: BTreeSet<String> = files.iter().map(|file| name(file)).collect();
    let edges = files.iter().map(|file| {
        let (from, place) = (name(file), file.strip_prefix("src").unwrap().with_extension(""));
        let used = imports(&parse(file)).into_iter().filter_map(|path| module_of(&absolute(&place, path), &modules));
        let others = used.filter(|to| *to != from && !from.starts_with(&format!("{to}::"))).collect();
        (from, others)
    });
    edges.collect()
}

/// The path of the module in a file, such as `hub::room`.
fn name(file: &Path) -> String {
    let place = file.strip_prefix("src").unwrap().with_extension("");
    let parts: Vec<_> = place.iter().map(|part| part.to_string_lossy().into_owned()).filter(|part| part != "mod").collect();
    parts.join("::")
}

/// The module that holds what a path names: its longest prefix that is a module.
fn module_of(path: &[String], modules: &BTreeSet<String>) -> Option<String> {
    let (first, rest) = path.split_first()?;
    if first != "crate" {
        return None;
    }
    (1..=rest.len()).rev().map(|length| rest[..length].join("::")).find(|name| modules.contains(name))
}

/// Every module that can be reached from `start`.
fn reached(graph: &BTreeMap<String, BTreeSet<String>>, start: &str) -> BTreeSet<String> {
    let (mut open, mut seen) = (vec![start.to_owned()], BTreeSet::new());
    while let Some(module) = open.pop() {
        for next in graph.get(&module).into_iter().flatten() {
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    seen
}

#[test]
fn modules_do_not_import_each_other_in_circles() {
    let graph = graph();
    assert!(graph.len() > 100 && graph.values().map(BTreeSet::len).sum::<usize>() > 300, "the graph is read");
    let reach: BTreeMap<_, _> = graph.keys().map(|module| (module, reached(&graph, module))).collect();
    let mut circles: BTreeSet<Vec<&String>> = BTreeSet::new();
    for (module, others) in &reach {
        if others.contains(*module) {
            circles
                .insert(reach.iter().filter(|(other, back)| others.contains(**other) && back.contains(*module)).map(|(other, _)| *other).collect());
        }
    }
    assert!(circles.is_empty(), "strongly connected: {circles:#?}");
}
