//! Request bodies: none crashes the program, refusals are documented, and only documented bodies are accepted.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::{Request, header};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::harness::{Answer, with_scene};
use crate::inputs::tries;
use crate::support::openapi_check::DOCUMENT;

const WORDS: [&str; 93] = [
    "\"me\": true",
    "\"after\": []",
    "\"after\":",
    "[{\"chat_id\": \"$chat\", \"after\": \"1\"}]",
    "\u{feff}",
    "\"a\\u0007b\"",
    "\"a\\u202eb\"",
    "\"note\": \"a\\nb\"",
    "{",
    "{",
    "}",
    "}",
    "[",
    "]",
    ",",
    ",",
    ":",
    ":",
    "\"",
    "\"text\":",
    "\"text\": \"Hello\"",
    "\"client_ref\":",
    "\"user_id\":",
    "\"name\":",
    "\"name\": \"Ben\"",
    "\"title\":",
    "\"admission\":",
    "\"admission\": \"open\"",
    "\"knock\"",
    "\"history\":",
    "\"since_join\"",
    "\"expires_in\":",
    "\"expires_in\": 60",
    "\"chat_url\":",
    "\"chat_url\": \"$chat\"",
    "\"author_id\":",
    "\"label\":",
    "\"max_uses\":",
    "\"max_uses\": 1",
    "\"auto_approve\":",
    "\"note\":",
    "\"note\": \"Hi\"",
    "\"link_url\": \"$link\"",
    "\"link_url\":",
    "\"knock_id\": \"$knock\"",
    "\"knock_ids\":",
    "[\"$knock\"]",
    "\"approve\":",
    "\"reason\":",
    "\"username\": \"ben\"",
    "\"username\":",
    "\"password\": \"plum-tree-42\"",
    "\"email\":",
    "\"current_password\":",
    "\"new_password\":",
    "\"token\":",
    "\"refresh_token\":",
    "\"credential\":",
    "\"status\": \"accepted\"",
    "\"findable\": true",
    "\"direct_messages\": \"anyone\"",
    "\"seq\":",
    "\"delivered\": 1",
    "\"read\":",
    "\"chat_id\": \"$chat\"",
    "\"link_id\": \"$link\"",
    "\"url\": \"https://example.org/hook\"",
    "\"events\": [\"knock\"]",
    "\"format\":",
    "\"typing\": true",
    "\"endpoint\": \"https://fcm.googleapis.com/fcm/send/a\"",
    "\"keys\": {\"p256dh\": \"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4\", \"auth\": \"BTBZMqHH6r4Tts7J_aSIgg\"}",
    "\"$chat\"",
    "\"$link\"",
    "\"$owner\"",
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "60.0",
    "1e9",
    "59",
    "1.5",
    "18446744073709551616",
    "\"\"",
    "\"\\u0000\"",
    "\"\\r\\n\"",
    "\"\\u202e\"",
    "\"\\ud800\"",
    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
    " ",
];

/// Returns every operation with a request body, with its path.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("open_chat", "POST", "/v1/chats"),
    ("update_chat", "PATCH", "/v1/chats/$chat"),
    ("post_message", "POST", "/v1/chats/$chat"),
    ("edit_message", "PATCH", "/v1/chats/$chat/messages/2"),
    ("create_link", "POST", "/v1/links"),
    ("knock", "POST", "/v1/links/$link/knocks"),
    ("decide_knocks", "POST", "/v1/approval"),
    ("issue_ticket", "POST", "/v1/tickets"),
    ("move_receipt", "PUT", "/v1/chats/$chat/receipt"),
    ("set_typing", "POST", "/v1/chats/$chat/typing"),
    ("create_webhook", "POST", "/v1/chats/$chat/webhooks"),
    ("subscribe_to_push", "POST", "/v1/push/subscriptions"),
    ("report_chat", "POST", "/v1/chats/$chat/reports"),
    ("sign_up", "POST", "/v1/users"),
    ("sign_in", "POST", "/v1/sessions"),
    ("refresh_session", "POST", "/v1/sessions/refresh"),
    ("verify_email", "POST", "/v1/email-verifications"),
    ("request_password_reset", "POST", "/v1/password-resets"),
    ("confirm_password_reset", "POST", "/v1/password-resets/confirm"),
    ("update_me", "PATCH", "/v1/me"),
    ("delete_me", "DELETE", "/v1/me"),
    ("change_password", "PUT", "/v1/me/password"),
    ("bind_membership", "POST", "/v1/me/memberships"),
    ("send_message", "POST", "/v1/messages"),
    ("create_group", "POST", "/v1/groups"),
    ("update_group", "PATCH", "/v1/groups/book-club"),
    ("add_group_member", "POST", "/v1/groups/book-club/members"),
    ("knock_at_group", "POST", "/v1/groups/book-club/knocks"),
    ("update_group_member", "PATCH", "/v1/groups/book-club/members/ben"),
    ("update_member", "PATCH", "/v1/chats/$chat/members/1"),
    ("request_friendship", "POST", "/v1/friend-requests"),
    ("answer_friend_request", "PATCH", "/v1/friend-requests/3f2c1a90-7b64-4d15-9e08-5a6b7c8d9e0f"),
];

/// Operations of accounts, which are called with an access token.
const OF_ACCOUNTS: [&str; 12] = [
    "create_group",
    "update_group",
    "add_group_member",
    "knock_at_group",
    "update_group_member",
    "send_message",
    "update_me",
    "delete_me",
    "change_password",
    "bind_membership",
    "request_friendship",
    "answer_friend_request",
];

/// Returns a validator of each operation's request body.
static ALLOWED: LazyLock<HashMap<&'static str, Validator>> = LazyLock::new(|| {
    let items = DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let with_body = items.filter(|operation| !operation["requestBody"].is_null());
    let allowed = with_body.map(|operation| {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let whole = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "components": DOCUMENT["components"], "allOf": [schema]});
        (operation["operationId"].as_str().unwrap(), jsonschema::options().build(&whole).unwrap())
    });
    allowed.collect()
});

#[test]
fn no_body_breaks_anything_and_what_is_taken_is_what_the_document_allows() {
    assert_eq!(ALLOWED.len(), OPERATIONS.len(), "an operation with a request body is missing");
    tries("bodies", &WORDS, |input| {
        let text = String::from_utf8_lossy(input);
        // Random inputs rarely form an object; text that looks like its fields is also tried as one.
        let fields = text.split(',').filter(|part| part.contains("\":")).take(1 + input.len() % 4);
        let object = format!("{{{}}}", fields.collect::<Vec<_>>().join(","));
        for ((name, method, path), input) in OPERATIONS.iter().copied().flat_map(|operation| [(operation, input), (operation, object.as_bytes())]) {
            let text = String::from_utf8_lossy(input);
            let (answer, body) = with_scene(|fixture| {
                let real = |text: &str| {
                    let named = text.replace("$chat", &fixture.chat).replace("$link", &fixture.link);
                    named.replace("$knock", &fixture.knock).replace("$owner", &fixture.owner)
                };
                let (path, body) = (real(path), if input.is_ascii() { real(&text).into_bytes() } else { input.to_vec() });
                let nobody = input.len() % 4 == 3 || name == "open_chat" || name == "knock";
                let owner = (!nobody).then(|| fixture.owner.clone());
                let is_of_account = OF_ACCOUNTS.contains(&name) || (name == "issue_ticket" && text.contains("\"me\""));
                let credential = if is_of_account { Some(fixture.account()) } else { owner };
                let like = Request::builder().header(header::CONTENT_TYPE, "application/json");
                (fixture.asks(method, &path, credential.as_deref(), like, body.clone()), body)
            });
            judge(name, &answer, &body);
        }
    });
}

fn judge(name: &str, answer: &Answer, body: &[u8]) {
    let shown = String::from_utf8_lossy(body);
    assert!(answer.status < 500, "{name} with {shown:?}: {}", answer.text);
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let read = serde_json::from_slice::<Value>(body);
    if answer.status >= 400 {
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{name} with {shown:?}");
        let told = (answer.json["code"].as_str().unwrap(), answer.status);
        assert!(told != ("bad_json", 400) || read.is_err() || body.len() > 1_000, "{name}: {shown:?} is JSON");
        return;
    }
    if body.is_empty() {
        return;
    }
    let read = read.unwrap_or_else(|error| panic!("{name} took {shown:?}: {error}"));
    let faults: Vec<String> = ALLOWED[name].iter_errors(&read).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{name} accepted {shown:?}, which the document does not allow: {faults:?}");
}
