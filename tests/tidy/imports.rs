//! Imports go down only: which layer may use which layers and crates.

use std::path::Path;

use syn::visit::{self, Visit};

use crate::files::files;
use crate::parse;

/// Which layer may use which layers and crates; std is allowed everywhere.
const LAYERS: &[(&str, &[&str], &[&str])] = &[
    (
        "domain",
        &["domain"],
        &[
            "rand",
            "uuid",
            "base64",
            "sha2",
            "bip39",
            "ipnet",
            "unicode_security",
            "unicode_normalization",
            "unicode_properties",
            "url",
            "emojis",
            "pulldown_cmark",
            "memchr",
        ],
    ),
    ("error_chain", &[], &[]),
    ("config", &["domain", "config"], &["clap", "ipnet", "url", "percent_encoding"]),
    ("wire", &["wire"], &["serde", "serde_json", "utoipa", "uuid", "time"]),
    (
        "client",
        &["wire", "client"],
        &[
            "async_trait",
            "bytes",
            "futures_util",
            "http_body_util",
            "hyper",
            "hyper_util",
            "parking_lot",
            "percent_encoding",
            "rustls_platform_verifier",
            "serde",
            "sse_stream",
            "thiserror",
            "tokio",
            "tokio_rustls",
            "url",
            "uuid",
        ],
    ),
    (
        "cli",
        &["client", "wire", "config", "cli"],
        &[
            "async_trait",
            "clap",
            "clap_complete",
            "clap_mangen",
            "crossterm",
            "emojis",
            "fast_qr",
            "futures_util",
            "jiff",
            "ratatui",
            "serde",
            "serde_json",
            "tokio",
            "unicode_normalization",
            "unicode_properties",
            "unicode_segmentation",
            "unicode_width",
            "uuid",
        ],
    ),
    ("limiter", &["domain"], &["parking_lot"]),
    ("store/memory", &["domain", "store"], &["async_trait", "parking_lot"]),
    ("store", &["domain", "store"], &["async_trait", "thiserror"]),
    ("hub", &["domain", "hub"], &["tokio", "tokio_stream", "parking_lot", "bytes", "quick_cache"]),
    (
        "service",
        &["domain", "error_chain", "limiter", "store", "hub", "service"],
        &[
            "tokio",
            "tokio_util",
            "async_trait",
            "futures_util",
            "parking_lot",
            "tracing",
            "thiserror",
            "bytes",
            "uuid",
            "nix",
            "rand",
            "argon2",
            "jsonwebtoken",
            "serde",
            "quick_cache",
            "aws_lc_rs",
            "base64",
        ],
    ),
    ("mailer", &["domain", "error_chain", "config", "service", "mailer"], &["async_trait", "lettre", "parking_lot", "tokio", "tracing"]),
    (
        "outbound",
        &["domain", "error_chain", "limiter", "service", "outbound"],
        &[
            "async_trait",
            "bytes",
            "http_body_util",
            "httpdate",
            "hyper",
            "hyper_util",
            "parking_lot",
            "rustls_platform_verifier",
            "tokio",
            "tokio_rustls",
            "tokio_util",
            "tracing",
            "url",
        ],
    ),
    (
        "transport",
        &["domain", "error_chain", "config", "limiter", "transport"],
        &[
            "axum",
            "tower",
            "hyper",
            "hyper_util",
            "httpdate",
            "socket2",
            "rlimit",
            "thiserror",
            "parking_lot",
            "ipnet",
            "slab",
            "tokio",
            "tokio_util",
            "bytes",
            "futures_util",
            "tracing",
        ],
    ),
    (
        "http",
        &["domain", "error_chain", "config", "wire", "limiter", "hub", "service", "transport", "http"],
        &[
            "axum",
            "tower",
            "tower_http",
            "tokio_tungstenite",
            "hyper",
            "http_body_util",
            "memchr",
            "prometheus_client",
            "parking_lot",
            "ipnet",
            "tokio",
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
            "qrcode",
            "fast_qr",
        ],
    ),
    ("shutdown", &["config"], &["tokio", "tokio_util"]),
    ("telemetry", &["config", "wire", "telemetry"], &["serde_json", "tracing", "tracing_subscriber", "tracing_appender"]),
    (
        "server",
        &["domain", "error_chain", "config", "store", "hub", "service", "mailer", "outbound", "transport", "http", "shutdown", "telemetry"],
        &["axum", "tokio", "bytes", "tracing"],
    ),
    ("main", &["parlor"], &["clap", "tokio"]),
    ("lib", &[], &[]),
];

/// Modules called `tests` are exempt, as are their files: they run the whole server.
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

/// Resolves a path used in the module at `place` to an absolute one.
pub(crate) fn absolute(place: &Path, used: Vec<String>) -> Vec<String> {
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

/// Returns the paths in `use` items and paths from `crate::` or `super::`, as segments. Test modules may use anything.
pub(crate) fn imports(file: &syn::File) -> Vec<Vec<String>> {
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
