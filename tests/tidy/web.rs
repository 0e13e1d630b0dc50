//! The rules of the web client: no dynamic code or markup, no other origin, every module preloaded.

use std::collections::BTreeSet;

use crate::web_files::{CLIENT, UNVERSIONED, below, called, closure, elements, elsewhere, imports, named, text};

/// Functions that interpret text as markup or code.
const SINKS: [&str; 9] =
    ["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe", "createContextualFragment", "parseFromString", "srcdoc", "eval", "execCommand"];

/// Such calls of two words.
const SINKS_OF_TWO: [&str; 5] = ["new Function", "document.write", "setTimeout('", "setInterval('", "javascript:"];

/// The pages with scripts, by their entry module.
const ENTRY_MODULES: [&str; 8] =
    ["pages/start", "pages/link", "pages/chat", "pages/sign_in", "pages/sign_up", "pages/verify", "pages/reset", "pages/account"];

#[test]
fn nothing_is_read_as_markup_or_as_a_program() {
    let mut faults = Vec::new();
    for path in below(&["js", "html", "css"]) {
        let text = text(&path);
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        faults.extend(SINKS.iter().filter(|sink| words.contains(**sink)).map(|sink| format!("{sink} in {path}")));
        faults.extend(SINKS_OF_TWO.iter().filter(|sink| text.contains(**sink)).map(|sink| format!("{sink} in {path}")));
    }
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn no_other_origin_is_named() {
    for path in below(&["js", "html", "css", "svg", "webmanifest"]) {
        let text = text(&path);
        let elsewhere = elsewhere(&text);
        assert!(elsewhere.is_empty(), "{path}: {elsewhere:?}");
    }
}

#[test]
fn what_is_named_is_there() {
    let there = below(&["js", "html", "css", "svg", "png", "webmanifest"]);
    let mut faults = Vec::new();
    for page in below(&["html"]) {
        let named = named(&text(&page)).into_iter();
        faults.extend(named.filter(|address| !is_there(address.strip_prefix(UNVERSIONED), &there)).map(|address| format!("{page}: {address}")));
    }
    for module in below(&["js"]) {
        let named = imports(&module).into_iter().chain(called(&module));
        faults.extend(named.filter(|path| !is_there(Some(path.as_str()), &there)).map(|path| format!("{module}: {path}")));
    }
    assert!(faults.is_empty(), "missing files: {faults:?}");
}

/// A module that only its importer names is requested late: the page preloads all of them.
#[test]
fn a_page_asks_at_once_for_all_that_its_modules_import() {
    for page in below(&["html"]) {
        let html = text(&page);
        let begins: Vec<String> = elements(&html, "script").iter().map(|script| path_of(&script["src"])).collect();
        let links = elements(&html, "link").into_iter().filter(|link| link["rel"] == "modulepreload");
        let mut asked: Vec<String> = links.map(|link| path_of(&link["href"])).collect();
        let stem = page.strip_suffix(".html").unwrap();
        assert_eq!(begins, if ENTRY_MODULES.contains(&stem) { vec![format!("{stem}.js")] } else { Vec::new() }, "where {page} begins");
        let wanted: Vec<String> = closure(&begins).into_iter().collect();
        asked.sort();
        let lines: Vec<String> = wanted.iter().map(|path| format!("  <link rel=\"modulepreload\" href=\"{UNVERSIONED}{path}\">")).collect();
        assert!(asked == wanted, "{CLIENT}/{page} preloads {asked:?}; these are the lines that it needs:\n{}", lines.join("\n"));
    }
    assert!(ENTRY_MODULES.iter().all(|page| below(&["html"]).contains(&format!("{page}.html"))));
}

fn is_there(path: Option<&str>, there: &[String]) -> bool {
    path.is_some_and(|path| there.iter().any(|one| one == path))
}

fn path_of(address: &str) -> String {
    address.strip_prefix(UNVERSIONED).unwrap_or_else(|| panic!("{address} does not begin with {UNVERSIONED}")).to_owned()
}
