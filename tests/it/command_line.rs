//! The command line: how the program starts, what it prints, how it exits.

use std::process::Output;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{EventStream, Program, within};

/// Every setting: its flag, its variable, a valid value, an invalid one.
const SETTINGS: [(&str, &str, &str, &str); 21] = [
    ("--listen", "PARLOR_LISTEN", "127.0.0.1:0", "nowhere"),
    ("--public-url", "PARLOR_PUBLIC_URL", "https://chat.example.org", "https://chat.example.org/a?path"),
    ("--admin-listen", "PARLOR_ADMIN_LISTEN", "127.0.0.1:0", "9090x"),
    ("--trusted-proxy", "PARLOR_TRUSTED_PROXY", "10.0.0.0/8,192.0.2.1", "10.0.0.0/99"),
    ("--webhook-allow", "PARLOR_WEBHOOK_ALLOW", "127.0.0.0/8,::1/128", "localhost"),
    ("--cors-origin", "PARLOR_CORS_ORIGIN", "https://a.example,http://b.example:8080", "*"),
    ("--security-contact", "PARLOR_SECURITY_CONTACT", "mailto:security@example.org", "security@example.org"),
    ("--drain", "PARLOR_DRAIN", "500ms", "soon"),
    ("--rate-factor", "PARLOR_RATE_FACTOR", "0.5", "-1"),
    ("--stream-writer", "PARLOR_STREAM_WRITER", "http", "fast"),
    ("--smtp-url", "PARLOR_SMTP_URL", "smtp://127.0.0.1:2525", "smtp://mail.example.org"),
    ("--mail-from", "PARLOR_MAIL_FROM", "Parlor <noreply@example.org>", "Parlor"),
    ("--chat-entries", "PARLOR_CHAT_ENTRIES", "5", "0"),
    ("--chat-content", "PARLOR_CHAT_CONTENT", "1000", "much"),
    ("--chat-members", "PARLOR_CHAT_MEMBERS", "3", "0"),
    ("--chat-links", "PARLOR_CHAT_LINKS", "3", "-3"),
    ("--chat-dead-links", "PARLOR_CHAT_DEAD_LINKS", "3", "0"),
    ("--chat-ended-knocks", "PARLOR_CHAT_ENDED_KNOCKS", "3", "0"),
    ("--chat-door", "PARLOR_CHAT_DOOR", "3", "0"),
    ("--total-memory", "PARLOR_TOTAL_MEMORY", "1000000", "0"),
    ("--total-chats", "PARLOR_TOTAL_CHATS", "2", "0"),
];

fn parlor() -> Command {
    Program::command(&[])
}

/// Runs the program to its end.
async fn runs(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = within(command.output()).await.unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// Fails unless the program exits with 2, prints nothing to stdout, and names `what` on stderr.
async fn is_refused(command: &mut Command, what: &str) {
    let (code, out, error) = runs(command).await;
    assert_eq!((code, out.as_str()), (Some(2), ""), "{error}");
    assert!(error.contains(what), "{what}: {error}");
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_exit_code_2() {
    for (flag, variable, _, wrong) in SETTINGS {
        is_refused(parlor().arg(format!("{flag}={wrong}")), flag).await;
        is_refused(parlor().arg("serve").arg(format!("{flag}={wrong}")), flag).await;
        is_refused(parlor().env(variable, wrong), flag).await;
    }
    is_refused(parlor().arg("--no-such-flag"), "--no-such-flag").await;
    is_refused(parlor().arg("dance"), "dance").await;
    is_refused(parlor().args(["openapi", "more"]), "more").await;
    is_refused(parlor().args(["--drain", "1s", "--drain", "2s"]), "--drain").await;
    is_refused(parlor().args(["--listen", "127.0.0.1:19999", "--admin-listen", "127.0.0.1:19999"]), "--admin-listen").await;
}

#[tokio::test]
async fn every_setting_is_taken_as_a_flag_and_as_a_variable() {
    let (mut flags, mut variables) = (parlor(), parlor());
    flags.arg("serve");
    for (flag, variable, value, _) in SETTINGS {
        flags.arg(flag).arg(value);
        variables.env(variable, value);
    }
    for command in [&mut flags, &mut variables] {
        let program = Program::start_command(command).await;
        let mut person = program.person();
        let chat = person.creates_a_chat().await;
        assert!(chat.url.starts_with("https://chat.example.org/v1/chats/"), "{}", chat.url);
        person.creates_a_chat().await;
        person.nobody().posts("/v1/chats", json!({})).await.is_problem(507, "node_full");
        program.stop("TERM").await;
    }
}

#[tokio::test]
async fn addresses_in_answers_never_come_from_the_host_header() {
    for (flags, origin) in [(vec![], None), (vec!["--public-url", "https://Chat.example.org:8443/"], Some("https://chat.example.org:8443"))] {
        let program = Program::start(&flags).await;
        let person = program.person();
        let origin = origin.map_or_else(|| format!("http://{}", person.server), str::to_owned);
        let request = person.request(reqwest::Method::POST, "/v1/chats").header("Host", "evil.example").header("X-Forwarded-Host", "evil.example");
        let reply = person.sends(request.header("Forwarded", "host=evil.example")).await.is(201);
        let id = reply.json["chat_id"].as_str().unwrap();
        assert_eq!(reply.header("location"), Some(format!("{origin}/v1/chats/{id}").as_str()));
        assert_eq!(
            (&reply.json["chat_url"], &reply.json["page_url"]),
            (&json!(format!("{origin}/v1/chats/{id}")), &json!(format!("{origin}/c/{id}")))
        );
        let owner = person.showing(reply.json["author_id"].as_str().unwrap());
        let link = owner.posts("/v1/links", json!({"chat_url": id})).await.is(201).json;
        let link_id = link["link_id"].as_str().unwrap();
        let urls = (&link["link_url"], &link["exchange_url"]);
        assert_eq!(urls, (&json!(format!("{origin}/l/{link_id}")), &json!(format!("{origin}/v1/links/{link_id}"))));
        let browser =
            person.request(reqwest::Method::GET, &format!("/v1/links/{link_id}")).header("Host", "evil.example").header("Accept", "text/html");
        assert_eq!(person.sends(browser).await.is(303).header("location"), link["link_url"].as_str());
        let browser = person.request(reqwest::Method::GET, &format!("/v1/chats/{id}")).header("Host", "evil.example").header("Accept", "text/html");
        assert_eq!(person.sends(browser).await.is(303).header("location"), reply.json["page_url"].as_str());
        program.stop("INT").await;
    }
}

#[tokio::test]
async fn asked_to_end_it_says_bye_to_every_stream() {
    for signal in ["TERM", "INT", "HUP"] {
        let program = Program::start(&[]).await;
        let (mut owner, mut guest) = (program.person(), program.person());
        let chat = owner.creates_a_chat().await;
        let link = owner.shares(&chat).await;
        guest.knocks(&link, "Ben").await;
        let streams: [EventStream; 2] = [owner.follows(&chat).await, guest.waits(&link).await];
        let log = program.stop(signal).await.logged;
        for mut stream in streams {
            let bye = stream.expect("bye").await;
            let span = bye.data["retry_ms"].as_u64().unwrap();
            assert!((1_000..=10_000).contains(&span) && bye.retry == Some(span), "{bye:?}");
            stream.expect_end().await;
        }
        assert!(!log.contains(&chat.author) && !log.contains(&chat.id) && !log.contains(&link.id), "no secret is logged: {log}");
    }
}

#[tokio::test]
async fn the_document_is_printed_without_serving() {
    let (code, out, error) = runs(parlor().arg("openapi")).await;
    assert_eq!((code, error.as_str()), (Some(0), ""));
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), *crate::support::openapi_check::DOCUMENT);
    let (code, out, _) = runs(parlor().arg("--help")).await;
    assert_eq!(code, Some(0));
    for (flag, variable, ..) in SETTINGS {
        assert!(out.contains(flag) && out.contains(variable), "{flag} is not in the help");
    }
}
