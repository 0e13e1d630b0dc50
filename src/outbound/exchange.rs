//! One request and its response on a connection of its own.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, RETRY_AFTER, USER_AGENT};
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use crate::domain::clock::Timestamp;
use crate::service::notify::outbound::{MAX_RESPONSE_BYTES, OutboundRequest, OutboundResult};

/// The most bytes of a response's head.
const MAX_HEAD_BYTES: usize = 16 << 10;

/// Sends a request over a connection, and reads its response; `wall` is the time for a date in `Retry-After`.
pub(super) async fn exchange<C>(connection: C, url: &Url, request: OutboundRequest, wall: Timestamp) -> hyper::Result<OutboundResult>
where
    C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::Builder::new().max_buf_size(MAX_HEAD_BYTES).handshake(TokioIo::new(connection)).await?;
    let connection = AbortOnDropHandle::new(tokio::spawn(connection));
    let Some(request) = build(url, request) else { return Ok(OutboundResult::Unanswered) };
    let response = sender.send_request(request).await?;
    let answered = OutboundResult::Answered { status: response.status().as_u16(), retry_after: retry_after(response.headers(), wall) };
    drain(response).await;
    drop(connection);
    Ok(answered)
}

fn build(url: &Url, request: OutboundRequest) -> Option<Request<Full<Bytes>>> {
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let builder = Request::post(target).header(HOST, host).header(USER_AGENT, "Parlor").header(CONNECTION, "close");
    let builder = request.headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, value));
    builder.body(Full::new(request.body.into())).ok()
}

/// Reads the beginning of a body, so that a receiver can finish what it writes. Errors change nothing: the status was received.
async fn drain(response: Response<hyper::body::Incoming>) {
    let _ = Limited::new(response.into_body(), MAX_RESPONSE_BYTES).collect().await;
}

/// Returns how long the receiver asks to wait: in seconds, or until a date.
fn retry_after(headers: &HeaderMap, wall: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(date.saturating_sub(Duration::from_millis(u64::try_from(wall.millis()).ok()?)))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderName;

    use super::*;

    #[test]
    fn sec_173_receivers_ask_to_wait_in_seconds_or_until_a_date() {
        let wall = Timestamp::from_millis(1_700_000_000_000);
        let asked = |text: &str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]), wall);
        assert_eq!(asked("120"), Some(Duration::from_mins(2)));
        assert_eq!(asked(" 0 "), Some(Duration::ZERO));
        assert_eq!(asked("Tue, 14 Nov 2023 22:14:20 GMT"), Some(Duration::from_mins(1)));
        assert_eq!(asked("Tue, 14 Nov 2023 22:12:20 GMT"), Some(Duration::ZERO), "in the past");
        assert_eq!(asked("99999999999999999999999"), Some(Duration::MAX));
        for wrong in ["", "-1", "1.5", "soon", "+7"] {
            assert_eq!(asked(wrong), None, "{wrong}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), wall), None);
    }

    #[test]
    fn a_request_says_no_more_than_its_headers() {
        let url = Url::parse("https://example.org:8443/a%20b?c=1").unwrap();
        let request = OutboundRequest { url: url.as_str().into(), headers: vec![("webhook-id", "msg_1".into())], body: b"x".to_vec() };
        let built = build(&url, request).unwrap();
        assert_eq!((built.uri().to_string().as_str(), built.headers()[HOST].to_str().unwrap()), ("/a%20b?c=1", "example.org:8443"));
        let mut names: Vec<_> = built.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["connection", "host", "user-agent", "webhook-id"]);
    }
}
