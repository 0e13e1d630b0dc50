//! The schemas of the document: they accept what the server accepts, and name what it sends.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::account::PASSWORD;
use crate::support::openapi_check::{DOCUMENT, faults};
use crate::support::{Person, Reply, TestServer};

/// Sends a body to create an account with this field, and compares the answer with what the document says of it.
async fn sends(person: &Person, number: usize, field: &str, value: &str) -> Reply {
    let mut body = json!({"username": format!("person-{number}"), "password": PASSWORD});
    body[field] = json!(value);
    let reply = person.posts("/v1/users", body.clone()).await;
    let faults = faults(&json!({"$ref": "#/components/schemas/NewUser"}), &body);
    assert_eq!(reply.status == 422, !faults.is_empty(), "{field}: {value}: {} {faults:?}", reply.status);
    reply
}

#[tokio::test]
async fn the_document_says_which_usernames_passwords_and_addresses_an_account_may_have() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let person = server.person();
    let (long, longer) = ("x".repeat(32), "x".repeat(33));
    let (long_password, longer_password) = ("xy".repeat(512), "xy".repeat(513));
    let (long_address, longer_address) = (format!("{}@{}.org", "x".repeat(64), "x".repeat(63)), format!("{}@example.org", "x".repeat(260)));
    let valid = [
        ("username", vec!["b2", "Dan", "e-f.g_h", &long]),
        ("password", vec!["plum-t42", "            ", &long_password]),
        ("email", vec!["ana@example.org", "Ana+1@EXAMPLE.org", &long_address]),
    ];
    let invalid = [
        ("username", vec!["", "c", "-dan", "dan.", "e--f", "é-é", "a b", &longer]),
        ("password", vec!["", "plum-t4", "plum\0tree", &longer_password]),
        ("email", vec!["", "ana", "ana@", "@example.org", "ana@example.org\n", "a b@example.org", &longer_address]),
    ];
    for (accepted, fields) in [(true, valid), (false, invalid)] {
        for (number, (field, value)) in fields.iter().flat_map(|(field, values)| values.iter().map(move |value| (field, value))).enumerate() {
            let reply = sends(&person, number, field, value).await;
            assert_eq!(reply.status, if accepted { 201 } else { 422 }, "{field}: {value}");
        }
    }
}

#[test]
fn a_stream_has_the_event_of_every_entry() {
    let of = |schema: &Value| schema.as_array().unwrap().iter().map(Value::to_string).collect::<BTreeSet<_>>();
    let schemas = &DOCUMENT["components"]["schemas"];
    let missing = &of(&schemas["EventName"]["enum"]) - &of(&schemas["StreamEvent"]["properties"]["event"]["enum"]);
    assert!(missing.is_empty(), "{missing:?}");
}
