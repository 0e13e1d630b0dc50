//! The files of the web client, as the build embedded them, each in the coding that whoever asks understands.

use std::fmt;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::App;
use super::problem::{Code, Problem};

/// What stands at one address never changes: another version has another address.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const BY_CODING: HeaderValue = HeaderValue::from_static("accept-encoding");

// `build.rs` writes `VERSION`, a digest of all files, and `FILES`.
include!(concat!(env!("OUT_DIR"), "/client.rs"));

/// A file, plain and packed.
pub(super) struct File {
    path: &'static str,
    kind: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

/// How an answer's body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Plain,
    Gzip,
    Brotli,
}

/// Everything that pages load. Pages themselves are at addresses of their own.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/web/{version}/{*path}", get(asset))
}

/// The file at this path below `src/web`.
pub(super) fn file(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}

async fn asset(uri: Uri, headers: HeaderMap) -> Response {
    match at(uri.path()) {
        Some(file) => file.kept_for_ever(&headers),
        None => Problem::new(Code::NotFound).into_response(),
    }
}

/// The file at an address of this version, written as pages write it.
fn at(address: &str) -> Option<&'static File> {
    let path = address.strip_prefix("/web/")?.strip_prefix(VERSION)?.strip_prefix('/')?;
    file(path).filter(|file| !file.is_page())
}

impl File {
    fn is_page(&self) -> bool {
        self.kind.starts_with("text/html")
    }

    /// The file, packed as these headers of a request allow.
    pub(super) fn packed(&self, asked: &HeaderMap) -> Response {
        let coding = self.coding(asked);
        let mut response = ([(header::CONTENT_TYPE, self.kind)], self.bytes(coding)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::VARY, BY_CODING);
        if let Some(name) = coding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    }

    /// A page whose addresses begin with this path. It is small, and is sent plain: it cannot be packed before the path is known.
    pub(super) fn below(&self, base: &str) -> Response {
        let page = String::from_utf8_lossy(self.plain).replace("=\"/", &format!("=\"{base}/"));
        ([(header::CONTENT_TYPE, self.kind)], page).into_response()
    }

    /// The same, for a cache to keep; nothing more than that, where it has it already.
    fn kept_for_ever(&self, asked: &HeaderMap) -> Response {
        let tag = self.coding(asked).tag();
        let mut response =
            if is_known(asked, &tag) { (StatusCode::NOT_MODIFIED, [(header::VARY, BY_CODING)]).into_response() } else { self.packed(asked) };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, FOR_EVER);
        headers.extend(HeaderValue::try_from(tag).ok().map(|tag| (header::ETAG, tag)));
        response
    }

    /// What is asked for, unless packing makes it no smaller.
    fn coding(&self, asked: &HeaderMap) -> Coding {
        let coding = Coding::asked(asked);
        if self.bytes(coding).len() < self.plain.len() { coding } else { Coding::Plain }
    }

    fn bytes(&self, coding: Coding) -> &'static [u8] {
        match coding {
            Coding::Plain => self.plain,
            Coding::Gzip => self.gzip,
            Coding::Brotli => self.brotli,
        }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("File").field(&self.path).finish()
    }
}

impl Coding {
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    /// Tells what stands at one address from what stands there in other codings, and from what stands there in other versions.
    fn tag(self) -> String {
        self.name().map_or_else(|| format!("\"{VERSION}\""), |name| format!("\"{VERSION}-{name}\""))
    }

    /// What `Accept-Encoding` likes best (RFC 9110, 12.5.3); the smallest of what it likes alike. Plain is what everybody can read.
    fn asked(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        let liked: Vec<(&str, f32)> = lines.flat_map(|line| line.split(',')).map(quality).collect();
        let of = |name: &str| liked.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, quality)| *quality);
        let plain = of("identity").unwrap_or(0.0);
        let packed = [Self::Gzip, Self::Brotli].map(|coding| (coding, coding.name().and_then(of).or_else(|| of("*")).unwrap_or(0.0)));
        let best = packed.into_iter().filter(|(_, quality)| *quality > 0.0 && *quality >= plain).max_by(|one, two| one.1.total_cmp(&two.1));
        best.map_or(Self::Plain, |(coding, _)| coding)
    }
}

/// What stands between two commas: a coding, and how much it is liked. What is no number is not liked.
fn quality(item: &str) -> (&str, f32) {
    let (name, weight) = item.split_once(';').map_or((item, None), |(name, weight)| (name, Some(weight.trim())));
    let weight = weight.map_or(Some(1.0), |weight| weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?.parse().ok());
    (name.trim(), weight.filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(0.0))
}

/// Whether whoever asks has what has this tag (RFC 9110, 13.1.2).
fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let lines = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_liked_best_is_sent() {
        use Coding::{Brotli, Gzip, Plain};
        for (asked, coding) in [
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
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(asked))]);
            assert_eq!(Coding::asked(&headers), coding, "{asked}");
        }
        let mut headers = HeaderMap::new();
        assert_eq!(Coding::asked(&headers), Plain);
        headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static("br;q=0.1"));
        headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(Coding::asked(&headers), Gzip, "of two lines");
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        for (known, is) in [("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"a-br\"", false), ("a", false), ("", false)] {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(known))]);
            assert_eq!(is_known(&headers, "\"a\""), is, "{known}");
        }
        assert!(!is_known(&HeaderMap::new(), "\"a\""));
    }
}
