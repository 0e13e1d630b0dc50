//! SEC-060 for the operations of accounts: without an access token every caller gets the same 401, and nothing changes.

use std::collections::BTreeSet;

use crate::fixture::{Fixture, UNKNOWN, Who};
use crate::requests::{Ask, bare, sends};
use crate::support::openapi_check::{DOCUMENT, operation};
use crate::support::{StreamPath, TestServer, on_both_paths};

/// Operations that need an account, each with one way to call it.
pub(crate) const OF_ACCOUNTS: [(&str, &str, &str); 22] = [
    ("list_users", "GET", "/v1/users?search=an"),
    ("read_user", "GET", "/v1/users/ana"),
    ("read_me", "GET", "/v1/me"),
    ("update_me", "PATCH", "/v1/me"),
    ("delete_me", "DELETE", "/v1/me"),
    ("change_password", "PUT", "/v1/me/password"),
    ("bind_membership", "POST", "/v1/me/memberships"),
    ("export_account", "GET", "/v1/me/export"),
    ("request_email_verification", "POST", "/v1/me/email-verification"),
    ("list_sessions", "GET", "/v1/sessions"),
    ("end_session", "DELETE", "/v1/sessions/current"),
    ("end_sessions", "DELETE", "/v1/sessions"),
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
];

/// Operations that do not look at credentials, each with one way to call it, and the status.
pub(crate) const FOR_EVERYBODY: [(&str, &str, &str, u16); 7] = [
    ("read_instance", "GET", "/v1/instance", 200),
    ("sign_up", "POST", "/v1/users", 422),
    ("sign_in", "POST", "/v1/sessions", 422),
    ("refresh_session", "POST", "/v1/sessions/refresh", 422),
    ("verify_email", "POST", "/v1/email-verifications", 422),
    ("request_password_reset", "POST", "/v1/password-resets", 422),
    ("confirm_password_reset", "POST", "/v1/password-resets/confirm", 422),
];

/// Query parameters of these operations, each with an invalid value.
const WRONG_QUERIES: [(&str, &str); 6] =
    [("limit", "0"), ("cursor", "garbage"), ("search", "x"), ("direction", "both"), ("status", "sleeping"), ("except", "all")];

#[tokio::test]
async fn sec_060_every_query_parameter_of_an_account_is_validated() {
    let server = TestServer::start().await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    for (name, method, path) in OF_ACCOUNTS {
        let path = path.split('?').next().unwrap();
        let parameters = operation(method, path).unwrap().1["parameters"].as_array().into_iter().flatten();
        for parameter in parameters.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str()) {
            let wrong = WRONG_QUERIES.iter().find(|(of, _)| *of == parameter);
            let (_, value) = wrong.unwrap_or_else(|| panic!("{name}: add an invalid {parameter}"));
            let ask = Ask { method, path: format!("{path}?{parameter}={value}"), body: None };
            let answers = [&ana, &ben].map(|person| ask.by(person));
            for request in answers {
                assert_eq!(sends(request).await.is_problem(422, "invalid").json["field"], parameter, "{name}");
            }
        }
    }
}

#[test]
fn sec_060_every_row_of_an_account_is_of_its_operation() {
    for (name, method, path) in OF_ACCOUNTS {
        let (_, found) = operation(method, path).unwrap_or_else(|| panic!("{method} {path} is no operation"));
        assert_eq!((&found["operationId"], &found["security"]), (&name.into(), &serde_json::json!([{"bearer": []}])), "{method} {path}");
    }
    let needs_account = |operation: &&serde_json::Value| operation["security"] == serde_json::json!([{"bearer": []}]);
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
    for (_, method, path) in OF_ACCOUNTS {
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
    for (name, method, path, status) in FOR_EVERYBODY {
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

on_both_paths!(sec_060_what_needs_an_account_is_refused_to_everybody_without_one);
