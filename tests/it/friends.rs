//! Friends: requests, answers, lists, blocks, and who sees whom.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{DAY, Person, TestServer, seconds};

const UNKNOWN: &str = "5f0c8f2a-8a34-4b4c-9d0a-0d7d7f3f9b11";

/// Ana and Ben, signed in.
async fn people(server: &TestServer) -> (Person, Person) {
    (server.account("ana").await, server.account("ben").await)
}

fn usernames(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["user"]["username"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn who_asks_and_is_accepted_has_a_friend() {
    let server = TestServer::start().await;
    let (ana, ben) = people(&server).await;
    let request = ana.posts("/v1/friend-requests", json!({"username": "BEN", "note": "From the library"})).await.is(201).json;
    assert_eq!((&request["status"], &request["note"], &request["answered_at"]), (&json!("pending"), &json!("From the library"), &json!(null)));
    assert_eq!((&request["from"]["friendship"], &request["to"]["friendship"]), (&json!("self"), &json!("outgoing")));
    let incoming = ben.lists("/v1/friend-requests?direction=incoming&status=pending").await;
    assert_eq!((incoming.len(), &incoming[0]["from"]["friendship"], &incoming[0]["id"]), (1, &json!("incoming"), &request["id"]));
    assert_eq!(ana.asks("ben").await.is(200).json, request, "the same again is the same");
    let id = request["id"].as_str().unwrap();
    let accepted = ben.answers(id, "accepted").await.is(200).json;
    assert_eq!((&accepted["status"], &accepted["from"]["friendship"]), (&json!("accepted"), &json!("friends")));
    assert_eq!(ben.answers(id, "accepted").await.is(200).json, accepted);
    ben.answers(id, "rejected").await.is_problem(409, "already_answered");
    ana.takes_back(id).await.is_problem(409, "already_answered");
    for (person, other) in [(&ana, "ben"), (&ben, "ana")] {
        let friends = person.lists("/v1/friends").await;
        assert_eq!((usernames(&friends), &friends[0]["since"]), (vec![other], &accepted["answered_at"]));
        assert_eq!(person.looks_up(other).await["accepts_messages"], true);
        person.asks(other).await.is_problem(409, "already_friends");
    }
    ben.unfriends("ana").await;
    ben.unfriends("ana").await;
    assert!(ana.lists("/v1/friends").await.is_empty());
    assert_eq!(ana.lists("/v1/friend-requests?status=accepted").await.len(), 1, "the request stays accepted");
    assert_eq!(
        ana.looks_up("ben").await,
        json!({"username": "ben", "name": "ben", "friendship": "none", "accepts_messages": false, "presence": null})
    );
}

#[tokio::test]
async fn requests_that_cross_from_both_sides_at_once_make_one_friendship() {
    let server = TestServer::start().await;
    let (ana, ben) = people(&server).await;
    let tasks: JoinSet<_> = (0..10)
        .map(|number| {
            let (person, other) = if number % 2 == 0 { (ana.clone(), "ben") } else { (ben.clone(), "ana") };
            async move { person.asks(other).await }
        })
        .collect();
    let replies = tasks.join_all().await;
    let count = |status: u16| replies.iter().filter(|reply| reply.status == status).count();
    assert_eq!(count(201), 1);
    assert!(replies.iter().all(|reply| reply.status < 300 || reply.json["code"] == "already_friends"));
    assert!(replies.iter().any(|reply| reply.json["status"] == "accepted"));
    for person in [&ana, &ben] {
        assert_eq!((person.lists("/v1/friends").await.len(), person.lists("/v1/friend-requests").await.len()), (1, 1));
    }
}

#[tokio::test]
async fn a_rejected_sender_may_ask_again_after_a_week() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = people(&server).await;
    let request = ana.sends_request("ben").await;
    assert_eq!(ben.answers(&request, "rejected").await.is(200).json["status"], "rejected");
    ben.answers(&request, "accepted").await.is_problem(409, "already_answered");
    let refused = ana.asks("ben").await.is_problem(409, "rejected_recently").json;
    assert_eq!(refused["retry_after_ms"], 7 * 24 * 3_600_000);
    assert_eq!(ana.lists("/v1/friend-requests?direction=outgoing&status=rejected").await.len(), 1);
    server.advance((DAY * 7).checked_sub(seconds(1)).unwrap()).await;
    ana.signs_in("ana").await; ben.signs_in("ben").await;
    ana.asks("ben").await.is_problem(409, "rejected_recently");
    server.advance(seconds(1)).await;
    let again = ana.sends_request("ben").await;
    ben.answers(&again, "accepted").await.is(200);
}

#[tokio::test]
async fn a_request_is_answered_by_its_receiver_and_withdrawn_by_its_sender() {
    let server = TestServer::start().await;
    let (ana, ben) = people(&server).await;
    let eve = server.account("eve").await;
    let request = ana.sends_request("ben").await;
    for (reply, detail) in [(ana.answers(&request, "accepted").await, "receiver"), (ben.takes_back(&request).await, "sender")] {
        assert!(reply.is_problem(403, "not_allowed").json["detail"].as_str().unwrap().contains(detail));
    }
    for wrong in [request.as_str(), UNKNOWN, "x"] {
        eve.answers(wrong, "accepted").await.is_problem(404, "not_found");
        eve.takes_back(wrong).await.is_problem(404, "not_found");
    }
    ben.answers(&request, "pending").await.is_problem(422, "invalid");
    ana.takes_back(&request).await.is(204);
    ana.takes_back(&request).await.is_problem(404, "not_found");
    ben.answers(&request, "accepted").await.is_problem(404, "not_found");
    assert!(ben.lists("/v1/friend-requests").await.is_empty() && ana.lists("/v1/friend-requests").await.is_empty());
}

#[tokio::test]
async fn a_request_needs_somebody_else_who_exists() {
    let server = TestServer::start().await;
    let (ana, _) = people(&server).await;
    ana.asks("nobody-here").await.is_problem(404, "not_found");
    assert_eq!(ana.asks("ana").await.is_problem(422, "invalid").json["field"], "username");
    ana.posts("/v1/friend-requests", json!({"username": "ben", "note": "a\nb"})).await.is_problem(422, "invalid");
    ana.posts("/v1/friend-requests", json!({"username": "ben", "status": "accepted"})).await.is_problem(422, "invalid");
    for path in ["/v1/friend-requests?direction=both", "/v1/friend-requests?status=withdrawn", "/v1/friends?cursor=x"] {
        ana.gets(path).await.is_problem(422, "invalid");
    }
    for path in ["/v1/friends/nobody-here", "/v1/blocks/nobody-here"] {
        ana.deletes(path).await.is_problem(404, "not_found");
    }
    for path in ["/v1/friend-requests", "/v1/friends", "/v1/blocks", "/v1/me/events"] {
        ana.nobody().gets(path).await.is_problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn the_same_key_sends_one_request() {
    let server = TestServer::start().await;
    let (ana, ben) = people(&server).await;
    let body = json!({"username": "ben"});
    let first = ana.posts_keyed("/v1/friend-requests", "k", body.clone()).await.is(201);
    let again = ana.posts_keyed("/v1/friend-requests", "k", body.clone()).await.is(201);
    assert_eq!((&again.json, again.header("idempotent-replayed")), (&first.json, Some("true")));
    ana.posts_keyed("/v1/friend-requests", "k", json!({"username": "ana"})).await.is_problem(422, "invalid");
    ana.takes_back(first.json["id"].as_str().unwrap()).await.is(204);
    ana.posts_keyed("/v1/friend-requests", "k", body).await.is(201);
    assert!(ben.lists("/v1/friend-requests").await.is_empty(), "a repetition sends nothing");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (ana, _) = people(&server).await;
    for name in ["cleo", "dora", "emil"] {
        let other = server.account(name).await;
        ana.befriends(&other, name).await;
    }
    for (path, item) in [("/v1/friends", "/user/username"), ("/v1/friend-requests", "/to/username")] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = ana.gets(&format!("{path}?limit=2{cursor}")).await.is(200).json;
            let items = page["items"].as_array().unwrap();
            seen.extend(items.iter().map(|one| one.pointer(item).unwrap().as_str().unwrap().to_owned()));
            let Some(next) = page["cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let expected = if path == "/v1/friends" { ["cleo", "dora", "emil"] } else { ["emil", "dora", "cleo"] };
        assert_eq!(seen, expected, "{path}");
    }
}

#[tokio::test]
async fn who_cannot_be_found_is_seen_by_friends_and_by_those_whom_they_asked() {
    let server = TestServer::start().await;
    let (ana, ben) = people(&server).await;
    ben.patches("/v1/me", json!({"findable": false, "name": "Benjamin"})).await.is(200);
    let hidden = ana.gets("/v1/users/ben").await.is_problem(404, "not_found");
    assert_eq!(hidden.without_request_id(), ana.gets("/v1/users/nix").await.without_request_id());
    let request = ana.asks("ben").await.is(201).json;
    assert_eq!(request["to"]["name"], "ben", "the name is not shown");
    ana.gets("/v1/users/ben").await.is(404);
    ana.takes_back(request["id"].as_str().unwrap()).await.is(204);
    let request = ben.sends_request("ana").await;
    assert_eq!(ana.looks_up("ben").await["name"], "Benjamin");
    assert_eq!(ana.lists("/v1/friend-requests").await[0]["from"]["name"], "Benjamin");
    ana.answers(&request, "accepted").await.is(200);
    assert_eq!(ana.looks_up("ben").await["friendship"], "friends");
    assert_eq!(ana.lists("/v1/friends").await[0]["user"]["name"], "Benjamin");
    ana.unfriends("ben").await;
    ana.gets("/v1/users/ben").await.is(404);
    assert_eq!(ana.lists("/v1/friend-requests").await[0]["from"]["name"], "ben");
}

#[tokio::test]
async fn who_cannot_be_found_is_seen_by_those_in_the_same_chat() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = people(&server).await;
    ben.patches("/v1/me", json!({"findable": false})).await.is(200);
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    ana.gets("/v1/users/ben").await.is(404);
    ana.lets_in(&link, &knock).await;
    assert_eq!(ana.looks_up("ben").await["friendship"], "none");
    ana.removes(&chat, 2).await.is(204);
    ana.gets("/v1/users/ben").await.is(404);
}

#[tokio::test]
async fn search_shows_how_people_are_related() {
    let server = TestServer::start().await;
    let (ana, ben) = people(&server).await;
    let (cleo, _) = (server.account("cleo").await, server.account("dora").await);
    ana.befriends(&ben, "ben").await;
    ana.sends_request("dora").await;
    cleo.sends_request("ana").await;
    let users = ana.lists("/v1/users").await;
    let shown: Vec<_> = users.iter().map(|user| (user["username"].as_str().unwrap(), user["friendship"].as_str().unwrap())).collect();
    assert_eq!(shown, [("ana", "self"), ("ben", "friends"), ("cleo", "incoming"), ("dora", "outgoing")]);
}

#[tokio::test]
async fn blocking_is_listed_and_ends() {
    let server = TestServer::start().await;
    let (ana, ben) = people(&server).await;
    ana.befriends(&ben, "ben").await;
    ana.blocks("BEN").await;
    ana.blocks("ben").await;
    ana.sends(ana.request(reqwest::Method::PUT, "/v1/blocks/ana")).await.is_problem(422, "invalid");
    assert_eq!(usernames(&ana.lists("/v1/blocks").await), ["ben"]);
    assert!(ana.lists("/v1/friends").await.is_empty() && ben.lists("/v1/friends").await.is_empty());
    ana.asks("ben").await.is_problem(409, "blocked_by_you");
    ana.unblocks("ben").await;
    ana.unblocks("ben").await;
    assert!(ana.lists("/v1/blocks").await.is_empty());
    ana.befriends(&ben, "ben").await;
}

#[tokio::test]
async fn a_deleted_account_leaves_no_trace_with_others() {
    let server = TestServer::start().await;
    let (ana, ben) = people(&server).await;
    let cleo = server.account("cleo").await;
    ana.befriends(&ben, "ben").await;
    ana.sends_request("cleo").await;
    ben.blocks("cleo").await;
    ana.deletes("/v1/me").await.is(204);
    cleo.deletes("/v1/me").await.is(204);
    for path in ["/v1/friends", "/v1/friend-requests", "/v1/blocks"] {
        assert!(ben.lists(path).await.is_empty(), "{path}");
    }
    ben.asks("ana").await.is_problem(404, "not_found");
}

#[tokio::test]
async fn twenty_requests_a_day_are_enough() {
    let server = TestServer::start().await;
    let (ana, ben) = people(&server).await;
    let first = ana.posts_keyed("/v1/friend-requests", "k", json!({"username": "ben"})).await.is(201).json;
    for _ in 1..20 {
        ana.takes_back(ana.lists("/v1/friend-requests").await[0]["id"].as_str().unwrap()).await.is(204);
        ana.sends_request("ben").await;
    }
    ana.asks("ben").await.is(200);
    ana.posts_keyed("/v1/friend-requests", "k", json!({"username": "ben"})).await.is(201);
    server.account("cleo").await;
    let refused = ana.asks("cleo").await.is_problem(429, "too_many_friend_requests").json;
    let wait = Duration::from_millis(refused["retry_after_ms"].as_u64().unwrap());
    assert!(wait <= DAY / 20 && wait > DAY / 40, "{wait:?}");
    assert_ne!(first["id"], ana.lists("/v1/friend-requests").await[0]["id"]);
    assert_eq!(ben.asks("ana").await.is(200).json["status"], "accepted", "others are not limited");
}
