//! SEC-197: whoever found a flaw finds out whom to tell.

use serde_json::json;

use crate::world::{DAY, Reply, World};

/// The fields of the text by their names, each of which may stand there once.
fn fields(reply: &Reply) -> Vec<(String, String)> {
    let lines = reply.text.lines().map(|line| line.split_once(": ").unwrap_or_else(|| panic!("{line}")));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn field(reply: &Reply, name: &str) -> Option<String> {
    let mut found = fields(reply).into_iter().filter(|(one, _)| one == name).map(|(_, value)| value);
    let first = found.next();
    assert_eq!(found.next(), None, "{name} stands there twice");
    first
}

/// The moment in a text, in milliseconds since the beginning of 1970.
fn moment(text: &str) -> i64 {
    let parsed = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).unwrap();
    i64::try_from(parsed.unix_timestamp_nanos() / 1_000_000).unwrap()
}

#[tokio::test]
async fn sec_197_security_txt_names_a_contact_and_lapses_within_a_year() {
    use parlor::domain::clock::Clock as _;
    let world = World::with(&["--public-url", "https://chat.example.org", "--security-contact", "mailto:security@example.org"]).await;
    let finder = world.person();
    for _ in 0..3 {
        let reply = finder.gets("/.well-known/security.txt").await.is(200);
        assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(field(&reply, "Contact").as_deref(), Some("mailto:security@example.org"));
        assert_eq!(field(&reply, "Canonical").as_deref(), Some("https://chat.example.org/.well-known/security.txt"));
        assert_eq!(field(&reply, "Preferred-Languages").as_deref(), Some("en"));
        let span = moment(&field(&reply, "Expires").unwrap()) - world.clock.now().millis();
        assert!((30 * 86_400_000..365 * 86_400_000).contains(&span), "{span}");
        world.later(DAY * 200).await;
    }
}

#[tokio::test]
async fn sec_197_without_a_contact_a_page_says_whom_to_ask() {
    for (flags, origin) in [(vec![], None), (vec!["--public-url", "https://chat.example.org"], Some("https://chat.example.org"))] {
        let world = World::with(&flags).await;
        let finder = world.person();
        let here = format!("http://{}", world.address);
        let reply = finder.gets("/.well-known/security.txt").await.is(200);
        let contact = field(&reply, "Contact").unwrap();
        assert_eq!(contact, format!("{}/security", origin.unwrap_or(&here)));
        assert_eq!(field(&reply, "Canonical").is_some(), origin.is_some(), "an address that nobody named is not canonical");
        let page = finder.gets("/security").await.is(200);
        assert!(page.header("content-type").unwrap().starts_with("text/html"));
        assert!(page.text.contains("whoever runs it") && page.text.contains("private vulnerability report"), "{}", page.text);
        assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    }
}

#[tokio::test]
async fn sec_197_both_are_there_for_everybody_as_often_as_they_like() {
    let world = World::open().await;
    let finder = world.person();
    for _ in 0..400 {
        finder.gets("/.well-known/security.txt").await.is(200);
    }
    finder.gets("/security/").await.is(200);
    finder.posts("/security", json!({})).await.is(405);
}
