//! Idempotency keys: which are accepted, and that a repeated request with the same key gets the stored response.

use axum::http::{HeaderValue, Request, header};

use crate::harness::with_scene;
use crate::inputs::tries;

const WORDS: [&str; 16] =
    ["\n", "a", "0", "!", "~", " ", "\t", "é", "\u{7f}", "0123456789012345678901", "k-0123456789", "\"", ",", "0123456789", "-", "Aa"];

#[test]
fn a_key_is_visible_ascii_and_carries_a_request_out_once() {
    tries("keys", &WORDS, |input| {
        let mut keys = input.splitn(2, |byte| *byte == b'\n');
        let sent: Option<Vec<HeaderValue>> = keys.by_ref().map(|key| HeaderValue::from_bytes(key).ok()).collect();
        let Some(sent) = sent else { return };
        let key = sent[0].as_bytes();
        let fits = sent.len() == 1 && (1..=255).contains(&key.len()) && key.iter().all(|byte| (b'!'..=b'~').contains(byte));
        with_scene(|fixture| {
            let owner = fixture.owner.clone();
            let message = format!("/v1/chats/{}", fixture.chat);
            for (path, body, credential, fits) in
                [("/v1/chats", "{}", None, fits && key.len() >= 22), (message.as_str(), "{\"text\": \"Hello\"}", Some(owner.as_str()), fits)]
            {
                let mut asks = |body: &str| {
                    let mut like = Request::builder().header(header::CONTENT_TYPE, "application/json");
                    for key in &sent {
                        like = like.header("idempotency-key", key);
                    }
                    fixture.asks("POST", path, credential, like, body.as_bytes().to_vec())
                };
                let first = asks(body);
                assert_eq!(first.status, if fits { 201 } else { 422 }, "{sent:?} on {path}: {}", first.text);
                if !fits {
                    assert_eq!(first.json["field"], "Idempotency-Key");
                    continue;
                }
                let again = asks(body);
                assert_eq!((again.status, &again.text), (201, &first.text), "the same key repeats the first response");
                assert!(again.headers.contains_key("idempotent-replayed"));
                let other = asks(&body.replace('}', " }"));
                assert_eq!((other.status, other.json["field"].as_str()), (422, Some("Idempotency-Key")), "{}", other.text);
            }
        });
    });
}
