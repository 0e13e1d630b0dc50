//! Checks of HTTP/1.1 heads that hyper leaves to the server: one Host, no transfer coding but chunked (RFC 9112, 3.2 and 6.1).

use axum::extract::Request;
use axum::http::{HeaderMap, Version, header};

use crate::http::respond::problem::{Code, Problem};

/// Returns the problem of a request's head, if it has one.
pub(in crate::http) fn refusal(request: &Request) -> Option<Problem> {
    if request.version() >= Version::HTTP_2 {
        return None;
    }
    if !has_one_host(request.headers(), request.version()) {
        return Some(Problem::new(Code::BadHost));
    }
    let codings = request.headers().get_all(header::TRANSFER_ENCODING).iter();
    let chunked = |coding: &[u8]| coding.trim_ascii().eq_ignore_ascii_case(b"chunked");
    let odd = codings.enumerate().any(|(place, coding)| place > 0 || !chunked(coding.as_bytes()));
    odd.then(|| Problem::new(Code::TransferCodingNotImplemented))
}

/// Whether there is one Host that can be one. HTTP/1.0 did not know it.
fn has_one_host(headers: &HeaderMap, version: Version) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte);
    match (hosts.next(), hosts.next()) {
        (None, _) => version < Version::HTTP_11,
        (Some(only), None) => only.as_bytes().iter().all(|byte| may_stand(*byte)),
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn status(version: Version, lines: &[(&str, &str)]) -> Option<u16> {
        let request = lines.iter().fold(Request::builder().version(version), |request, (name, value)| request.header(*name, *value));
        refusal(&request.body(Body::empty()).unwrap()).map(|problem| problem.code().status().as_u16())
    }

    #[test]
    fn a_request_has_one_host() {
        let host = |value| ("Host", value);
        for fine in ["parlor", "127.0.0.1:8080", "[::1]:80", "chat.example.org", ""] {
            assert_eq!(status(Version::HTTP_11, &[host(fine)]), None, "{fine}");
        }
        for wrong in ["a b", "a/b", "a@b", "a?b", "\"a\"", "a\\b"] {
            assert_eq!(status(Version::HTTP_11, &[host(wrong)]), Some(400), "{wrong}");
        }
        assert_eq!(status(Version::HTTP_11, &[]), Some(400));
        assert_eq!(status(Version::HTTP_11, &[host("a"), host("a")]), Some(400));
        assert_eq!(status(Version::HTTP_10, &[]), None);
        assert_eq!(status(Version::HTTP_2, &[]), None);
    }

    #[test]
    fn no_coding_but_chunked_is_taken() {
        let coded = |values: &[&'static str]| {
            let lines: Vec<_> = std::iter::once(("Host", "a")).chain(values.iter().map(|value| ("Transfer-Encoding", *value))).collect();
            status(Version::HTTP_11, &lines)
        };
        assert_eq!(coded(&["chunked"]), None);
        assert_eq!(coded(&["Chunked "]), None);
        for odd in [&["gzip, chunked"][..], &["gzip"], &["chunked, chunked"], &["identity"], &["gzip", "chunked"], &["chunked", "chunked"], &[""]] {
            assert_eq!(coded(odd), Some(501), "{odd:?}");
        }
    }
}
