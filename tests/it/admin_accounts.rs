//! The admin listener: accounts and chats.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::account::PASSWORD;
use crate::support::{Person, Program, Reply, each};

async fn puts(person: &Person, path: &str) -> Reply {
    person.sends(person.request(Method::PUT, path)).await
}

async fn creates(operator: &Person, username: &str) -> Reply {
    operator.posts("/users", json!({"username": username, "password": PASSWORD})).await
}

fn usernames(list: &Value) -> Vec<String> {
    each(list["items"].as_array().unwrap(), "username")
}

#[tokio::test]
async fn the_operator_creates_accounts_where_no_one_else_may() {
    let program = Program::start(&["--admin-listen", "127.0.0.1:0", "--registration", "closed"]).await;
    let (mut ana, operator) = (program.person(), program.operator());
    ana.signs_up("ana").await.is_problem(403, "registration_closed");
    let created = creates(&operator, "Ana").await.is(201);
    assert_eq!((&created.json["username"], &created.json["email_verified"]), (&json!("ana"), &json!(false)));
    assert!(created.header("location").unwrap().ends_with("/v1/users/ana"));
    creates(&operator, "ANA").await.is_problem(409, "username_taken");
    creates(&operator, "admin").await.is_problem(409, "username_taken");
    assert_eq!(
        operator.posts("/users", json!({"username": "ben", "password": "12345678"})).await.is_problem(422, "invalid").json["field"],
        "password"
    );
    ana.signs_in("ana").await;
    assert_eq!(ana.gets("/v1/me").await.is(200).json, created.json);
}

#[tokio::test]
async fn the_operator_lists_all_accounts() {
    let program = Program::start(&["--admin-listen", "127.0.0.1:0", "--rate-factor", "0"]).await;
    let (mut ana, operator) = (program.person(), program.operator());
    for username in ["ana", "ben", "bea"] {
        creates(&operator, username).await.is(201);
    }
    ana.signs_in("ana").await;
    ana.patches("/v1/me", json!({"findable": false, "name": "Zoë"})).await.is(200);
    ana.clone().creates(json!({})).await;
    let all = operator.gets("/users").await.is(200).json;
    assert_eq!(usernames(&all), ["ana", "bea", "ben"]);
    let item = &all["items"][0];
    assert_eq!(
        (&item["name"], &item["chats"], &item["email_verified"], &item["suspended_at"]),
        (&json!("Zoë"), &json!(1), &json!(false), &Value::Null)
    );
    assert!(item["created_at"].is_string() && item["last_seen_at"].is_string());
    let first = operator.gets("/users?search=be&limit=1").await.is(200).json;
    assert_eq!((usernames(&first), &first["has_more"]), (vec!["bea".to_owned()], &json!(true)));
    let rest = operator.gets(&format!("/users?search=be&cursor={}", first["cursor"].as_str().unwrap())).await.is(200).json;
    assert_eq!((usernames(&rest), &rest["has_more"]), (vec!["ben".to_owned()], &json!(false)));
    assert_eq!(usernames(&operator.gets("/users?search=zo").await.is(200).json), ["ana"], "also those that hide");
    operator.gets("/users?search=x").await.is_problem(422, "invalid");
    let metrics = operator.gets("/metrics").await.text;
    for sample in ["parlor_accounts 3", "parlor_sessions 1", "parlor_passwords_waiting 0", "parlor_passwords_hashed_total 4"] {
        assert!(metrics.lines().any(|line| line == sample), "{sample} in {metrics}");
    }
}

#[tokio::test]
async fn the_operator_suspends_and_reinstates_an_account() {
    let program = Program::start(&["--admin-listen", "127.0.0.1:0", "--rate-factor", "0"]).await;
    let (mut ana, operator) = (program.person(), program.operator());
    ana.signs_up("ana").await.is(201);
    ana.signs_in("ana").await;
    let chat = ana.creates(json!({})).await;
    let mut stream = ana.follows(&chat).await;
    for _ in 0..2 {
        puts(&operator, "/users/ANA/suspension").await.is(204);
    }
    assert_eq!(stream.expect("signed_out").await.data["reason"], "suspended");
    ana.gets("/v1/me").await.is_problem(401, "invalid_token");
    ana.tries("ana", PASSWORD).await.is_problem(403, "suspended");
    ana.tries("ana", "wrong password").await.is_problem(401, "wrong_credentials");
    assert!(operator.gets("/users").await.is(200).json["items"][0]["suspended_at"].is_string());
    let metrics = operator.gets("/metrics").await.text;
    for (outcome, count) in [("succeeded", 1), ("failed", 1), ("suspended", 1)] {
        let sample = format!("parlor_sign_ins_total{{outcome=\"{outcome}\"}} {count}");
        assert!(metrics.lines().any(|line| line == sample), "{sample} in {metrics}");
    }
    operator.deletes("/users/ana/suspension").await.is(204);
    ana.signs_in("ana").await;
    ana.reads(&chat).await;
    puts(&operator, "/users/nobody/suspension").await.is_problem(404, "not_found");
    operator.deletes("/users/no..name/suspension").await.is_problem(404, "not_found");
}

#[tokio::test]
async fn the_operator_hands_out_a_page_that_sets_a_new_password_once() {
    let program = Program::start(&["--admin-listen", "127.0.0.1:0", "--rate-factor", "0"]).await;
    let (mut ana, operator) = (program.person(), program.operator());
    ana.signs_up("ana").await.is(201);
    ana.signs_in("ana").await;
    let issue = async || operator.posts("/users/ana/password-reset", json!({})).await.is(200).json["url"].as_str().unwrap().to_owned();
    let (first, second) = (issue().await, issue().await);
    let origin = format!("http://{}/reset#", program.address);
    let confirm = async |url: &str| {
        let token = url.strip_prefix(&origin).unwrap();
        ana.nobody().posts("/v1/password-resets/confirm", json!({"token": token, "new_password": "pear-tree-43"})).await
    };
    confirm(&first).await.is_problem(422, "invalid_mail_token");
    confirm(&second).await.is(204);
    confirm(&second).await.is_problem(422, "invalid_mail_token");
    ana.gets("/v1/me").await.is_problem(401, "invalid_token");
    ana.tries("ana", "pear-tree-43").await.is(201);
    operator.posts("/users/nobody/password-reset", json!({})).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn the_operator_deletes_accounts_and_chats() {
    let program = Program::start(&["--admin-listen", "127.0.0.1:0", "--rate-factor", "0"]).await;
    let (mut ana, mut ben, operator) = (program.person(), program.person(), program.operator());
    ben.signs_up("ben").await.is(201);
    ben.signs_in("ben").await;
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    ben.says(&chat, "quincunx").await;
    let mut stream = ana.follows(&chat).await;
    operator.deletes("/users/ben").await.is(204);
    assert_eq!(stream.expect("member_left").await.data["reason"], "deleted");
    assert!(!ana.reads(&chat).await.to_string().contains("quincunx"));
    operator.deletes("/users/ben").await.is_problem(404, "not_found");
    operator.deletes(&format!("/chats/{}", chat.id)).await.is(204);
    assert_eq!(stream.expect("chat_closed").await.data["reason"], "closed");
    ana.gets(&chat.path).await.is_problem(404, "not_found");
    operator.deletes(&format!("/chats/{}", chat.id)).await.is_problem(404, "not_found");
    operator.deletes("/chats/malformed").await.is_problem(404, "not_found");
}
