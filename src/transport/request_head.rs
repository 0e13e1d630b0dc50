//! Parses the first request head of a connection before hyper does, to detect plain requests for a stream.

use std::future::poll_fn;
use std::io;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use httparse::{EMPTY_HEADER, Status};

use super::timeout_stream::TimeoutStream;

/// Maximum size of a request head in bytes (SEC-102). HTTP/2 adds 32 for each header line.
pub const MAX_HEADER_BYTES: u32 = 8 << 10;
/// Maximum number of header lines that are parsed here; hyper decides about longer heads.
const MAX_HEADER_LINES: usize = 100;
/// Headers with which a request is left to hyper.
const UNUSUAL: [HeaderName; 6] =
    [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::EXPECT, header::UPGRADE, header::CONNECTION, header::TRAILER];

/// What the first bytes of a connection are.
#[derive(Debug)]
enum First {
    /// The beginning of a head that may be a request for a stream.
    Begun,
    /// A complete head of such a request, with nothing after it.
    Whole(Box<Request>),
    /// Something else.
    Other,
}

/// Reads the head of a plain request for a stream; returns none as soon as the bytes are anything else. All bytes read stay prefetched for
/// hyper.
pub(super) async fn read(socket: &mut TimeoutStream) -> io::Result<Option<Request>> {
    loop {
        let before = socket.prefetched().len();
        poll_fn(|cx| socket.poll_prefetch(cx)).await?;
        match first(socket.prefetched(), before) {
            First::Begun if socket.prefetched().len() > before => {}
            First::Whole(request) => return Ok(Some(*request)),
            First::Begun | First::Other => return Ok(None),
        }
    }
}

/// Parses `bytes`, of which the first `seen` were searched before.
fn first(bytes: &[u8], seen: usize) -> First {
    if bytes.len() >= MAX_HEADER_BYTES as usize {
        return First::Other;
    }
    match is_stream_request(bytes) {
        Some(false) => First::Other,
        // A head is read once, when its end has come.
        Some(true) if has_blank_line(&bytes[seen.saturating_sub(2)..]) => whole(bytes),
        None | Some(true) => First::Begun,
    }
}

fn has_blank_line(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|three| three == b"\n\r\n") || bytes.windows(2).any(|two| two == b"\n\n")
}

/// Returns whether it is a GET for a stream's path; none while more bytes are needed.
fn is_stream_request(bytes: &[u8]) -> Option<bool> {
    let rest = match skip(bytes, b"GET /v1/") {
        Ok(rest) => rest,
        Err(so_far) => return so_far,
    };
    let rest = match skip(rest, b"chats/").or_else(|so_far| skip(rest, b"links/").map_err(|or_so| if so_far.is_none() { None } else { or_so })) {
        Ok(rest) => rest,
        Err(so_far) => return so_far,
    };
    let id = rest.iter().position(|byte| b"/? \r\n".contains(byte))?;
    match skip(&rest[id..], b"/events") {
        Ok(rest) => rest.first().map(|end| b"? ".contains(end)),
        Err(so_far) => so_far,
    }
}

/// Returns what follows `front`; fails with `Some(false)` for a mismatch, with `None` if more bytes are needed.
fn skip<'a>(bytes: &'a [u8], front: &[u8]) -> Result<&'a [u8], Option<bool>> {
    match bytes.strip_prefix(front) {
        Some(rest) => Ok(rest),
        None => Err(if front.starts_with(bytes) { None } else { Some(false) }),
    }
}

fn whole(bytes: &[u8]) -> First {
    let mut lines = [EMPTY_HEADER; MAX_HEADER_LINES];
    let mut head = httparse::Request::new(&mut lines);
    match head.parse(bytes) {
        Ok(Status::Partial) => First::Begun,
        Ok(Status::Complete(end)) if end == bytes.len() && head.version == Some(1) => {
            request(&head).map_or(First::Other, |request| First::Whole(Box::new(request)))
        }
        Ok(Status::Complete(_)) | Err(_) => First::Other,
    }
}

fn request(head: &httparse::Request<'_, '_>) -> Option<Request> {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = Uri::try_from(head.path?).ok()?;
    for line in &*head.headers {
        let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
        let alive = name == header::CONNECTION && line.value.eq_ignore_ascii_case(b"keep-alive");
        if UNUSUAL.contains(&name) && !alive {
            return None;
        }
        request.headers_mut().append(name, HeaderValue::from_bytes(line.value).ok()?);
    }
    Some(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "GET /v1/chats/abc/events?after=0 HTTP/1.1\r\nHost: parlor\r\nConnection: keep-alive\r\nX: 1\r\nX: 2\r\n\r\n";

    fn first(bytes: &[u8]) -> First {
        super::first(bytes, 0)
    }

    fn is_begun(bytes: &[u8]) -> bool {
        matches!(first(bytes), First::Begun)
    }

    #[test]
    fn a_whole_head_for_a_stream_is_read() {
        let First::Whole(request) = first(HEAD.as_bytes()) else { panic!("it is whole") };
        assert_eq!((request.method(), request.uri().to_string().as_str()), (&Method::GET, "/v1/chats/abc/events?after=0"));
        assert_eq!(request.headers().get_all("x").iter().collect::<Vec<_>>(), ["1", "2"]);
        for end in 0..HEAD.len() {
            assert!(is_begun(&HEAD.as_bytes()[..end]), "{end}");
        }
        assert!(matches!(first(b"GET /v1/links/abc/events HTTP/1.1\r\n\r\n"), First::Whole(_)));
    }

    #[test]
    fn a_head_that_grows_is_whole_when_its_end_has_come_and_no_longer_than_it_may_be() {
        for end in 1..HEAD.len() {
            assert!(matches!(super::first(&HEAD.as_bytes()[..end], end - 1), First::Begun), "{end}");
        }
        assert!(matches!(super::first(HEAD.as_bytes(), HEAD.len() - 1), First::Whole(_)));
        for endless in ["GET /v1/chats/".to_owned(), HEAD[..HEAD.len() - 2].to_owned()] {
            let grown = endless.clone() + &"a".repeat(MAX_HEADER_BYTES as usize - endless.len());
            assert!(is_begun(&grown.as_bytes()[..grown.len() - 1]) && matches!(first(grown.as_bytes()), First::Other), "{endless}");
        }
    }

    #[test]
    fn what_cannot_become_one_is_known_at_once() {
        for other in [
            "P",
            "HEAD",
            "GET /v1/t",
            "GET /v1/lc",
            "GET /v1/chats/abc ",
            "GET /v1/chats/abc?",
            "GET /v1/chats/abc/m",
            "GET /v1/chats/abc/events/",
            "GET /v1/chats/abc/eventss",
            "GET http://parlor/",
            "PRI * HTTP/2.0",
            "get /v1",
            "\r",
        ] {
            assert!(matches!(first(other.as_bytes()), First::Other), "{other}");
            assert!(other.len() < 2 || is_begun(&other.as_bytes()[..other.len() - 1]) || !other.starts_with("GET /v1"), "{other}");
        }
    }

    #[test]
    fn what_is_unusual_is_left_to_others() {
        let with = |line: &str| HEAD.replace("X: 1\r\n", line);
        for line in
            ["Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Upgrade: h2c\r\n", "Connection: close\r\n"]
        {
            assert!(matches!(first(with(line).as_bytes()), First::Other), "{line}");
        }
        for whole in [
            HEAD.replace("1.1", "1.0"),
            HEAD.to_owned() + "G",
            with("X : 1\r\n"),
            with("X: \0\r\n"),
            with(&"Y: 1\r\n".repeat(MAX_HEADER_LINES)),
            with(&format!("Y: {}\r\n", "x".repeat(MAX_HEADER_BYTES as usize))),
            HEAD.replace("events?", "events?a b"),
        ] {
            assert!(matches!(first(whole.as_bytes()), First::Other), "{whole}");
        }
    }
}
