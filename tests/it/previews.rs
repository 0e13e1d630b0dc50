//! Link previews: fetching a link for a preview changes nothing (API 2.3, *When a GET does not knock*).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Chat, Link, Person, RawClient, Reply, TestServer};

/// Every user agent that the API names, in full, and one for each word that identifies others.
const AGENTS: [&str; 22] = [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Twitterbot/1.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (Applebot/0.1)",
    "Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)",
    "Mastodon/4.2.1 (http.rb/5.1.1; +https://mastodon.example/)",
    "Iframely/1.3.1 (+https://iframely.com/docs/about)",
    "Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)",
    "SomeBOT",
    "Crawler of things",
    "A Spider",
    "link-preview/1",
    "FACEBOOKEXTERNALHIT",
    "whatsapp",
    "MASTODON",
];

/// Headers by which a browser marks a prefetch, and those that only browsers send with requests from other sites.
const HINTS: [(&str, &str); 12] = [
    ("Sec-Purpose", "prefetch"),
    ("Sec-Purpose", "prefetch;prerender"),
    ("Sec-Purpose", "Prefetch; Preview"),
    ("Purpose", "prefetch"),
    ("Purpose", "preview"),
    ("Purpose", "PREVIEW"),
    ("X-Moz", "prefetch"),
    ("X-Moz", "preview"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Site", "same-site"),
    ("Sec-Fetch-Site", "something-new"),
    ("Sec-Fetch-Site", "NONE"),
];

/// The three kinds of links that a client could use at once, each with its owner and its chat.
async fn doors(server: &TestServer) -> Vec<(Person, Chat, Link)> {
    let mut doors = Vec::new();
    for (admission, auto_approve) in [("knock", false), ("knock", true), ("open", false)] {
        let mut ana = server.person();
        let chat = ana.creates(json!({"name": "Ana", "admission": admission})).await;
        let link = ana.shares_so(&chat, json!({"auto_approve": auto_approve})).await;
        doors.push((ana, chat, link));
    }
    doors
}

/// Fails if anybody knocked or came in.
async fn nothing_happened(owner: &Person, chat: &Chat, link: &Link) {
    assert!(owner.items(&format!("{}/knocks", chat.path)).await.is_empty());
    assert_eq!(owner.sees(chat, link).await["uses"], json!(0));
    assert_eq!(owner.names(chat).await, ["Ana"]);
    assert_eq!(owner.kinds(chat, "door").await, ["link_created"]);
}

fn nothing() -> Value {
    json!({
        "link_url": null, "request_sent_status": false, "approval_status": null, "status": null, "client_id": null, "knock_id": null, "code": null,
        "reason": null, "chat_url": null, "member": null, "expires_at": null,
    })
}

#[tokio::test]
async fn no_preview_agent_knocks() {
    let server = TestServer::start().await;
    let robot = server.person();
    for (owner, chat, link) in doors(&server).await {
        for agent in AGENTS {
            let request = robot.request(Method::GET, &link.path).header("User-Agent", agent);
            assert_eq!(robot.sends(request).await.is(200).json, nothing(), "{agent}");
        }
        nothing_happened(&owner, &chat, &link).await;
    }
}

#[tokio::test]
async fn nothing_that_a_browser_fetches_unasked_knocks() {
    let server = TestServer::start().await;
    let browser = server.person();
    for (owner, chat, link) in doors(&server).await {
        for (name, value) in HINTS {
            let request = browser.request(Method::GET, &link.path).header(name, value);
            assert_eq!(browser.sends(request).await.is(200).json, nothing(), "{name}: {value}");
            let request = browser.request(Method::GET, &link.path).header(name, value).header("Accept", "text/html");
            assert_eq!(browser.sends(request).await.is(200).json, nothing(), "{name}: {value}, for a page");
        }
        nothing_happened(&owner, &chat, &link).await;
    }
}

#[tokio::test]
async fn a_browser_is_sent_to_the_page() {
    let server = TestServer::start().await;
    let browser = server.person();
    for (owner, chat, link) in doors(&server).await {
        for accept in
            ["text/html", "TEXT/HTML", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json, text/html;q=0.1"]
        {
            for agent in ["Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "Twitterbot/1.0"] {
                let request = browser.request(Method::GET, &link.path).header("Accept", accept).header("User-Agent", agent);
                let reply = browser.sends(request).await.is(303);
                assert_eq!((reply.header("location"), reply.text.as_str()), (Some(link.url.as_str()), ""), "{accept}");
            }
        }
        let page = browser.gets(&format!("/l/{}", link.id)).await.is(200);
        assert!(page.text.contains("You are invited to a chat") && !page.text.contains(&link.id), "{}", page.text);
        nothing_happened(&owner, &chat, &link).await;
    }
}

/// Returns a response and its headers as a browser or a proxy sees them, without the parts that are new in each.
fn told(reply: &Reply, id: &str) -> String {
    reply.without_request_id().replace(id, "ID")
}

#[tokio::test]
async fn a_browser_that_is_led_to_a_chat_of_the_api_is_sent_to_its_page() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let (knock, browser) = (ana.creates_a_chat().await, server.person());
    let open = ana.creates_an_open_chat().await;
    let asks = |method: Method, path: &str, accept: &str| browser.request(method, path).header("Accept", accept.to_owned());
    let mut answers = Vec::new();
    for id in [&knock.id, &open.id, &"B".repeat(42).chars().chain(['A']).collect()] {
        for (path, accept) in [
            (format!("/v1/chats/{id}"), "text/html"),
            (format!("/v1/chats/{id}/"), "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            (format!("/v1/chats/{id}?limit=1"), "application/json, TEXT/HTML;q=0.1"),
            (format!("/v1/chats/{id}).%20"), "text/html"),
        ] {
            for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "none"), ("User-Agent", "Mozilla/5.0")] {
                let reply = browser.sends(asks(Method::GET, &path, accept).header(name, value)).await.is(303);
                let page = format!("http://{}/c/{id}", server.address);
                assert_eq!((reply.header("location"), reply.header("vary")), (Some(page.as_str()), Some("Accept, Authorization")), "{path}");
                answers.push(told(&reply, id));
            }
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    for malformed in ["nowhere", "%00", "%ff", &format!("{}A", knock.id)] {
        let reply = browser.sends(asks(Method::GET, &format!("/v1/chats/{malformed}"), "text/html")).await.is(303);
        assert_eq!(reply.header("location"), Some(format!("http://{}/c/{}", server.address, "A".repeat(43)).as_str()));
    }
    assert_eq!(browser.gets(&format!("/c/{}", open.id)).await.is(200).text, browser.gets("/c/nowhere").await.is(200).text);
}

#[tokio::test]
async fn a_client_of_the_api_reads_a_chat_whatever_else_it_takes() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let open = server.person().creates_an_open_chat().await;
    for accept in ["text/html", "text/html, */*", "application/json"] {
        let as_member = ana.request(Method::GET, &chat.path).header("Accept", accept);
        let reply = ana.sends(as_member).await.is(200);
        assert_eq!((&reply.json["chat"]["chat_id"], reply.header("vary")), (&json!(chat.id), Some("Accept, Authorization")));
        let unknown = ana.showing("3f2c1a90-7b64-4d15-9e08-5a6b7c8d9e0f");
        unknown.sends(unknown.request(Method::GET, &chat.path).header("Accept", accept)).await.is_problem(404, "not_found");
        let part = ana.nobody().request(Method::GET, &format!("{}/members", open.path)).header("Accept", accept);
        ana.sends(part).await.is(200);
        let malformed = ana.nobody().request(Method::GET, &chat.path).header("Accept", accept).header("Authorization", "Basic YTpi");
        ana.sends(malformed).await.is_problem(401, "unauthenticated");
    }
    for accept in ["*/*", "application/json", "text/*", ""] {
        let nobody = ana.nobody();
        assert_eq!(nobody.sends(nobody.request(Method::GET, &open.path).header("Accept", accept)).await.is(200).json["head"], json!(1));
        nobody.sends(nobody.request(Method::GET, &chat.path).header("Accept", accept)).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn head_and_options_change_nothing_anywhere() {
    let server = TestServer::start().await;
    let guest = server.person();
    for (owner, chat, link) in doors(&server).await {
        for path in [&link.path, &format!("/l/{}", link.id)] {
            let reply = guest.sends(guest.request(Method::HEAD, path)).await.is(200);
            assert_eq!(reply.text, "");
        }
        for path in [link.path.clone(), format!("{}/knocks", link.path), chat.path.clone(), "/v1/chats".into(), "/v1/links".into()] {
            guest.sends(guest.request(Method::OPTIONS, &path)).await;
            owner.sends(owner.request(Method::HEAD, &path)).await;
        }
        let looked = [&chat.path, &format!("{}/events", chat.path), &format!("{}/export", chat.path)];
        for path in looked {
            owner.sends(owner.request(Method::HEAD, path)).await.is(200);
        }
        assert_eq!(owner.reads(&chat).await["head"], json!(1));
        nothing_happened(&owner, &chat, &link).await;
    }
}

#[tokio::test]
async fn the_preview_rule_comes_before_everything_else() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.knocks(&link, "Ben").await;
    for person in [&ana, &ben, &server.person()] {
        for path in [&link.path, &"/v1/links/nowhere".to_owned(), &format!("/v1/links/{}", "A".repeat(27))] {
            let request = person.request(Method::GET, path).header("User-Agent", "Twitterbot/1.0");
            assert_eq!(person.sends(request).await.is(200).json, nothing());
        }
    }
}

#[tokio::test]
async fn a_client_knocks_whatever_else_it_says_of_itself() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    for (name, value) in [
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "none"),
        ("User-Agent", "curl/8.5.0"),
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0"),
        ("User-Agent", ""),
        ("Accept", "application/json"),
        ("Accept", "*/*"),
        ("Accept", "text/plain"),
        ("Purpose", "curiosity"),
    ] {
        let guest = server.person();
        let reply = guest.sends(guest.request(Method::GET, &link.path).header(name, value)).await.is(200);
        assert_eq!((&reply.json["request_sent_status"], &reply.json["status"]), (&json!(true), &json!("pending")), "{name}: {value}");
        assert!(reply.header("vary").unwrap().contains("User-Agent"));
    }
    assert_eq!(ana.pending(&chat).await.len(), 9);
}

#[tokio::test]
async fn a_request_without_any_header_is_a_clients() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let mut connection = RawClient::connect(server.address).await;
    assert!(connection.send(format!("GET {} HTTP/1.0\r\n\r\n", link.path)).await);
    let answer = String::from_utf8(connection.read_to_end().await).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200") && answer.contains(r#""request_sent_status":true"#), "{answer}");
    assert_eq!(ana.pending(&chat).await.len(), 1);
}
