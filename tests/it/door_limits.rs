//! Door limits: how many guests may wait, how long a decline bars another knock.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::support::{Link, Person, Reply, TestServer, seconds};

async fn asks(guest: &Person, link: &Link, name: Option<&str>) -> Reply {
    let body: Value = name.map_or_else(|| json!({}), |name| json!({"name": name}));
    guest.nobody().posts(&format!("{}/knocks", link.path), body).await
}

/// Returns how long a refused guest must wait, in milliseconds; the header says the same in seconds.
fn wait_of(reply: &Reply) -> u64 {
    let millis = reply.json["retry_after_ms"].as_u64().unwrap();
    let header: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(header, millis.div_ceil(1_000));
    millis
}

#[tokio::test]
async fn a_declined_guest_cannot_knock_again_for_ten_minutes() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let knock = ben.knocks(&link, "Ben").await;
    ana.posts("/v1/approval", json!({"link_url": link.url, "approve": false, "reason": "Not today"})).await.is(200);
    let told = ben.nobody().gets(&format!("{}?client_id={}", link.path, knock.client)).await.is(200).json;
    assert_eq!((&told["status"], &told["reason"], &told["approval_status"]), (&json!("declined"), &json!("Not today"), &json!(false)));
    assert_eq!((&told["chat_url"], &told["member"]), (&json!(null), &json!(null)));
    for lookalike in ["Ben", "BEN", "Bеn", " Ben "] {
        let reply = asks(&ben, &link, Some(lookalike)).await.is_problem(429, "declined_recently");
        assert_eq!((wait_of(&reply), &reply.json["limit"]), (600_000, &json!("declined")));
    }
    asks(&ben, &link, Some("Bob")).await.is(201);
    asks(&ben, &other, Some("Ben")).await.is(201);
    asks(&server.person(), &link, Some("Ben")).await.is(201);
    server.advance(seconds(599)).await;
    assert_eq!(wait_of(&asks(&ben, &link, Some("Ben")).await.is_problem(429, "declined_recently")), 1_000);
    server.advance(seconds(1)).await;
    asks(&ben, &link, Some("Ben")).await.is(201);
}

#[tokio::test]
async fn each_further_decline_bars_for_twice_as_long() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(json!({"expires_in": 2_592_000})).await;
    let link = ana.shares_so(&chat, json!({"expires_in": 2_592_000})).await;
    for minutes in [10, 20, 40, 80] {
        let knock = ben.nobody().gets(&link.path).await.is(200).json;
        ana.says_to_the_only_one(&link, false).await.is(200);
        ana.posts("/v1/approval", json!({"link_url": link.url, "knock_id": knock["knock_id"], "approve": false})).await.is(200);
        let reply = asks(&ben, &link, None).await.is_problem(429, "declined_recently");
        assert_eq!(wait_of(&reply), minutes * 60_000, "repeating a decline does not count again");
        ben.nobody().gets(&link.path).await.is_problem(429, "declined_recently");
        server.advance(seconds(minutes * 60)).await;
    }
    ben.knocks(&link, "Guest").await;
}

#[tokio::test]
async fn forty_people_at_one_address_wait_on_one_link() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let school = server.person();
    for number in 0..40 {
        asks(&school, &link, Some(&format!("Pupil {number}"))).await.is(201);
    }
    assert_eq!(ana.pending(&chat).await.len(), 40);
}

#[tokio::test]
async fn knocks_of_several_links_are_decided_in_one_call() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (first, second) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let (mut ben, mut cleo) = (server.person(), server.person());
    let (his, hers) = (ben.knocks(&first, "Ben").await, cleo.knocks(&second, "Cleo").await);
    let ids = json!([his.id, hers.id]);
    let decides = async |body: Value| ana.posts("/v1/approval", body).await;
    assert_eq!(decides(json!({"chat_url": chat.url})).await.is(422).json["field"], json!("knock_ids"));
    assert_eq!(decides(json!({"knock_ids": ids})).await.is(422).json["field"], json!("link_url"));
    let both = json!({"chat_url": chat.url, "link_url": first.url, "knock_ids": ids});
    assert_eq!(decides(both).await.is(422).json["field"], json!("chat_url"));
    decides(json!({"link_url": first.url, "knock_ids": ids})).await.is(404);
    let reply = decides(json!({"chat_url": chat.json["page_url"], "knock_ids": ids})).await.is(200);
    assert_eq!(reply.json, json!({"approval_status": true, "decided": ids}));
    for person in [&ben, &cleo] {
        person.gets(&chat.path).await.is(200);
    }
    cleo.posts("/v1/approval", json!({"chat_url": chat.url, "knock_id": his.id})).await.is_problem(403, "not_allowed");
}

#[tokio::test]
async fn a_quarter_of_those_who_wait_on_a_link_may_be_of_one_address() {
    let server = TestServer::with(&["--link-knocks", "12"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let ben = server.person_from(Ipv4Addr::new(127, 99, 0, 1));
    for name in ["one", "two", "three"] {
        asks(&ben, &link, Some(name)).await.is(201);
    }
    let reply = asks(&ben, &link, Some("four")).await.is_problem(429, "too_many_knocks");
    assert_eq!((wait_of(&reply), &reply.json["limit"]), (60_000, &json!("pending_knocks")));
    ben.gets(&link.path).await.is_problem(429, "too_many_knocks");
    asks(&ben, &other, Some("four")).await.is(201);
    asks(&server.person_from(Ipv4Addr::new(127, 99, 0, 2)), &link, Some("four")).await.is(201);
    let first = &ana.pending(&chat).await[0]["knock_id"];
    ana.posts("/v1/approval", json!({"link_url": link.url, "knock_id": first})).await.is(200);
    asks(&ben, &link, Some("four")).await.is(201);
}

#[tokio::test]
async fn so_many_may_wait_on_a_link_and_in_a_chat() {
    let server = TestServer::with(&["--link-knocks", "20", "--chat-knocks", "100"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut links = Vec::new();
    for _ in 0..6 {
        links.push(ana.shares(&chat).await);
    }
    for link in &links[..5] {
        for number in 0..20_u8 {
            let guest = server.person_from(Ipv4Addr::new(127, 98, 0, 1 + number));
            asks(&guest, link, None).await.is(201);
        }
    }
    let late = server.person_from(Ipv4Addr::new(127, 98, 1, 1));
    asks(&late, &links[0], None).await.is_problem(429, "too_many_knocks");
    asks(&late, &links[5], None).await.is_problem(429, "too_many_knocks");
    assert_eq!(ana.pending(&chat).await.len(), 100);
    let one = &ana.pending(&chat).await[0]["knock_id"];
    ana.posts("/v1/approval", json!({"link_url": links[0].url, "knock_id": one, "approve": false})).await.is(200);
    asks(&late, &links[5], None).await.is(201);
    asks(&late, &links[0], None).await.is_problem(429, "too_many_knocks");
    let mut elsewhere = server.person();
    let quiet = elsewhere.creates_a_chat().await;
    asks(&late, &elsewhere.shares(&quiet).await, None).await.is(201);
}
