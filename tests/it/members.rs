//! Members: who is in, who leaves, who is removed.

use reqwest::Method;
use serde_json::json;

use crate::support::{TestServer, each};

#[tokio::test]
async fn members_are_counted_in_the_order_of_admission() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    assert_eq!(cem.enters(&ana, &link, "Cem").await, 2);
    ana.lets_in(&link, &knock).await;
    let expected = json!([
        {"id": 1, "name": "Ana", "role": "owner", "username": null},
        {"id": 2, "name": "Cem", "role": "member", "username": null},
        {"id": 3, "name": "Ben", "role": "member", "username": null},
    ]);
    for person in [&ana, &ben, &cem] {
        assert_eq!(json!(person.items(&format!("{}/members", chat.path)).await), expected);
    }
    cem.removes(&chat, 2).await.is(204);
    let mut dan = server.person();
    assert_eq!(dan.enters(&ana, &link, "Dan").await, 4, "member ids are never reused");
}

#[tokio::test]
async fn a_name_that_is_taken_gets_a_number_everybody_sees() {
    let server = TestServer::start().await;
    let (mut ana, mut one, mut two, mut lookalike) = (server.person(), server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = one.knocks(&link, "Ana").await;
    assert!(knock.json.get("name_taken").is_none(), "the guest must not learn it: {}", knock.json);
    let pending = ana.pending(&chat).await;
    assert_eq!((&pending[0]["name"], &pending[0]["name_taken"]), (&json!("Ana"), &json!(true)));
    ana.lets_in(&link, &knock).await;
    two.enters(&ana, &link, "ANA").await;
    lookalike.enters(&ana, &link, "Аna").await;
    assert_eq!(ana.names(&chat).await, ["Ana", "Ana (2)", "ANA (3)", "Аna (4)"]);
    let knock = server.person().knocks(&link, "Ben").await;
    assert_eq!(ana.pending(&chat).await[0]["name_taken"], json!(false));
    assert_eq!(knock.json["member"], json!(null));
}

#[tokio::test]
async fn a_long_name_makes_room_for_its_number() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let long = "é".repeat(40);
    ben.enters(&ana, &link, &long).await;
    cem.enters(&ana, &link, &long).await;
    assert_eq!(ana.names(&chat).await[2], format!("{} (2)", "é".repeat(36)));
}

#[tokio::test]
async fn whoever_leaves_is_gone_and_may_knock_again() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let auto = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    ben.enters(&ana, &link, "Ben").await;
    let (mut bens, mut anas) = (ben.follows(&chat).await, ana.follows(&chat).await);
    ben.removes(&chat, 2).await.is(204);
    let left = anas.expect("member_left").await.data;
    assert_eq!((&left["member"]["name"], &left["by"]["name"], &left["reason"]), (&json!("Ben"), &json!("Ben"), &json!("left")));
    bens.expect("member_left").await;
    bens.expect_end().await;
    for path in ["", "/members", "/activity", "/export", "/events"] {
        ben.gets(&format!("{}{path}", chat.path)).await.is_problem(404, "not_found");
    }
    ben.posts(&chat.path, json!({"text": "again"})).await.is_problem(404, "not_found");
    ben.removes(&chat, 2).await.is_problem(404, "not_found");
    ben.gets(&link.path).await.is_problem(404, "not_found");
    server.person().posts(&format!("{}/knocks", auto.path), json!({})).await.is(201);
    let mut again = ben.nobody();
    again.enters(&ana, &link, "Ben").await;
    assert_eq!(ana.names(&chat).await, ["Ana", "Guest", "Ben"]);
}

#[tokio::test]
async fn whoever_is_removed_is_out_on_every_path_at_once() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let mut bens = ben.follows(&chat).await;
    ana.removes(&chat, 2).await.is(204);
    let left = bens.expect("member_left").await.data;
    assert_eq!((&left["by"]["name"], &left["reason"], &left["seq"]), (&json!("Ana"), &json!("removed"), &json!(3)));
    bens.expect_end().await;
    for path in ["", "/members", "/activity", "/export", "/events", "/links", "/knocks"] {
        ben.gets(&format!("{}{path}", chat.path)).await.is_problem(404, "not_found");
    }
    for path in [link.path.clone(), format!("{}/events", link.path), format!("/v1/approval?link_url={}", link.url)] {
        ben.gets(&path).await.is_problem(404, "not_found");
    }
    ben.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is_problem(404, "not_found");
    let entry = &ana.items(&format!("{}/activity?limit=1", chat.path)).await[0];
    assert_eq!((&entry["kind"], &entry["reason"], &entry["by"]["id"]), (&json!("member_left"), &json!("removed"), &json!(1)));
    assert_eq!(ana.names(&chat).await, ["Ana"]);
}

#[tokio::test]
async fn removing_somebody_revokes_every_link_that_does_not_ask() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (asks, admits) = (ana.shares(&chat).await, ana.shares_so(&chat, json!({"auto_approve": true})).await);
    ben.knocks(&admits, "Ben").await;
    ana.removes(&chat, 2).await.is(204);
    ben.nobody().posts(&format!("{}/knocks", admits.path), json!({})).await.is_problem(404, "not_found");
    ben.nobody().gets(&admits.path).await.is_problem(404, "not_found");
    let door = ana.items(&format!("{}/activity?log=door", chat.path)).await;
    assert_eq!(each(&door, "kind"), ["link_created", "link_created", "knock", "link_revoked"]);
    assert_eq!((&door[2]["knock"]["name"], &door[2]["knock"]["status"]), (&json!("Ben"), &json!("approved")), "let in at once");
    assert_eq!(door[3]["link"]["link_id"], json!(admits.id));
    cem.knocks(&asks, "Cem").await;
    assert_eq!(ana.pending(&chat).await.len(), 1);
}

#[tokio::test]
async fn nobody_removes_whom_they_may_not() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem, eve) = (server.person(), server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    cem.enters(&ana, &link, "Cem").await;
    ana.removes(&chat, 1).await.is_problem(409, "owner_cannot_leave");
    ben.removes(&chat, 1).await.is_problem(403, "not_allowed");
    ben.removes(&chat, 3).await.is_problem(403, "not_allowed");
    ben.removes(&chat, 99).await.is_problem(403, "not_allowed");
    ana.removes(&chat, 99).await.is_problem(404, "not_found");
    for strange in ["0", "-1", "two", "02", "4294967298", "%32%20"] {
        ana.deletes(&format!("{}/members/{strange}", chat.path)).await.is_problem(404, "not_found");
        eve.deletes(&format!("{}/members/{strange}", chat.path)).await.is_problem(404, "not_found");
    }
    assert_eq!(ana.names(&chat).await, ["Ana", "Ben", "Cem"]);
}

#[tokio::test]
async fn from_an_open_chat_nobody_is_removed_but_anyone_leaves() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_an_open_chat().await;
    let link = ana.shares(&chat).await;
    ben.knocks(&link, "Ben").await;
    cem.knocks(&link, "Cem").await;
    ana.removes(&chat, 2).await.is_problem(409, "chat_is_open");
    ana.deletes(&format!("{}?evict=true", link.path)).await.is_problem(409, "chat_is_open");
    ana.removes(&chat, 1).await.is_problem(409, "owner_cannot_leave");
    cem.removes(&chat, 3).await.is(204);
    ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200);
    ana.removes(&chat, 2).await.is(204);
    assert_eq!(ana.names(&chat).await, ["Ana"]);
    ben.sends(ben.request(Method::GET, &chat.path)).await.is_problem(404, "not_found");
}
