//! Hosting below a path: every address in a response has the prefix, and every address in a request may have it.

use reqwest::Method;
use serde_json::json;

use crate::support::TestServer;

const URL: &str = "https://example.org/chat";

#[tokio::test]
async fn addresses_in_answers_begin_with_the_public_url_and_its_path() {
    let server = TestServer::with(&["--public-url", URL]).await;
    let mut ana = server.person();
    let opened = ana.posts("/v1/chats", json!({})).await.is(201);
    let id = opened.json["chat_id"].as_str().unwrap().to_owned();
    ana.credential = opened.json["author_id"].as_str().map(str::to_owned);
    assert_eq!(opened.header("location"), Some(&*format!("{URL}/v1/chats/{id}")));
    assert_eq!(opened.json["page_url"], json!(format!("{URL}/c/{id}")));
    let link = ana.posts("/v1/links", json!({"chat_url": opened.json["chat_url"]})).await.is(201).json;
    let link_id = link["link_id"].as_str().unwrap();
    assert_eq!(link["link_url"], json!(format!("{URL}/l/{link_id}")));
    assert_eq!(link["exchange_url"], json!(format!("{URL}/v1/links/{link_id}")));
    for path in [format!("/v1/links/{link_id}"), format!("/v1/chats/{id}")] {
        let browser = ana.nobody();
        let reply = browser.sends(browser.request(Method::GET, &path).header("Accept", "text/html")).await.is(303);
        assert!(reply.header("location").unwrap().starts_with(&format!("{URL}/")), "{:?}", reply.headers);
    }
    let knock = server.person().posts(&format!("/v1/links/{link_id}/knocks"), json!({})).await.is(201).json;
    assert_eq!(knock["link_url"], link["link_url"]);
    ana.posts("/v1/approval", json!({"link_url": link["link_url"]})).await.is(200);
    ana.posts("/v1/approval", json!({"chat_url": opened.json["page_url"], "knock_id": knock["knock_id"]})).await.is(200);
    for wrong in [format!("https://example.org/chats/l/{link_id}"), format!("{URL}/chat/l/{link_id}")] {
        ana.posts("/v1/approval", json!({"link_url": wrong})).await.is(404);
    }
}

#[tokio::test]
async fn pages_name_their_files_below_the_path() {
    let server = TestServer::with(&["--public-url", URL]).await;
    let person = server.person();
    for path in ["/", "/l/x", "/c/x", "/sign-in", "/account", "/security"] {
        let page = person.gets(path).await.is(200).text;
        assert!(page.contains("=\"/chat/web/"), "{page}");
        assert!(!page.contains("=\"/web/") && !page.contains("=\"/docs"), "{page}");
    }
    let docs = person.gets("/docs").await;
    assert_eq!((docs.status, docs.header("location")), (303, Some("/chat/docs/")));
    assert!(person.gets("/openapi.json").await.is(200).json["servers"] == json!([{"url": "/chat"}]));
    assert!(person.gets("/.well-known/security.txt").await.is(200).text.contains("Contact: https://example.org/chat/security\n"));
}
