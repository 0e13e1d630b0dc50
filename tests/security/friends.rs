//! SEC-066, SEC-153, SEC-154: blocks that cannot be noticed, searching, and friend requests.

use serde_json::{Value, json};

use crate::support::{Chat, Event, Link, Person, Reply, StreamPath, TestServer, on_both_paths};

/// Replaces what may differ between two worlds: ids and what is derived from them, times, and the name of the other person.
fn neutral(value: &Value, other: &str) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| neutral(item, other)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), neutral_field(name, field, other))).collect::<serde_json::Map<_, _>>().into()
        }
        Value::String(text) if text == other => json!("<other>"),
        Value::String(text) if text.len() == 36 && text.matches('-').count() == 4 => json!("<id>"),
        Value::String(text) if text.len() == 24 && text.ends_with('Z') => json!("<time>"),
        value => value.clone(),
    }
}

fn neutral_field(name: &str, field: &Value, other: &str) -> Value {
    match (name, field) {
        ("code", Value::String(words)) if words.contains(char::is_whitespace) => json!("<words>"),
        ("link_url" | "ticket", Value::String(_)) => json!(format!("<{name}>")),
        _ => neutral(field, other),
    }
}

/// Returns all of a response that must not depend on a block.
fn bare(reply: &Reply, other: &str) -> String {
    let mut headers: Vec<_> = reply.headers.iter().map(|(name, _)| name.as_str()).collect();
    headers.sort_unstable();
    format!("{} {headers:?} {}", reply.status, neutral(&reply.json, other))
}

fn told(event: &Event, other: &str) -> String {
    format!("{} {}", event.name, neutral(&event.data, other))
}

/// How somebody may stand to the person whom they then block, or leave alone.
#[derive(Clone, Copy, Debug)]
enum Before {
    Strangers,
    Friends,
    Asked,
    WasAsked,
}

/// Brings about `before` between Ana and `other`, who then turns away: with a block, or with the open acts that a block must look like.
async fn turn_away(ana: &Person, person: &Person, other: &str, before: Before, blocks: bool) {
    match before {
        Before::Strangers => {}
        Before::Friends => ana.befriends(person, other).await,
        Before::Asked => drop(ana.sends_request(other).await),
        Before::WasAsked => drop(person.sends_request("ana").await),
    }
    if blocks {
        person.blocks("ana").await;
        return;
    }
    person.unfriends("ana").await;
    let own = person.lists("/v1/friend-requests?direction=outgoing&status=pending").await;
    for request in own {
        person.takes_back(request["id"].as_str().unwrap()).await.is(204);
    }
}

/// Returns all that Ana learns from doing with `other` what people do.
async fn learns(ana: &Person, other: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let user = format!("/v1/users/{other}");
    seen.push(ana.gets(&user).await);
    seen.push(ana.gets(&format!("/v1/users?search={other}")).await);
    seen.push(ana.gets("/v1/friends").await);
    let asked = ana.asks(other).await;
    let request = asked.json["id"].as_str().unwrap().to_owned();
    seen.extend([asked, ana.asks(other).await, ana.gets(&user).await, ana.gets("/v1/friend-requests").await]);
    seen.push(ana.gets("/v1/friend-requests?direction=outgoing&status=pending").await);
    seen.push(ana.answers(&request, "accepted").await);
    seen.extend([ana.takes_back(&request).await, ana.takes_back(&request).await, ana.gets("/v1/friend-requests").await]);
    seen.extend([ana.asks(other).await, ana.deletes(&format!("/v1/friends/{other}")).await, ana.gets("/v1/blocks").await]);
    seen.push(ana.gets(&user).await);
    seen.iter().map(|reply| bare(reply, other)).collect()
}

/// Returns all that Ana learns from knocking at a chat of somebody who decides nothing, and then revokes the link.
async fn learns_at_the_door(ana: &Person, other: &Person, chat: &Chat, link: &Link) -> Vec<String> {
    let (knocks, approval) = (format!("{}/knocks", link.path), format!("/v1/approval?link_url={}", link.url));
    let (mut seen, mut events) = (Vec::new(), Vec::new());
    for end in ["withdraws", "is declined"] {
        let knocked = ana.posts(&knocks, json!({"note": "It is me"})).await.is(201);
        let own = format!("{knocks}/{}", knocked.json["knock_id"].as_str().unwrap());
        let mut waiting = ana.waits(link).await;
        seen.extend([knocked, ana.posts(&knocks, json!({})).await, ana.gets(&link.path).await, ana.gets(&chat.path).await]);
        seen.extend([ana.gets(&approval).await, ana.nobody().gets(&approval).await, ana.posts("/v1/tickets", json!({"link_id": link.id})).await]);
        match end {
            "withdraws" => seen.push(ana.deletes(&own).await),
            _ => drop(other.deletes(&link.path).await.is(204)),
        }
        events.extend([waiting.hello.clone(), waiting.expect("knock_decided").await]);
        waiting.expect_end().await;
        seen.extend([ana.deletes(&own).await, ana.gets(&link.path).await, ana.gets(&approval).await, ana.nobody().gets(&approval).await]);
    }
    seen.push(ana.posts(&knocks, json!({})).await);
    let events = events.iter().map(|event| told(event, "ben"));
    seen.iter().map(|reply| bare(reply, "ben")).chain(events).collect()
}

/// Plays the scene once with a block and once without; returns what Ana learns from answers and from her stream.
async fn scene(path: StreamPath, before: Before, setting: &Value, blocks: bool) -> (Vec<String>, Vec<String>) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ben.patches("/v1/me", setting.clone()).await.is(200);
    let (mut stream, _) = ana.follows_me().await;
    let chat = ben.clone().creates(json!({})).await;
    let link = ben.shares(&chat).await;
    turn_away(&ana, &ben, "ben", before, blocks).await;
    let mut seen = learns(&ana, "ben").await;
    seen.extend(learns_at_the_door(&ana, &ben, &chat, &link).await);
    ana.patches("/v1/me", json!({"name": "Last"})).await.is(200);
    let mut events = Vec::new();
    while events.last().is_none_or(|event: &String| !event.starts_with("me_updated")) {
        events.push(told(&stream.next().await, "ben"));
    }
    (seen, events)
}

/// Who is blocked gets, byte for byte but for ids and times, what non-friends get of somebody to whom nobody may write.
async fn sec_066_who_is_blocked_learns_nothing_of_it(path: StreamPath) {
    for before in [Before::Strangers, Before::Friends, Before::Asked, Before::WasAsked] {
        for setting in [json!({"direct_messages": "nobody"}), json!({"direct_messages": "friends"})] {
            let (blocked, unblocked) = (scene(path, before, &setting, true).await, scene(path, before, &setting, false).await);
            assert_eq!(blocked, unblocked, "{before:?} {setting}");
        }
    }
}

#[tokio::test]
async fn sec_066_who_is_blocked_may_not_write_and_is_not_heard() {
    let server = TestServer::start().await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ben.patches("/v1/me", json!({"direct_messages": "anyone"})).await.is(200);
    assert_eq!(ana.looks_up("ben").await["accepts_messages"], true);
    ben.blocks("ana").await;
    assert_eq!(ana.looks_up("ben").await["accepts_messages"], false);
    assert_eq!(ben.looks_up("ana").await["accepts_messages"], false);
    let (mut stream, _) = ben.follows_me().await;
    let hidden = ana.sends_request("ben").await;
    assert!(ben.lists("/v1/friend-requests").await.is_empty());
    assert_eq!(ben.looks_up("ana").await["friendship"], "none");
    ben.answers(&hidden, "accepted").await.is_problem(404, "not_found");
    ben.unblocks("ana").await;
    assert!(ben.lists("/v1/friend-requests").await.is_empty(), "what was asked meanwhile stays hidden");
    ben.patches("/v1/me", json!({"name": "Last"})).await.is(200);
    stream.expect("me_updated").await;
    assert_eq!(ben.asks("ana").await.is(200).json["id"], json!(hidden), "it is crossed");
    assert_eq!(ana.lists("/v1/friends").await.len(), 1);
}

async fn sec_066_who_blocks_does_not_hear_the_blocked_knock(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    let chat = ben.clone().creates(json!({})).await;
    let link = ben.shares(&chat).await;
    ben.blocks("ana").await;
    let mut stream = ben.follows(&chat).await;
    let hidden = ana.clone().knocks(&link, "Ana").await;
    let approval = format!("/v1/approval?link_url={}", link.url);
    assert_eq!(ana.gets(&approval).await.json["status"], "pending");
    assert_eq!(ben.gets(&approval).await.json["status"], Value::Null);
    for status in ["", "?status=pending"] {
        assert!(ben.lists(&format!("{}/knocks{status}", chat.path)).await.is_empty());
    }
    let door = async || ben.lists(&format!("{}/activity?log=door", chat.path)).await;
    assert_eq!(door().await.len(), 1);
    for which in [json!({"link_url": link.url}), json!({"chat_url": chat.url})] {
        let mut named = which.clone();
        named["knock_id"] = json!(hidden.id);
        ben.posts("/v1/approval", named).await.is_problem(404, "not_found");
    }
    ben.posts("/v1/approval", json!({"link_url": link.url})).await.is_problem(409, "nobody_knocked");
    let mut cleo = server.person();
    let seen = cleo.knocks(&link, "Cleo").await;
    assert_eq!(stream.expect("knock").await.data["knock"]["knock_id"], json!(seen.id), "it is the first that is told");
    let decided = ben.posts("/v1/approval", json!({"link_url": link.url})).await.is(200).json["decided"].clone();
    assert_eq!(decided, json!([seen.id]), "nor does it make several");
    ana.deletes(&format!("{}/knocks/{}", link.path, hidden.id)).await.is(204);
    ben.says(&chat, "Last").await;
    let mut told = [stream.next().await.name, stream.next().await.name, stream.next().await.name];
    told.sort_unstable();
    assert_eq!(told, ["knock_decided", "member_joined", "message"], "the two logs of the chat, in any order");
    assert_eq!(door().await.len(), 3);
    ben.unblocks("ana").await;
    assert!(ben.lists(&format!("{}/knocks?status=withdrawn", chat.path)).await.is_empty(), "what was hidden stays so");
}

#[tokio::test]
async fn sec_153_accounts_are_listed_for_accounts_in_pages_60_times_a_minute() {
    let server = TestServer::start().await;
    let ana = server.account("ana").await;
    for name in ["ben", "cleo"] {
        server.person().signs_up(name).await.is(201);
    }
    ana.nobody().gets("/v1/users?search=be").await.is_problem(401, "unauthenticated");
    ana.nobody().gets("/v1/users/ben").await.is_problem(401, "unauthenticated");
    let page = ana.gets("/v1/users?limit=2").await.is(200).json;
    assert_eq!((page["items"].as_array().unwrap().len(), &page["has_more"]), (2, &json!(true)));
    let next = ana.gets(&format!("/v1/users?cursor={}", page["cursor"].as_str().unwrap())).await.is(200).json;
    assert_eq!((&next["items"][0]["username"], &next["has_more"]), (&json!("cleo"), &json!(false)));
    for _ in 2..60 {
        ana.gets("/v1/users?search=cl").await.is(200);
    }
    assert!(ana.gets("/v1/users?search=cl").await.is_problem(429, "too_many_searches").header("retry-after").is_some());
}

#[tokio::test]
async fn sec_153_who_does_not_want_to_be_found_is_not() {
    let server = TestServer::start().await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ben.patches("/v1/me", json!({"findable": false, "name": "Benjamin"})).await.is(200);
    for path in ["/v1/users", "/v1/users?search=ben", "/v1/users?search=benjamin"] {
        let found = ana.lists(path).await;
        assert!(found.iter().all(|user| user["username"] != "ben"), "{path}: {found:?}");
    }
    let hidden = ana.gets("/v1/users/ben").await.is_problem(404, "not_found");
    assert_eq!(hidden.without_request_id(), ana.gets("/v1/users/bob").await.without_request_id());
    assert_eq!(ana.asks("ben").await.is(201).json["to"]["name"], "ben", "nor does a request show the name");
    ben.patches("/v1/me", json!({"findable": true})).await.is(200);
    assert_eq!(ana.lists("/v1/users?search=benj").await.len(), 1);
}

#[tokio::test]
async fn sec_154_there_is_one_pending_request_a_pair_and_20_a_day() {
    let server = TestServer::start().await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.sends_request("ben").await;
    for _ in 0..30 {
        ana.asks("ben").await.is(200);
    }
    assert_eq!(ben.lists("/v1/friend-requests").await.len(), 1);
    for number in 1..20 {
        let name = format!("mila-{number}");
        server.person().signs_up(&name).await.is(201);
        ana.sends_request(&name).await;
    }
    server.person().signs_up("onemore").await.is(201);
    assert!(ana.asks("onemore").await.is_problem(429, "too_many_friend_requests").header("retry-after").is_some());
}

async fn sec_154_a_rejection_is_listed_and_never_pushed(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    let (mut stream, _) = ana.follows_me().await;
    let request = ana.sends_request("ben").await;
    ben.answers(&request, "rejected").await.is(200);
    ana.patches("/v1/me", json!({"name": "Last"})).await.is(200);
    stream.expect("me_updated").await;
    let listed = ana.lists("/v1/friend-requests?status=rejected").await;
    assert_eq!((listed.len(), &listed[0]["id"]), (1, &json!(request)));
    ana.asks("ben").await.is_problem(409, "rejected_recently");
}

#[tokio::test]
async fn sec_154_a_block_ends_friendship_and_requests_of_both() {
    let server = TestServer::start().await;
    let (ana, ben, eve) = (server.account("ana").await, server.account("ben").await, server.account("eve").await);
    ana.befriends(&ben, "ben").await;
    ana.sends_request("eve").await;
    for name in ["ben", "eve"] {
        ana.blocks(name).await;
        ana.asks(name).await.is_problem(409, "blocked_by_you");
    }
    for person in [&ana, &ben, &eve] {
        assert!(person.lists("/v1/friends").await.is_empty());
        assert!(person.lists("/v1/friend-requests?status=pending").await.is_empty());
    }
}

on_both_paths!(
    sec_066_who_is_blocked_learns_nothing_of_it,
    sec_066_who_blocks_does_not_hear_the_blocked_knock,
    sec_154_a_rejection_is_listed_and_never_pushed,
);
