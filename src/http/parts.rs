//! Long answers in parts, each written when the client has taken the one before: a client that does not read costs no more than two parts.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use hyper::body::{Frame, SizeHint};
use serde::Serialize;

/// The most bytes of a part. The longest message takes 48 KiB where every byte of it must be escaped, so that one always fits.
pub(super) const PART: usize = 56 << 10;
/// How many entries are looked at for one part.
pub(super) const ENTRIES: usize = 64;

/// How much room an answer usually takes without what is in its list.
const USUALLY: usize = 512;

/// Pieces one behind the other, as long as they fit into one part.
#[derive(Debug, Default)]
pub(super) struct Part(Vec<u8>);

impl Part {
    /// Adds pieces that belong together, unless the part would grow too long; says whether it did.
    pub(super) fn takes(&mut self, pieces: &[&[u8]]) -> bool {
        let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
        let fits = self.0.is_empty() || self.0.len() + bytes <= PART;
        if fits {
            for piece in pieces {
                self.0.extend_from_slice(piece);
            }
        }
        fits
    }

    /// The part as it goes out, without room to spare.
    pub(super) fn close(mut self) -> Bytes {
        self.0.shrink_to_fit();
        self.0.into()
    }
}

/// What is still to be written; it holds no entries while the client takes its time.
pub(super) trait Rest: Sized + Send + 'static {
    /// The next part, and what follows it; nothing where everything was written. An error breaks the answer off.
    fn next(self) -> impl Future<Output = io::Result<Option<(Bytes, Self)>>> + Send;
}

/// A body that begins with `first`.
pub(super) fn body<const N: usize>(first: [Bytes; N], rest: impl Rest) -> Body {
    let rest = stream::try_unfold(rest, Rest::next);
    Body::from_stream(stream::StreamExt::chain(stream::iter(first.map(Ok)), rest))
}

/// A body of these pieces; its length is known, and neither is copied.
pub(super) fn whole(pieces: [Bytes; 2]) -> Body {
    Body::new(Whole(pieces))
}

/// Pieces that are still to go out, the next one in front; those that are gone are empty.
struct Whole([Bytes; 2]);

impl hyper::body::Body for Whole {
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

/// The JSON of `whole` in front of what stands in its list `field`, which is empty, and behind it.
pub(super) fn around(whole: &impl Serialize, field: &str) -> (Bytes, Bytes) {
    let mut text = Vec::with_capacity(USUALLY);
    serde_json::to_writer(&mut text, whole).expect("answers are JSON");
    // Quotes inside of texts are escaped, so that this stands nowhere else; near the end, as a rule.
    let list = format!("\"{field}\":[");
    let start = text.windows(list.len()).rposition(|window| window == list.as_bytes());
    let mut front = Bytes::from(text);
    let back = front.split_off(start.map_or(front.len(), |start| start + list.len()));
    (front, back)
}

/// The first of `items` that fit into one part together; how many those are is what a page of them has at most.
pub(super) fn fitting<T: Serialize>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut bytes = 0;
    let fits = |item: &T| {
        let before = bytes;
        bytes += serde_json::to_vec(item).map_or(0, |json| json.len() + 1);
        before == 0 || bytes <= PART
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
        let (front, back) = around(&Whole { title: r#"a "items":[] in a title"#, items: Vec::new(), end: true }, "items");
        let whole = serde_json::to_vec(&Whole { title: r#"a "items":[] in a title"#, items: vec![7], end: true }).unwrap();
        assert_eq!([&front[..], b"7", &back[..]].concat(), whole);
    }

    #[test]
    fn a_part_takes_what_fits_and_one_piece_at_least() {
        let mut part = Part::default();
        assert!(part.takes(&[&vec![b'x'; 2 * PART]]), "or nothing would ever be written");
        assert!(!part.takes(&[b"y"]));
        let mut part = Part::default();
        assert!(part.takes(&[&vec![b'x'; PART - 1], b","]));
        assert!(!part.takes(&[b"y"]));
        assert_eq!(part.close().len(), PART);
    }

    #[test]
    fn a_page_has_what_fits_and_one_item_at_least() {
        assert_eq!(fitting(std::iter::repeat_n("x".repeat(1_000), 200)).len(), PART / 1_003);
        assert_eq!(fitting(std::iter::repeat_n("x".repeat(2 * PART), 2)).len(), 1);
        assert_eq!(fitting(0..200).len(), 200);
    }
}
