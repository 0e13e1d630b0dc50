//! Links: creating, listing, revoking.

use serde_json::json;

use crate::support::{TestServer, each, seconds};

#[tokio::test]
async fn a_link_says_everything_about_itself() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let origin = format!("http://{}", server.address);
    let body = json!({"label": "for Ben", "expires_in": 60, "max_uses": 2, "auto_approve": true});
    let link = ana.shares_so(&chat, body).await;
    assert_eq!(link.id.len(), 27);
    let expected = json!({
        "link_id": link.id, "link_url": format!("{origin}/l/{}", link.id), "exchange_url": format!("{origin}/v1/links/{}", link.id), "label": "for Ben",
        "created_at": "2026-11-20T12:00:00.000Z", "expires_at": "2026-11-20T12:01:00.000Z", "revoked_at": null, "max_uses": 2, "uses": 0,
        "auto_approve": true,
    });
    assert_eq!(link.json, expected);
    let plain = ana.shares(&chat).await;
    assert_eq!((&plain.json["label"], &plain.json["max_uses"], &plain.json["auto_approve"]), (&json!(null), &json!(null), &json!(false)));
    assert_eq!(plain.json["expires_at"], json!("2026-11-21T12:00:00.000Z"));
    assert_eq!(json!(ana.items(&format!("{}/links", chat.path)).await), json!([link.json, plain.json]));
    let door = ana.items(&format!("{}/activity?log=door", chat.path)).await;
    assert_eq!((&door[0]["seq"], &door[0]["kind"], &door[0]["link"]), (&json!(1), &json!("link_created"), &link.json));
}

#[tokio::test]
async fn a_links_wishes_have_limits() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for (wish, status) in [
        (json!({"expires_in": 0}), 422),
        (json!({"expires_in": 1}), 201),
        (json!({"expires_in": 2_592_000}), 201),
        (json!({"expires_in": 2_592_001}), 422),
        (json!({"max_uses": 0}), 422),
        (json!({"max_uses": 1}), 201),
        (json!({"max_uses": u32::MAX}), 201),
        (json!({"max_uses": u64::from(u32::MAX) + 1}), 422),
        (json!({"max_uses": -1}), 422),
        (json!({"auto_approve": "yes"}), 422),
        (json!({"label": "é".repeat(60)}), 201),
        (json!({"label": "é".repeat(61)}), 422),
    ] {
        let field = wish.as_object().unwrap().keys().next().unwrap().clone();
        let mut body = wish.clone();
        body["chat_url"] = json!(chat.id);
        let reply = ana.posts("/v1/links", body).await.is(status);
        assert_eq!(reply.json["field"].as_str(), (status == 422).then_some(field.as_str()), "{wish}");
    }
}

#[tokio::test]
async fn a_chats_address_is_judged_by_its_path_alone() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let id = &chat.id;
    let page = chat.json["page_url"].as_str().unwrap();
    for fine in [
        chat.url.clone(),
        page.to_owned(),
        id.clone(),
        format!("/v1/chats/{id}"),
        format!("/c/{id}/"),
        format!("{page}?utm=1#top"),
        format!("https://elsewhere.example:8443/c/{id}"),
        format!("https://elsewhere.example/v1/chats/{id}/"),
    ] {
        ana.posts("/v1/links", json!({"chat_url": fine})).await.is(201);
    }
    for wrong in
        ["", "/", "https://elsewhere.example", &format!("{page}/x"), &format!("/l/{id}"), &format!("https://a/x/c/{id}"), &id[..42], "é\u{0}"]
    {
        ana.posts("/v1/links", json!({"chat_url": wrong})).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn in_a_knock_chat_links_are_the_owners() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, eve) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let wish = json!({"chat_url": chat.url});
    ben.posts("/v1/links", wish.clone()).await.is_problem(403, "not_allowed");
    ben.gets(&format!("{}/links", chat.path)).await.is_problem(403, "not_allowed");
    ben.deletes(&link.path).await.is_problem(403, "not_allowed");
    ben.deletes(&format!("{}?evict=true", link.path)).await.is_problem(403, "not_allowed");
    eve.posts("/v1/links", wish.clone()).await.is_problem(404, "not_found");
    eve.deletes(&link.path).await.is_problem(404, "not_found");
    let named = json!({"chat_url": chat.url, "author_id": chat.author});
    eve.posts("/v1/links", named.clone()).await.is(201);
    let reply = ben.posts("/v1/links", named).await.is_problem(422, "invalid");
    assert_eq!(reply.json["field"], json!("author_id"));
    ana.posts("/v1/links", json!({"chat_url": chat.url, "author_id": chat.author})).await.is(201);
}

#[tokio::test]
async fn revoking_declines_whoever_waits_in_the_same_step() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let (knock, elsewhere) = (ben.knocks(&link, "Ben").await, cem.knocks(&other, "Cem").await);
    let mut waiting = ben.waits(&link).await;
    ana.deletes(&link.path).await.is(204);
    let told = waiting.expect("knock_decided").await.data;
    assert_eq!((&told["status"], &told["approval_status"], &told["chat_url"]), (&json!("declined"), &json!(false), &json!(null)));
    assert_eq!(ben.status(&link, &knock).await, "declined");
    assert_eq!(cem.status(&other, &elsewhere).await, "pending");
    ana.decides(&link, &knock, true).await.is_problem(409, "already_decided");
    ana.decides(&link, &knock, false).await.is(200);
    let door = ana.items(&format!("{}/activity?log=door&after=4", chat.path)).await;
    assert_eq!(each(&door, "kind"), ["link_revoked", "knock_decided"]);
    ana.deletes(&link.path).await.is(204);
    assert_eq!(ana.kinds(&chat, "door").await.len(), 6, "revoking again adds no entry");
}

#[tokio::test]
async fn a_revoked_link_says_since_when_wherever_it_is_shown() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (revoked, stands) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let mut stream = ana.follows(&chat).await;
    server.advance(seconds(5)).await;
    ana.deletes(&revoked.path).await.is(204);
    let at = json!("2026-11-20T12:00:05.000Z");
    assert_eq!(stream.expect("link_revoked").await.data["link"]["revoked_at"], at);
    server.advance(seconds(5)).await;
    ana.deletes(&format!("{}?evict=true", revoked.path)).await.is(204);
    let listed = ana.items(&format!("{}/links", chat.path)).await;
    assert_eq!(listed.iter().map(|link| &link["revoked_at"]).collect::<Vec<_>>(), [&at, &json!(null)], "to revoke again changes nothing");
    let door = ana.items(&format!("{}/activity?log=door", chat.path)).await;
    assert_eq!((&door[2]["kind"], &door[2]["link"]["revoked_at"]), (&json!("link_revoked"), &at));
    assert_eq!(door[0]["link"], revoked.json, "earlier entries do not change");
    assert_eq!(listed[1], stands.json);
}

#[tokio::test]
async fn a_dead_link_cannot_be_knocked_on_but_is_still_its_owners() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let revoked = ana.shares(&chat).await;
    let expired = ana.shares_so(&chat, json!({"expires_in": 60})).await;
    let used_up = ana.shares_so(&chat, json!({"max_uses": 1})).await;
    let waits = ben.knocks(&expired, "Ben").await;
    let too_late = cem.knocks(&used_up, "Cem").await;
    server.person().enters(&ana, &used_up, "Dan").await;
    ana.deletes(&revoked.path).await.is(204);
    server.advance(seconds(60)).await;
    for link in [&revoked, &expired, &used_up] {
        server.person().posts(&format!("{}/knocks", link.path), json!({})).await.is_problem(404, "not_found");
        server.person().gets(&link.path).await.is_problem(404, "not_found");
        server.person().gets(&format!("/v1/approval?link_url={}", link.url)).await.is_problem(404, "not_found");
        ana.sees(&chat, link).await;
    }
    assert_eq!(ben.status(&expired, &waits).await, "pending");
    assert_eq!(cem.gets(&format!("/v1/approval?link_url={}", used_up.url)).await.is(200).json["status"], json!("pending"));
    ana.lets_in(&expired, &waits).await;
    ana.decides(&used_up, &too_late, true).await.is_problem(409, "link_used_up");
    ana.declines(&used_up, &too_late).await;
    assert_eq!(ana.names(&chat).await, ["Ana", "Dan", "Ben"]);
    for link in [&revoked, &expired, &used_up] {
        ana.deletes(&format!("{}?evict=true", link.path)).await.is(204);
    }
    assert_eq!(ana.names(&chat).await, ["Ana"]);
}

#[tokio::test]
async fn evicting_removes_everybody_whom_the_link_let_in() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem, mut dan) = (server.person(), server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (bad, good) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let auto = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    ben.enters(&ana, &bad, "Ben").await;
    cem.enters(&ana, &good, "Cem").await;
    dan.enters(&ana, &bad, "Dan").await;
    let mut stream = ben.follows(&chat).await;
    ana.deletes(&bad.path).await.is(204);
    assert_eq!(ana.names(&chat).await, ["Ana", "Ben", "Cem", "Dan"], "revoking without eviction removes no member");
    ana.deletes(&format!("{}?evict=false", bad.path)).await.is(204);
    ana.deletes(&format!("{}?evict=1", bad.path)).await.is_problem(422, "invalid");
    ana.deletes(&format!("{}?evict=true", bad.path)).await.is(204);
    let left = stream.expect("member_left").await.data;
    assert_eq!((&left["reason"], &left["member"]["name"], &left["by"]["name"]), (&json!("evicted"), &json!("Ben"), &json!("Ana")));
    stream.expect_end().await;
    assert_eq!(ana.names(&chat).await, ["Ana", "Cem"]);
    ben.gets(&chat.path).await.is_problem(404, "not_found");
    dan.gets(&chat.path).await.is_problem(404, "not_found");
    server.person().posts(&format!("{}/knocks", auto.path), json!({})).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_link_that_does_not_ask_lets_in_at_once() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"auto_approve": true, "max_uses": 2})).await;
    let knock = ben.knocks(&link, "Ben").await.json;
    assert_eq!((&knock["status"], &knock["approval_status"], &knock["chat_url"]), (&json!("approved"), &json!(true), &json!(chat.url)));
    assert_eq!(knock["member"], json!({"id": 2, "name": "Ben", "role": "member", "username": null}));
    ben.says(&chat, "I am in").await;
    let plain = cem.gets(&link.path).await.is(200).json;
    assert_eq!((&plain["status"], &plain["member"]["name"], &plain["request_sent_status"]), (&json!("approved"), &json!("Guest"), &json!(true)));
    cem.showing(plain["client_id"].as_str().unwrap()).says(&chat, "me too").await;
    assert_eq!(ana.sees(&chat, &link).await["uses"], json!(2));
    server.person().gets(&link.path).await.is_problem(404, "not_found");
    let joined = ana.items(&format!("{}/activity?after=1&limit=1", chat.path)).await;
    assert!(joined[0].get("by").is_none(), "the guest must not be let in: {}", joined[0]);
}

#[tokio::test]
async fn fifty_approvals_of_a_link_for_one_let_in_exactly_one() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"max_uses": 1})).await;
    let mut knocks = Vec::new();
    for _ in 0..20 {
        knocks.push(server.person().knocks(&link, "Guest").await);
    }
    let deciding: Vec<_> = (0..50)
        .map(|number| {
            let (ana, link, knock) = (ana.clone(), link.clone(), knocks[number % knocks.len()].clone());
            tokio::spawn(async move { (knock.id.clone(), ana.decides(&link, &knock, true).await) })
        })
        .collect();
    let mut admitted = std::collections::HashSet::new();
    for one in deciding {
        let (knock, reply) = one.await.unwrap();
        if reply.status == 200 {
            admitted.insert(knock);
        } else {
            reply.is_problem(409, "link_used_up");
        }
    }
    assert_eq!(admitted.len(), 1);
    assert_eq!(ana.names(&chat).await, ["Ana", "Guest"]);
    assert_eq!(ana.sees(&chat, &link).await["uses"], json!(1));
    assert_eq!(ana.pending(&chat).await.len(), 19);
}

#[tokio::test]
async fn a_link_without_a_word_about_it_lives_for_a_day() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"expires_in": 2_592_000})).await;
    let link = ana.shares(&chat).await;
    server.advance(seconds(86_399)).await;
    server.person().knocks(&link, "Ben").await;
    server.advance(seconds(1)).await;
    server.person().posts(&format!("{}/knocks", link.path), json!({})).await.is_problem(404, "not_found");
}
