//! SEC-101, 115: texts and bodies crafted to take time or memory.

use std::time::{Duration, Instant};

use parlor::domain::text::{Label, MessageText, Name, Note, Reason, Title};
use reqwest::Method;
use serde_json::json;

use crate::requests::sends;
use crate::support::TestServer;

const SIZE: usize = 64 << 10;
/// The longest that validating all kinds of text may take in a debug build; a non-linear check takes seconds.
const TIME_LIMIT: Duration = Duration::from_millis(25);

/// Patterns that fill 64 KiB.
fn bombs() -> Vec<String> {
    let fillings =
        ["\n", "\r\n", "*", "[", ">", "`", "a\u{301}", "\u{301}", "\u{fdfa}", "\u{200b}", "\u{202e}", " ", "(", "&", "_*", "![](", "\u{e0001}"];
    fillings.iter().map(|filling| filling.repeat(SIZE / filling.len())).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test measures real time")]
fn sec_101_every_text_is_judged_in_linear_time() {
    for bomb in bombs() {
        // The longest texts that pass the length check are examined completely.
        let head = |most: usize| bomb.chars().take(most).collect::<String>();
        let (message, name) = (
            bomb.chars()
                .scan(0, |bytes, c| {
                    *bytes += c.len_utf8();
                    (*bytes <= 8_192).then_some(c)
                })
                .collect::<String>(),
            head(40),
        );
        let judges = || {
            let started = Instant::now();
            for text in [&bomb, &message] {
                let _ = MessageText::parse(text);
            }
            for text in [&bomb, &name] {
                let _ = (Title::parse(text), Label::parse(text), Note::parse(text), Reason::parse(text));
                if let Ok(name) = Name::parse(text) {
                    let _ = name.confusable_keys();
                }
            }
            started.elapsed()
        };
        // The minimum of several runs: other load on the machine does not count.
        let took = (0..20).map(|_| judges()).min().unwrap();
        assert!(took <= TIME_LIMIT, "{took:?} for {:?}…", head(4));
    }
}

#[tokio::test]
async fn sec_101_lines_and_marks_are_bounded() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    for bomb in bombs() {
        let text: String = bomb.chars().take(20_000).collect();
        let asks = [
            (chat.path.clone(), json!({"text": text}), "text"),
            ("/v1/chats".into(), json!({"title": text}), "title"),
            ("/v1/links".into(), json!({"chat_url": chat.url, "label": text}), "label"),
            (format!("{}/knocks", link.path), json!({"note": text}), "note"),
        ];
        for (path, body, field) in asks {
            let reply = sends(ana.request(Method::POST, &path).json(&body)).await;
            assert!(matches!(reply.status, 413 | 422), "{path}: {}", reply.text);
            assert!(reply.status == 413 || reply.json["field"] == json!(field), "{}", reply.text);
        }
    }
    for (text, status) in [
        (vec!["x"; 500].join("\n"), 201),
        (vec!["x"; 501].join("\n"), 422),
        (format!("x{}", "\u{301}".repeat(8)), 201),
        (format!("x{}", "\u{301}".repeat(9)), 422),
    ] {
        ana.posts(&chat.path, json!({"text": text})).await.is(status);
    }
}

#[tokio::test]
async fn sec_115_bodies_that_unfold_are_not_taken() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3].repeat(100);
    for path in [&chat.path, "/v1/chats", "/v1/links", "/v1/approval", "/v1/tickets", &format!("{}/knocks", link.path)] {
        for coding in ["gzip", "deflate", "br", "zstd", "x-gzip", "gzip, gzip", "identity, gzip", "gzip, identity"] {
            for body in [gzip.clone(), br#"{"text": "x"}"#.to_vec()] {
                let request = ana.request(Method::POST, path).header("Content-Type", "application/json").header("Content-Encoding", coding);
                let reply = sends(request.body(body)).await.is_problem(415, "unsupported_media_type");
                assert_eq!(reply.header("accept-encoding"), Some("identity"), "{coding}");
            }
        }
        let plain = ana.request(Method::POST, path).header("Content-Type", "application/json").header("Content-Encoding", "identity");
        sends(plain.body(gzip.clone())).await.is_problem(400, "bad_json");
    }
}
