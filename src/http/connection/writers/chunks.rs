//! Bytes as HTTP/1.1 has them where their number is not known ahead: the head of the answer, then chunks.

use std::io::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::response;
use bytes::Bytes;

use crate::domain::clock::Timestamp;

/// What follows the last chunk.
pub(super) const END: &[u8] = b"0\r\n\r\n";

/// The head of an answer whose body comes in chunks, as hyper writes it.
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

/// Writes a chunk of these bytes, which are not none.
pub(super) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(bytes.len() + 16);
    write!(out, "{:X}\r\n", bytes.len()).expect("writing into memory succeeds");
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

/// Makes chunks; of bytes that many are handed one after the other it makes one, which they share.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    bytes: Bytes,
    chunk: Bytes,
    /// How many bytes were written to anybody since the turn began.
    written: usize,
}

impl Chunks {
    pub(super) fn of(&mut self, bytes: Bytes) -> Bytes {
        // The very same bytes, not equal ones: they are kept as long as they are compared with.
        let same = bytes.len() == self.bytes.len() && bytes.as_ptr() == self.bytes.as_ptr();
        if !same {
            let mut chunk = Vec::with_capacity(bytes.len() + 16);
            put(&mut chunk, &bytes);
            (self.bytes, self.chunk) = (bytes, chunk.into());
        }
        self.chunk.clone()
    }

    /// So many bytes were written to somebody.
    pub(super) const fn wrote(&mut self, bytes: usize) {
        self.written += bytes;
    }

    /// How many were, to all of them.
    pub(super) const fn written(&self) -> usize {
        self.written
    }

    /// Nothing more is handed for now: the turn is over.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_many_are_handed_become_one_chunk() {
        let mut chunks = Chunks::default();
        let bytes = Bytes::from(b"event: x\n\n".repeat(20));
        let (one, two) = (chunks.of(bytes.clone()), chunks.of(bytes.clone()));
        assert_eq!(one, [b"C8\r\n".as_slice(), &bytes, b"\r\n"].concat());
        assert_eq!(one.as_ptr(), two.as_ptr());
        let equal = chunks.of(Bytes::copy_from_slice(&bytes));
        assert_eq!(equal, one);
        assert_eq!(chunks.of(bytes.slice(..3)), "3\r\neve\r\n");
    }
}
