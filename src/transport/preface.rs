//! Detects the version of HTTP that a connection speaks, by its first bytes.

use std::future::poll_fn;
use std::io;

use super::state::HttpVersion;
use super::timeout_stream::TimeoutStream;

/// What an HTTP/2 connection begins with (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Reads until the version is known. All bytes read stay prefetched for hyper.
pub(super) async fn read_version(socket: &mut TimeoutStream) -> io::Result<HttpVersion> {
    loop {
        let before = socket.prefetched().len();
        poll_fn(|cx| socket.poll_prefetch(cx)).await?;
        match version(socket.prefetched()) {
            None if socket.prefetched().len() > before => {}
            // A connection that ends within the preface is left to the parser of HTTP/1.
            known => return Ok(known.unwrap_or(HttpVersion::Http1)),
        }
    }
}

/// Returns the version; none while more bytes are needed.
fn version(bytes: &[u8]) -> Option<HttpVersion> {
    if bytes.starts_with(PREFACE) {
        return Some(HttpVersion::Http2);
    }
    (!PREFACE.starts_with(bytes)).then_some(HttpVersion::Http1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_known_at_the_first_byte_that_differs_or_the_last_of_the_preface() {
        for end in 0..PREFACE.len() {
            assert_eq!(version(&PREFACE[..end]), None, "{end}");
            let other = [&PREFACE[..end], b"x"].concat();
            assert_eq!(version(&other), Some(HttpVersion::Http1), "{end}");
        }
        assert_eq!(version(PREFACE), Some(HttpVersion::Http2));
        assert_eq!(version(&[PREFACE, b"\0"].concat()), Some(HttpVersion::Http2));
        assert_eq!(version(b"GET / HTTP/1.1\r\n"), Some(HttpVersion::Http1));
    }
}
