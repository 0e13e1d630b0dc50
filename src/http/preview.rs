//! Who wants a page, and who only looks at a link: browsers, prefetchers, the robots that draw previews (API 2.3, *When a GET does not knock*).

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
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

/// What somebody would rather have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A page.
    Page,
    /// Data.
    Data,
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(if wants_page(&parts.headers) { Self::Page } else { Self::Data })
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    let html = b"text/html";
    headers.get_all(header::ACCEPT).iter().any(|value| value.as_bytes().windows(html.len()).any(|part| part.eq_ignore_ascii_case(html)))
}

/// All that headers of this name say, in lower case.
fn says(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase()).collect()
}

/// Why this request was made, as far as its headers tell. One without any header is a client's.
pub(super) fn visit(method: &Method, headers: &HeaderMap) -> Visit {
    let purpose = PURPOSES.iter().map(|name| says(headers, &HeaderName::from_static(name))).collect::<String>();
    let elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    let agent = says(headers, &header::USER_AGENT);
    if method == Method::HEAD || purpose.contains("prefetch") || purpose.contains("preview") || elsewhere {
        Visit::Preview
    } else if wants_page(headers) {
        Visit::Browser
    } else if PREVIEWERS.iter().any(|name| agent.contains(name)) {
        Visit::Preview
    } else {
        Visit::Client
    }
}
