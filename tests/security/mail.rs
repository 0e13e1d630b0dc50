//! Mail: what it must not reveal, how often it is sent, what its links do.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::account::PASSWORD;
use crate::support::{Person, TestServer};

/// Returns what somebody sees of the answer to this request.
async fn seen(person: &Person, method: Method, path: &str, body: &Value) -> String {
    person.sends(person.request(method, path).json(body)).await.without_request_id()
}

#[tokio::test]
async fn sec_044_no_answer_tells_whether_an_account_has_an_address() {
    let server = TestServer::start().await;
    server.verified("ana", "taken@example.org").await;
    server.account_with("ben", "unverified@example.org").await;
    server.mails.next_to("unverified@example.org").await;
    let stranger = server.person();
    let mut answers = Vec::new();
    for address in ["taken@example.org", "unverified@example.org", "free@example.org"] {
        let mut all = Vec::new();
        // Until the limit of the recipient is reached and beyond it.
        for _ in 0..7 {
            all.push(seen(&stranger, Method::POST, "/v1/password-resets", &json!({"email": address})).await);
        }
        answers.push(all);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn sec_044_taking_somebodys_address_is_answered_like_taking_a_free_one() {
    let server = TestServer::start().await;
    server.verified("ana", "taken@example.org").await;
    let mut answers = Vec::new();
    for (username, address) in [("cem", "taken@example.org"), ("dan", "spare@example.org")] {
        let account = json!({"username": username, "password": PASSWORD, "email": address});
        let mut person = server.person();
        let mut all = vec![seen(&person, Method::POST, "/v1/users", &account).await];
        person.signs_in(username).await;
        all.push(seen(&person, Method::PATCH, "/v1/me", &json!({"email": address})).await);
        for _ in 0..5 {
            all.push(seen(&person, Method::POST, "/v1/me/email-verification", &json!({})).await);
        }
        answers.push(all.join("\n").replace(username, "NAME").replace(address, "ADDRESS"));
    }
    // The mails to the holder of the address count like those that they replace; one was the holder's own.
    let [taken, free] = answers.as_slice() else { panic!() };
    let statuses = |text: &str| text.lines().map(|line| line[..3].to_owned()).collect::<Vec<_>>();
    assert_eq!(statuses(free), ["201", "200", "202", "202", "202", "429", "429"]);
    let without_limits = |text: &str| text.lines().take(4).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(without_limits(taken), without_limits(free));
    for _ in 0..4 {
        let mail = server.mails.next_to("taken@example.org").await;
        assert!(mail.subject.contains("Somebody used"), "{}", mail.subject);
    }
}

#[tokio::test]
async fn sec_053_a_link_is_used_by_its_page_alone_and_once() {
    let server = TestServer::start().await;
    let ana = server.account_with("ana", "ana@example.org").await;
    let token = server.mails.token_to("ana@example.org", "verify").await;
    let stranger = server.person();
    for path in ["/verify", "/reset", "/v1/email-verifications", "/v1/password-resets", "/v1/password-resets/confirm"] {
        for method in [Method::GET, Method::HEAD, Method::GET] {
            for url in [path.to_owned(), format!("{path}?token={token}"), format!("{path}/{token}")] {
                stranger.sends(stranger.request(method.clone(), &url)).await;
            }
        }
    }
    stranger.posts("/v1/email-verifications", json!({"token": token})).await.is(204);
    stranger.posts("/v1/email-verifications", json!({"token": token})).await.is_problem(422, "invalid_mail_token");
    assert_eq!(ana.gets("/v1/me").await.is(200).json["email_verified"], json!(true));
}

#[tokio::test]
async fn sec_053_of_two_who_use_a_link_at_once_one_succeeds() {
    let server = TestServer::start().await;
    let ana = server.verified("ana", "ana@example.org").await;
    ana.nobody().posts("/v1/password-resets", json!({"email": "ana@example.org"})).await.is(202);
    let token = server.mails.token_to("ana@example.org", "reset").await;
    let confirm = |password: &str| {
        let (person, body) = (server.person(), json!({"token": token, "new_password": password}));
        async move { person.posts("/v1/password-resets/confirm", body).await.status }
    };
    let (first, second, third) = tokio::join!(confirm("pear-tree-43"), confirm("fig-tree-44"), confirm("oak-tree-45"));
    let mut statuses = [first, second, third];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422, 422]);
}

#[tokio::test]
async fn sec_176_no_address_and_no_name_writes_into_a_mail() {
    let server = TestServer::start().await;
    let ana = server.account("ana").await;
    for break_ in ["\r\n", "\n", "\r", "\0", "%0d%0a", " ", ","] {
        for wrong in [format!("x{break_}Bcc: a@example.org"), format!("x@example.org{break_}Bcc: a@example.org"), format!("x@example.org{break_}")] {
            let account = json!({"username": "ben", "password": PASSWORD, "email": wrong});
            for reply in [
                ana.nobody().posts("/v1/users", account).await,
                ana.patches("/v1/me", json!({"email": wrong})).await,
                ana.nobody().posts("/v1/password-resets", json!({"email": wrong})).await,
            ] {
                assert_eq!(reply.is_problem(422, "invalid").json["field"], json!("email"), "{wrong:?}");
            }
        }
    }
    ana.patches("/v1/me", json!({"name": "Buy at evil.example", "email": "ana@example.org"})).await.is(200);
    let mail = server.mails.next_to("ana@example.org").await;
    assert!(!mail.text.contains("evil.example") && mail.text.is_ascii() && mail.text.lines().all(|line| line.len() < 998), "{}", mail.text);
}

#[tokio::test]
async fn sec_176_asking_for_mails_does_not_suppress_a_warning() {
    let server = TestServer::start().await;
    let ana = server.verified("ana", "ana@example.org").await;
    for _ in 0..4 {
        ana.nobody().posts("/v1/password-resets", json!({"email": "ana@example.org"})).await.is(202);
        server.mails.token_to("ana@example.org", "reset").await;
    }
    ana.patches("/v1/me", json!({"email": "thief@example.org"})).await.is(200);
    assert!(server.mails.next_to("ana@example.org").await.subject.contains("replaced"));
    server.mails.next_to("thief@example.org").await;
}
