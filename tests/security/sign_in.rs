//! SEC-040 to 045, 150, 151: passwords, usernames, signing up and in.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::support::account::PASSWORD;
use crate::support::{Person, Reply, TestServer};

async fn signs_up_with(person: &Person, username: &str, password: &str) -> Reply {
    person.posts("/v1/users", json!({"username": username, "password": password})).await
}

/// SEC-040.
#[tokio::test]
async fn sec_040_passwords_are_long_not_common_and_not_cut() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let person = server.person();
    for (username, wrong) in
        [("ana1", "1234567"), ("ana2", "password1"), ("ana3", "PASSWORD1"), ("plumtree42", "PlumTree42"), ("ana4", &"x".repeat(1_025))]
    {
        assert_eq!(signs_up_with(&person, username, wrong).await.is_problem(422, "invalid").json["field"], "password", "{wrong}");
    }
    for (username, right) in [("ben8", "8 chars!"), ("ben64", &"plum-tree".repeat(7)), ("ben1024", &"ä".repeat(512)), ("benspace", "   plum   ")] {
        signs_up_with(&person, username, right).await.is(201);
        person.tries(username, right).await.is(201);
    }
    let (one, other) = (format!("{}a", "p".repeat(72)), format!("{}b", "p".repeat(72)));
    signs_up_with(&person, "carla", &one).await.is(201);
    person.tries("carla", &other).await.is_problem(401, "wrong_credentials");
    signs_up_with(&person, "dora", "caf\u{e9} noir").await.is(201);
    person.tries("dora", "cafe\u{301} noir").await.is(201);
}

/// SEC-043: what is wrong is not said, and both cost a hash: the counted work is the same.
#[tokio::test]
async fn sec_043_an_unknown_name_and_a_wrong_password_are_answered_alike() {
    let server = TestServer::start().await;
    let ana = server.account("ana").await;
    let hashed = || server.service.passwords().hashed();
    let before = hashed();
    let wrong = ana.tries("ana", "plum-tree-43").await.is_problem(401, "wrong_credentials");
    let middle = hashed();
    let unknown = ana.tries("nobody", "plum-tree-43").await.is_problem(401, "wrong_credentials");
    assert_eq!(wrong.without_request_id(), unknown.without_request_id());
    assert_eq!((middle - before, hashed() - middle), (1, 1));
}

/// SEC-044, the part of sign-up: a taken name is told, and asking for many is slowed down; a class behind one address is not.
#[tokio::test]
async fn sec_044_a_class_signs_up_behind_one_address_and_names_cannot_be_harvested() {
    let server = TestServer::start().await;
    let class = server.person_from("127.77.0.1".parse().unwrap());
    for number in 0..40 {
        class.signs_up(&format!("pupil-{number}")).await.is(201);
    }
    let curious = server.person_from("127.77.0.2".parse().unwrap());
    for number in 0..10 {
        curious.signs_up(&format!("pupil-{number}")).await.is_problem(409, "username_taken");
    }
    let limited = curious.signs_up("pupil-11").await.is_problem(429, "too_many_sign_ups");
    assert_eq!(limited.json["limit"], "sign_ups");
    curious.signs_up("free-name").await.is_problem(429, "too_many_sign_ups");
    class.signs_up("pupil-40").await.is(201);
    for number in 41..60 {
        class.signs_up(&format!("pupil-{number}")).await.is(201);
    }
    class.signs_up("pupil-60").await.is_problem(429, "too_many_sign_ups");
}

/// SEC-045.
#[tokio::test]
async fn sec_045_guessing_is_slowed_down_and_locks_nobody_out() {
    let server = TestServer::start().await;
    server.account("ana").await;
    let thief = server.person();
    let mut refused = 0;
    for number in 0..100 {
        refused += u32::from(thief.tries("ana", &format!("plum-tree-{}", 100 + number)).await.status == 429);
    }
    assert_eq!(refused, 90, "ten an hour from one address");
    thief.tries("ana", PASSWORD).await.is_problem(429, "too_many_sign_ins");
    thief.tries("unknown", PASSWORD).await.is_problem(401, "wrong_credentials");
    server.person().signs_in("ana").await;
}

/// SEC-045: whichever way an account is named, its guesses are counted together; sign-ins at once cost nothing.
#[tokio::test]
async fn sec_045_guesses_at_one_account_are_counted_together() {
    let server = TestServer::start().await;
    let ana = server.account("ana").await;
    join_all((0..10).map(|_| ana.tries("ana", PASSWORD))).await.into_iter().for_each(|reply| drop(reply.is(201)));
    for number in 0..5 {
        ana.tries("ana", &format!("plum-tree-{}", 100 + number)).await.is_problem(401, "wrong_credentials");
        let body = json!({"current_password": "plum-tree-43", "new_password": "pear-tree-43"});
        ana.sends(ana.request(Method::PUT, "/v1/me/password").json(&body)).await.is_problem(401, "reauthenticate");
    }
    let body = json!({"current_password": PASSWORD, "new_password": "pear-tree-43"});
    ana.sends(ana.request(Method::PUT, "/v1/me/password").json(&body)).await.is_problem(429, "too_many_sign_ins");
}

/// SEC-045: many addresses together cannot guess on, nor lock out who was there before.
#[tokio::test]
async fn sec_045_many_addresses_share_the_guesses_at_one_account() {
    let server = TestServer::start().await;
    let (home, _) = server.signed_in("ana").await;
    let mut guesses = 0;
    for _ in 0..12 {
        let thief = server.person();
        for number in 0..10 {
            guesses += u32::from(thief.tries("ana", &format!("plum-tree-{}", 100 + number)).await.status == 401);
        }
    }
    assert_eq!(guesses, 100);
    home.tries("ana", PASSWORD).await.is(201);
    home.tries("ANA", PASSWORD).await.is(201);
    server.person().tries("ana", PASSWORD).await.is_problem(429, "too_many_sign_ins");
    server.advance(Duration::from_mins(1)).await;
    server.person().tries("ana", PASSWORD).await.is(201);
}

/// SEC-150.
#[tokio::test]
async fn sec_150_names_that_mislead_are_refused() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let person = server.person();
    for reserved in ["admin", "ADMIN", "adm1n", "a.d-m_in", "supp0rt", "r00t", "parlor", "me", "everyone", "deleted"] {
        person.signs_up(reserved).await.is_problem(409, "username_taken");
    }
    for wrong in ["аdmin", "ａdmin", "a", "ana..b", "-ana", "ana ", "ana\u{200b}", &"x".repeat(33)] {
        assert_eq!(person.signs_up(wrong).await.is_problem(422, "invalid").json["field"], "username", "{wrong}");
    }
}

/// SEC-151.
#[tokio::test]
async fn sec_151_a_username_is_given_once_whatever_its_case() {
    let server = TestServer::start().await;
    let person = server.person();
    let ana = server.account("Ana").await;
    assert_eq!(ana.gets("/v1/users/ANA").await.is(200).json["username"], "ana");
    person.signs_up("aNa").await.is_problem(409, "username_taken");
    ana.deletes("/v1/me").await.is(204);
    person.signs_up("ana").await.is_problem(409, "username_taken");
}
