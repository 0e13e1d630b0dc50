//! Chunked transfer coding of HTTP/1.1 (RFC 9112, 7.1): the head of a response, then its chunks.

use std::io::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::response;
use bytes::Bytes;

use crate::domain::clock::Timestamp;

/// The last chunk.
pub(super) const END: &[u8] = b"0\r\n\r\n";

/// Encodes the head of a chunked response as hyper does.
pub(super) fn head(parts: &response::Parts, date: Timestamp) -> Vec<u8> {
    let mut out = Vec::with_capacity(1_024);
    let reason = parts.status.canonical_reason().unwrap_or_default();
    write!(out, "HTTP/1.1 {} {reason}\r\n", parts.status.as_str()).expect("writing into memory succeeds");
    for (name, value) in &parts.headers {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    let date = UNIX_EPOCH + Duration::from_millis(u64::try_from(date.millis()).unwrap_or_default());
    write!(out, "transfer-encoding: chunked\r\ndate: {}\r\n\r\n", httpdate::HttpDate::from(date)).expect("writing into memory succeeds");
    out
}

/// Encodes one chunk; `bytes` is not empty, since an empty chunk is the last one.
pub(super) fn write_chunk(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(bytes.len() + 16);
    write!(out, "{:X}\r\n", bytes.len()).expect("writing into memory succeeds");
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

/// Caches the last encoded chunk, which all subscribers of a group share.
#[derive(Debug, Default)]
pub(super) struct ChunkCache {
    bytes: Bytes,
    chunk: Bytes,
    /// Bytes written to all subscribers since the pass began.
    written: usize,
}

impl ChunkCache {
    /// Returns the chunk of these bytes.
    pub(super) fn get_or_encode(&mut self, bytes: Bytes) -> Bytes {
        // Compares identity, not content. The cached bytes are kept alive, so that their address is not reused.
        let same = bytes.len() == self.bytes.len() && bytes.as_ptr() == self.bytes.as_ptr();
        if !same {
            let mut chunk = Vec::with_capacity(bytes.len() + 16);
            write_chunk(&mut chunk, &bytes);
            (self.bytes, self.chunk) = (bytes, chunk.into());
        }
        self.chunk.clone()
    }

    /// Counts bytes that were written to a subscriber.
    pub(super) const fn count_written(&mut self, bytes: usize) {
        self.written += bytes;
    }

    /// Bytes counted since the pass began.
    pub(super) const fn written(&self) -> usize {
        self.written
    }

    /// Ends the pass: forgets the chunk and the count.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscribers_that_are_sent_the_same_bytes_share_one_chunk() {
        let mut chunks = ChunkCache::default();
        let bytes = Bytes::from(b"event: x\n\n".repeat(20));
        let (one, two) = (chunks.get_or_encode(bytes.clone()), chunks.get_or_encode(bytes.clone()));
        assert_eq!(one, [b"C8\r\n".as_slice(), &bytes, b"\r\n"].concat());
        assert_eq!(one.as_ptr(), two.as_ptr());
        let equal = chunks.get_or_encode(Bytes::copy_from_slice(&bytes));
        assert_eq!(equal, one);
        assert_eq!(chunks.get_or_encode(bytes.slice(..3)), "3\r\neve\r\n");
    }
}
