//! SEC-026 to 029: how a knock ends, and what each person learns of it.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Chat, Knock, Link, Person, TestServer, seconds};

/// A chat, its owner, a link.
async fn a_door(server: &TestServer) -> (Person, Chat, Link) {
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    (ana, chat, link)
}

async fn calm() -> TestServer {
    TestServer::with(&["--rate-factor", "0"]).await
}

async fn members(owner: &Person, chat: &Chat) -> Vec<Value> {
    owner.gets(&format!("{}/members", chat.path)).await.is(200).json["items"].as_array().unwrap().clone()
}

async fn comes(person: &Person, link: &Link, name: &str) -> u16 {
    person.posts(&format!("{}/knocks", link.path), json!({"name": name})).await.status
}

#[tokio::test]
async fn sec_026_a_knock_waits_for_a_day() {
    let server = calm().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(json!({"expires_in": 7 * 86_400})).await;
    let link = ana.shares_so(&chat, json!({"expires_in": 7 * 86_400})).await;
    let knock = ben.knocks(&link, "Ben").await;
    let mut waiting = ben.waits(&link).await;
    server.clock.advance(seconds(86_399));
    assert_eq!(ben.status(&link, &knock).await, "pending");
    server.advance(seconds(1)).await;
    assert_eq!(ben.status(&link, &knock).await, "expired");
    assert_eq!(waiting.expect("knock_decided").await.data["status"], "expired");
    ana.decides(&link, &knock, true).await.is_problem(409, "already_decided");
    assert_eq!(members(&ana, &chat).await.len(), 1);
}

#[tokio::test]
async fn sec_026_a_withdrawn_knock_lets_nobody_in() {
    let server = calm().await;
    let (ana, chat, link) = a_door(&server).await;
    let mut ben = server.person();
    let knock = ben.knocks(&link, "Ben").await;
    let path = format!("{}/knocks/{}", link.path, knock.id);
    ben.deletes(&path).await.is(204);
    ben.deletes(&path).await.is(204);
    for approve in [true, false] {
        ana.decides(&link, &knock, approve).await.is_problem(409, "already_decided");
    }
    assert_eq!(ben.status(&link, &knock).await, "withdrawn");
    ben.gets(&chat.path).await.is_problem(404, "not_found");
    assert_eq!(members(&ana, &chat).await.len(), 1);
}

#[tokio::test]
async fn sec_026_a_decline_bars_that_address_with_that_name_twice_as_long_each_time() {
    let server = calm().await;
    let (ana, chat, link) = a_door(&server).await;
    let mut ben = server.person();
    for minutes in [10, 20, 40] {
        let knock = ben.nobody().knocks(&link, "Ben").await;
        ana.declines(&link, &knock).await;
        ben = ben.nobody();
        server.clock.advance(seconds(minutes * 60 - 1));
        for same in ["Ben", " ben ", "BEN", "Be\u{200b}n"] {
            let reply = ben.posts(&format!("{}/knocks", link.path), json!({"name": same})).await.is_problem(429, "declined_recently");
            assert_eq!(reply.header("retry-after"), Some("1"));
        }
        server.clock.advance(seconds(1));
    }
    let knock = ben.knocks(&link, "Ben").await;
    ana.declines(&link, &knock).await;
    assert_eq!(comes(&ben.nobody(), &link, "Somebody else").await, 201, "another name is not barred");
    assert_eq!(comes(&server.person(), &link, "Ben").await, 201, "another address is not barred");
    let other = ana.shares(&chat).await;
    assert_eq!(comes(&ben.nobody(), &other, "Ben").await, 201, "another link is not barred");
}

#[tokio::test]
async fn sec_026_a_guest_learns_a_reason_only_where_one_was_written() {
    let server = calm().await;
    let (ana, _, link) = a_door(&server).await;
    for reason in [None, Some("We are full tonight")] {
        let mut ben = server.person();
        let knock = ben.knocks(&link, "Ben").await;
        let mut waiting = ben.waits(&link).await;
        ana.posts("/v1/approval", json!({"link_url": link.url, "knock_id": knock.id, "approve": false, "reason": reason})).await.is(200);
        let told = waiting.expect("knock_decided").await.data;
        assert_eq!((&told["status"], &told["reason"]), (&json!("declined"), &json!(reason)));
        assert!(told["chat_url"].is_null() && told["member"].is_null());
        waiting.expect_end().await;
    }
}

#[tokio::test]
async fn sec_027_twenty_approvals_at_once_admit_one() {
    let server = calm().await;
    let (ana, chat, link) = a_door(&server).await;
    let mut ben = server.person();
    let knock: Knock = ben.knocks(&link, "Ben").await;
    let replies = join_all((0..20).map(|_| ana.decides(&link, &knock, true))).await;
    assert!(replies.iter().all(|reply| reply.status == 200 && reply.text == replies[0].text));
    assert_eq!(replies[0].json, json!({"approval_status": true, "decided": [knock.id]}));
    assert_eq!(members(&ana, &chat).await.len(), 2);
    ana.decides(&link, &knock, false).await.is_problem(409, "already_decided");
    ben.gets(&chat.path).await.is(200);
    let exchange = ben.gets(&link.path).await.is(200).json;
    assert_eq!(exchange["client_id"], json!(knock.client), "there is no second credential");
}

#[tokio::test]
async fn sec_027_what_ended_otherwise_stays_so() {
    let server = calm().await;
    let (ana, chat, link) = a_door(&server).await;
    let declined = server.person().knocks(&link, "Declined").await;
    ana.declines(&link, &declined).await;
    ana.declines(&link, &declined).await;
    ana.decides(&link, &declined, true).await.is_problem(409, "already_decided");
    let pending = server.person().knocks(&link, "Pending").await;
    let both = json!({"link_url": link.url, "knock_ids": [pending.id, declined.id]});
    ana.posts("/v1/approval", both).await.is_problem(409, "already_decided");
    assert_eq!(server.person().status(&link, &pending).await, "pending", "all or none");
    ana.deletes(&link.path).await.is(204);
    ana.decides(&link, &pending, true).await.is_problem(409, "already_decided");
    assert_eq!(members(&ana, &chat).await.len(), 1);
}

#[tokio::test]
async fn sec_028_names_and_notes_have_no_controls_and_no_bidi() {
    let server = calm().await;
    let (ana, chat, link) = a_door(&server).await;
    let path = format!("{}/knocks", link.path);
    let marks = format!("a{}", "\u{301}".repeat(9));
    let wrong = ["owner\u{202e}", "a\u{2066}b", "a\u{200f}b", "a\nb", "a\tb", "a\u{1b}[2J", "a\u{7f}", "a\u{85}b", "a\0", "", " ", marks.as_str()];
    for text in wrong {
        for field in ["name", "note"] {
            let reply = server.person().posts(&path, json!({field: text})).await.is_problem(422, "invalid");
            assert_eq!(reply.json["field"], field, "{text:?}");
        }
        ana.patches(&chat.path, json!({"title": text})).await.is_problem(422, "invalid");
        ana.posts("/v1/links", json!({"chat_url": chat.url, "label": text})).await.is_problem(422, "invalid");
    }
    for (field, most) in [("name", 40), ("note", 280)] {
        server.person().posts(&path, json!({field: "é".repeat(most + 1)})).await.is_problem(422, "invalid");
        server.person().posts(&path, json!({field: "é".repeat(most)})).await.is(201);
    }
}

#[tokio::test]
async fn sec_028_who_could_be_taken_for_a_member_is_flagged_to_the_owner_alone() {
    let server = calm().await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"name": "Owner"})).await;
    let link = ana.shares(&chat).await;
    for (number, name) in ["Owner", "Оwner", "owner\u{200b}", "OWNER", "0wner"].into_iter().enumerate() {
        let mut guest = server.person();
        let knock = guest.knocks(&link, name).await;
        let listed = ana.gets(&format!("{}/knocks?status=pending", chat.path)).await.json["items"][0].clone();
        assert_eq!(listed["name_taken"], json!(true), "{name:?}");
        let told = guest.gets(&link.path).await.text;
        assert!(!knock.json.to_string().contains("taken") && !told.contains("taken"), "{told}");
        ana.lets_in(&link, &knock).await;
        let mine = guest.gets(&link.path).await.json["member"]["name"].as_str().unwrap().to_owned();
        assert!(mine.starts_with(name) && mine.ends_with(&format!(" ({})", number + 2)), "{mine:?}");
    }
    let knock = server.person().knocks(&link, "Ben").await;
    let listed = ana.gets(&format!("{}/knocks?status=pending", chat.path)).await.json["items"][0].clone();
    assert_eq!((&listed["name_taken"], &listed["knock_id"]), (&json!(false), &json!(knock.id)));
}

#[tokio::test]
async fn sec_029_the_guests_credential_becomes_a_members_and_nobody_else_sees_it() {
    let server = calm().await;
    let (ana, chat, link) = a_door(&server).await;
    let mut stream = ana.follows_from(&chat, "garbage").await;
    stream.expect("reset").await;
    let mut ben = server.person();
    let knock = ben.knocks(&link, "Ben").await;
    ben.gets(&chat.path).await.is_problem(404, "not_found");
    ana.lets_in(&link, &knock).await;
    let me = ben.gets(&chat.path).await.is(200).json["chat"]["me"].clone();
    assert_eq!((&me["id"], &me["role"]), (&json!(2), &json!("member")));
    ben.says(&chat, "Here I am").await;
    let mut seen = String::new();
    let mut heard = Vec::new();
    while heard.last().is_none_or(|last| last != "message") {
        let event = stream.next().await;
        seen.push_str(&event.data.to_string());
        heard.push(event.name);
    }
    assert_eq!(heard.len(), 4, "{heard:?}");
    for part in ["", "/members", "/links", "/knocks", "/activity", "/activity?log=door", "/export"] {
        seen.push_str(&ana.gets(&format!("{}{part}", chat.path)).await.is(200).text);
    }
    seen.push_str(&ana.gets(&link.path).await.is(200).text);
    assert!(!seen.contains(&knock.client), "the owner saw the guest's credential");
    let bens = ben.gets(&chat.path).await.text + &ben.gets(&format!("{}/export", chat.path)).await.text;
    assert!(!bens.contains(&chat.author), "the guest saw the owner's credential");
}
