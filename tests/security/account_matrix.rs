//! SEC-060 for the operations of accounts: without an access token every caller gets the same 401, and nothing changes.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::access_matrix::rows;
use crate::fixture::{Fixture, UNKNOWN, Who};
use crate::requests::{Ask, bare, sends};
use crate::support::openapi_check::{DOCUMENT, operation};
use crate::support::{StreamPath, TestServer, on_both_paths};

/// Operations that need an account, each with one way to call it.
pub(crate) const OF_ACCOUNTS: &[(&str, &str, &str)] = &[
    ("list_users", "GET", "/v1/users?search=an"),
    ("read_user", "GET", "/v1/users/ana"),
    ("read_me", "GET", "/v1/me"),
    ("update_me", "PATCH", "/v1/me"),
    ("delete_me", "DELETE", "/v1/me"),
    ("change_password", "PUT", "/v1/me/password"),
    ("bind_membership", "POST", "/v1/me/memberships"),
    ("list_sessions", "GET", "/v1/sessions"),
    ("end_session", "DELETE", "/v1/sessions/current"),
    ("end_sessions", "DELETE", "/v1/sessions"),
    ("send_message", "POST", "/v1/messages"),
    ("list_chats", "GET", "/v1/chats"),
    ("list_groups", "GET", "/v1/groups"),
    ("create_group", "POST", "/v1/groups"),
    ("read_group", "GET", "/v1/groups/book-club"),
    ("update_group", "PATCH", "/v1/groups/book-club"),
    ("close_group", "DELETE", "/v1/groups/book-club"),
    ("list_group_members", "GET", "/v1/groups/book-club/members"),
    ("add_group_member", "POST", "/v1/groups/book-club/members"),
    ("update_group_member", "PATCH", "/v1/groups/book-club/members/ana"),
    ("knock_at_group", "POST", "/v1/groups/book-club/knocks"),
    ("read_group_knock", "GET", "/v1/groups/book-club/knocks/mine"),
    ("withdraw_group_knock", "DELETE", "/v1/groups/book-club/knocks/mine"),
    ("remove_group_member", "DELETE", "/v1/groups/book-club/members/ana"),
    ("read_direct_messages", "GET", "/v1/users/ana/messages"),
    ("list_friend_requests", "GET", "/v1/friend-requests"),
    ("request_friendship", "POST", "/v1/friend-requests"),
    ("answer_friend_request", "PATCH", "/v1/friend-requests/3f2c1a90-7b64-4d15-9e08-5a6b7c8d9e0f"),
    ("withdraw_friend_request", "DELETE", "/v1/friend-requests/3f2c1a90-7b64-4d15-9e08-5a6b7c8d9e0f"),
    ("list_friends", "GET", "/v1/friends"),
    ("end_friendship", "DELETE", "/v1/friends/ana"),
    ("list_blocks", "GET", "/v1/blocks"),
    ("block_account", "PUT", "/v1/blocks/ana"),
    ("unblock_account", "DELETE", "/v1/blocks/ana"),
    ("follow_me", "GET", "/v1/me/events"),
    ("export_account", "GET", "/v1/me/export"),
    ("request_email_verification", "POST", "/v1/me/email-verification"),
];

/// Operations that do not look at credentials, each with one way to call it, and the status.
pub(crate) const FOR_EVERYBODY: &[(&str, &str, &str, u16)] = &[
    ("read_instance", "GET", "/v1/instance", 200),
    ("read_push_key", "GET", "/v1/push/key", 200),
    ("sign_up", "POST", "/v1/users", 422),
    ("sign_in", "POST", "/v1/sessions", 422),
    ("refresh_session", "POST", "/v1/sessions/refresh", 422),
    ("verify_email", "POST", "/v1/email-verifications", 422),
    ("request_password_reset", "POST", "/v1/password-resets", 422),
    ("confirm_password_reset", "POST", "/v1/password-resets/confirm", 422),
];

/// Returns true for an operation of accounts, or one that leads to them: it has a row here, and none in the matrix of chats.
pub(crate) fn concerns_accounts(operation: &str) -> bool {
    let listed = OF_ACCOUNTS.iter().map(|row| row.0).chain(FOR_EVERYBODY.iter().map(|row| row.0));
    listed.into_iter().any(|name| name == operation)
}

/// Returns every operation of accounts with a request body, with an example of it.
fn bodies() -> Vec<(&'static str, &'static str, Value)> {
    let all = OF_ACCOUNTS.iter().map(|row| (row.1, row.2)).chain(FOR_EVERYBODY.iter().map(|row| (row.1, row.2)));
    all.filter_map(|(method, path)| {
        let content = &operation(method, path)?.1["requestBody"]["content"]["application/json"]["schema"];
        let schema = content["$ref"].as_str().or_else(|| content["oneOf"][1]["$ref"].as_str())?;
        let example = &DOCUMENT.pointer(schema.trim_start_matches('#')).unwrap()["example"];
        Some((method, path, example.clone()))
    })
    .collect()
}

/// SEC-064: a field that is the server's is refused to every caller.
#[tokio::test]
async fn sec_064_nobody_sets_what_is_the_servers_on_an_account() {
    let fixture = Fixture::opens().await;
    let ana = fixture.server.account("ana").await;
    let before = ana.gets("/v1/me").await.is(200).json;
    let bodies = bodies();
    assert!(bodies.len() > 8, "{bodies:?}");
    for (method, path, example) in bodies {
        assert!(example.is_object(), "{method} {path} has no example");
        for field in ["id", "sub", "role", "owner", "created_at", "email_verified", "suspended_at", "session_id", "from", "Username", "__proto__", ""]
        {
            let mut body = example.clone();
            body[field] = json!("x");
            let reply = sends(Ask { method, path: path.into(), body: Some(body) }.by(&ana)).await;
            reply.is_problem(422, "invalid");
        }
        let spoilt = ana.request(Method::from_bytes(method.as_bytes()).unwrap(), path).header("Content-Type", "application/json");
        sends(spoilt.body("{")).await.is_problem(400, "bad_json");
    }
    assert_eq!(ana.gets("/v1/me").await.is(200).json, before);
}

/// Wrong values of query parameters.
const QUERIES: &[(&str, &[&str])] = &[
    ("limit=0", &["list_chats", "list_groups", "list_group_members", "list_users", "list_friend_requests", "list_friends", "list_blocks"]),
    ("cursor=garbage!", &["list_chats", "list_groups", "list_group_members", "list_users", "list_friend_requests", "list_friends", "list_blocks"]),
    ("search=a", &["list_users", "list_groups"]),
    ("kind=big", &["list_chats"]),
    ("page=0", &["read_direct_messages"]),
    ("per_page=x", &["read_direct_messages"]),
    ("except=all", &["end_sessions"]),
    ("direction=sideways", &["list_friend_requests"]),
    ("status=sleeping", &["list_friend_requests", "list_group_members"]),
];

#[tokio::test]
async fn sec_060_a_bad_query_of_an_account_is_refused_and_every_parameter_has_one() {
    let server = TestServer::start().await;
    let ana = server.account("ana").await;
    for &(name, method, path) in OF_ACCOUNTS {
        let parameters = operation(method, path).unwrap().1["parameters"].as_array().cloned().unwrap_or_default();
        let parameters = parameters.iter().filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str());
        for parameter in parameters.filter(|parameter| !["ticket", "participant"].contains(parameter)) {
            let wrong = QUERIES.iter().find(|(query, of)| query.starts_with(&format!("{parameter}=")) && of.contains(&name));
            let (query, _) = wrong.unwrap_or_else(|| panic!("{name}: add an invalid {parameter}"));
            let path = path.split('?').next().unwrap();
            sends(Ask { method, path: format!("{path}?{query}"), body: None }.by(&ana)).await.is_problem(422, "invalid");
        }
    }
}

/// An account that is no member is nobody in a chat, and a visitor in an open one.
async fn sec_060_an_account_is_a_stranger_in_the_chats_of_others(path: StreamPath) {
    for (admission, statuses) in [("knock", 0), ("open", 1)] {
        let fixture = Fixture::on_so(path, admission).await;
        let eve = fixture.server.account("eve").await;
        let before = fixture.as_owner_sees().await;
        for row in rows().iter().filter(|row| !row.is_public()) {
            let expected = [row.knock[0], row.open[0]][statuses];
            if expected >= 400 {
                let reply = sends((row.ask)(&fixture.real()).by(&eve)).await;
                assert_eq!(reply.status, expected, "{} in a chat with admission {admission}: {}", row.operation, reply.text);
            }
        }
        assert_eq!(fixture.as_owner_sees().await, before, "a refused call changed something");
    }
}

/// Returns true for an operation that is for accounts alone. Only their stream is opened by a ticket as well.
fn needs_account(operation: &serde_json::Value) -> bool {
    let bearer = serde_json::json!({"bearer": []});
    let ways: &[serde_json::Value] = if operation["operationId"] == "follow_me" { &[bearer, serde_json::json!({"ticket": []})] } else { &[bearer] };
    operation["security"].as_array().is_some_and(|stated| stated == ways)
}

#[test]
fn sec_060_every_row_of_an_account_is_of_its_operation() {
    for &(name, method, path) in OF_ACCOUNTS {
        let (_, found) = operation(method, path).unwrap_or_else(|| panic!("{method} {path} is no operation"));
        assert!(found["operationId"] == name && needs_account(found), "{method} {path}: {}", found["security"]);
    }
    let needs_account = |operation: &&serde_json::Value| needs_account(operation);
    let items = DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let documented: BTreeSet<&str> = items.filter(needs_account).map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let missing: Vec<_> = documented.into_iter().filter(|name| OF_ACCOUNTS.iter().all(|(stated, ..)| stated != name)).collect();
    assert!(missing.is_empty(), "add rows to account_matrix.rs for {missing:?}");
}

async fn sec_060_what_needs_an_account_is_refused_to_everybody_without_one(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let ana = fixture.server.account("ana").await;
    let before = ana.gets("/v1/me").await.is(200).json;
    let mut answers = BTreeSet::new();
    for &(_, method, path) in OF_ACCOUNTS {
        for who in Who::ALL {
            let reply = sends(Ask { method, path: path.into(), body: None }.by(fixture.person(who))).await;
            answers.insert(bare(&reply.is_problem(401, "unauthenticated")));
        }
    }
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert_eq!(ana.gets("/v1/me").await.is(200).json, before);
}

#[tokio::test]
async fn sec_060_what_leads_to_an_account_is_the_same_for_everybody() {
    let fixture = Fixture::opens().await;
    for &(name, method, path, status) in FOR_EVERYBODY {
        assert_eq!(operation(method, path).unwrap().1["operationId"], name);
        let body = (method == "POST").then(|| serde_json::json!({}));
        let mut answers = BTreeSet::new();
        for who in Who::ALL {
            let reply = sends(Ask { method, path: path.into(), body: body.clone() }.by(fixture.person(who))).await;
            answers.insert(bare(&reply.is(status)));
        }
        assert_eq!(answers.len(), 1, "{answers:#?}");
    }
}

/// A friend request is there for its sender and its receiver; the account of somebody else gets the 404 of what never was.
#[tokio::test]
async fn sec_060_a_friend_request_is_nobody_elses() {
    let server = TestServer::start().await;
    let (ana, ben, eve) = (server.account("ana").await, server.account("ben").await, server.account("eve").await);
    let request = ana.sends_request("ben").await;
    let before = ben.lists("/v1/friend-requests").await;
    for path in [request.as_str(), UNKNOWN, "x", "%ff"] {
        let path = format!("/v1/friend-requests/{path}");
        let nothing = bare(&eve.gets("/v1/users/nobody-here").await.is_problem(404, "not_found"));
        assert_eq!(bare(&eve.patches(&path, serde_json::json!({"status": "accepted"})).await.is(404)), nothing);
        assert_eq!(bare(&eve.deletes(&path).await.is(404)), nothing);
    }
    assert_eq!(ben.lists("/v1/friend-requests").await, before);
    assert!(eve.lists("/v1/friend-requests").await.is_empty());
}

on_both_paths!(sec_060_what_needs_an_account_is_refused_to_everybody_without_one, sec_060_an_account_is_a_stranger_in_the_chats_of_others,);
