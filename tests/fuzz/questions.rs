//! Queries and credentials: whatever stands in them, the answer is one that the document knows, and nobody is let in who is not.

use axum::http::{HeaderValue, Request, Uri, header};

use crate::asking::{Answer, with_scene};
use crate::chance::tries;

/// What is asked with a query; the chat and the link of the scene stand for themselves.
const LISTS: [&str; 9] = [
    "/v1/chats/$chat",
    "/v1/chats/$chat/activity",
    "/v1/chats/$chat/members",
    "/v1/chats/$chat/links",
    "/v1/chats/$chat/knocks",
    "/v1/chats/$chat/export",
    "/v1/links/$link",
    "/v1/approval",
    "/healthz",
];

fn is_a_problem(answer: &Answer) -> bool {
    answer.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json")
}

#[test]
fn no_query_breaks_anything_and_lists_stay_short() {
    let words = [
        "limit=",
        "after=",
        "before=",
        "cursor=",
        "status=",
        "log=",
        "client_id=",
        "link_url=",
        "evict=",
        "&",
        "=",
        "?",
        "%",
        "%00",
        "%ff",
        "+",
        "-",
        "0",
        "1",
        "200",
        "201",
        "18446744073709551616",
        "pending",
        "approved",
        "door",
        "chat",
        "true",
        "$link",
        "$guest",
        "/l/",
        ";",
        "[",
        "]",
        "AAAAAAAAAAE",
    ];
    tries("queries", &words, |input| {
        let text = String::from_utf8_lossy(input).into_owned();
        with_scene(|scene| {
            for list in LISTS {
                let asked = format!("{list}?{text}").replace("$chat", &scene.chat).replace("$link", &scene.link).replace("$guest", &scene.guest);
                if asked.parse::<Uri>().is_err() || asked.len() > 2_000 {
                    return;
                }
                let owner = scene.owner.clone();
                let answer = scene.asks("GET", &asked, Some(&owner), Request::builder(), Vec::new());
                assert!(answer.status < 500, "{asked}: {}", answer.text);
                assert_eq!(answer.status >= 400, is_a_problem(&answer), "{asked}: {}", answer.text);
                let items = ["items", "messages"].iter().find_map(|list| answer.json[*list].as_array()).map_or(0, Vec::len);
                assert!(items <= 200, "{asked}: {items} items");
            }
        });
    });
}

/// What a header says by the grammar of RFC 6750, read in another way than the server does: a token; nothing, where it says nothing of the kind.
fn token(said: &str) -> Option<&str> {
    let (scheme, rest) = said.split_at_checked(6)?;
    let token = rest.strip_prefix(' ')?.trim_matches(' ');
    let fits = token.chars().all(|c| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~' | '+' | '/' | '='));
    (scheme.to_lowercase() == "bearer" && !token.is_empty() && fits).then_some(token)
}

#[test]
fn no_credential_lets_in_but_the_right_one() {
    let words =
        ["Bearer", "bearer", "BEARER", "Basic", " ", "  ", "\t", "$owner", "$guest", "$OWNER", "-", "=", ",", "é", "\"", "x", "Bearer $owner"];
    tries("credentials", &words, |input| {
        let text = String::from_utf8_lossy(input).into_owned();
        with_scene(|scene| {
            let said = text.replace("$owner", &scene.owner).replace("$guest", &scene.guest).replace("$OWNER", &scene.owner.to_uppercase());
            let Ok(value) = HeaderValue::from_str(&said) else { return };
            let chat = format!("/v1/chats/{}", scene.chat);
            let answer = scene.asks("GET", &chat, None, Request::builder().header(header::AUTHORIZATION, value), Vec::new());
            let wanted = match token(&said) {
                None => 401,
                Some(token) if token.eq_ignore_ascii_case(&scene.owner) => 200,
                Some(_) => 404,
            };
            assert_eq!(answer.status, wanted, "{said:?}: {}", answer.text);
        });
    });
}
