//! Requests written byte by byte, and what comes back until the connection ends.

use std::net::SocketAddr;

use crate::world::{Wire, head};

/// An answer as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Status line and headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends these bytes and reads until the server closes the connection, which it must do within patience.
pub(crate) async fn says(server: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut wire = Wire::to(server).await;
    // A server that refuses what it has seen so far need not read the rest.
    wire.sends(bytes).await;
    String::from_utf8_lossy(&wire.rest().await).into_owned()
}

/// The same, and the one answer that came; nothing came where the server just closed.
pub(crate) async fn answer(server: SocketAddr, bytes: impl AsRef<[u8]>) -> Option<Answer> {
    let heard = says(server, bytes).await;
    if heard.is_empty() {
        return None;
    }
    assert_eq!(heard.matches("HTTP/1.").count(), 1, "one question, one answer: {heard}");
    let (head, body) = heard.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no whole head: {heard}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status: {heard}"));
    Some(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}

/// The head of a request after which the connection is to be closed.
pub(crate) fn request(method: &str, path: &str, credential: Option<&str>, lines: &[(&str, &str)]) -> String {
    head(method, path, credential, &[&[("Connection", "close")], lines].concat())
}
