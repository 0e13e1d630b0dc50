//! Query strings and credentials: every response is documented, and no unauthorized request succeeds.

use axum::http::{HeaderValue, Request, Uri, header};

use crate::harness::{Answer, with_scene};
use crate::inputs::tries;

/// Query strings to try; `$chat` and `$link` stand for those of the fixture.
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
        with_scene(|fixture| {
            for list in LISTS {
                let asked =
                    format!("{list}?{text}").replace("$chat", &fixture.chat).replace("$link", &fixture.link).replace("$guest", &fixture.guest);
                if asked.parse::<Uri>().is_err() || asked.len() > 2_000 {
                    return;
                }
                let owner = fixture.owner.clone();
                let answer = fixture.asks("GET", &asked, Some(&owner), Request::builder(), Vec::new());
                assert!(answer.status < 500, "{asked}: {}", answer.text);
                assert_eq!(answer.status >= 400, is_a_problem(&answer), "{asked}: {}", answer.text);
                let items = ["items", "messages"].iter().find_map(|list| answer.json[*list].as_array()).map_or(0, Vec::len);
                assert!(items <= 200, "{asked}: {items} items");
            }
        });
    });
}

/// Parses a header by the grammar of RFC 6750, independently of the server: a token, or `None` if it holds no such credential.
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
        with_scene(|fixture| {
            let said = text.replace("$owner", &fixture.owner).replace("$guest", &fixture.guest).replace("$OWNER", &fixture.owner.to_uppercase());
            let Ok(value) = HeaderValue::from_str(&said) else { return };
            let chat = format!("/v1/chats/{}", fixture.chat);
            let answer = fixture.asks("GET", &chat, None, Request::builder().header(header::AUTHORIZATION, value), Vec::new());
            let wanted = match token(&said) {
                None => 401,
                Some(token) if token.eq_ignore_ascii_case(&fixture.owner) => 200,
                Some(_) => 404,
            };
            assert_eq!(answer.status, wanted, "{said:?}: {}", answer.text);
        });
    });
}
