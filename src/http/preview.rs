//! Who only looks at a link: browsers, prefetchers, the robots that draw previews (API 2.3, *When a GET does not knock*).

use axum::http::{HeaderMap, HeaderName, Method, header};

/// What the user agents of those that draw previews have in their names, in lower case; all but the first five say so themselves.
const PREVIEWERS: [&str; 9] = ["facebookexternalhit", "whatsapp", "mastodon", "iframely", "embedly", "bot", "crawl", "spider", "preview"];

/// Headers that say that nobody has asked to see the page yet.
const PURPOSES: [&str; 3] = ["sec-purpose", "purpose", "x-moz"];

/// Why somebody calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visit {
    /// A person's browser, which wants a page.
    Browser,
    /// Something that looks, and must change nothing.
    Preview,
    /// A client of the API.
    Client,
}

/// Why this request was made, as far as its headers tell. One without any header is a client's.
pub(super) fn visit(method: &Method, headers: &HeaderMap) -> Visit {
    let says =
        |name: &HeaderName| headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase()).collect::<String>();
    let purpose = PURPOSES.iter().map(|name| says(&HeaderName::from_static(name))).collect::<String>();
    let elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    let agent = says(&header::USER_AGENT);
    if method == Method::HEAD || purpose.contains("prefetch") || purpose.contains("preview") || elsewhere {
        Visit::Preview
    } else if says(&header::ACCEPT).contains("text/html") {
        Visit::Browser
    } else if PREVIEWERS.iter().any(|name| agent.contains(name)) {
        Visit::Preview
    } else {
        Visit::Client
    }
}
