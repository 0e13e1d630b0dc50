//! The embedded files of the web client, served with the content encoding that the request accepts.

use std::fmt;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::http::app::AppState;
use crate::http::respond::problem::{Code, Problem};

/// Caching for URLs that contain the version: their content never changes.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The path of the service worker below `src/web`.
pub(super) const SERVICE_WORKER: &str = "service_worker.js";

const VARY_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");

// `build.rs` generates `VERSION`, a digest of all files, and `FILES`.
include!(concat!(env!("OUT_DIR"), "/client.rs"));

/// A file, uncompressed and compressed.
pub(in crate::http) struct File {
    path: &'static str,
    kind: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

/// The content encoding of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ContentEncoding {
    Plain,
    Gzip,
    Brotli,
}

/// Returns the route of all assets. Pages and the service worker have routes of their own.
pub(in crate::http) fn routes() -> Router<AppState> {
    Router::new().route("/web/{version}/{*path}", get(asset))
}

/// Returns the file at this path below `src/web`.
pub(in crate::http) fn file(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}

async fn asset(uri: Uri, headers: HeaderMap) -> Response {
    match at(uri.path()) {
        Some(file) => file.immutable(&headers),
        None => Problem::new(Code::NotFound).into_response(),
    }
}

/// Returns the asset at a URL path of this version, in the form that pages use.
fn at(address: &str) -> Option<&'static File> {
    let path = address.strip_prefix("/web/")?.strip_prefix(VERSION)?.strip_prefix('/')?;
    file(path).filter(|file| file.is_asset())
}

impl File {
    /// Returns false for pages and the service worker, which have addresses of their own.
    fn is_asset(&self) -> bool {
        !self.kind.starts_with("text/html") && self.path != SERVICE_WORKER
    }

    /// Returns the file with the content encoding negotiated from the request headers.
    pub(in crate::http) fn encoded(&self, request_headers: &HeaderMap) -> Response {
        let coding = self.content_encoding(request_headers);
        let mut response = ([(header::CONTENT_TYPE, self.kind)], self.bytes(coding)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::VARY, VARY_ENCODING);
        if let Some(name) = coding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    }

    /// Returns a page with `base` prepended to its URLs. It is sent uncompressed, since it is small and depends on the base path.
    pub(in crate::http) fn below(&self, base: &str) -> Response {
        let page = String::from_utf8_lossy(self.plain).replace("=\"/", &format!("=\"{base}/"));
        ([(header::CONTENT_TYPE, self.kind)], page).into_response()
    }

    /// Returns the file as immutable, or 304 if the client's copy is current.
    fn immutable(&self, request_headers: &HeaderMap) -> Response {
        let tag = self.content_encoding(request_headers).tag();
        let mut response = if if_none_match(request_headers, &tag) {
            (StatusCode::NOT_MODIFIED, [(header::VARY, VARY_ENCODING)]).into_response()
        } else {
            self.encoded(request_headers)
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, IMMUTABLE);
        headers.extend(HeaderValue::try_from(tag).ok().map(|tag| (header::ETAG, tag)));
        response
    }

    /// Returns the negotiated encoding, unless compression does not make the file smaller.
    fn content_encoding(&self, request_headers: &HeaderMap) -> ContentEncoding {
        let coding = ContentEncoding::negotiate(request_headers);
        if self.bytes(coding).len() < self.plain.len() { coding } else { ContentEncoding::Plain }
    }

    fn bytes(&self, coding: ContentEncoding) -> &'static [u8] {
        match coding {
            ContentEncoding::Plain => self.plain,
            ContentEncoding::Gzip => self.gzip,
            ContentEncoding::Brotli => self.brotli,
        }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("File").field(&self.path).finish()
    }
}

impl ContentEncoding {
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    /// Returns the `ETag`, which differs between versions and encodings.
    fn tag(self) -> String {
        self.name().map_or_else(|| format!("\"{VERSION}\""), |name| format!("\"{VERSION}-{name}\""))
    }

    /// Negotiates the encoding from `Accept-Encoding` (RFC 9110, 12.5.3). Among equal qualities it prefers the smallest, and falls back to none.
    fn negotiate(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        let accepted: Vec<(&str, f32)> = lines.flat_map(|line| line.split(',')).map(quality).collect();
        let of = |name: &str| accepted.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, quality)| *quality);
        let plain = of("identity").unwrap_or(0.0);
        let compressed = [Self::Gzip, Self::Brotli].map(|coding| (coding, coding.name().and_then(of).or_else(|| of("*")).unwrap_or(0.0)));
        let best = compressed.into_iter().filter(|(_, quality)| *quality > 0.0 && *quality >= plain).max_by(|one, two| one.1.total_cmp(&two.1));
        best.map_or(Self::Plain, |(coding, _)| coding)
    }
}

/// Parses an item of `Accept-Encoding` into a coding and its quality. A malformed quality counts as 0.
fn quality(item: &str) -> (&str, f32) {
    let (name, weight) = item.split_once(';').map_or((item, None), |(name, weight)| (name, Some(weight.trim())));
    let weight = weight.map_or(Some(1.0), |weight| weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?.parse().ok());
    (name.trim(), weight.filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(0.0))
}

/// Returns true if `If-None-Match` matches the `ETag` (RFC 9110, 13.1.2).
fn if_none_match(request_headers: &HeaderMap, tag: &str) -> bool {
    let lines = request_headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_liked_best_is_sent() {
        use ContentEncoding::{Brotli, Gzip, Plain};
        for (accept_encoding, coding) in [
            ("", Plain),
            ("gzip, deflate, br, zstd", Brotli),
            ("GZIP", Gzip),
            ("gzip;q=1.0, br;q=0.9", Gzip),
            ("br ; q=0.5 , gzip ;q=0.5", Brotli),
            ("br;Q=0.1", Brotli),
            ("br;q=0, gzip;q=0.001", Gzip),
            ("br;q=0, gzip;q=0", Plain),
            ("*", Brotli),
            ("br;q=0, *", Gzip),
            ("*;q=0", Plain),
            ("identity, br;q=0.5", Plain),
            ("identity;q=0.5, gzip", Gzip),
            ("identity;q=0", Plain),
            ("br;q=2, gzip;q=-1", Plain),
            ("br;q=NaN, gzip;q=x", Plain),
            ("br;q, gzip;", Plain),
            ("brotli, x-gzip, zstd", Plain),
            (",;,=;q=,", Plain),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accept_encoding))]);
            assert_eq!(ContentEncoding::negotiate(&headers), coding, "{accept_encoding}");
        }
        let mut headers = HeaderMap::new();
        assert_eq!(ContentEncoding::negotiate(&headers), Plain);
        headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static("br;q=0.1"));
        headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(ContentEncoding::negotiate(&headers), Gzip, "of two lines");
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        for (known, is) in [("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"a-br\"", false), ("a", false), ("", false)] {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(known))]);
            assert_eq!(if_none_match(&headers, "\"a\""), is, "{known}");
        }
        assert!(!if_none_match(&HeaderMap::new(), "\"a\""));
    }
}
