//! SEC-090: middleware and handlers agree on the meaning of every spelling of a path.

use serde_json::Value;

use crate::fixture::{Fixture, MARKS, Who};
use crate::raw_http::{answer, request};

/// Spellings of a chat's address, or of paths that a normalizing server could take for it.
const WAYS: [&str; 46] = [
    "/v1/chats/{id}/..",
    "/v1/chats/{id}/../{id}",
    "/v1/chats/{id}/%2e%2e",
    "/v1/chats/{id}/..%2f{id}",
    "/v1/chats/..%2fchats/{id}",
    "/v1/../v1/chats/{id}",
    "/v1/./chats/{id}",
    "/v1/chats/./{id}",
    "/v1/chats/%2e/{id}",
    "/v1/chats/{id}/.",
    "/./v1/chats/{id}",
    "/healthz/../v1/chats/{id}",
    "/docs/../v1/chats/{id}",
    "//v1/chats/{id}",
    "/v1//chats/{id}",
    "/v1/chats//{id}",
    "/v1/chats/{id}//",
    "///v1/chats/{id}",
    "/v1/chats/{id}/",
    "/v1/chats/{id}%2f",
    "/v1/chats%2f{id}",
    "/v1%2fchats%2f{id}",
    "%2fv1/chats/{id}",
    "/v1/chats/{id}%00",
    "/v1/chats/%00{id}",
    "/v1/chats/{id}%00.html",
    "/v1/chats/{id}%20",
    "/v1/chats/{id}%09",
    "/v1/chats/{id}%0d%0aX-Evil:%201",
    "/v1/chats/{id}%0a",
    "/v1/chats/{id};x=1",
    "/v1/chats;x=1/{id}",
    "/v1;/chats/{id}",
    "/V1/chats/{id}",
    "/v1/CHATS/{id}",
    "/v1/%63hats/{id}",
    "/%76%31/chats/{id}",
    "/v1/chats/{id}%c0%af",
    "/v1/chats/%c0%ae%c0%ae/chats/{id}",
    "/v1/chats/{id}%ff",
    "/v1/chats/%252e%252e/{id}",
    "\\v1\\chats\\{id}",
    "/v1/chats\\{id}",
    "/v1/chats/{id}.json",
    "/v1/chats/{first}{rest}",
    "/v1/chats/{id}?/../../healthz",
];

#[tokio::test]
async fn sec_090_another_way_to_write_a_path_opens_nothing() {
    let fixture = Fixture::opens().await;
    let id = &fixture.chat.id;
    let first = format!("%{:02x}", id.as_bytes()[0]);
    let mut opened = Vec::new();
    for way in WAYS {
        let path = way.replace("{id}", id).replace("{first}", &first).replace("{rest}", &id[1..]);
        for who in [Who::Nobody, Who::Stranger, Who::Pending, Who::Removed, Who::OtherOwner, Who::Owner] {
            let credential = fixture.person(who).credential.as_deref();
            let Some(told) = answer(fixture.server.address, request("GET", &path, credential, &[])).await else { continue };
            if who == Who::Owner && told.status == 200 {
                let chat: Value = serde_json::from_str(&told.body).unwrap();
                assert_eq!(chat["chat"]["chat_id"].as_str(), Some(id.as_str()), "{way} leads elsewhere");
                opened.push(way);
                continue;
            }
            assert!(matches!(told.status, 400 | 404), "{way} as {who:?}: {} {}", told.head, told.body);
            assert!(!told.head.contains("x-evil"), "{way}: {}", told.head);
            assert!(MARKS.iter().all(|mark| !told.body.contains(mark)), "{way} as {who:?}: {}", told.body);
            assert!(!told.body.contains(id.as_str()), "{way} as {who:?} is reflected in the response");
        }
    }
    assert_eq!(opened, ["/v1/chats/{id}/", "/v1/chats/{first}{rest}", "/v1/chats/{id}?/../../healthz"], "only these are the chat's address");
}

/// Protected resources stay protected behind paths that only look public.
#[tokio::test]
async fn sec_090_a_public_page_is_no_way_in() {
    let fixture = Fixture::opens().await;
    for path in [
        "/l/../v1/chats/{id}",
        "/c/{id}/../../v1/chats/{id}",
        "/c/{id}/members",
        "/c/%2e%2e%2fv1%2fchats%2f{id}",
        "/docs/..%2fv1/chats/{id}",
        "/docs//v1/chats/{id}",
    ] {
        let path = path.replace("{id}", &fixture.chat.id);
        for who in [Who::Nobody, Who::Owner] {
            let told = answer(fixture.server.address, request("GET", &path, fixture.person(who).credential.as_deref(), &[])).await.unwrap();
            assert!(MARKS.iter().all(|mark| !told.body.contains(mark)), "{path} as {who:?}: {}", told.body);
        }
    }
}
