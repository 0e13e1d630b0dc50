//! Approval: the owner decides, the guest reads the decision.

use serde_json::{Value, json};

use crate::support::{TestServer, seconds};

#[tokio::test]
async fn without_a_name_the_only_one_who_waits_is_meant() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ana.says_to_the_only_one(&link, true).await.is_problem(409, "nobody_knocked");
    ana.says_to_the_only_one(&link, false).await.is_problem(409, "nobody_knocked");
    let knock = ben.knocks(&link, "Ben").await;
    let decided = ana.says_to_the_only_one(&link, true).await.is(200).json;
    assert_eq!(decided, json!({"approval_status": true, "decided": [knock.id]}));
    assert_eq!(ana.says_to_the_only_one(&link, true).await.is(200).json, decided, "repeating it changes nothing");
    ana.says_to_the_only_one(&link, false).await.is_problem(409, "already_decided");
    assert_eq!(ana.names(&chat).await, ["Ana", "Ben"]);
    assert_eq!(ana.sees(&chat, &link).await["uses"], json!(1));
}

#[tokio::test]
async fn when_several_wait_one_must_be_named() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let knocks = [ben.knocks(&link, "Ben").await, cem.knocks(&link, "Cem").await];
    let elsewhere = server.person().knocks(&other, "Dan").await;
    let reply = ana.says_to_the_only_one(&link, true).await.is_problem(409, "several_knocked");
    assert_eq!(reply.json["knock_ids"], json!([knocks[0].id, knocks[1].id]));
    let decided = ana.says_to_the_only_one(&other, false).await.is(200).json;
    assert_eq!(decided, json!({"approval_status": false, "decided": [elsewhere.id]}));
    let decided = ana.decides(&link, &knocks[1], true).await.is(200).json;
    assert_eq!(decided, json!({"approval_status": true, "decided": [knocks[1].id]}));
    assert_eq!(ana.says_to_the_only_one(&link, true).await.is(200).json["decided"], json!([knocks[0].id]));
    assert_eq!(ana.names(&chat).await, ["Ana", "Cem", "Ben"]);
}

#[tokio::test]
async fn nobody_slips_into_a_place_just_left() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut eve) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    let sly = eve.knocks(&link, "Eve").await;
    ben.deletes(&format!("{}/knocks/{}", link.path, knock.id)).await.is(204);
    let reply = ana.says_to_the_only_one(&link, true).await.is_problem(409, "several_knocked");
    assert_eq!(reply.json["knock_ids"], json!([sly.id]));
    server.advance(seconds(59)).await;
    ana.says_to_the_only_one(&link, true).await.is_problem(409, "several_knocked");
    assert_eq!(ana.names(&chat).await, ["Ana"]);
    server.advance(seconds(1)).await;
    assert_eq!(ana.says_to_the_only_one(&link, true).await.is(200).json["decided"], json!([sly.id]));
}

#[tokio::test]
async fn a_decision_by_name_is_made_once() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let (yes, no) = (ben.knocks(&link, "Ben").await, cem.knocks(&link, "Cem").await);
    for (knock, approve) in [(&yes, true), (&no, false)] {
        let first = ana.decides(&link, knock, approve).await.is(200).json;
        assert_eq!(ana.decides(&link, knock, approve).await.is(200).json, first);
        ana.decides(&link, knock, !approve).await.is_problem(409, "already_decided");
    }
    assert_eq!(ana.names(&chat).await, ["Ana", "Ben"]);
    assert_eq!((ben.status(&link, &yes).await, cem.status(&link, &no).await), ("approved".to_owned(), "declined".to_owned()));
}

#[tokio::test]
async fn several_are_decided_together_or_not_at_all() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"max_uses": 2})).await;
    let mut ids = Vec::new();
    for name in ["one", "two", "three", "four"] {
        ids.push(server.person().knocks(&link, name).await.id);
    }
    let together = |ids: Value, approve: bool| json!({"link_url": link.url, "knock_ids": ids, "approve": approve});
    ana.posts("/v1/approval", together(json!(ids[..3]), true)).await.is_problem(409, "link_used_up");
    ana.posts("/v1/approval", together(json!([ids[0], "nobody"]), true)).await.is_problem(404, "not_found");
    assert_eq!(ana.pending(&chat).await.len(), 4);
    let declined = ana.posts("/v1/approval", together(json!([ids[3]]), false)).await.is(200).json;
    assert_eq!(declined, json!({"approval_status": false, "decided": [ids[3]]}));
    ana.posts("/v1/approval", together(json!([ids[0], ids[3]]), true)).await.is_problem(409, "already_decided");
    assert_eq!(ana.pending(&chat).await.len(), 3);
    let decided = ana.posts("/v1/approval", together(json!([ids[1], ids[0], ids[1]]), true)).await.is(200).json;
    assert_eq!(decided, json!({"approval_status": true, "decided": [ids[1], ids[0]]}));
    assert_eq!(ana.names(&chat).await, ["Ana", "two", "one"]);
    assert_eq!(ana.sees(&chat, &link).await["uses"], json!(2));
    ana.posts("/v1/approval", together(json!([ids[2]]), true)).await.is_problem(409, "link_used_up");
}

#[tokio::test]
async fn a_decision_is_the_owners_and_about_knocks_of_that_link() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem, mut eve) = (server.person(), server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares(&chat).await, ana.shares(&chat).await);
    cem.enters(&ana, &other, "Cem").await;
    let knock = ben.knocks(&link, "Ben").await;
    eve.creates_a_chat().await;
    cem.decides(&link, &knock, true).await.is_problem(403, "not_allowed");
    cem.says_to_the_only_one(&link, true).await.is_problem(403, "not_allowed");
    for stranger in [&ben, &eve, &server.person(), &server.person().showing("nobody")] {
        stranger.decides(&link, &knock, true).await.is_problem(404, "not_found");
    }
    ana.decides(&other, &knock, true).await.is_problem(404, "not_found");
    assert_eq!(ana.pending(&chat).await.len(), 1);
    let named = json!({"link_url": link.url, "author_id": chat.author});
    cem.posts("/v1/approval", named.clone()).await.is_problem(422, "invalid");
    assert_eq!(server.person().posts("/v1/approval", named).await.is(200).json["decided"], json!([knock.id]));
}

#[tokio::test]
async fn a_decision_has_a_form() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = server.person().knocks(&link, "Ben").await;
    for (more, field) in [
        (json!({"knock_ids": []}), "knock_ids"),
        (json!({"knock_ids": vec![knock.id.clone(); 257]}), "knock_ids"),
        (json!({"knock_id": knock.id, "knock_ids": [knock.id]}), "knock_ids"),
        (json!({"approve": "yes"}), "approve"),
        (json!({"reason": ""}), "reason"),
        (json!({"reason": "é".repeat(281)}), "reason"),
        (json!({"reason": "a\nb"}), "reason"),
        (json!({"approval_status": true}), "approval_status"),
        (json!({"link_url": 7}), "link_url"),
    ] {
        let mut body = json!({"link_url": link.url});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = ana.posts("/v1/approval", body).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], json!(field), "{more}");
    }
    ana.posts("/v1/approval", json!({})).await.is_problem(422, "invalid");
    let all = json!({"link_url": link.json["exchange_url"], "knock_ids": vec![knock.id.clone(); 256], "reason": "é".repeat(280)});
    assert_eq!(ana.posts("/v1/approval", all).await.is(200).json["decided"], json!([knock.id]));
}

#[tokio::test]
async fn a_guest_asks_in_short_how_it_stands() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let path = format!("/v1/approval?link_url={}", link.url);
    let stands = async |path: &str| server.person().gets(path).await.is(200).json;
    assert_eq!(stands(&path).await, json!({"approval_status": false, "status": null}));
    let knock = ben.knocks(&link, "Ben").await;
    let own = format!("{path}&client_id={}", knock.client);
    for asked in [&path, &own] {
        assert_eq!(stands(asked).await, json!({"approval_status": false, "status": "pending"}));
    }
    ana.lets_in(&link, &knock).await;
    for asked in [&path, &own, &format!("/v1/approval?link_url={}", link.id)] {
        assert_eq!(stands(asked).await, json!({"approval_status": true, "status": "approved"}));
    }
    assert_eq!(ben.gets(&path).await.is(200).json, json!({"approval_status": true, "status": "approved"}));
    ana.nobody().knocks(&link, "Cem").await;
    assert_eq!(stands(&path).await, json!({"approval_status": false, "status": null}), "the decision is ambiguous");
    assert_eq!(stands(&own).await["status"], json!("approved"));
    for unknown in ["nobody", "", knock.id.as_str()] {
        server.person().gets(&format!("{path}&client_id={unknown}")).await.is_problem(404, "not_found");
    }
    ana.gets(&own).await.is_problem(422, "invalid");
    ana.gets("/v1/approval").await.is_problem(422, "invalid");
    ana.gets("/v1/approval?link_url=nowhere").await.is_problem(404, "not_found");
}

#[tokio::test]
async fn one_guest_ever_means_ever() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    ben.deletes(&format!("{}/knocks/{}", link.path, knock.id)).await.is(204);
    let path = format!("/v1/approval?link_url={}", link.url);
    assert_eq!(server.person().gets(&path).await.is(200).json["status"], json!("withdrawn"));
    ben.nobody().knocks(&link, "Ben").await;
    assert_eq!(server.person().gets(&path).await.is(200).json["status"], json!(null));
}

#[tokio::test]
async fn the_last_decision_is_the_last_that_decided_something() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knocks = [ben.knocks(&link, "Ben").await, cem.knocks(&link, "Cem").await];
    ana.lets_in(&link, &knocks[0]).await;
    ana.declines(&link, &knocks[1]).await;
    ana.lets_in(&link, &knocks[0]).await;
    assert_eq!(ana.says_to_the_only_one(&link, false).await.is(200).json["decided"], json!([knocks[1].id]));
    ana.says_to_the_only_one(&link, true).await.is_problem(409, "already_decided");
}

#[tokio::test]
async fn it_is_repeated_also_once_the_guest_has_left() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    let decided = ana.says_to_the_only_one(&link, true).await.is(200).json;
    ben.removes(&chat, 2).await.is(204);
    assert_eq!(ana.says_to_the_only_one(&link, true).await.is(200).json, decided);
    assert_eq!(ana.names(&chat).await, ["Ana"], "and lets nobody in");
    ana.decides(&link, &knock, true).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn opening_the_chat_and_revoking_a_link_are_decisions_too() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let knock = ben.knocks(&link, "Ben").await;
    ana.patches(&chat.path, json!({"admission": "open"})).await.is(200);
    assert_eq!(ana.says_to_the_only_one(&link, true).await.is(200).json["decided"], json!([knock.id]));
    ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200);
    let declined = cem.knocks(&other, "Cem").await;
    ana.deletes(&other.path).await.is(204);
    assert_eq!(ana.says_to_the_only_one(&other, false).await.is(200).json["decided"], json!([declined.id]));
    ana.says_to_the_only_one(&other, true).await.is_problem(409, "already_decided");
}

#[tokio::test]
async fn opening_the_chat_admits_in_the_order_of_arrival() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem, mut dan) = (server.person(), server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares(&chat).await, ana.shares(&chat).await);
    ben.knocks(&link, "Ben").await;
    cem.knocks(&other, "Cem").await;
    dan.knocks(&link, "Dan").await;
    ana.patches(&chat.path, json!({"admission": "open"})).await.is(200);
    assert_eq!(ana.names(&chat).await, ["Ana", "Ben", "Cem", "Dan"]);
}
