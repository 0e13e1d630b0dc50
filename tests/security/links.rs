//! SEC-005, 006, 014: links end on time, count their uses correctly, and act only on their own chat.

use futures_util::future::join_all;
use serde_json::json;

use crate::fixture::{Fixture, Who};
use crate::requests::{Ask, bare, nothing_here, sends};
use crate::support::{Link, TestServer, seconds};

#[tokio::test]
async fn sec_005_a_revoked_link_is_dead_at_once_and_the_other_lives() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (mut ana, mut ben, mut eva) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (first, second) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let knock = ben.knocks(&first, "Ben").await;
    let mut waiting = ben.waits(&first).await;
    ana.deletes(&first.path).await.is(204);
    assert_eq!(waiting.expect("knock_decided").await.data["status"], "declined");
    let pending = ana.gets(&format!("{}/knocks?status=pending", chat.path)).await.is(200);
    assert_eq!(pending.json["items"], json!([]));
    assert_eq!(ben.status(&first, &knock).await, "declined");
    let nothing = nothing_here(&server).await;
    assert_eq!(bare(&server.person().gets(&first.path).await), nothing);
    ana.decides(&first, &knock, true).await.is_problem(409, "already_decided");
    let links = ana.gets(&format!("{}/links", chat.path)).await.is(200).json;
    assert_eq!(links["items"].as_array().unwrap().len(), 2, "the owner still lists both");
    let knock = eva.knocks(&second, "Eva").await;
    ana.lets_in(&second, &knock).await;
    eva.gets(&chat.path).await.is(200);
}

#[tokio::test]
async fn sec_005_a_link_lives_a_day_where_nothing_is_said_and_thirty_at_most() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"expires_in": 30 * 86_400})).await;
    let link = ana.shares(&chat).await;
    for wrong in [30 * 86_400 + 1, 0] {
        ana.posts("/v1/links", json!({"chat_url": chat.url, "expires_in": wrong})).await.is_problem(422, "invalid");
    }
    ana.posts("/v1/links", json!({"chat_url": chat.url, "max_uses": 0})).await.is_problem(422, "invalid");
    server.clock.advance(seconds(86_399));
    server.person().posts(&format!("{}/knocks", link.path), json!({})).await.is(201);
    server.clock.advance(seconds(1));
    server.person().posts(&format!("{}/knocks", link.path), json!({})).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn sec_006_one_use_lets_one_in_however_many_are_approved_at_once() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"max_uses": 1})).await;
    let mut knocks = Vec::new();
    for _ in 0..20 {
        knocks.push(server.person().knocks(&link, "Guest").await);
    }
    let replies = join_all(knocks.iter().map(|knock| ana.decides(&link, knock, true))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert!(replies.iter().all(|reply| reply.status == 200 || reply.json["code"] == "link_used_up"));
    let members = ana.gets(&format!("{}/members", chat.path)).await.json;
    assert_eq!(members["items"].as_array().unwrap().len(), 2);
    assert_eq!(ana.gets(&format!("{}/links", chat.path)).await.json["items"][0]["uses"], 1);
}

#[tokio::test]
async fn sec_006_one_use_lets_one_in_however_many_come_at_once() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"max_uses": 1, "auto_approve": true})).await;
    let people: Vec<_> = (0..50).map(|_| server.person()).collect();
    let path = format!("{}/knocks", link.path);
    let replies = join_all(people.iter().map(|person| person.posts(&path, json!({})))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert!(replies.iter().all(|reply| reply.status == 201 || reply.status == 404));
    assert_eq!(ana.gets(&format!("{}/members", chat.path)).await.json["items"].as_array().unwrap().len(), 2);
}

/// The owner of one chat mixes its ids with another chat's.
#[tokio::test]
async fn sec_014_a_link_acts_on_its_own_chat_alone() {
    let fixture = Fixture::opens().await;
    let (mut eva, mut uli) = (fixture.server.person(), fixture.server.person());
    let chat = eva.creates_a_chat().await;
    let link = eva.shares(&chat).await;
    let knock = uli.knocks(&link, "Uli").await;
    let nothing = nothing_here(&fixture.server).await;
    let before = fixture.as_owner_sees().await;
    let (real, waits) = (fixture.real(), uli.showing(&fixture.pending.client));
    let decides = |link: &Link, knock: &str| Ask::post("/v1/approval", json!({"link_url": link.url, "knock_id": knock}));
    let by_eva = [
        decides(&fixture.link, &real.knock),
        decides(&fixture.link, &knock.id),
        Ask::post("/v1/approval", json!({"link_url": fixture.link.url, "author_id": chat.author})),
        decides(&link, &real.knock),
        Ask::post("/v1/approval", json!({"link_url": link.url, "knock_ids": [knock.id, real.knock]})),
        Ask::delete(fixture.link.path.clone()),
        Ask::delete(format!("{}?evict=true", fixture.link.path)),
        Ask::post("/v1/links", json!({"chat_url": fixture.chat.url})),
        Ask::delete(format!("{}/members/4", fixture.chat.path)),
        Ask::delete(format!("{}/members/4", chat.path)),
    ];
    let by_uli = [
        Ask::get(fixture.link.path.clone()),
        Ask::get(format!("/v1/approval?link_url={}", fixture.link.url)),
        Ask::delete(format!("{}/knocks/{}", fixture.link.path, real.knock)),
        Ask::delete(format!("{}/knocks/{}", fixture.link.path, knock.id)),
        Ask::delete(format!("{}/knocks/{}", link.path, real.knock)),
        Ask::post(format!("{}/knocks", fixture.link.path), json!({})),
    ];
    let by_who_waits = [Ask::get(link.path.clone()), Ask::delete(format!("{}/knocks/{}", link.path, real.knock))];
    for (person, asks) in [(&eva, &by_eva[..]), (&uli, &by_uli[..]), (&waits, &by_who_waits[..])] {
        for ask in asks {
            assert_eq!(bare(&sends(ask.by(person)).await), nothing, "{} {} {:?}", ask.method, ask.path, ask.body);
        }
    }
    assert_eq!(fixture.as_owner_sees().await, before);
    assert_eq!(uli.status(&link, &knock).await, "pending", "nothing was decided");
    assert_eq!(fixture.person(Who::Pending).status(&fixture.link, &fixture.pending).await, "pending");
}

/// Two links of one chat: the uses of one are not counted for guests of the other.
#[tokio::test]
async fn sec_014_a_link_decides_those_who_knocked_on_it() {
    let fixture = Fixture::opens().await;
    let owner = fixture.person(Who::Owner);
    let other = owner.shares(&fixture.chat).await;
    let nothing = nothing_here(&fixture.server).await;
    let before = fixture.as_owner_sees().await;
    for approve in [true, false] {
        assert_eq!(bare(&owner.decides(&other, &fixture.pending, approve).await), nothing);
    }
    let withdraw = Ask::delete(format!("{}/knocks/{}", other.path, fixture.pending.id));
    assert_eq!(bare(&sends(withdraw.by(fixture.person(Who::Pending))).await), nothing);
    assert_eq!(fixture.as_owner_sees().await, before);
}
