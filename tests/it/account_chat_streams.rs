//! The chats on the stream of an account: the state, their events, how they come and go.

use serde_json::{Value, json};

use crate::support::{Chat, Event, EventStream, Person, StreamPath, TestServer, on_both_paths, seconds};

/// Ana, Ben and Cleo, who are friends of Ana's.
async fn people(server: &TestServer) -> [Person; 3] {
    let people = [server.account("ana").await, server.account("ben").await, server.account("cleo").await];
    people[0].befriends(&people[1], "ben").await;
    people[0].befriends(&people[2], "cleo").await;
    people
}

impl Person {
    /// Creates a group with these members.
    pub(crate) async fn founds(&self, name: &str, members: &[&str]) -> Chat {
        let json = self.posts("/v1/groups", json!({"name": name, "members": members})).await.is(201).json;
        let id = json["chat_id"].as_str().unwrap().to_owned();
        Chat { path: format!("/v1/chats/{id}"), url: json["chat_url"].as_str().unwrap().into(), id, author: String::new(), json }
    }

    async fn gives_role(&self, group: &str, username: &str, role: &str) {
        self.patches(&format!("/v1/groups/{group}/members/{username}"), json!({"role": role})).await.is(200);
    }

    async fn adds(&self, group: &str, username: &str) {
        self.posts(&format!("/v1/groups/{group}/members"), json!({"username": username})).await.is(201);
    }
}

/// Returns a chat item of a list as `state` has it.
fn summary(item: &Value) -> Value {
    let mut item = item.clone();
    item.as_object_mut().unwrap().remove("last_message");
    item
}

/// Returns the id of an event that a chat's own stream gives this id.
#[expect(clippy::unnecessary_wraps, reason = "it is compared with the id of an event")]
fn id_in(chat: &Value, rest: &str) -> Option<String> {
    Some(format!("{}/{}-{rest}", chat["chat_id"].as_str().unwrap(), chat["epoch"].as_str().unwrap()))
}

async fn expect_removed(stream: &mut EventStream, chat: &str, reason: &str) {
    assert_eq!(stream.expect("chat_removed").await.data, json!({"chat_id": chat, "reason": reason}));
}

/// Reads `chat_added` and returns its item, whose head is `head`.
async fn expect_added(stream: &mut EventStream, head: u64) -> Value {
    let Event { data, id, .. } = stream.expect("chat_added").await;
    assert_eq!((&data["chat"]["head"], id), (&json!(head), None));
    data["chat"].clone()
}

async fn the_state_has_the_chats_and_own_knocks(path: StreamPath) {
    let server = TestServer::on(path).await;
    let [ana, ben, cleo] = people(&server).await;
    let (_, state) = cleo.follows_me().await;
    assert_eq!((&state.data["chats"], &state.data["more"], &state.data["knocks"]), (&json!([]), &json!(false), &json!([])));
    let group = ana.founds("readers", &["ben"]).await;
    ana.patches("/v1/groups/readers", json!({"admission": "knock"})).await.is(200);
    ben.writes("ana", "Hello").await.is(201);
    let link_chat = ben.clone().creates(json!({"title": "Plans"})).await;
    let link = ben.shares(&link_chat).await;
    let at_link = cleo.posts(&format!("{}/knocks", link.path), json!({})).await.is(201).json;
    let at_group = cleo.posts("/v1/groups/readers/knocks", json!({})).await.is(201).json;
    let state = cleo.follows_me().await.1.data;
    let knocks = state["knocks"].as_array().unwrap();
    assert!(knocks.len() == 2 && knocks.contains(&at_link) && knocks.contains(&at_group), "{knocks:?}");
    for person in [&ana, &ben] {
        let state = person.follows_me().await.1.data;
        let listed: Vec<_> = person.lists("/v1/chats").await.iter().map(summary).collect();
        assert_eq!((&state["chats"], &state["more"]), (&Value::from(listed), &json!(false)));
    }
    assert_eq!(ana.follows_me().await.1.data["chats"].as_array().unwrap().len(), 2);
    let of_group = ana.lists("/v1/chats?kind=group").await;
    assert_eq!((&of_group[0]["chat_id"], &of_group[0]["pending"]), (&json!(group.id), &json!(1)));
}

async fn a_chat_that_another_begins_is_added_before_its_events(path: StreamPath) {
    let server = TestServer::on(path).await;
    let [ana, ben, _] = people(&server).await;
    let ((mut anas, _), (mut bens, _)) = (ana.follows_me().await, ben.follows_me().await);
    let chat = ana.begins("ben", "Hello").await;
    for (stream, other) in [(&mut anas, "ben"), (&mut bens, "ana")] {
        let item = expect_added(stream, 0).await;
        assert_eq!((&item["chat_id"], &item["with"]["username"], &item["unread"]), (&json!(chat.id), &json!(other), &json!(0)));
        assert_eq!((&item["last_message"], &item["read"]), (&Value::Null, &json!(2)));
        for seq in ["1", "2"] {
            let joined = stream.expect("member_joined").await;
            assert_eq!((joined.id, &joined.data["chat_id"]), (id_in(&item, seq), &item["chat_id"]));
        }
        let message = stream.expect("message").await;
        assert_eq!((&message.data["text"], message.id), (&json!("Hello"), id_in(&item, "3")));
    }
    ben.says(&chat, "Hello, Ana").await;
    ben.puts(&format!("{}/receipt", chat.path), json!({"read": 3})).await.is(200);
    for stream in [&mut anas, &mut bens] {
        assert_eq!(stream.expect("message").await.data["seq"], 4);
    }
    server.advance(seconds(1)).await;
    let receipt = anas.expect("receipt").await;
    assert_eq!((&receipt.data["chat_id"], &receipt.data["read"], receipt.id), (&json!(chat.id), &json!(3), None));
}

async fn no_event_is_lost_or_doubled_while_a_stream_opens(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let [ana, ben, _] = people(&server).await;
    let chat = ana.begins("ben", "0").await;
    let writer = tokio::spawn({
        let (ana, chat) = (ana.clone().patient(), chat.clone());
        async move {
            for number in 1..=60 {
                ana.says(&chat, &number.to_string()).await;
            }
        }
    });
    for _ in 0..5 {
        let (mut stream, state) = ben.follows_me().await;
        let head = state.data["chats"][0]["head"].as_u64().unwrap();
        for seq in head + 1..=63 {
            assert_eq!(stream.expect("message").await.data["seq"], seq);
        }
    }
    writer.await.unwrap();
}

async fn who_is_added_leaves_and_is_removed_is_told(path: StreamPath) {
    let server = TestServer::on(path).await;
    let [ana, ben, cleo] = people(&server).await;
    let group = ana.founds("readers", &["ben"]).await;
    ana.says(&group, "Before").await;
    let ((mut cleos, _), (mut bens, _)) = (cleo.follows_me().await, ben.follows_me().await);
    ana.adds("readers", "cleo").await;
    let item = expect_added(&mut cleos, 3).await;
    assert_eq!((&item["last_message"]["text"], &item["me"]["id"], &item["unread"]), (&json!("Before"), &json!(3), &json!(0)));
    let joined = cleos.expect("member_joined").await;
    assert_eq!((&joined.data["member"]["username"], joined.id), (&json!("cleo"), id_in(&item, "4")));
    bens.expect("member_joined").await;
    ben.deletes("/v1/groups/readers/members/ben").await.is(204);
    ana.deletes("/v1/groups/readers/members/cleo").await.is(204);
    for (stream, reason) in [(&mut bens, "left"), (&mut cleos, "removed")] {
        assert_eq!(stream.expect("member_left").await.data["member"]["username"], "ben");
        if reason == "removed" {
            assert_eq!(stream.expect("member_left").await.data["reason"], "removed");
        }
        expect_removed(stream, &group.id, reason).await;
    }
    ana.says(&group, "Alone").await;
    ana.adds("readers", "cleo").await;
    let item = expect_added(&mut cleos, 7).await;
    assert_eq!(item["me"]["id"], 3);
    cleos.expect("member_joined").await;
    ana.deletes("/v1/groups/readers").await.is(204);
    assert_eq!(cleos.expect("chat_closed").await.data, json!({"chat_id": group.id, "reason": "closed"}));
    expect_removed(&mut cleos, &group.id, "closed").await;
    for (person, stream) in [(&ben, &mut bens), (&cleo, &mut cleos)] {
        person.patches("/v1/me", json!({"findable": false})).await.is(200);
        stream.expect("me_updated").await;
    }
}

async fn chats_of_links_come_and_go(path: StreamPath) {
    let server = TestServer::on(path).await;
    let [mut ana, ben, cleo] = people(&server).await;
    let ((mut anas, _), (mut bens, _)) = (ana.follows_me().await, ben.follows_me().await);
    let chat = ana.creates(json!({"expires_in": 600})).await;
    let item = expect_added(&mut anas, 0).await;
    assert_eq!((&item["chat_id"], &item["me"]["role"], &item["pending"]), (&json!(chat.id), &json!("owner"), &json!(0)));
    assert_eq!(anas.expect("member_joined").await.id, id_in(&item, "1-0"));
    let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    assert_eq!(anas.expect("link_created").await.id, id_in(&item, "1-1"));
    ben.posts(&format!("{}/knocks", link.path), json!({})).await.is(201);
    expect_added(&mut bens, 1).await;
    bens.expect("member_joined").await;
    ana.deletes(&format!("{}?evict=true", link.path)).await.is(204);
    assert_eq!(bens.expect("member_left").await.data["reason"], "evicted");
    expect_removed(&mut bens, &chat.id, "evicted").await;
    server.advance(seconds(600)).await;
    loop {
        let event = anas.next().await;
        if event.name == "chat_closed" {
            assert_eq!(event.data["reason"], "expired");
            break;
        }
    }
    expect_removed(&mut anas, &chat.id, "expired").await;
    let guest_chat = cleo.clone().creates(json!({})).await;
    let link = cleo.shares(&guest_chat).await;
    let mut guest = server.person();
    let knock = guest.knocks(&link, "Ben").await;
    cleo.lets_in(&link, &knock).await;
    guest.says(&guest_chat, "A guest").await;
    ben.posts("/v1/me/memberships", json!({"chat_url": guest_chat.url, "credential": knock.client})).await.is(200);
    let item = expect_added(&mut bens, 3).await;
    assert_eq!(item["last_message"]["text"], "A guest");
    assert_eq!(bens.expect("member_updated").await.data["member"]["username"], "ben");
}

async fn the_events_of_the_door_follow_the_right(path: StreamPath) {
    let server = TestServer::on(path).await;
    let [ana, ben, _] = people(&server).await;
    let group = ana.founds("readers", &["ben"]).await;
    let ((mut anas, state), (mut bens, _)) = (ana.follows_me().await, ben.follows_me().await);
    let item = state.data["chats"][0].clone();
    let link = ana.shares(&group).await;
    assert_eq!(anas.expect("link_created").await.id, id_in(&item, "2-1"));
    ana.gives_role("readers", "ben", "admin").await;
    assert_eq!(anas.expect("member_updated").await.id, id_in(&item, "3-1"));
    assert_eq!(bens.expect("member_updated").await.id, id_in(&item, "3"), "before, there was no door");
    let mut guest = server.person();
    guest.knocks(&link, "Guest").await;
    for stream in [&mut anas, &mut bens] {
        let knock = stream.expect("knock").await;
        assert_eq!((&knock.data["knock"]["name"], knock.id), (&json!("Guest"), id_in(&item, "3-2")));
    }
    ana.gives_role("readers", "ben", "member").await;
    assert_eq!(bens.expect("member_updated").await.id, id_in(&item, "4-2"));
    ana.shares(&group).await;
    ana.says(&group, "After").await;
    assert_eq!(bens.expect("message").await.id, id_in(&item, "5"), "the door is closed again");
}

async fn own_knocks_are_told_when_they_end(path: StreamPath) {
    let server = TestServer::on(path).await;
    let [ana, ben, cleo] = people(&server).await;
    let groups = [ana.founds("one", &[]).await, ana.founds("two", &[]).await, ana.founds("three", &[]).await];
    for name in ["one", "two", "three"] {
        ana.patches(&format!("/v1/groups/{name}"), json!({"admission": "knock"})).await.is(200);
    }
    let (mut cleos, _) = cleo.follows_me().await;
    let mut knocks = Vec::new();
    for name in ["one", "two", "three"] {
        knocks.push(cleo.posts(&format!("/v1/groups/{name}/knocks"), json!({})).await.is(201).json["knock_id"].clone());
    }
    let decide = async |index: usize, approve: bool| {
        let body = json!({"chat_url": groups[index].url, "knock_id": knocks[index], "approve": approve});
        ana.posts("/v1/approval", body).await.is(200);
    };
    decide(0, false).await;
    let declined = cleos.expect("knock_decided").await;
    assert_eq!((&declined.data["knock_id"], &declined.data["status"]), (&knocks[0], &json!("declined")));
    assert_eq!((&declined.data["chat_url"], declined.id), (&Value::Null, None));
    decide(1, true).await;
    expect_added(&mut cleos, 2).await;
    let approved = cleos.expect("knock_decided").await.data;
    assert_eq!((&approved["status"], &approved["chat_url"], &approved["member"]["id"]), (&json!("approved"), &json!(groups[1].url), &json!(2)));
    cleos.expect("member_joined").await;
    ana.deletes("/v1/groups/three").await.is(204);
    let over = cleos.expect("knock_decided").await.data;
    assert_eq!((&over["knock_id"], &over["status"]), (&knocks[2], &json!("expired")));
    let chat = ben.clone().creates(json!({})).await;
    let link = ben.shares(&chat).await;
    let knock = cleo.posts(&format!("{}/knocks", link.path), json!({})).await.is(201).json;
    cleo.deletes(&format!("{}/knocks/{}", link.path, knock["knock_id"].as_str().unwrap())).await.is(204);
    assert_eq!(cleos.expect("knock_decided").await.data["status"], "withdrawn");
}

async fn a_chat_that_was_cleared_begins_anew(path: StreamPath) {
    let server = TestServer::on(path).await;
    let [ana, ben, _] = people(&server).await;
    let chat = ana.begins("ben", "Hello").await;
    let (mut bens, _) = ben.follows_me().await;
    ben.deletes(&chat.path).await.is(204);
    expect_removed(&mut bens, &chat.id, "cleared").await;
    assert_eq!(ben.follows_me().await.1.data["chats"], json!([]));
    ana.puts_bare(&format!("{}/messages/3/reactions/%F0%9F%91%8D", chat.path)).await.is(204);
    ana.says(&chat, "Are you there?").await;
    let item = expect_added(&mut bens, 3).await;
    assert_eq!((&item["first"], &item["unread"], &item["last_message"]), (&json!(4), &json!(0), &Value::Null));
    assert_eq!(bens.expect("reaction").await.data, json!({"seq": 4, "chat_id": chat.id, "target": 3}), "the message is gone");
    assert_eq!(bens.expect("message").await.id, id_in(&item, "5"));
    ana.says(&chat, "Well?").await;
    bens.expect("message").await;
}

on_both_paths!(
    the_state_has_the_chats_and_own_knocks,
    a_chat_that_another_begins_is_added_before_its_events,
    no_event_is_lost_or_doubled_while_a_stream_opens,
    who_is_added_leaves_and_is_removed_is_told,
    chats_of_links_come_and_go,
    the_events_of_the_door_follow_the_right,
    own_knocks_are_told_when_they_end,
    a_chat_that_was_cleared_begins_anew,
);
