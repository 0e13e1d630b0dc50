//! SEC-086: no request hides in another request's body.

use crate::fixture::{Fixture, Who};
use crate::raw_http::{request, says};
use crate::support::{each, head};

/// A text that must never be posted.
const HIDDEN: &str = "said-by-a-hidden-request";

/// Headers and body; `{hidden}` is a request, `{length}` its length.
const UNCLEAR: [&str; 34] = [
    "Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
    "Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{hidden}",
    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n{hidden}",
    "Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{hidden}",
    "Content-Length: {length}\r\nContent-Length: 0\r\n\r\n{hidden}",
    "Content-Length: 0, {length}\r\n\r\n{hidden}",
    "Content-Length: 0,0\r\n\r\n{hidden}",
    "Content-Length: +0\r\n\r\n{hidden}",
    "Content-Length: -1\r\n\r\n{hidden}",
    "Content-Length: 0x0\r\n\r\n{hidden}",
    "Content-Length: 0 0\r\n\r\n{hidden}",
    "Content-Length: \r\n\r\n{hidden}",
    "Content-Length: 18446744073709551616\r\n\r\n{hidden}",
    "Content-Length : 0\r\n\r\n{hidden}",
    "Content-Length\t: 0\r\n\r\n{hidden}",
    "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{hidden}",
    "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n{hidden}",
    " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
    "X-One: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
    "X-One: 1\r\n\tContent-Length: 0\r\n\r\n{hidden}",
    "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{hidden}",
    "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{hidden}",
    "Transfer-Encoding: identity\r\n\r\n{hidden}",
    "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{hidden}",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n{hidden}",
    "Transfer-Encoding: \u{b}chunked\r\n\r\n0\r\n\r\n{hidden}",
    "Transfer-Encoding: chunked\r\n\r\n-1\r\n{hidden}",
    "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{hidden}",
    "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n{hidden}",
    "Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n{hidden}",
    "X-One: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
    "X-One: a\0b\r\nContent-Length: 0\r\n\r\n{hidden}",
    "X One: a\r\nContent-Length: 0\r\n\r\n{hidden}",
    "X(One): a\r\nContent-Length: 0\r\n\r\n{hidden}",
];

/// Malformed request lines.
const LINES: [&str; 9] = [
    "POST  {path} HTTP/1.1",
    "POST {path} HTTP/1.1 HTTP/1.1",
    "POST {path} x HTTP/1.1",
    "POST {path} HTTP/1.2",
    "POST {path} HTTP/3.0",
    "POST {path} http/1.1",
    "POST {path}\0 HTTP/1.1",
    "PO ST {path} HTTP/1.1",
    "P\u{e9}ST {path} HTTP/1.1",
];

#[tokio::test]
async fn sec_086_a_request_whose_end_is_unclear_is_refused_and_nothing_behind_it_is_answered() {
    let fixture = Fixture::opens().await;
    let (server, path) = (fixture.server.address, &fixture.chat.path);
    let owner = fixture.person(Who::Owner).credential.clone();
    let said = |text: &str| {
        let body = format!("{{\"text\": \"{text}\"}}");
        let lines = [("Content-Type", "application/json"), ("Content-Length", &body.len().to_string())];
        request("POST", path, owner.as_deref(), &lines) + &body
    };
    let plain = says(server, said("said-plainly")).await;
    assert!(plain.starts_with("HTTP/1.1 201"), "the hidden request would succeed if it were parsed: {plain}");
    let hidden = said(HIDDEN);
    let outer = |line: &str| format!("{line}\r\nHost: parlor\r\nContent-Type: application/json\r\n");
    let unclear = UNCLEAR.iter().map(|rest| outer(&format!("POST {path} HTTP/1.1")) + rest);
    let lines = LINES.iter().map(|line| outer(&line.replace("{path}", path)) + "Content-Length: 0\r\n\r\n{hidden}");
    let old = format!("POST {path} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{{hidden}}");
    for whole in unclear.chain(lines).chain([old]) {
        let whole = whole.replace("{length}", &hidden.len().to_string()).replace("{hidden}", &hidden);
        let heard = says(server, &whole).await;
        assert!(heard.matches("HTTP/1.").count() <= 1, "a second response to {whole:?}: {heard}");
        // Where both headers give a length, the chunked one may win if the connection is closed afterwards.
        let both = whole.contains("Content-Length:") && whole.contains("Transfer-Encoding: chunked");
        let refused = heard.is_empty() || heard.starts_with("HTTP/1.1 400") || heard.starts_with("HTTP/1.1 501");
        assert!(refused || (both && heard.starts_with("HTTP/1.1 422")), "{whole:?} is answered {heard}");
    }
    let texts = each(fixture.person(Who::Owner).reads(&fixture.chat).await["messages"].as_array().unwrap(), "text");
    assert!(texts.contains(&"said-plainly".to_owned()) && !texts.iter().any(|text| text == HIDDEN), "{texts:?}");
}

/// Well-formed requests are answered in order: the check above does not hold by refusing everything.
#[tokio::test]
async fn sec_086_requests_one_behind_the_other_are_all_answered() {
    let fixture = Fixture::opens().await;
    let chat = |line| head("POST", "/v1/chats", None, &[("Content-Type", "application/json"), line]);
    let first = chat(("Transfer-Encoding", "chunked")) + "2\r\n{}\r\n0\r\n\r\n";
    let second = chat(("Content-Length", "2")) + "{}";
    let heard = says(fixture.server.address, format!("{first}{second}{}", request("GET", "/healthz", None, &[]))).await;
    let statuses: Vec<&str> = heard.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["201", "201", "200"], "{heard}");
}
