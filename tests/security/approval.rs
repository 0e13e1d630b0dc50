//! SEC-020 to 024: who may knock, who decides, how many may wait.

use std::net::Ipv4Addr;

use reqwest::Method;
use serde_json::json;

use crate::fixture::{Fixture, Who};
use crate::requests::{bare, nothing_here, sends};
use crate::support::{Link, Person, TestServer};

async fn pending(owner: &Person, chat: &str) -> usize {
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let page = owner.gets(&format!("{chat}/knocks?status=pending&limit=200{cursor}")).await.is(200).json;
        count += page["items"].as_array().unwrap().len();
        let Some(next) = page["cursor"].as_str().filter(|_| page["has_more"] == json!(true)) else { return count };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test]
async fn sec_020_a_foreign_page_cannot_make_a_visitor_knock() {
    let fixture = Fixture::opens().await;
    let before = fixture.as_owner_sees().await;
    let path = format!("{}/knocks", fixture.link.path);
    let somebody = fixture.server.person();
    for kind in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "application/jsonp",
        "",
    ] {
        for body in ["", "{}", "name=Ben"] {
            let request = somebody.request(Method::POST, &path).header("Content-Type", kind).body(body);
            sends(request).await.is_problem(415, "unsupported_media_type");
        }
    }
    for body in ["", "{}"] {
        sends(somebody.request(Method::POST, &path).body(body)).await.is_problem(415, "unsupported_media_type");
    }
    let twice = somebody.request(Method::POST, &path).header("Content-Type", "application/json").header("Content-Type", "text/plain");
    sends(twice.body("{}")).await.is_problem(415, "unsupported_media_type");
    assert_eq!(fixture.as_owner_sees().await, before);
    let json = somebody.request(Method::POST, &path).header("Content-Type", "Application/JSON; charset=utf-8");
    sends(json.body("")).await.is(201);
}

#[tokio::test]
async fn sec_021_only_the_owner_of_that_chat_decides() {
    let fixture = Fixture::opens().await;
    let nothing = nothing_here(&fixture.server).await;
    let before = fixture.as_owner_sees().await;
    for who in Who::ALL.into_iter().filter(|who| *who != Who::Owner) {
        let person = fixture.person(who);
        for approve in [true, false] {
            for which in [json!({"knock_id": fixture.pending.id}), json!({"knock_ids": [fixture.pending.id]}), json!({})] {
                let mut body = which;
                body["link_url"] = json!(fixture.link.url);
                body["approve"] = json!(approve);
                let reply = person.posts("/v1/approval", body).await;
                if who == Who::Guest {
                    reply.is_problem(403, "not_allowed");
                } else {
                    assert_eq!(bare(&reply), nothing, "{who:?}");
                }
            }
        }
    }
    assert_eq!(fixture.as_owner_sees().await, before);
    assert_eq!(fixture.person(Who::Pending).status(&fixture.link, &fixture.pending).await, "pending");
}

/// Even the guest's own credential in the owner's field opens nothing.
#[tokio::test]
async fn sec_021_nobody_approves_themselves() {
    let fixture = Fixture::opens().await;
    let nothing = nothing_here(&fixture.server).await;
    let client = &fixture.pending.client;
    let body = json!({"link_url": fixture.link.url, "knock_id": fixture.pending.id, "author_id": client});
    assert_eq!(bare(&fixture.person(Who::Nobody).posts("/v1/approval", body.clone()).await), nothing);
    assert_eq!(bare(&fixture.person(Who::Pending).posts("/v1/approval", body).await), nothing);
    assert_eq!(bare(&fixture.person(Who::Pending).gets(&fixture.chat.path).await), nothing);
}

#[tokio::test]
async fn sec_023_what_the_owner_sees_of_a_knock_is_no_credential() {
    let fixture = Fixture::opens().await;
    let nothing = nothing_here(&fixture.server).await;
    assert_ne!(fixture.pending.id, fixture.pending.client);
    let posing = fixture.server.person().showing(&fixture.pending.id);
    for path in [fixture.link.path.clone(), format!("{}/events", fixture.link.path), fixture.chat.path.clone()] {
        assert_eq!(bare(&posing.gets(&path).await), nothing);
    }
    let withdraw = format!("{}/knocks/{}", fixture.link.path, fixture.pending.id);
    assert_eq!(bare(&posing.deletes(&withdraw).await), nothing);
    assert_eq!(bare(&fixture.person(Who::Nobody).gets(&format!("{}?client_id={}", fixture.link.path, fixture.pending.id)).await), nothing);
    fixture.person(Who::Owner).lets_in(&fixture.link, &fixture.pending).await;
    assert_eq!(bare(&posing.gets(&fixture.chat.path).await), nothing);
}

async fn floods(person: &Person, link: &Link, times: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for number in 0..times {
        let reply = person.posts(&format!("{}/knocks", link.path), json!({"name": format!("Guest {number}")})).await;
        if reply.status == 429 {
            assert_eq!(reply.json["code"], "too_many_knocks");
            assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        }
        statuses.push(reply.status);
    }
    statuses
}

#[tokio::test]
async fn sec_024_one_address_cannot_fill_a_link() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let flooder = server.person_from(Ipv4Addr::new(127, 9, 9, 9));
    let statuses = floods(&flooder, &link, 1_000).await;
    assert!(statuses[..250].iter().all(|status| *status == 201), "a class fits");
    assert!(statuses[250..].iter().all(|status| *status == 429), "a quarter of the link's places");
    assert_eq!(pending(&ana, &chat.path).await, 250);
    flooder.gets(&link.path).await.is_problem(429, "too_many_knocks");
    for _ in 0..50 {
        assert_eq!(floods(&server.person(), &link, 1).await, [201], "others still fit");
    }
    let second = ana.shares(&chat).await;
    assert_eq!(floods(&flooder, &second, 1).await, [201], "the limit is per address and link");
}

#[tokio::test]
async fn sec_024_so_many_wait_on_a_link_and_in_a_chat() {
    let server = TestServer::with(&["--rate-factor", "0", "--link-knocks", "20", "--chat-knocks", "100"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for place in 0..5 {
        let link = ana.shares(&chat).await;
        for _ in 0..20 {
            assert_eq!(floods(&server.person(), &link, 1).await, [201]);
        }
        assert_eq!(floods(&server.person(), &link, 1).await, [429], "link {place} accepts twenty");
        assert_eq!(pending(&ana, &chat.path).await, 20 * (place + 1));
    }
    let last = ana.shares(&chat).await;
    assert_eq!(floods(&server.person(), &last, 1).await, [429], "the chat accepts a hundred");
    let oldest = ana.gets(&format!("{}/knocks?status=pending&limit=1", chat.path)).await.json["items"][0].clone();
    let decision = json!({"link_url": oldest["link_id"], "knock_id": oldest["knock_id"], "approve": false});
    ana.posts("/v1/approval", decision).await.is(200);
    assert_eq!(floods(&server.person(), &last, 1).await, [201], "a decision makes room");
}
