//! The QR code of a link: what the image is, which ids it is drawn for, and that it reveals nothing about links.

use reqwest::Method;

use crate::support::{Person, Reply, TestServer};

/// A well-formed id that no link has.
const UNKNOWN: &str = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4";

fn path(id: &str) -> String {
    format!("/l/{id}/qr.svg")
}

/// Headers of an answer without those that differ between any two: date, request id, length.
fn comparable(reply: &Reply) -> Vec<String> {
    let varies = ["date", "x-request-id", "content-length"];
    let mut headers: Vec<_> = reply.headers.iter().filter(|(name, _)| !varies.contains(&name.as_str())).map(|pair| format!("{pair:?}")).collect();
    headers.sort();
    headers
}

async fn image(person: &Person, id: &str) -> Reply {
    person.gets(&path(id)).await.is(200)
}

#[tokio::test]
async fn the_image_is_svg_that_scales_and_runs_nothing() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let reply = image(&ana.nobody(), &link.id).await;
    let (root, drawing) = reply.text.split_once('>').unwrap();
    assert!(root.starts_with("<svg ") && root.contains("viewBox=\"0 0 "), "{root}");
    assert!(!root.contains("width") && !root.contains("height"), "{root} has a fixed size");
    assert!(!drawing.contains("<script") && !drawing.contains("href") && !drawing.contains("style"), "{drawing}");
    for (name, value) in [
        ("content-type", "image/svg+xml"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-robots-tag", "noindex, nofollow, noarchive"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    let page = ana.gets(&format!("/l/{}", link.id)).await.is(200);
    assert_eq!(reply.header("content-security-policy"), page.header("content-security-policy"));
    assert_eq!(reply.header("etag"), None);
}

#[tokio::test]
async fn links_that_work_are_revoked_or_never_were_have_images_alike() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let visitor = ana.nobody();
    let (live, unknown) = (image(&visitor, &link.id).await, image(&visitor, UNKNOWN).await);
    assert_eq!(comparable(&live), comparable(&unknown));
    assert_ne!(live.text, unknown.text, "each link has its own code");
    ana.deletes(&link.path).await.is(204);
    assert_eq!(image(&visitor, &link.id).await.text, live.text);
    ana.deletes(&chat.path).await.is(204);
    assert_eq!(image(&visitor, &link.id).await.text, live.text);
    assert_eq!(image(&ana, UNKNOWN).await.text, unknown.text, "whoever asks");
}

#[tokio::test]
async fn what_is_no_id_of_a_link_has_no_image() {
    let server = TestServer::start().await;
    let visitor = server.person();
    let spare_bits = format!("{}5", &UNKNOWN[..26]);
    let longer = format!("{UNKNOWN}A");
    for id in ["x", "nowhere", &UNKNOWN[1..], longer.as_str(), spare_bits.as_str(), &format!("{UNKNOWN}."), &"A".repeat(27), &"é".repeat(27), "%00"]
    {
        let reply = visitor.gets(&path(id)).await.is_problem(404, "not_found");
        assert_eq!((reply.header("content-type"), reply.header("cache-control")), (Some("application/problem+json"), Some("no-store")), "{id}");
    }
    for path in [format!("/l/{UNKNOWN}/qr"), format!("/l/{UNKNOWN}/qr.png"), format!("/l/{UNKNOWN}/qr.svg/x"), format!("/c/{UNKNOWN}/qr.svg")] {
        visitor.gets(&path).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn the_image_is_read_and_nothing_else() {
    let server = TestServer::start().await;
    let visitor = server.person();
    let got = image(&visitor, UNKNOWN).await;
    let head = visitor.sends(visitor.request(Method::HEAD, &path(UNKNOWN))).await.is(200);
    assert!(head.text.is_empty());
    assert_eq!(comparable(&head), comparable(&got));
    assert_eq!(head.header("content-length"), Some(got.text.len().to_string().as_str()));
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let reply = visitor.sends(visitor.request(method.clone(), &path(UNKNOWN))).await.is_problem(405, "method_not_allowed");
        assert_eq!(reply.header("allow"), Some("GET,HEAD"), "{method}");
    }
}

#[tokio::test]
async fn images_are_not_counted_as_pages_are_not() {
    let server = TestServer::with(&["--rate-factor", "0.01"]).await;
    let visitor = server.person();
    for _ in 0..40 {
        image(&visitor, UNKNOWN).await;
        visitor.gets(&path("x")).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn the_image_of_a_server_below_a_path_leads_below_it() {
    let (elsewhere, below) =
        (TestServer::with(&["--public-url", "https://example.org"]).await, TestServer::with(&["--public-url", "https://example.org/chat"]).await);
    let (short, long) = (image(&elsewhere.person(), UNKNOWN).await.text, image(&below.person(), UNKNOWN).await.text);
    assert_ne!(short, long, "the code holds the public URL with its path");
}
