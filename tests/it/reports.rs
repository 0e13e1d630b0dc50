//! Reports: who may make one, how often, and what the operator reads.

use serde_json::{Value, json};

use crate::support::{Chat, DAY, Person, Program, TestServer};

async fn reports(person: &Person, chat: &Chat, body: Value) -> crate::support::Reply {
    person.posts(&format!("{}/reports", chat.path), body).await
}

#[tokio::test]
async fn members_report_what_they_can_read() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(json!({"name": "Ana", "history": "since_join"})).await;
    let early = ana.says(&chat, "Early").await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let late = ana.says(&chat, "Late").await;
    reports(&ben, &chat, json!({"seq": late, "reason": "Rude"})).await.is(201);
    reports(&ana, &chat, json!({"reason": "All of it"})).await.is(201);
    for (field, body) in [
        ("seq", json!({"seq": early, "reason": "Rude"})),
        ("seq", json!({"seq": 99, "reason": "Rude"})),
        ("reason", json!({"reason": ""})),
        ("reason", json!({"reason": "x".repeat(281)})),
    ] {
        assert_eq!(reports(&ben, &chat, body.clone()).await.is_problem(422, "invalid").json["field"], field, "{body}");
    }
    reports(&server.person(), &chat, json!({"reason": "Rude"})).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_person_reports_ten_times_a_day() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.account("ana").await, server.person());
    let (chat, other) = (ana.creates(json!({})).await, ana.clone().creates(json!({})).await);
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let path = format!("{}/reports", chat.path);
    let body = json!({"reason": "Rude"});
    let first = ana.posts_keyed(&path, "a", body.clone()).await.is(201);
    let again = ana.posts_keyed(&path, "a", body.clone()).await.is(201);
    assert_eq!((again.header("idempotent-replayed"), &again.json), (Some("true"), &first.json));
    reports(&ana, &chat, json!({"seq": 99, "reason": "A refused one does not count"})).await.is(422);
    for number in 1..10 {
        reports(&ana, if number % 2 == 0 { &chat } else { &other }, body.clone()).await.is(201);
    }
    let refused = reports(&ana, &other, body.clone()).await.is_problem(429, "too_many_reports");
    assert!(refused.json["retry_after_ms"].as_u64().unwrap() > 0);
    reports(&ben, &chat, body.clone()).await.is(201);
    server.clock.advance(DAY / 10);
    server.person().signs_in("ana").await;
    let mut later = server.person();
    later.signs_in("ana").await;
    reports(&later, &chat, body.clone()).await.is(201);
}

#[tokio::test]
async fn the_operator_reads_and_closes_reports() {
    let program = Program::start(&["--admin-listen", "127.0.0.1:0", "--rate-factor", "0"]).await;
    let (mut ana, operator) = (program.person(), program.operator());
    let chat = ana.creates_a_chat().await;
    let seq = ana.says(&chat, "Something rude").await;
    let id = reports(&ana, &chat, json!({"seq": seq, "reason": "Rude"})).await.is(201).json["id"].clone();
    let open = operator.gets("/reports?status=open").await.is(200).json;
    let report = &open["items"][0];
    assert_eq!((&report["id"], &report["chat_id"], &report["status"]), (&id, &json!(chat.id), &json!("open")));
    assert_eq!((&report["reason"], &report["message"]["text"], &report["by"]["name"]), (&json!("Rude"), &json!("Something rude"), &json!("Ana")));
    assert!(report["closed_at"].is_null());
    assert!(operator.gets("/metrics").await.text.contains("parlor_open_reports 1\n"));
    let path = format!("/reports/{}", id.as_str().unwrap());
    operator.patches(&path, json!({"status": "open"})).await.is_problem(422, "invalid");
    let closed = operator.patches(&path, json!({"status": "closed"})).await.is(200).json;
    assert!(closed["status"] == "closed" && closed["closed_at"].is_string());
    assert_eq!(operator.patches(&path, json!({"status": "closed"})).await.is(200).json, closed);
    assert_eq!(operator.gets("/reports?status=open").await.is(200).json["items"], json!([]));
    assert_eq!(operator.gets("/reports").await.is(200).json["items"], json!([closed]));
    operator.gets("/reports?status=new").await.is_problem(422, "invalid");
    operator.patches("/reports/unknown", json!({"status": "closed"})).await.is_problem(404, "not_found");
    ana.gets("/reports").await.is_problem(404, "not_found");
}
