//! Which call follows on which answer, as the document's links: what is made by one is what the others take.

use serde_json::{Map, Value, json};

/// An answer, and the calls that take what it has: the operation, its parameters, its body.
type FollowUp = (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, &'static str)]);

const CHAT: &str = "$response.body#/chat_id";
const LINK: &str = "$response.body#/link_id";
const SAME_LINK: &str = "$request.path.link_id";

/// What follows on each answer that makes something, by operation and status.
const FOLLOW_UPS: [(&str, &str, &[FollowUp]); 3] = [
    (
        "open_chat",
        "201",
        &[
            ("read_chat", &[("chat_id", CHAT)], &[]),
            ("post_message", &[("chat_id", CHAT)], &[]),
            ("update_chat", &[("chat_id", CHAT)], &[]),
            ("close_chat", &[("chat_id", CHAT)], &[]),
            ("list_members", &[("chat_id", CHAT)], &[]),
            ("read_activity", &[("chat_id", CHAT)], &[]),
            ("export_chat", &[("chat_id", CHAT)], &[]),
            ("list_links", &[("chat_id", CHAT)], &[]),
            ("list_knocks", &[("chat_id", CHAT)], &[]),
            ("follow_chat", &[("chat_id", CHAT)], &[]),
            ("create_link", &[], &[("chat_url", "$response.body#/chat_url")]),
            ("issue_ticket", &[], &[("chat_id", CHAT)]),
        ],
    ),
    (
        "create_link",
        "201",
        &[
            ("exchange_link", &[("link_id", LINK)], &[]),
            ("knock", &[("link_id", LINK)], &[]),
            ("revoke_link", &[("link_id", LINK)], &[]),
            ("read_approval", &[("link_url", "$response.body#/link_url")], &[]),
        ],
    ),
    (
        "knock",
        "201",
        &[
            ("exchange_link", &[("link_id", SAME_LINK), ("client_id", "$response.body#/client_id")], &[]),
            ("withdraw_knock", &[("link_id", SAME_LINK), ("knock_id", "$response.body#/knock_id")], &[]),
            ("wait_for_decision", &[("link_id", SAME_LINK)], &[]),
            ("read_approval", &[("link_url", "$response.body#/link_url"), ("client_id", "$response.body#/client_id")], &[]),
            ("decide_knocks", &[], &[("link_url", "$response.body#/link_url"), ("knock_id", "$response.body#/knock_id")]),
        ],
    ),
];

/// Adds to an operation's answers the calls that follow on them.
pub(super) fn add(name: &str, operation: &mut Value) {
    for (_, status, calls) in FOLLOW_UPS.iter().filter(|(of, ..)| *of == name) {
        let answer = &mut operation["responses"][*status];
        if answer.is_null() {
            continue;
        }
        let links = calls.iter().map(|call| (call.0.to_owned(), link(call)));
        answer["links"] = Value::Object(links.collect());
    }
}

fn link((operation, parameters, body): &FollowUp) -> Value {
    let fields = |of: &[(&str, &str)]| of.iter().map(|(name, from)| ((*name).to_owned(), json!(from))).collect::<Map<_, _>>();
    let mut link = json!({"operationId": operation});
    if !parameters.is_empty() {
        link["parameters"] = Value::Object(fields(parameters));
    }
    if !body.is_empty() {
        link["requestBody"] = Value::Object(fields(body));
    }
    link
}
