//! Groups by their names: create, find, join, add, remove, roles, messages to `#name`, and the door of admins.

use serde_json::{Value, json};

use crate::support::{Chat, DAY, Person, StreamPath, TestServer, on_both_paths};

/// Ana, Ben and Cleo, who are friends of Ana's.
async fn people(server: &TestServer) -> [Person; 3] {
    let people = [server.account("ana").await, server.account("ben").await, server.account("cleo").await];
    people[0].befriends(&people[1], "ben").await;
    people[0].befriends(&people[2], "cleo").await;
    people
}

/// A group of Ana's with Ben and Cleo, as its chat.
async fn a_group(server: &TestServer) -> ([Person; 3], Chat) {
    let people = people(server).await;
    let json = people[0].posts("/v1/groups", json!({"name": "book-club", "members": ["ben", "CLEO"]})).await.is(201).json;
    let id = json["chat_id"].as_str().unwrap().to_owned();
    let chat = Chat { path: format!("/v1/chats/{id}"), url: json["chat_url"].as_str().unwrap().into(), id, author: String::new(), json };
    (people, chat)
}

async fn puts_role(person: &Person, username: &str, role: &str) -> crate::support::Reply {
    person.patches(&format!("/v1/groups/book-club/members/{username}"), json!({"role": role})).await
}

fn roles(items: &[Value]) -> Vec<(&str, &str)> {
    items.iter().map(|item| (item["member"]["username"].as_str().unwrap_or(""), item["member"]["role"].as_str().unwrap())).collect()
}

/// Chaat API, *group with x people*; messaging, *create, describe a group*.
#[tokio::test]
async fn a_group_with_three_people_is_created_and_described() {
    let server = TestServer::start().await;
    let [ana, ben, _] = people(&server).await;
    let body = json!({"name": "Book-Club", "title": "Book club", "description": "We read\none book a month.", "members": ["ben", "cleo", "ana"]});
    let created = ana.posts("/v1/groups", body).await.is(201);
    let item = &created.json;
    assert_eq!(created.header("location"), item["chat_url"].as_str());
    let group = json!({"name": "book-club", "description": "We read\none book a month.", "members": 3});
    assert_eq!((&item["kind"], &item["group"], &item["title"]), (&json!("group"), &group, &json!("Book club")));
    assert_eq!((&item["admission"], &item["expires_in"], &item["me"]["role"]), (&json!("invite"), &json!(null), &json!("owner")));
    let card = ben.gets("/v1/groups/BOOK-CLUB").await.is(200).json;
    assert_eq!((&card["members"], &card["me"]["role"], &card["chat"]["chat_id"]), (&json!(3), &json!("member"), &item["chat_id"]));
    assert_eq!(ben.lists("/v1/chats?kind=group").await[0]["title"], "Book club");
    let members = ben.lists("/v1/groups/book-club/members").await;
    assert_eq!(roles(&members), [("ana", "owner"), ("ben", "member"), ("cleo", "member")]);
    assert_eq!((&members[0]["added_by"], &members[1]["added_by"]["username"]), (&json!(null), &json!("ana")));
    let changed = ana.patches("/v1/groups/book-club", json!({"title": null, "description": null})).await.is(200).json;
    assert_eq!((&changed["title"], &changed["group"]["description"]), (&json!(null), &json!(null)));
    assert_eq!(ben.lists("/v1/chats").await[0]["title"], "book-club", "without a title its name is shown");
    let eve = server.account("eve").await;
    let hidden = eve.gets("/v1/groups/book-club").await.is_problem(404, "not_found");
    assert_eq!(hidden.without_request_id(), eve.gets("/v1/groups/no-such-group").await.without_request_id());
    assert!(eve.lists("/v1/groups").await.is_empty());
}

/// Chaat API, *message by group name*.
#[tokio::test]
async fn members_write_to_a_group_by_its_name() {
    let server = TestServer::start().await;
    let ([ana, ben, cleo], chat) = a_group(&server).await;
    let sent = ben.posts("/v1/messages", json!({"to": "#Book-Club", "text": "Hello"})).await.is(201);
    assert!(sent.header("location").unwrap().ends_with(&format!("{}/messages/4", chat.path)));
    cleo.says(&chat, "Hello, Ben").await;
    assert_eq!(ana.gets(&format!("{}?limit=1", chat.path)).await.is(200).json["messages"][0]["text"], "Hello, Ben");
    assert_eq!(ana.lists("/v1/chats").await[0]["unread"], 2);
    let eve = server.account("eve").await;
    let strangers = eve.posts("/v1/messages", json!({"to": "#book-club", "text": "Hello"})).await.is_problem(404, "not_found");
    let nowhere = eve.posts("/v1/messages", json!({"to": "#no-such-group", "text": "Hello"})).await;
    assert_eq!(strangers.without_request_id(), nowhere.without_request_id());
    let keyed = json!({"to": "#book-club", "text": "Once"});
    let first = ana.posts_keyed("/v1/messages", "k", keyed.clone()).await.is(201).json;
    assert_eq!(ana.posts_keyed("/v1/messages", "k", keyed).await.is(201).json, first);
    ana.posts_keyed("/v1/messages", "k", json!({"to": "@ben", "text": "Once"})).await.is_problem(422, "invalid");
}

#[tokio::test]
async fn all_members_are_added_or_none() {
    let server = TestServer::start().await;
    let [ana, ..] = people(&server).await;
    server.account("dora").await;
    let refused = ana.posts("/v1/groups", json!({"name": "team-1", "members": ["ben", "dora"]})).await.is_problem(403, "not_accepted").json;
    assert_eq!(refused["usernames"], json!(["dora"]));
    ana.gets("/v1/groups/team-1").await.is(404);
    ana.posts("/v1/groups", json!({"name": "team-1", "members": ["nobody-here"]})).await.is_problem(404, "not_found");
    for body in
        [json!({"name": "x"}), json!({"name": "a b"}), json!({"name": "team-1", "description": ""}), json!({"name": "team-1", "expires_in": 1})]
    {
        ana.posts("/v1/groups", body).await.is_problem(422, "invalid");
    }
    let first = ana.posts_keyed("/v1/groups", "k", json!({"name": "team-1"})).await.is(201).json;
    assert_eq!(ana.posts_keyed("/v1/groups", "k", json!({"name": "team-1"})).await.is(201).json, first);
}

/// SEC-156: a name is taken or reserved; one that was given up is free again after 30 days.
#[tokio::test]
async fn the_name_of_a_group_is_its_own() {
    let server = TestServer::start().await;
    let ([mut ana, ben, _], _) = a_group(&server).await;
    for name in ["book-club", "BOOK-CLUB", "admin", "supp0rt"] {
        ben.posts("/v1/groups", json!({"name": name})).await.is_problem(409, "group_name_taken");
        ben.posts_keyed("/v1/groups", name, json!({"name": name})).await.is_problem(409, "group_name_taken");
    }
    ben.posts("/v1/groups", json!({"name": "ana"})).await.is(201);
    ana.patches("/v1/groups/book-club", json!({"name": "ana"})).await.is_problem(409, "group_name_taken");
    ana.patches("/v1/groups/book-club", json!({"name": "readers"})).await.is(200);
    ana.gets("/v1/groups/book-club").await.is(404);
    ana.gets("/v1/groups/readers").await.is(200);
    ana.deletes("/v1/groups/readers").await.is(204);
    ana.posts("/v1/groups", json!({"name": "book-club"})).await.is_problem(409, "group_name_taken");
    server.advance(DAY * 29).await;
    ana.signs_in("ana").await;
    ana.posts("/v1/groups", json!({"name": "readers"})).await.is_problem(409, "group_name_taken");
    server.advance(DAY).await;
    ana.signs_in("ana").await;
    ana.posts("/v1/groups", json!({"name": "readers"})).await.is(201);
}

/// Messaging, *add, leave*; chat server, *active, inactive participants*.
#[tokio::test]
async fn members_are_added_leave_and_come_back() {
    let server = TestServer::start().await;
    let ([ana, ben, cleo], chat) = a_group(&server).await;
    let dora = server.account("dora").await;
    ana.posts("/v1/groups/book-club/members", json!({"username": "dora"})).await.is_problem(403, "not_accepted");
    dora.patches("/v1/me", json!({"direct_messages": "anyone"})).await.is(200);
    ben.posts("/v1/groups/book-club/members", json!({"username": "dora"})).await.is_problem(403, "not_allowed");
    let added = ana.posts("/v1/groups/book-club/members", json!({"username": "dora"})).await.is(201).json;
    assert_eq!((&added["member"]["id"], &added["status"]), (&json!(4), &json!("active")));
    ana.posts("/v1/groups/book-club/members", json!({"username": "dora"})).await.is(200);
    ben.deletes("/v1/groups/book-club/members/cleo").await.is_problem(403, "not_allowed");
    ana.deletes("/v1/groups/book-club/members/cleo").await.is(204);
    cleo.gets(&chat.path).await.is(404);
    cleo.gets("/v1/groups/book-club/members").await.is(404);
    ben.deletes("/v1/groups/book-club/members/ben").await.is(204);
    let gone = ana.lists("/v1/groups/book-club/members?status=inactive").await;
    let removers: Vec<_> = gone.iter().map(|one| one["removed_by"]["username"].as_str().unwrap()).collect();
    assert_eq!(removers, ["ben", "ana"]);
    ana.patches("/v1/groups/book-club", json!({"admission": "open"})).await.is(200);
    cleo.posts("/v1/groups/book-club/members", json!({})).await.is_problem(403, "not_accepted");
    assert_eq!(ben.posts("/v1/groups/book-club/members", json!({})).await.is(201).json["member"]["id"], 2);
    ben.posts("/v1/groups/book-club/members", json!({})).await.is(200);
    ana.posts("/v1/groups/book-club/members", json!({"username": "cleo"})).await.is(201);
    let eve = server.account("eve").await;
    let listed = eve.lists("/v1/groups?search=BOOK").await;
    assert_eq!((&listed[0]["name"], &listed[0]["members"], &listed[0]["chat"]), (&json!("book-club"), &json!(4), &json!(null)));
    eve.gets(&chat.path).await.is(404);
    eve.posts(&chat.path, json!({"text": "Hello"})).await.is(404);
    eve.posts("/v1/groups/book-club/members", json!({})).await.is(201);
    assert_eq!(eve.gets("/v1/groups/book-club").await.is(200).json["me"]["id"], 5);
}

#[tokio::test]
async fn the_owner_gives_roles_and_hands_over() {
    let server = TestServer::start().await;
    let ([ana, ben, cleo], chat) = a_group(&server).await;
    puts_role(&ben, "cleo", "admin").await.is_problem(403, "not_allowed");
    assert_eq!(puts_role(&ana, "ben", "admin").await.is(200).json["role"], "admin");
    puts_role(&ana, "ana", "member").await.is_problem(422, "invalid");
    puts_role(&ana, "nobody-here", "admin").await.is_problem(404, "not_found");
    ben.patches(&chat.path, json!({"title": "Ours"})).await.is(200);
    for body in [json!({"expires_in": 3_600}), json!({"name": "ours"}), json!({"title": "x", "expires_in": null})] {
        ben.patches(&chat.path, body).await.is_problem(403, "not_allowed");
    }
    ben.deletes(&chat.path).await.is_problem(403, "not_allowed");
    ben.deletes(&format!("{}/members/1", chat.path)).await.is_problem(409, "owner_cannot_leave");
    let message = cleo.says(&chat, "Hello").await;
    ben.deletes(&format!("{}/messages/{message}", chat.path)).await.is(204);
    let anas = ana.says(&chat, "Mine").await;
    ben.deletes(&format!("{}/messages/{anas}", chat.path)).await.is_problem(403, "not_allowed");
    puts_role(&ana, "cleo", "owner").await.is(200);
    let members = ana.lists("/v1/groups/book-club/members").await;
    assert_eq!(roles(&members), [("ana", "admin"), ("ben", "admin"), ("cleo", "owner")]);
    cleo.deletes("/v1/groups/book-club/members/cleo").await.is(204);
    assert_eq!(roles(&ana.lists("/v1/groups/book-club/members").await), [("ana", "owner"), ("ben", "admin")]);
    ana.deletes("/v1/me").await.is(204);
    assert_eq!(roles(&ben.lists("/v1/groups/book-club/members").await), [("ben", "owner")]);
    ben.patches(&chat.path, json!({"expires_in": 3_600})).await.is(200);
    ben.patches(&chat.path, json!({"expires_in": null})).await.is(200);
    ben.deletes("/v1/groups/book-club/members/ben").await.is(204);
    ben.gets("/v1/groups/book-club").await.is(404);
}

#[tokio::test]
async fn what_is_for_groups_is_refused_elsewhere() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for body in [json!({"name": "x1"}), json!({"description": "x"}), json!({"expires_in": null}), json!({"admission": "invite"})] {
        ana.patches(&chat.path, body).await.is_problem(422, "invalid");
    }
    ana.patches(&format!("{}/members/1", chat.path), json!({"role": "admin"})).await.is_problem(403, "not_allowed");
    ana.patches(&chat.path, json!({"title": "Plans"})).await.is(200);
    assert_eq!(ana.patches(&chat.path, json!({"title": null})).await.is(200).json["title"], Value::Null);
}

async fn an_admin_has_the_door(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ([ana, ben, _], chat) = a_group(&server).await;
    let mut bens = ben.follows(&chat).await;
    assert!(bens.hello.data["door"].is_null());
    puts_role(&ana, "ben", "admin").await.is(200);
    assert_eq!(bens.expect("member_updated").await.data["member"]["role"], "admin");
    bens.expect("bye").await;
    bens.expect_end().await;
    let mut bens = ben.follows(&chat).await;
    assert_eq!(bens.hello.data["door"], 0);
    let link = ben.shares(&chat).await;
    bens.expect("link_created").await;
    let mut guest = server.person();
    let knock = guest.knocks(&link, "Guest").await;
    assert_eq!(bens.expect("knock").await.data["knock"]["name"], "Guest");
    ben.lets_in(&link, &knock).await;
    let joined = bens.expect("member_joined").await;
    assert_eq!(joined.data["by"]["username"], "ben");
    assert_eq!(bens.expect("knock_decided").await.data["by"]["username"], "ben");
    guest.says(&chat, "Thank you").await;
    bens.expect("message").await;
    puts_role(&ana, "ben", "member").await.is(200);
    bens.expect("member_updated").await;
    bens.expect("bye").await;
    ben.gets(&format!("{}/knocks", chat.path)).await.is_problem(403, "not_allowed");
    let mut bens = ben.follows(&chat).await;
    assert!(bens.hello.data["door"].is_null());
    ana.deletes("/v1/groups/book-club/members/ben").await.is(204);
    assert_eq!(bens.expect("member_left").await.data["reason"], "removed");
    bens.expect_end().await;
}

async fn an_admin_who_is_removed_hears_no_more(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ([ana, ben, _], chat) = a_group(&server).await;
    puts_role(&ana, "ben", "admin").await.is(200);
    let mut bens = ben.follows(&chat).await;
    assert!(!bens.hello.data["door"].is_null());
    ana.deletes("/v1/groups/book-club/members/ben").await.is(204);
    ana.says(&chat, "He is gone").await;
    assert_eq!(bens.expect("member_left").await.data["member"]["username"], "ben");
    bens.expect_end().await;
}

on_both_paths!(an_admin_has_the_door, an_admin_who_is_removed_hears_no_more);

#[tokio::test]
async fn accounts_knock_at_a_group_by_its_name() {
    let server = TestServer::start().await;
    let ([ana, ben, cleo], chat) = a_group(&server).await;
    let eve = server.account("eve").await;
    let path = "/v1/groups/book-club/knocks";
    let mine = format!("{path}/mine");
    eve.posts(path, json!({})).await.is_problem(404, "not_found");
    ana.patches("/v1/groups/book-club", json!({"admission": "knock"})).await.is(200);
    eve.gets(&mine).await.is(404);
    let knocked = eve.posts(path, json!({"note": "I read too"})).await.is(201).json;
    assert_eq!((&knocked["link_url"], &knocked["client_id"], &knocked["status"]), (&json!(null), &json!(null), &json!("pending")));
    assert_eq!(eve.posts(path, json!({})).await.is(200).json, knocked, "one knock is enough");
    assert_eq!(eve.gets(&mine).await.is(200).json, knocked);
    let waiting = ana.lists(&format!("{}/knocks?status=pending", chat.path)).await;
    assert_eq!((&waiting[0]["username"], &waiting[0]["note"], &waiting[0]["link_id"]), (&json!("eve"), &json!("I read too"), &json!(null)));
    assert_eq!(ana.lists("/v1/chats").await[0]["pending"], 1);
    assert!(ana.lists(&format!("{}/links", chat.path)).await.is_empty(), "the name is no link that is listed");
    eve.deletes(&mine).await.is(204);
    let again = eve.posts(path, json!({})).await.is(201).json;
    puts_role(&ana, "ben", "admin").await.is(200);
    ben.posts("/v1/approval", json!({"chat_url": chat.url, "knock_ids": [again["knock_id"]]})).await.is(200);
    let admitted = eve.gets(&mine).await.is(200).json;
    assert_eq!((&admitted["status"], &admitted["chat_url"], &admitted["member"]["role"]), (&json!("approved"), &json!(chat.url), &json!("member")));
    assert_eq!(eve.posts(path, json!({})).await.is(200).json["status"], "approved");
    assert_eq!(roles(&ana.lists("/v1/groups/book-club/members").await).last(), Some(&("eve", "member")));
    ana.deletes("/v1/groups/book-club/members/eve").await.is(204);
    eve.posts(path, json!({})).await.is_problem(403, "not_accepted");
    cleo.deletes("/v1/groups/book-club/members/cleo").await.is(204);
    ana.patches("/v1/groups/book-club", json!({"admission": "open"})).await.is(200);
    let back = cleo.posts(path, json!({})).await.is(201).json;
    assert_eq!((&back["status"], &back["member"]["id"]), (&json!("approved"), &json!(3)));
}

async fn a_new_name_reaches_groups_and_direct_chats(path: StreamPath) {
    let server = TestServer::on(path).await;
    let ([ana, mut ben, _], group) = a_group(&server).await;
    let direct = ana.begins("ben", "Hello").await;
    let own = ben.creates_a_chat().await;
    let (mut heard, mut heard_directly) = (ana.follows(&group).await, ana.follows(&direct).await);
    ben.patches("/v1/me", json!({"name": "Cleo"})).await.is(200);
    let updated = heard.expect("member_updated").await;
    assert_eq!(updated.data["member"], json!({"id": 2, "name": "Cleo (2)", "role": "member", "username": "ben"}), "a name is unique in a group");
    assert_eq!(heard_directly.expect("member_updated").await.data["member"]["name"], "Cleo");
    assert_eq!(ana.gets(&direct.path).await.is(200).json["chat"]["with"], json!({"username": "ben", "name": "Cleo"}));
    assert_eq!(ben.gets(&own.path).await.is(200).json["chat"]["me"]["name"], "Ana", "link chats keep what was entered there");
}

on_both_paths!(a_new_name_reaches_groups_and_direct_chats);
