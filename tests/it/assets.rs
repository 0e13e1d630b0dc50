//! The web client's files: addresses, content encodings, caching.

use std::io::{Read as _, Write as _};

use flate2::read::GzDecoder;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::support::queries::{CLIENT_PAGES, WORKER, assets, home};
use crate::support::web_files::{UNVERSIONED, below, bytes, elements, elsewhere, named, text};
use crate::support::{Person, TestServer, within};

/// Files above this size must shrink when compressed.
const WORTH_PACKING: usize = 400;

/// A response as it came over the connection.
struct Raw {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Raw {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Returns the body, decoded as the response says.
    fn unpacked(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        match self.header("content-encoding") {
            None => plain.extend(&self.body),
            Some("gzip") => assert!(GzDecoder::new(&*self.body).read_to_end(&mut plain).is_ok()),
            Some("br") => brotli::DecompressorWriter::new(&mut plain, 4096).write_all(&self.body).unwrap(),
            Some(other) => panic!("{other} was not requested"),
        }
        plain
    }
}

async fn asks(person: &Person, method: Method, path: &str, headers: &[(&str, &str)]) -> Raw {
    let request = headers.iter().fold(person.request(method, path), |request, (name, value)| request.header(*name, *value));
    let response = within(request.send()).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Raw { status, headers, body: within(response.bytes()).await.unwrap().to_vec() }
}

async fn gets(person: &Person, path: &str, headers: &[(&str, &str)]) -> Raw {
    asks(person, Method::GET, path, headers).await
}

/// Returns the media type for a file extension.
fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').unwrap().1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        other => panic!("no media type for {other}"),
    }
}

#[tokio::test]
async fn every_file_is_at_the_address_of_its_version_and_may_be_kept_for_ever() {
    let server = TestServer::start().await;
    let browser = server.person();
    let home = home(&browser.gets("/").await.is(200).text);
    let files = assets();
    assert!(files.len() > 3, "{files:?}");
    for path in files {
        let reply = gets(&browser, &format!("{home}{path}"), &[]).await;
        assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, Some(kind(&path))), "{path}");
        assert_eq!(reply.body, bytes(&path), "{path} equals the file that the program was built with");
        assert_eq!(reply.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
        assert_eq!((reply.header("vary"), reply.header("content-encoding")), (Some("accept-encoding"), None), "{path}");
        assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()), "{path}");
    }
}

/// A worker sees the pages below its own path, and no page above it.
#[tokio::test]
async fn sec_139_the_service_worker_is_at_the_path_of_the_pages_and_asked_for_again() {
    for base in ["", "/chat"] {
        let server = TestServer::with(&["--public-url", &format!("https://chat.example.org{base}")]).await;
        let browser = server.person();
        let page = browser.gets("/security").await.is(200);
        let home = home(&page.text.replace(&format!("\"{base}/web/"), "\"/web/"));
        let reply = gets(&browser, "/service_worker.js", &[]).await;
        assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, Some(kind(WORKER))));
        assert_eq!((reply.header("cache-control"), reply.header("service-worker-allowed")), (Some("no-cache"), None));
        assert_eq!(reply.header("content-security-policy"), page.header("content-security-policy"));
        assert_eq!(String::from_utf8(reply.body).unwrap(), text(WORKER).replace(UNVERSIONED, &home));
        browser.gets(&format!("{home}{WORKER}")).await.is_problem(404, "not_found");
    }
}

/// An address that a browser caches forever must never serve other content.
#[tokio::test]
async fn the_version_is_another_one_when_any_name_or_content_is() {
    let server = TestServer::start().await;
    let mut digest = Sha256::new();
    for path in below(&["html", "js", "css", "svg", "png", "webmanifest"]) {
        for part in [path.as_bytes(), &bytes(&path)] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
    }
    let hex = digest.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    assert_eq!(home(&server.person().gets("/").await.is(200).text), format!("/web/{}/", &hex[..12]));
}

#[tokio::test]
async fn pages_name_the_files_of_this_version_and_no_other_origin() {
    let server = TestServer::start().await;
    let browser = server.person();
    let home = home(&browser.gets("/").await.is(200).text);
    for (address, file) in CLIENT_PAGES {
        let page = gets(&browser, address, &[]).await;
        assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, Some(kind(file))), "{address}");
        assert_eq!((page.header("cache-control"), page.header("etag")), (Some("no-store"), None), "{address}");
        let html = String::from_utf8(page.body).unwrap();
        assert_eq!(html, text(file).replace(UNVERSIONED, &home), "{address}");
        assert!(!html.contains(UNVERSIONED), "{address}");
        for loaded in named(&html) {
            assert!(loaded.starts_with(&home), "{address} loads {loaded}");
            let reply = gets(&browser, &loaded, &[]).await;
            assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, Some(kind(&loaded))), "{loaded}, which {address} loads");
            assert_eq!(elsewhere(&String::from_utf8_lossy(&reply.body)), [""; 0], "{loaded}");
        }
        assert_eq!(elements(&html, "script").len(), usize::from(file != "pages/security.html"), "{address}");
    }
}

#[tokio::test]
async fn files_and_pages_are_packed_as_a_browser_asks() {
    let server = TestServer::start().await;
    let browser = server.person();
    let pages = CLIENT_PAGES.map(|(address, _)| address.to_owned());
    for path in browser.assets().await.into_iter().chain(pages) {
        let plain = gets(&browser, &path, &[]).await;
        let mut tags = vec![plain.header("etag").map(str::to_owned)];
        for (asked, coding) in [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0.1, gzip;q=0.2", "gzip"), ("identity, br;q=0.5", "-")] {
            let reply = gets(&browser, &path, &[("Accept-Encoding", asked)]).await;
            assert_eq!((reply.header("vary"), reply.unpacked()), (Some("accept-encoding"), plain.body.clone()), "{path} as {asked}");
            assert_eq!(reply.header("content-type"), plain.header("content-type"), "{path} as {asked}");
            let packed = reply.header("content-encoding");
            assert!(packed.is_none() || packed == Some(coding), "{path} as {asked} is {packed:?}");
            assert_eq!(packed.is_some(), reply.body.len() < plain.body.len(), "{path} as {asked} has {} bytes", reply.body.len());
            assert!(packed.is_some() || coding == "-" || plain.body.len() < WORTH_PACKING, "{path} as {asked} is not compressed");
            tags.extend(packed.map(|_| reply.header("etag").map(str::to_owned)));
        }
        tags.retain(Option::is_some);
        tags.sort();
        let count = tags.len();
        tags.dedup();
        assert!(count - tags.len() <= 1, "{path}: two encodings share an ETag (gzip was requested twice): {tags:?}");
    }
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let server = TestServer::start().await;
    let browser = server.person();
    for path in browser.assets().await {
        let tag = |coding: &'static str| {
            let (browser, path) = (browser.clone(), path.clone());
            async move { gets(&browser, &path, &[("Accept-Encoding", coding)]).await.header("etag").unwrap().to_owned() }
        };
        let (plain, packed) = (tag("identity").await, tag("br").await);
        assert!(plain.starts_with('"') && plain.ends_with('"') && plain.len() > 10, "{plain} is a strong ETag");
        for (coding, known, status) in [
            ("br", packed.clone(), 304),
            ("br", format!("W/{packed}"), 304),
            ("br", format!("\"other\", {packed}"), 304),
            ("br", "*".into(), 304),
            ("br", "\"other\"".into(), 200),
            ("br", plain.clone(), if plain == packed { 304 } else { 200 }),
            ("identity", plain.clone(), 304),
        ] {
            let reply = gets(&browser, &path, &[("Accept-Encoding", coding), ("If-None-Match", &known)]).await;
            assert_eq!(reply.status.as_u16(), status, "{path} as {coding}, knowing {known}");
            assert_eq!(reply.body.is_empty(), status == 304, "{path}");
            assert_eq!(reply.header("etag"), Some(if coding == "br" { &packed } else { &plain }.as_str()), "{path}");
            assert_eq!(reply.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
            assert_eq!(reply.header("vary"), Some("accept-encoding"), "{path}");
        }
    }
}

#[tokio::test]
async fn another_version_or_path_is_nothing() {
    let server = TestServer::start().await;
    let browser = server.person();
    let home = home(&browser.gets("/").await.is(200).text);
    for path in ["/web/-/pages/start.js", "/web/000000000000/pages/start.js", "/web/pages/start.js", "/web//pages/start.js", "/web", "/web/"] {
        browser.gets(path).await.is_problem(404, "not_found");
    }
    let shorter = &home[..home.len() - 2];
    browser.gets(&format!("{shorter}/pages/start.js")).await.is_problem(404, "not_found");
    for path in [
        "",
        "nowhere.js",
        "start.js",
        "pages/start.html",
        "pages/security.html",
        "pages",
        "pages/Start.js",
        "pages/start.js.br",
        "pages/%73tart.js",
        "pages%2fstart.js",
        "pages/..%2fpages/start.js",
        "/pages/start.js",
    ] {
        let reply = browser.gets(&format!("{home}{path}")).await.is_problem(404, "not_found");
        assert_eq!((reply.header("cache-control"), reply.header("etag")), (Some("no-store"), None), "{path}");
    }
}

#[tokio::test]
async fn files_are_read_and_nothing_else() {
    let server = TestServer::start().await;
    let browser = server.person();
    for path in browser.assets().await.into_iter().chain(["/".to_owned()]) {
        let (got, head) = (gets(&browser, &path, &[]).await, asks(&browser, Method::HEAD, &path, &[]).await);
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0), "{path}");
        for name in ["content-type", "content-length", "cache-control", "etag", "vary"] {
            assert_eq!(head.header(name), got.header(name), "{name} of {path}");
        }
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
            let reply = browser.sends(browser.request(method.clone(), &path)).await.is_problem(405, "method_not_allowed");
            assert_eq!(reply.header("allow"), Some("GET,HEAD"), "{method} {path}");
        }
    }
}

/// A browser loads a page with all its files at once, and one that was open during an upgrade requests files that are gone.
#[tokio::test]
async fn files_are_not_counted() {
    let server = TestServer::with(&["--rate-factor", "0.01"]).await;
    let browser = server.person();
    let assets = browser.assets().await;
    for path in assets.iter().map(String::as_str).cycle().take(20).chain(["/web/000000000000/pages/start.js"; 20]) {
        assert_ne!(gets(&browser, path, &[]).await.status.as_u16(), 429, "{path}");
    }
    browser.gets("/v1/nowhere").await.is_problem(404, "not_found");
    browser.gets("/v1/nowhere").await.is_problem(429, "too_many_requests");
    assert_eq!(gets(&browser, &assets[0], &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn answers_of_the_api_are_not_packed() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for _ in 0..20 {
        ana.posts(&chat.path, json!({"text": "The same. ".repeat(50)})).await.is(201);
    }
    for path in [chat.path.as_str(), "/openapi.json", "/healthz", "/v1/nowhere", "/robots.txt"] {
        let reply = gets(&ana, path, &[("Accept-Encoding", "br, gzip")]).await;
        assert_eq!(reply.headers.get("content-encoding"), None::<&HeaderValue>, "{path}");
    }
}
