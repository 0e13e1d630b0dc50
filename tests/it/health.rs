//! Health checks, the OpenAPI document, the pages: what is public.

use serde_json::json;

use crate::support::{TestServer, openapi_check};

#[tokio::test]
async fn whoever_watches_over_the_program_is_told_that_it_runs() {
    let server = TestServer::start().await;
    let watcher = server.person();
    for path in ["/healthz", "/readyz", "/healthz/", "/readyz/"] {
        let reply = watcher.gets(path).await.is(200);
        assert_eq!(reply.text, "ok");
        assert!(reply.header("content-type").unwrap().starts_with("text/plain"));
    }
}

#[tokio::test]
async fn the_document_is_the_one_that_answers_are_held_against() {
    let server = TestServer::start().await;
    let reader = server.person();
    let document = reader.gets("/openapi.json").await.is(200);
    assert_eq!(document.header("content-type"), Some("application/json"));
    assert_eq!(document.json, *openapi_check::DOCUMENT);
    let docs = reader.gets("/docs/").await.is(200);
    assert!(docs.header("content-type").unwrap().starts_with("text/html") && docs.header("content-security-policy").is_some());
}

#[tokio::test]
async fn pages_are_the_same_whatever_their_address_says() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"name": "Ana", "title": "Hush"})).await;
    let link = ana.shares(&chat).await;
    let reader = server.person();
    reader.gets("/").await.is(200);
    for (kind, id) in [("l", link.id.as_str()), ("c", chat.id.as_str())] {
        let (there, nowhere) = (reader.gets(&format!("/{kind}/{id}")).await.is(200), reader.gets(&format!("/{kind}/nowhere")).await.is(200));
        assert_eq!(there.text, nowhere.text);
        assert!(there.header("content-security-policy").unwrap().contains("default-src 'none'"));
    }
}
