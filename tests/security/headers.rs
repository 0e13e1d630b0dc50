//! SEC-007 to SEC-011, SEC-130, SEC-131: response headers for caches, browsers and robots, and what pages leave out.

use reqwest::Method;
use serde_json::json;

use crate::fixture::{Fixture, MARKS};
use crate::support::openapi_check::DOCUMENT;
use crate::support::{Person, Reply, StreamPath, TestServer, on_both_paths};

/// Pages and texts that are not part of the API.
const PAGES: [&str; 14] = [
    "/",
    "/l/x",
    "/c/x",
    "/sign-in",
    "/sign-up",
    "/verify",
    "/reset",
    "/account",
    "/docs/",
    "/docs/swagger-ui.css",
    "/security",
    "/robots.txt",
    "/.well-known/security.txt",
    "/openapi.json",
];

/// Paths that do not exist.
const NOTHING: [&str; 6] = ["/nowhere", "/v1/nowhere", "/docs/nowhere", "/l/x/y", "/web/-/pages/start.js", "/web/000000000000/pages/start.js"];

/// Returns the `Cache-Control` that a response must have.
fn kept(place: &str, reply: &Reply) -> &'static str {
    match reply.status {
        200 if place.starts_with("/docs/") => "public, max-age=3600",
        200 if place.starts_with("/web/") => "public, max-age=31536000, immutable",
        _ => "no-store",
    }
}

/// Requests every path with every method that it has, and absent paths.
async fn everything(person: &Person) -> Vec<(String, Reply)> {
    let mut replies = Vec::new();
    for (pattern, item) in DOCUMENT["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().map(|method| method.to_uppercase()).chain(["PUT".into(), "OPTIONS".into(), "HEAD".into()]) {
            let path = pattern.replace(['{', '}'], "");
            let request = person.request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
            replies.push((format!("{method} {pattern}"), person.sends(request.json(&json!({}))).await));
        }
    }
    for path in PAGES {
        replies.push((path.to_owned(), person.gets(path).await.is(200)));
    }
    for path in person.assets().await {
        replies.push((path.clone(), person.gets(&path).await.is(200)));
    }
    for path in NOTHING {
        replies.push((path.to_owned(), person.gets(path).await.is(404)));
    }
    assert!(replies.len() > 60, "{}", replies.len());
    replies
}

async fn sec_007_sec_009_sec_131_sec_134_every_answer_has_the_headers_that_keep_secrets(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    for (place, reply) in everything(&server.person()).await {
        let has = |name: &str| reply.header(name).unwrap_or_else(|| panic!("{place} has no {name}: {:?}", reply.headers));
        assert_eq!(has("referrer-policy"), "no-referrer", "{place}");
        assert_eq!(has("x-content-type-options"), "nosniff", "{place}");
        assert_eq!(has("cross-origin-resource-policy"), "same-origin", "{place}");
        let kept = kept(&place, &reply);
        assert_eq!(has("cache-control"), kept, "{place}");
        assert_eq!(reply.header("strict-transport-security"), None, "{place}: HSTS without TLS");
        for name in ["server", "x-powered-by", "set-cookie", "last-modified"] {
            assert_eq!(reply.header(name), None, "{place} has {name}");
        }
        assert_eq!(reply.header("etag").filter(|_| kept == "no-store"), None, "{place} has a tag");
    }
}

async fn sec_131_behind_tls_every_answer_says_that_there_is_no_other_way(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0", "--public-url", "https://chat.example.org"])).await;
    for (place, reply) in everything(&server.person()).await {
        let age = reply.header("strict-transport-security").and_then(|value| value.strip_prefix("max-age="));
        assert!(age.is_some_and(|age| age.parse::<u64>().unwrap() >= 31_536_000), "{place}: {:?}", reply.headers);
    }
}

#[tokio::test]
async fn sec_131_pages_are_alone_and_ask_for_no_device() {
    let server = TestServer::start().await;
    let reader = server.person();
    for path in PAGES.map(str::to_owned).into_iter().chain(reader.assets().await) {
        let page = reader.gets(&path).await.is(200);
        let html = page.header("content-type").unwrap().starts_with("text/html");
        assert_eq!(page.header("cross-origin-opener-policy"), html.then_some("same-origin"), "{path}");
        assert_eq!(page.header("permissions-policy").is_some(), html, "{path}");
        for feature in ["camera=()", "microphone=()", "geolocation=()", "payment=()", "usb=()"].into_iter().filter(|_| html) {
            assert!(page.header("permissions-policy").unwrap().contains(feature), "{path}: {feature}");
        }
    }
}

#[tokio::test]
async fn sec_008_robots_are_asked_to_forget_every_address() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let robot = server.person();
    for (place, reply) in everything(&robot).await {
        assert_eq!(reply.header("x-robots-tag"), Some("noindex, nofollow, noarchive"), "{place}");
    }
    let rules = robot.gets("/robots.txt").await.is(200);
    assert_eq!(rules.header("content-type"), Some("text/plain; charset=utf-8"));
    let fields: Vec<&str> = rules.text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(fields, ["User-agent: *", "Disallow:"], "a crawler that may not read a page does not see `noindex`");
    for path in ["/sitemap.xml", "/sitemap.txt", "/sitemap_index.xml"] {
        robot.gets(path).await.is(404);
    }
}

#[tokio::test]
async fn sec_009_what_differs_by_who_looks_says_so() {
    let fixture = Fixture::opens().await;
    let somebody = fixture.server.person();
    for accept in ["text/html", "application/json"] {
        let request = somebody.request(Method::GET, &fixture.link.path).header("Accept", accept).header("User-Agent", "Slackbot 1.0");
        let reply = somebody.sends(request).await;
        let varies = reply.header("vary").unwrap().to_lowercase();
        for name in ["accept", "user-agent", "authorization", "sec-purpose"] {
            assert!(varies.split(", ").any(|one| one == name), "{name} is not in {varies}");
        }
    }
}

#[tokio::test]
async fn sec_010_sec_011_pages_tell_nothing_of_what_they_open_and_ask_nobody_else() {
    let fixture = Fixture::opens().await;
    let visitor = fixture.server.person();
    for (kind, id) in [("l", &fixture.link.id), ("c", &fixture.chat.id)] {
        let page = visitor.gets(&format!("/{kind}/{id}")).await.is(200).text;
        assert_eq!(page, visitor.gets(&format!("/{kind}/nowhere")).await.is(200).text);
        for word in MARKS.into_iter().chain([id.as_str(), fixture.chat.id.as_str(), fixture.chat.author.as_str()]) {
            assert!(!page.contains(word), "{word} is on the page of a {kind}");
        }
    }
    for path in PAGES.iter().filter(|path| !path.contains("swagger") && **path != "/openapi.json") {
        let page = visitor.gets(path).await.is(200).text.to_lowercase();
        for (at, _) in page.match_indices("//") {
            let before = page[..at].chars().next_back();
            let ours = page[at..].starts_with(&format!("//{}", fixture.server.address));
            assert!(ours || !matches!(before, Some(':' | '"' | '\'' | '(')), "{path} names another origin: {}", &page[at.saturating_sub(20)..]);
        }
    }
}

/// SEC-130, word for word.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; \
    worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

#[tokio::test]
async fn sec_130_pages_run_nothing_that_does_not_come_from_here() {
    let server = TestServer::start().await;
    let reader = server.person();
    for path in ["/", "/l/x", "/c/x", "/l/x/", "/sign-in", "/sign-up", "/verify", "/reset", "/account", "/security", "/service_worker.js"] {
        let page = reader.gets(path).await.is(200);
        assert_eq!(page.headers.get_all("content-security-policy").iter().collect::<Vec<_>>(), [POLICY], "{path}");
        let html = page.text.to_lowercase();
        for inline in ["<script>", "<style", " style=", " onclick=", " onload=", " onerror=", "javascript:", "<base", "http-equiv"] {
            assert!(!html.contains(inline), "{path} has {inline}");
        }
    }
}

#[tokio::test]
async fn sec_130_the_documentation_is_as_strict_as_it_can_be() {
    let server = TestServer::start().await;
    let reader = server.person();
    for path in ["/docs/", "/docs/swagger-ui-bundle.js", "/docs/nowhere"] {
        let page = reader.gets(path).await;
        let policy = page.header("content-security-policy").unwrap_or_else(|| panic!("{path} has no policy"));
        let of = |name: &str| policy.split("; ").find_map(|rule| rule.strip_prefix(name)).map(str::trim);
        assert_eq!((of("default-src"), of("script-src"), of("connect-src")), (Some("'none'"), Some("'self'"), Some("'self'")), "{path}");
        assert_eq!((of("base-uri"), of("frame-ancestors"), of("form-action")), (Some("'none'"), Some("'none'"), Some("'self'")), "{path}");
        assert!(!policy.contains("unsafe-eval") && !policy.contains("http") && !policy.contains('*'), "{policy}");
    }
    let html = reader.gets("/docs/").await.is(200).text;
    assert!(!html.contains("<script>"), "{html}");
}

on_both_paths!(
    sec_007_sec_009_sec_131_sec_134_every_answer_has_the_headers_that_keep_secrets,
    sec_131_behind_tls_every_answer_says_that_there_is_no_other_way,
);
