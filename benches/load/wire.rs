//! HTTP for the load program: requests as bytes, and where a response ends.

use std::io;

use memchr::memmem;

/// Serializes a complete request.
pub(crate) fn request(method: &str, path: &str, credential: Option<&str>, body: &[u8]) -> Vec<u8> {
    let who = credential.map_or_else(String::new, |credential| format!("Authorization: Bearer {credential}\r\n"));
    let what = match body.len() {
        0 => String::new(),
        length => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
    };
    let head = format!("{method} {path} HTTP/1.1\r\nHost: parlor\r\n{who}{what}\r\n");
    [head.as_bytes(), body].concat()
}

/// A complete response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// Where the body begins.
    pub(crate) body: usize,
    /// Where the body ends.
    pub(crate) end: usize,
}

/// Parses the response at the beginning of `bytes`; returns `None` if it is incomplete.
pub(crate) fn answer(bytes: &[u8]) -> io::Result<Option<Answer>> {
    let Some(body) = memmem::find(bytes, b"\r\n\r\n").map(|at| at + 4) else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..body]).map_err(io::Error::other)?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(|| io::Error::other(format!("no answer: {head}")))?;
    let length: usize = match head.lines().find_map(length_of) {
        Some(length) => length.parse().map_err(io::Error::other)?,
        None if status == 204 => 0,
        None => return Err(io::Error::other(format!("an answer without a length: {head}"))),
    };
    let end = body + length;
    Ok((bytes.len() >= end).then_some(Answer { status, body, end }))
}

fn length_of(line: &str) -> Option<&str> {
    let (name, value) = line.split_once(':')?;
    name.eq_ignore_ascii_case("content-length").then(|| value.trim())
}
