//! Requests written byte by byte, and everything received until the connection is closed.

use std::net::SocketAddr;

use crate::support::{RawClient, head};

/// A response as it came over the connection.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Status line and headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends these bytes and reads until the server closes the connection, which it must do within `TIMEOUT`.
pub(crate) async fn says(server: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut connection = RawClient::connect(server).await;
    // A server that refuses early need not read the rest.
    connection.send(bytes).await;
    String::from_utf8_lossy(&connection.read_to_end().await).into_owned()
}

/// Does the same; returns the one response, or `None` if the server closed the connection without one.
pub(crate) async fn answer(server: SocketAddr, bytes: impl AsRef<[u8]>) -> Option<Answer> {
    let heard = says(server, bytes).await;
    if heard.is_empty() {
        return None;
    }
    assert_eq!(heard.matches("HTTP/1.").count(), 1, "one request, one response: {heard}");
    let (head, body) = heard.split_once("\r\n\r\n").unwrap_or_else(|| panic!("an incomplete head: {heard}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status: {heard}"));
    Some(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}

/// Returns the head of a request that asks to close the connection afterwards.
pub(crate) fn request(method: &str, path: &str, credential: Option<&str>, lines: &[(&str, &str)]) -> String {
    head(method, path, credential, &[&[("Connection", "close")], lines].concat())
}
