//! Classifies requests for a link: browsers, prefetchers, link-preview bots, API clients (API 2.3, *When a GET does not knock*).

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, header};

/// Substrings of the user agents of link-preview bots, in lower case. The first five are names; the others are generic terms.
const PREVIEWERS: [&str; 9] = ["facebookexternalhit", "whatsapp", "mastodon", "iframely", "embedly", "bot", "crawl", "spider", "preview"];

/// Headers that mark a prefetch or a preview.
const PURPOSES: [&str; 3] = ["sec-purpose", "purpose", "x-moz"];

/// The kind of client that requests a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Requester {
    /// A browser that navigates to a page.
    Browser,
    /// A prefetcher or a preview bot, whose request must not change anything.
    Preview,
    /// A client of the API.
    Client,
}

/// The representation that a client prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Preferred {
    /// An HTML page.
    Page,
    /// JSON.
    Data,
}

impl<S: Send + Sync> FromRequestParts<S> for Preferred {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(if wants_page(&parts.headers) { Self::Page } else { Self::Data })
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    let html = b"text/html";
    headers.get_all(header::ACCEPT).iter().any(|value| value.as_bytes().windows(html.len()).any(|part| part.eq_ignore_ascii_case(html)))
}

/// Returns the values of all headers with this name, concatenated in lower case.
fn header_values(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase()).collect()
}

/// Classifies a request by its method and headers. One without any of the headers is an API client's.
pub(in crate::http) fn classify(method: &Method, headers: &HeaderMap) -> Requester {
    let purpose = PURPOSES.iter().map(|name| header_values(headers, &HeaderName::from_static(name))).collect::<String>();
    let is_cross_site = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    let agent = header_values(headers, &header::USER_AGENT);
    if method == Method::HEAD || purpose.contains("prefetch") || purpose.contains("preview") || is_cross_site {
        Requester::Preview
    } else if wants_page(headers) {
        Requester::Browser
    } else if PREVIEWERS.iter().any(|name| agent.contains(name)) {
        Requester::Preview
    } else {
        Requester::Client
    }
}
