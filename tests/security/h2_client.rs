//! An HTTP/2 client that sends raw frames, including ones that no correct client sends.

use tokio::io::AsyncReadExt as _;

use crate::support::{RawClient, within};

/// The setting for the initial window of a stream.
pub(crate) const INITIAL_WINDOW: u16 = 4;
pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;
pub(crate) const UNKNOWN: u8 = 0xfa;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Builds a header block of literals that are not indexed.
pub(crate) fn block(method: &str, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in [(":method", method), (":scheme", "http"), (":path", path), (":authority", "parlor")].iter().chain(more) {
        out.push(0);
        for text in [name, value] {
            let length = u8::try_from(text.len()).unwrap();
            assert!(length < 127, "longer texts have another encoding");
            out.push(length);
            out.extend_from_slice(text.as_bytes());
        }
    }
    out
}

/// Returns the connection preface.
pub(crate) fn greeting(settings: &[(u16, u32)]) -> Vec<u8> {
    let settings: Vec<u8> = settings.iter().flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat()).collect();
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(SETTINGS, 0, 0, &settings)].concat()
}

/// Returns the next frame: its kind, its stream, its payload; `None` at the end. Pings are answered.
pub(crate) async fn next_or_end(connection: &mut RawClient) -> Option<(u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    within(connection.0.read_exact(&mut head)).await.ok()?;
    let mut payload = vec![0; usize::try_from(u32::from_be_bytes([0, head[0], head[1], head[2]])).unwrap()];
    within(connection.0.read_exact(&mut payload)).await.ok()?;
    if (head[3], head[4]) == (PING, 0) {
        connection.send(frame(PING, 1, 0, &payload)).await;
    }
    Some((head[3], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
}

/// Returns the kind and the stream of the next frame.
pub(crate) async fn next_frame(connection: &mut RawClient) -> (u8, u32) {
    let (kind, stream, _) = next_or_end(connection).await.expect("the connection is open");
    (kind, stream)
}

/// Expects the end of the connection after a GOAWAY that accepts the first request and names no error.
pub(crate) async fn is_told_the_end(connection: &mut RawClient) {
    let mut told = Vec::new();
    while let Some((kind, _, payload)) = next_or_end(connection).await {
        if kind == GOAWAY {
            told.push(payload[..8].to_vec());
        }
    }
    assert!(told.last().is_some_and(|last| last[4..] == [0; 4] && last[..4] == [0, 0, 0, 1]), "{told:?}");
}

/// Returns the next frames, as kind and stream, until each of `streams` has one of `kind`.
pub(crate) async fn until_each_has(connection: &mut RawClient, kind: u8, streams: &[u32]) -> Vec<(u8, u32)> {
    let mut seen = Vec::new();
    while !streams.iter().all(|stream| seen.contains(&(kind, *stream))) {
        seen.push(next_frame(connection).await);
    }
    seen
}

/// Builds this many requests, starting with stream 1.
pub(crate) fn requests(count: u32, path: &str) -> Vec<u8> {
    (0..count).flat_map(|turn| frame(HEADERS, END_STREAM | END_HEADERS, 2 * turn + 1, &block("GET", path, &[]))).collect()
}
