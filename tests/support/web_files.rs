//! The web client's files: which exist, what a page references, which modules a module imports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::files::files_of;

/// The folder of the client.
pub(crate) const CLIENT: &str = "src/web";
/// The placeholder for the versioned base path in pages and in the service worker.
pub(crate) const UNVERSIONED: &str = "/web/-/";

/// Returns the paths, relative to the client's folder, of all files with one of these extensions.
pub(crate) fn below(endings: &[&str]) -> Vec<String> {
    let paths = files_of(CLIENT, endings);
    let mut below: Vec<_> = paths.iter().map(|path| path.strip_prefix(CLIENT).unwrap().to_str().unwrap().to_owned()).collect();
    below.sort();
    below
}

/// Reads a file of the client.
pub(crate) fn bytes(path: &str) -> Vec<u8> {
    fs::read(format!("{CLIENT}/{path}")).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads a file of the client that is a text.
pub(crate) fn text(path: &str) -> String {
    String::from_utf8(bytes(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the attributes with values of every element with this name in a page.
pub(crate) fn elements(page: &str, name: &str) -> Vec<BTreeMap<String, String>> {
    let open = format!("<{name} ");
    let each = page.split(open.as_str()).skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    each.map(|element| {
        let parts: Vec<&str> = element.split('"').collect();
        let pairs = parts.chunks_exact(2).map(|pair| (pair[0].split_whitespace().last().unwrap_or_default().trim_end_matches('='), pair[1]));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    })
    .collect()
}

/// Returns the addresses that a page loads.
pub(crate) fn named(page: &str) -> Vec<String> {
    let all = ["link", "script", "img", "source", "use"].into_iter().flat_map(|name| elements(page, name));
    all.flat_map(|element| ["href", "src"].map(|name| element.get(name).cloned())).flatten().collect()
}

/// Returns the modules that a module imports statically; every import must be a relative address.
pub(crate) fn imports(module: &str) -> Vec<String> {
    let text = text(module);
    statements(&text).into_iter().filter_map(|statement| quoted(statement)).map(|address| resolved(module, address)).collect()
}

/// Returns the modules that a module imports dynamically.
pub(crate) fn called(module: &str) -> Vec<String> {
    let text = text(module);
    let calls = text.split("import(").skip(1).filter(|rest| rest.starts_with(['\'', '"']));
    calls.filter_map(quoted).map(|address| resolved(module, address)).collect()
}

/// Returns everything loaded before `modules` run, without `modules`.
pub(crate) fn closure(modules: &[String]) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), modules.to_vec());
    while let Some(module) = open.pop() {
        let more = imports(&module).into_iter().filter(|path| !modules.contains(path) && found.insert(path.clone()));
        open.extend(more.collect::<Vec<_>>());
    }
    found
}

/// Returns the addresses of other origins in a text, except XML namespaces.
pub(crate) fn elsewhere(text: &str) -> Vec<&str> {
    let begins = ["http://", "https://", "ws://", "wss://", "\"//", "'//", "`//", "(//"];
    let found = begins.iter().flat_map(|begin| text.match_indices(begin)).filter_map(|(at, begin)| {
        let host = text[at + begin.len()..].starts_with(|first: char| first.is_alphanumeric() || first == '[');
        let address = text[at..].split_whitespace().next().unwrap_or_default();
        (host && !address.starts_with("http://www.w3.org/")).then_some(address)
    });
    found.collect()
}

/// Returns the import and export statements: each starts a line.
fn statements(text: &str) -> Vec<&str> {
    let begins = ["import ", "import{", "import'", "export {", "export{", "export *"];
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let found = starts.map(|at| &text[at..]).filter(|rest| begins.iter().any(|begin| rest.starts_with(begin)));
    found.map(|rest| rest.split(';').next().unwrap_or_default()).collect()
}

/// Returns the text between the first quotation marks.
fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(['\'', '"'])?;
    rest.split(['\'', '"']).next()
}

/// Resolves the address by which a module names another one.
fn resolved(module: &str, address: &str) -> String {
    assert!(address.starts_with("./") || address.starts_with("../"), "{module} names {address}, which is not a relative address");
    let mut parts: Vec<&str> = module.split('/').collect();
    parts.pop();
    for part in address.split('/').filter(|part| *part != ".") {
        if part == ".." {
            assert!(parts.pop().is_some(), "{module} names {address}, which is not below {CLIENT}");
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}
