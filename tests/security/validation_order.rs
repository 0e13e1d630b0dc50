//! API 1: a request's form is validated before the caller is identified, equally for existing and absent resources.

use std::collections::BTreeSet;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};

use crate::access_matrix::rows;
use crate::account_matrix::concerns_accounts;
use crate::fixture::{Fixture, Names, Who, absent, malformed};
use crate::requests::{Ask, bare, sends};
use crate::support::Person;
use crate::support::openapi_check::DOCUMENT;

const ASKING: [Who; 6] = [Who::Nobody, Who::Stranger, Who::Pending, Who::OtherOwner, Who::Guest, Who::Owner];

/// A body with one fault: how it is made, the status, the code.
type Fault = (fn(RequestBuilder, &Ask) -> RequestBuilder, u16, &'static str);

const FAULTS: [Fault; 9] = [
    (|request, _| request.header(CONTENT_TYPE, "application/json").body("{\"text\""), 400, "bad_json"),
    (|request, _| request.header(CONTENT_TYPE, "application/json").body("{} {}"), 400, "bad_json"),
    (|request, _| request.header(CONTENT_TYPE, "application/json").body("[".repeat(200)), 400, "bad_json"),
    (|request, _| request.header(CONTENT_TYPE, "application/json").body(format!("\"{}\"", "x".repeat(64 << 10))), 413, "too_large"),
    (|request, ask| request.header(CONTENT_TYPE, "text/plain").body(words(ask)), 415, "unsupported_media_type"),
    (|request, _| request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body("text=Hello"), 415, "unsupported_media_type"),
    (
        |request, ask| request.header(CONTENT_TYPE, "application/json").header("Content-Encoding", "gzip").body(words(ask)),
        415,
        "unsupported_media_type",
    ),
    (|request, _| request.header(CONTENT_TYPE, "application/json").body("{\"owner\": 1}"), 422, "invalid"),
    (|request, _| request.header(CONTENT_TYPE, "application/json").body("[7]"), 422, "invalid"),
];

/// Operations that answer a page.
const PAGED: [&str; 9] = [
    "read_chat",
    "read_activity",
    "list_members",
    "list_receipts",
    "list_message_receipts",
    "list_links",
    "list_webhooks",
    "list_push_subscriptions",
    "list_knocks",
];

/// Invalid queries, each with operations that take them.
const QUERIES: [(&str, &[&str]); 9] = [
    ("limit=0", &PAGED),
    ("limit=x", &PAGED),
    ("limit=1&limit=2", &PAGED),
    ("after=-1", &["read_chat", "read_activity"]),
    ("before=1e3", &["read_chat", "read_activity"]),
    (
        "cursor=garbage",
        &["list_members", "list_receipts", "list_message_receipts", "list_links", "list_webhooks", "list_push_subscriptions", "list_knocks"],
    ),
    ("log=both", &["read_activity"]),
    ("status=sleeping", &["list_knocks"]),
    ("evict=maybe", &["revoke_link"]),
];

fn words(ask: &Ask) -> String {
    ask.body.clone().unwrap_or_default().to_string()
}

fn with_query(path: &str, query: &str) -> String {
    format!("{path}{}{query}", if path.contains('?') { '&' } else { '?' })
}

fn places(fixture: &Fixture) -> Vec<Names> {
    malformed().into_iter().chain([fixture.real(), absent()]).collect()
}

fn bodiless(ask: &Ask, person: &Person) -> RequestBuilder {
    person.request(Method::from_bytes(ask.method.as_bytes()).unwrap(), &ask.path)
}

#[tokio::test]
async fn sec_060_a_bad_body_is_refused_alike_wherever_it_is_sent_and_by_whomever() {
    let fixture = Fixture::opens().await;
    let before = fixture.as_owner_sees().await;
    for row in rows().iter().filter(|row| (row.ask)(&absent()).body.is_some()) {
        for (number, (spoil, status, code)) in FAULTS.iter().enumerate() {
            let mut answers = BTreeSet::new();
            for names in places(&fixture) {
                let ask = (row.ask)(&names);
                for who in ASKING {
                    let reply = sends(spoil(bodiless(&ask, fixture.person(who)), &ask)).await;
                    answers.insert(bare(&reply.is_problem(*status, code)));
                }
            }
            assert_eq!(answers.len(), 1, "{}, fault {number}: the responses differ: {answers:#?}", row.operation);
        }
    }
    assert_eq!(fixture.as_owner_sees().await, before);
}

#[tokio::test]
async fn sec_060_a_bad_query_is_refused_alike_wherever_it_is_sent_and_by_whomever() {
    let fixture = Fixture::opens().await;
    let before = fixture.as_owner_sees().await;
    let table = rows();
    for (query, operations) in QUERIES {
        for operation in operations {
            let row = table.iter().find(|row| row.operation == *operation).unwrap();
            let mut answers = BTreeSet::new();
            for names in places(&fixture) {
                let ask = (row.ask)(&names);
                for who in ASKING {
                    let wrong = Ask { path: with_query(&ask.path, query), ..ask.clone() };
                    answers.insert(bare(&sends(wrong.by(fixture.person(who))).await.is_problem(422, "invalid")));
                }
            }
            assert_eq!(answers.len(), 1, "{operation}?{query}: the responses differ: {answers:#?}");
        }
    }
    assert_eq!(fixture.as_owner_sees().await, before);
}

/// Parameters that name the caller or the resource have their own rows; every other parameter has an invalid query above.
#[test]
fn sec_060_every_query_parameter_has_a_wrong_value() {
    for item in DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values()) {
        let operation = item["operationId"].as_str().unwrap();
        if concerns_accounts(operation) {
            continue;
        }
        let parameters = item["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "query");
        for name in parameters.filter_map(|one| one["name"].as_str()).filter(|name| !["client_id", "chat_url", "link_url", "ticket"].contains(name)) {
            let free = matches!((operation, name), ("follow_chat", "after" | "lastEventId") | ("wait_for_decision", "lastEventId"));
            let covered = QUERIES.iter().any(|(query, of)| query.starts_with(&format!("{name}=")) && of.contains(&operation));
            assert!(covered || free, "{operation}: add an invalid {name} to validation_order.rs");
        }
    }
}

#[tokio::test]
async fn sec_060_two_names_in_one_request_are_refused_alike_wherever() {
    let fixture = Fixture::opens().await;
    for row in rows().iter().filter(|row| row.field.is_some()) {
        let mut answers = BTreeSet::new();
        for names in places(&fixture) {
            for (who, other) in [(Who::Owner, Who::Guest), (Who::Stranger, Who::Owner), (Who::Garbage, Who::Owner), (Who::Guest, Who::Garbage)] {
                let named = fixture.person(other).credential.clone().unwrap();
                let ask = (row.ask)(&names).naming(row.field.unwrap(), &named);
                answers.insert(bare(&sends(ask.by(fixture.person(who))).await.is_problem(422, "invalid")));
            }
        }
        assert_eq!(answers.len(), 1, "{}: the responses differ: {answers:#?}", row.operation);
    }
}

/// A malformed credential header gets 401 on every path.
#[tokio::test]
async fn sec_052_a_malformed_header_is_401_alike_wherever() {
    let fixture = Fixture::opens().await;
    let mut answers = BTreeSet::new();
    for row in rows().iter().filter(|row| !row.is_public()) {
        for names in places(&fixture) {
            for header in ["Basic abc", "Bearer", "Bearer ", "Bearer a b", "Bearer {}", ""] {
                let request = (row.ask)(&names).by(fixture.person(Who::Nobody)).header("Authorization", header);
                let reply = sends(request).await.is_problem(401, "unauthenticated");
                assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
                answers.insert(bare(&reply));
            }
        }
    }
    assert_eq!(answers.len(), 1, "{answers:#?}");
}
