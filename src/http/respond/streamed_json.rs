//! Streamed JSON bodies. Each chunk is produced when the client has read the previous one, so that a slow client costs at most two chunks of memory.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use hyper::body::{Frame, SizeHint};
use serde::Serialize;

/// Maximum bytes of a chunk. The longest message takes 48 KiB if every byte is escaped, so that one always fits.
pub(in crate::http) const MAX_CHUNK_BYTES: usize = 56 << 10;
/// Entries read for one chunk.
pub(in crate::http) const ENTRIES_PER_CHUNK: usize = 64;

/// Typical size of a response without the items of its list, in bytes.
const TYPICAL_ENTRY_BYTES: usize = 512;

/// A chunk of a body, filled until the next piece does not fit.
#[derive(Debug, Default)]
pub(in crate::http) struct Chunk(Vec<u8>);

impl Chunk {
    /// Appends pieces that belong together, unless the chunk would become too large. Returns whether it did.
    pub(in crate::http) fn try_push(&mut self, pieces: &[&[u8]]) -> bool {
        let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
        let fits = self.0.is_empty() || self.0.len() + bytes <= MAX_CHUNK_BYTES;
        if fits {
            for piece in pieces {
                self.0.extend_from_slice(piece);
            }
        }
        fits
    }

    /// Returns the chunk's bytes without spare capacity.
    pub(in crate::http) fn close(mut self) -> Bytes {
        self.0.shrink_to_fit();
        self.0.into()
    }
}

/// The rest of a body. It holds no entries while the client reads.
pub(in crate::http) trait ChunkSource: Sized + Send + 'static {
    /// Returns the next chunk and the rest; `None` at the end. An error aborts the response.
    fn next(self) -> impl Future<Output = io::Result<Option<(Bytes, Self)>>> + Send;
}

/// Returns a body of the chunks `first`, followed by `rest`.
pub(in crate::http) fn body<const N: usize>(first: [Bytes; N], rest: impl ChunkSource) -> Body {
    let rest = stream::try_unfold(rest, ChunkSource::next);
    Body::from_stream(stream::StreamExt::chain(stream::iter(first.map(Ok)), rest))
}

/// Returns a body of two parts with a known length, without copying them.
pub(in crate::http) fn whole(pieces: [Bytes; 2]) -> Body {
    Body::new(TwoPartBody(pieces))
}

/// A body of two parts; a part that was sent is empty.
struct TwoPartBody([Bytes; 2]);

impl hyper::body::Body for TwoPartBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.0.iter_mut().find(|piece| !piece.is_empty()).map(std::mem::take);
        Poll::Ready(next.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.iter().all(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

/// Serializes `value` and splits the JSON inside its empty list `field`, into the bytes before and after the items.
pub(in crate::http) fn split_at_list(value: &impl Serialize, field: &str) -> (Bytes, Bytes) {
    let mut text = Vec::with_capacity(TYPICAL_ENTRY_BYTES);
    serde_json::to_writer(&mut text, value).expect("responses serialize to JSON");
    // Quotes in strings are escaped, so this occurs once, usually near the end.
    let list = format!("\"{field}\":[");
    let start = text.windows(list.len()).rposition(|window| window == list.as_bytes());
    let mut front = Bytes::from(text);
    let back = front.split_off(start.map_or(front.len(), |start| start + list.len()));
    (front, back)
}

/// Returns the first `items` that fit into one chunk, which limits the length of a page.
pub(in crate::http) fn take_fitting<T: Serialize>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut bytes = 0;
    let fits = |item: &T| {
        let before = bytes;
        bytes += serde_json::to_vec(item).map_or(0, |json| json.len() + 1);
        before == 0 || bytes <= MAX_CHUNK_BYTES
    };
    items.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Whole {
        title: &'static str,
        items: Vec<u8>,
        end: bool,
    }

    #[test]
    fn a_list_goes_between_front_and_back() {
        let (front, back) = split_at_list(&Whole { title: r#"a "items":[] in a title"#, items: Vec::new(), end: true }, "items");
        let whole = serde_json::to_vec(&Whole { title: r#"a "items":[] in a title"#, items: vec![7], end: true }).unwrap();
        assert_eq!([&front[..], b"7", &back[..]].concat(), whole);
    }

    #[test]
    fn a_part_takes_what_fits_and_one_piece_at_least() {
        let mut part = Chunk::default();
        assert!(part.try_push(&[&vec![b'x'; 2 * MAX_CHUNK_BYTES]]), "or nothing would ever be written");
        assert!(!part.try_push(&[b"y"]));
        let mut part = Chunk::default();
        assert!(part.try_push(&[&vec![b'x'; MAX_CHUNK_BYTES - 1], b","]));
        assert!(!part.try_push(&[b"y"]));
        assert_eq!(part.close().len(), MAX_CHUNK_BYTES);
    }

    #[test]
    fn a_page_has_what_fits_and_one_item_at_least() {
        assert_eq!(take_fitting(std::iter::repeat_n("x".repeat(1_000), 200)).len(), MAX_CHUNK_BYTES / 1_003);
        assert_eq!(take_fitting(std::iter::repeat_n("x".repeat(2 * MAX_CHUNK_BYTES), 2)).len(), 1);
        assert_eq!(take_fitting(0..200).len(), 200);
    }
}
