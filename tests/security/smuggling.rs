//! SEC-086: no request hides in another one's body.

use crate::scene::{Scene, Who};
use crate::wire::{request, says};
use crate::world::{each, head};

/// What must never be said in the chat.
const HIDDEN: &str = "said-by-a-hidden-request";

/// Headers, and what follows them; `{hidden}` is a request, `{length}` how long it is.
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

/// Request lines that are none.
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
    let scene = Scene::opens().await;
    let (server, path) = (scene.world.address, &scene.chat.path);
    let owner = scene.person(Who::Owner).credential.clone();
    let said = |text: &str| {
        let body = format!("{{\"text\": \"{text}\"}}");
        let lines = [("Content-Type", "application/json"), ("Content-Length", &body.len().to_string())];
        request("POST", path, owner.as_deref(), &lines) + &body
    };
    let plain = says(server, said("said-plainly")).await;
    assert!(plain.starts_with("HTTP/1.1 201"), "the hidden request would be carried out if it were seen: {plain}");
    let hidden = said(HIDDEN);
    let outer = |line: &str| format!("{line}\r\nHost: parlor\r\nContent-Type: application/json\r\n");
    let unclear = UNCLEAR.iter().map(|rest| outer(&format!("POST {path} HTTP/1.1")) + rest);
    let lines = LINES.iter().map(|line| outer(&line.replace("{path}", path)) + "Content-Length: 0\r\n\r\n{hidden}");
    let old = format!("POST {path} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{{hidden}}");
    for whole in unclear.chain(lines).chain([old]) {
        let whole = whole.replace("{length}", &hidden.len().to_string()).replace("{hidden}", &hidden);
        let heard = says(server, &whole).await;
        assert!(heard.matches("HTTP/1.").count() <= 1, "a second answer to {whole:?}: {heard}");
        // Where both say how long the body is, the chunks may win, if the connection ends with that.
        let both = whole.contains("Content-Length:") && whole.contains("Transfer-Encoding: chunked");
        let refused = heard.is_empty() || heard.starts_with("HTTP/1.1 400") || heard.starts_with("HTTP/1.1 501");
        assert!(refused || (both && heard.starts_with("HTTP/1.1 422")), "{whole:?} is answered {heard}");
    }
    let texts = each(scene.person(Who::Owner).reads(&scene.chat).await["messages"].as_array().unwrap(), "text");
    assert!(texts.contains(&"said-plainly".to_owned()) && !texts.iter().any(|text| text == HIDDEN), "{texts:?}");
}

/// What is clear is answered, one after the other: the check above does not hold by refusing everything.
#[tokio::test]
async fn sec_086_requests_one_behind_the_other_are_all_answered() {
    let scene = Scene::opens().await;
    let chat = |line| head("POST", "/v1/chats", None, &[("Content-Type", "application/json"), line]);
    let first = chat(("Transfer-Encoding", "chunked")) + "2\r\n{}\r\n0\r\n\r\n";
    let second = chat(("Content-Length", "2")) + "{}";
    let heard = says(scene.world.address, format!("{first}{second}{}", request("GET", "/healthz", None, &[]))).await;
    let statuses: Vec<&str> = heard.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["201", "201", "200"], "{heard}");
}
