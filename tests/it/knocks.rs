//! Knocks: asking to be let in, from the guest's side.

use reqwest::Method;
use serde_json::json;

use crate::support::{TestServer, each, seconds};

#[tokio::test]
async fn a_knock_lives_from_asking_to_admission() {
    let server = TestServer::start().await;
    let (mut ana, ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"label": "market"})).await;
    let asked = ben.posts(&format!("{}/knocks", link.path), json!({"name": "Ben", "note": "It is me"})).await.is(201).json;
    let (client, knock, code) = (&asked["client_id"], &asked["knock_id"], &asked["code"]);
    let mut expected = json!({
        "link_url": link.url, "request_sent_status": true, "approval_status": false, "status": "pending", "client_id": client, "knock_id": knock,
        "code": code, "reason": null, "chat_url": null, "member": null, "expires_at": "2026-11-21T12:00:00.000Z",
    });
    assert_eq!(asked, expected);
    let words: Vec<&str> = code.as_str().unwrap().split(' ').collect();
    assert!(words.len() == 2 && words.iter().all(|word| word.len() >= 3), "{code}");
    assert_ne!(client, knock);
    let listed = json!([{
        "knock_id": knock, "name": "Ben", "note": "It is me", "code": code, "name_taken": false, "username": null, "link_id": link.id, "label": "market",
        "status": "pending", "created_at": "2026-11-20T12:00:00.000Z", "expires_at": "2026-11-21T12:00:00.000Z",
    }]);
    assert_eq!(json!(ana.pending(&chat).await), listed);
    let ben = ben.showing(client.as_str().unwrap());
    let query = format!("{}?client_id={}", link.path, client.as_str().unwrap());
    assert_eq!(ben.gets(&link.path).await.is(200).json, expected);
    assert_eq!(ben.nobody().gets(&query).await.is(200).json, expected);
    ana.posts("/v1/approval", json!({"link_url": link.url, "reason": "Welcome"})).await.is(200);
    expected["approval_status"] = json!(true);
    expected["status"] = json!("approved");
    expected["reason"] = json!("Welcome");
    expected["chat_url"] = json!(chat.url);
    expected["member"] = json!({"id": 2, "name": "Ben", "role": "member", "username": null});
    assert_eq!(ben.nobody().gets(&query).await.is(200).json, expected);
    assert_eq!(ben.gets(&link.path).await.is(200).json, expected);
    assert_eq!(ben.reads(&chat).await["chat"]["me"], expected["member"]);
    assert!(ana.pending(&chat).await.is_empty());
    let all = ana.items(&format!("{}/knocks", chat.path)).await;
    assert_eq!(each(&all, "status"), ["approved"]);
}

#[tokio::test]
async fn each_exchange_without_a_credential_is_a_new_knock() {
    let server = TestServer::start().await;
    let (mut ana, ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let (one, two) = (ben.gets(&link.path).await.is(200).json, ben.gets(&format!("{}/", link.path)).await.is(200).json);
    assert_ne!(one["client_id"], two["client_id"]);
    assert_eq!((&one["status"], &one["request_sent_status"]), (&json!("pending"), &json!(true)));
    let pending = ana.pending(&chat).await;
    assert_eq!(each(&pending, "name"), ["Guest", "Guest"]);
    assert_eq!(pending[0]["note"], json!(null));
    ben.showing(one["client_id"].as_str().unwrap()).gets(&link.path).await.is(200);
    assert_eq!(ana.pending(&chat).await.len(), 2, "reading the status is not a knock");
}

#[tokio::test]
async fn a_member_never_knocks() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares(&chat).await, ana.shares(&chat).await);
    ben.enters(&ana, &link, "Ben").await;
    for (person, name) in [(&ana, "Ana"), (&ben, "Ben")] {
        let standing = person.gets(&other.path).await.is(200).json;
        assert_eq!((&standing["approval_status"], &standing["status"]), (&json!(true), &json!("approved")));
        assert_eq!((&standing["member"]["name"], &standing["chat_url"], &standing["link_url"]), (&json!(name), &json!(chat.url), &json!(other.url)));
        assert_eq!((&standing["request_sent_status"], &standing["client_id"]), (&json!(false), &json!(null)));
        assert_eq!(person.posts(&format!("{}/knocks", other.path), json!({"name": "X"})).await.is(200).json, standing);
    }
    assert!(ana.pending(&chat).await.is_empty());
    let mut eve = server.person();
    eve.creates_a_chat().await;
    eve.gets(&link.path).await.is_problem(404, "not_found");
    eve.posts(&format!("{}/knocks", link.path), json!({})).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn whoever_waits_does_not_knock_twice() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let knock = ben.knocks(&link, "Ben").await;
    let again = ben.posts(&format!("{}/knocks", link.path), json!({"name": "Bob"})).await.is(200).json;
    assert_eq!(again, knock.json);
    assert_eq!(ana.pending(&chat).await.len(), 1);
    ben.gets(&other.path).await.is_problem(404, "not_found");
    ben.nobody().gets(&format!("{}?client_id={}", other.path, knock.client)).await.is_problem(404, "not_found");
    for unknown in ["", "nobody", "00000000-0000-4000-8000-000000000000", knock.id.as_str(), chat.author.as_str()] {
        let reply = ben.gets(&format!("{}?client_id={unknown}", link.path)).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], json!("client_id"));
    }
    for unknown in ["", "nobody", "00000000-0000-4000-8000-000000000000", knock.id.as_str()] {
        ben.nobody().gets(&format!("{}?client_id={unknown}", link.path)).await.is_problem(404, "not_found");
    }
    assert_eq!(ana.pending(&chat).await.len(), 1);
}

#[tokio::test]
async fn a_guest_may_withdraw_while_they_wait() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let (knock, other) = (ben.knocks(&link, "Ben").await, cem.knocks(&link, "Cem").await);
    let path = format!("{}/knocks/{}", link.path, knock.id);
    let mut waiting = ben.waits(&link).await;
    for stranger in [&ben.nobody(), &cem, &ana, &server.person().showing("nobody")] {
        stranger.deletes(&path).await.is_problem(404, "not_found");
    }
    ben.deletes(&format!("{}/knocks/{}", link.path, other.id)).await.is_problem(404, "not_found");
    ben.deletes(&path).await.is(204);
    assert_eq!(waiting.expect("knock_decided").await.data["status"], json!("withdrawn"));
    ben.deletes(&path).await.is(204);
    assert_eq!(ben.status(&link, &knock).await, "withdrawn");
    ana.decides(&link, &knock, true).await.is_problem(409, "already_decided");
    ana.decides(&link, &knock, false).await.is_problem(409, "already_decided");
    let ended = &ana.items(&format!("{}/activity?log=door&limit=1", chat.path)).await[0];
    assert_eq!((&ended["kind"], &ended["status"], &ended["knock_id"]), (&json!("knock_decided"), &json!("withdrawn"), &json!(knock.id)));
    ana.lets_in(&link, &other).await;
    cem.deletes(&format!("{}/knocks/{}", link.path, other.id)).await.is_problem(409, "already_decided");
}

#[tokio::test]
async fn a_knock_waits_for_a_day() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(json!({"expires_in": 2_592_000})).await;
    let link = ana.shares_so(&chat, json!({"expires_in": 2_592_000})).await;
    let knock = ben.knocks(&link, "Ben").await;
    let mut waiting = ben.waits(&link).await;
    server.clock.advance(seconds(86_399));
    assert_eq!(ben.status(&link, &knock).await, "pending");
    server.clock.advance(seconds(1));
    assert_eq!(ben.status(&link, &knock).await, "expired", "before expiry is stored");
    assert!(ana.pending(&chat).await.is_empty());
    ana.decides(&link, &knock, true).await.is_problem(409, "already_decided");
    server.advance(seconds(0)).await;
    let told = waiting.expect("knock_decided").await;
    assert_eq!((&told.data["status"], told.id.as_deref()), (&json!("expired"), Some("decided")));
    let listed = ana.items(&format!("{}/knocks?status=expired", chat.path)).await;
    assert_eq!(each(&listed, "knock_id"), [knock.id.as_str()]);
    ben.sends(ben.request(Method::DELETE, &format!("{}/knocks/{}", link.path, knock.id))).await.is_problem(409, "already_decided");
}

#[tokio::test]
async fn knocks_are_listed_by_how_they_stand() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let mut guests = Vec::new();
    for name in ["pending", "approved", "declined", "withdrawn"] {
        let mut guest = server.person();
        let knock = guest.knocks(&link, name).await;
        guests.push((guest, knock));
    }
    ana.lets_in(&link, &guests[1].1).await;
    ana.declines(&link, &guests[2].1).await;
    guests[3].0.deletes(&format!("{}/knocks/{}", link.path, guests[3].1.id)).await.is(204);
    for status in ["pending", "approved", "declined", "withdrawn", "expired"] {
        let listed = ana.items(&format!("{}/knocks?status={status}", chat.path)).await;
        let expected = if status == "expired" { vec![] } else { vec![status.to_owned()] };
        assert_eq!((each(&listed, "name"), each(&listed, "status")), (expected.clone(), expected));
    }
    let all = ana.items(&format!("{}/knocks", chat.path)).await;
    assert_eq!(each(&all, "name"), ["pending", "approved", "declined", "withdrawn"]);
    let reply = ana.gets(&format!("{}/knocks?status=all", chat.path)).await.is_problem(422, "invalid");
    assert_eq!(reply.json["field"], json!("status"));
    guests[1].0.gets(&format!("{}/knocks", chat.path)).await.is_problem(403, "not_allowed");
}
