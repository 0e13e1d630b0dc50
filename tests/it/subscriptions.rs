//! Subscriptions behave alike as server-sent events and on the socket: each scene runs on both.

use serde_json::{Value, json};

use crate::both_transports::problem;
use crate::stream_ends::comes_in;
use crate::support::{Client, TestServer, Transport, on_both_transports};

async fn a_subscription_resumes_where_it_was(transport: Transport) {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let (mut ana, mut ben) = (Client::open(transport, &ana).await, Client::open(transport, &ben).await);
    ben.follows(&chat.id, None).await.unwrap();
    ana.says(&chat.id, "one").await;
    let last = ben.expects(&chat.id, "message").await.id.unwrap();
    ben.stops(&chat.id).await;
    ana.says(&chat.id, "two").await;
    ana.says(&chat.id, "three").await;
    assert_eq!(ben.follows(&chat.id, Some(&last)).await.unwrap()["resumed"], true);
    for text in ["two", "three"] {
        assert_eq!(ben.expects(&chat.id, "message").await.data["text"], text);
    }
    assert_eq!(ben.follows(&chat.id, Some("4")).await.unwrap()["resumed"], true);
    assert_eq!(ben.expects(&chat.id, "message").await.data["text"], "three");
    ben.follows(&chat.id, Some("0")).await.unwrap();
    for name in ["member_joined", "member_joined", "message", "message", "message"] {
        ben.expects(&chat.id, name).await;
    }
    for nonsense in ["00000000-3", "nonsense", "99"] {
        assert_eq!(ben.follows(&chat.id, Some(nonsense)).await.unwrap()["resumed"], false);
        ben.expects(&chat.id, "reset").await;
        let seq = ana.says(&chat.id, "on").await;
        assert_eq!(ben.expects(&chat.id, "message").await.data["seq"], seq);
        ben.stops(&chat.id).await;
    }
}

async fn the_owner_hears_the_door_and_what_it_forgot(transport: Transport) {
    let server = TestServer::with(&["--chat-door", "4"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut client = Client::open(transport, &ana).await;
    let hello = client.follows(&chat.id, None).await.unwrap();
    assert_eq!(hello["door"], 0);
    let link = ana.shares(&chat).await;
    assert_eq!(client.expects(&chat.id, "link_created").await.id.unwrap(), format!("{}-1-1", hello["epoch"].as_str().unwrap()));
    let mut ben = server.person();
    let knock = ben.knocks(&link, "Ben").await;
    assert_eq!(client.expects(&chat.id, "knock").await.data["knock"]["knock_id"], json!(knock.id));
    ana.lets_in(&link, &knock).await;
    let mut heard = [client.event(&chat.id).await.name, client.event(&chat.id).await.name];
    heard.sort();
    assert_eq!(heard, ["knock_decided", "member_joined"]);
    for _ in 0..4 {
        ana.shares(&chat).await;
    }
    client.stops(&chat.id).await;
    let cursor = format!("{}-2-1", hello["epoch"].as_str().unwrap());
    assert_eq!(client.follows(&chat.id, Some(&cursor)).await.unwrap()["resumed"], true);
    let gap = client.expects(&chat.id, "gap").await;
    assert_eq!(gap.data, json!({"chat_id": chat.id, "log": "door", "from": 2, "to": 3}));
    for _ in 0..4 {
        client.expects(&chat.id, "link_created").await;
    }
}

async fn a_subscription_ends_with_the_membership_and_with_the_chat(transport: Transport) {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let mut client = Client::open(transport, &ben).await;
    client.follows(&chat.id, None).await.unwrap();
    ana.removes(&chat, 2).await.is(204);
    let left = client.expects(&chat.id, "member_left").await;
    assert_eq!((&left.data["member"]["id"], &left.data["reason"]), (&json!(2), &json!("removed")));
    client.is_over(&chat.id).await;
    assert_eq!(problem(&client.follows(&chat.id, None).await), (404, "not_found", ""));
    assert_eq!(problem(&client.sends(&chat.id, json!({"text": "Still here?"}), None).await), (404, "not_found", ""));
    let mut owner = Client::open(transport, &ana).await;
    owner.follows(&chat.id, None).await.unwrap();
    ana.deletes(&chat.path).await.is(204);
    let closed = owner.expects(&chat.id, "chat_closed").await;
    assert_eq!(closed.data, json!({"chat_id": chat.id, "reason": "closed"}));
    owner.is_over(&chat.id).await;
}

async fn who_came_later_hears_of_earlier_messages_only_that_they_changed(transport: Transport) {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"name": "Ana", "history": "since_join"})).await;
    let mut owner = Client::open(transport, &ana).await;
    let seq = owner.says(&chat.id, "Before").await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let mut client = Client::open(transport, &ben).await;
    client.follows(&chat.id, Some("0")).await.unwrap();
    client.expects(&chat.id, "member_joined").await;
    owner.edits(&chat.id, seq, json!("Secret")).await.unwrap();
    assert_eq!(client.expects(&chat.id, "message_edited").await.data, json!({"chat_id": chat.id, "seq": 4, "target": seq}));
    assert_eq!(problem(&client.reacts(&chat.id, seq, "👍", true).await), (404, "not_found", ""));
}

async fn an_account_hears_all_its_chats_and_misses_nothing(transport: Transport) {
    let server = TestServer::start().await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    let (mut anas, mut bens) = (Client::open(transport, &ana).await, Client::open(transport, &ben).await);
    assert!(bens.follows_me(&[]).await.unwrap()["sent_at"].is_string());
    let state = bens.my_event().await;
    assert_eq!((state.name.as_str(), &state.data["chats"]), ("state", &json!([])));
    let sent = anas.sends_to("@ben", "Hello").await.unwrap();
    let chat = sent["chat_id"].as_str().unwrap().to_owned();
    let mut last = None;
    for name in ["chat_added", "member_joined", "member_joined", "message"] {
        let event = bens.my_event().await;
        assert_eq!(event.name, name);
        last = event.id.or(last);
    }
    assert_eq!(bens.sends_to("@ana", "Hi").await.unwrap()["seq"], 4);
    assert_eq!(bens.my_event().await.data["text"], "Hi");
    drop(bens);
    anas.says(&chat, "Are you there?").await;
    let mut bens = Client::open(transport, &ben).await;
    bens.follows_me(&[(&chat, &last.unwrap())]).await.unwrap();
    assert_eq!(bens.my_event().await.name, "state");
    for text in ["Hi", "Are you there?"] {
        let event = bens.my_event().await;
        assert_eq!((event.name.as_str(), &event.data["text"]), ("message", &json!(text)));
        assert!(event.id.unwrap().starts_with(&format!("{chat}/")));
    }
    let cleo = server.account("cleo").await;
    cleo.sends_request("ben").await;
    assert_eq!(bens.my_event().await.name, "friend_request");
    bens.follows_me(&[(&chat, "nonsense")]).await.unwrap();
    assert_eq!((bens.my_event().await.name, bens.my_event().await.name), ("state".into(), "reset".into()));
}

async fn a_new_role_ends_the_subscription_with_bye_and_it_resumes_with_the_door(transport: Transport) {
    let server = TestServer::start().await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    let group = ana.founds("readers", &["ben"]).await;
    let mut client = Client::open(transport, &ben).await;
    assert_eq!(client.follows(&group.id, None).await.unwrap()["door"], Value::Null);
    ana.patches("/v1/groups/readers/members/ben", json!({"role": "admin"})).await.is(200);
    let updated = client.expects(&group.id, "member_updated").await;
    let bye = match transport {
        Transport::Http => client.event(&group.id).await,
        Transport::Socket => client.expects(&group.id, "bye").await,
    };
    assert_eq!(bye.name, "bye");
    client.is_over(&group.id).await;
    let hello = client.follows(&group.id, updated.id.as_deref()).await.unwrap();
    assert_eq!((&hello["resumed"], hello["door"].is_u64()), (&json!(true), true));
    client.sends_to("#readers", "I am an admin").await.unwrap();
    assert_eq!(client.expects(&group.id, "message").await.data["text"], "I am an admin");
}

on_both_transports!(
    a_subscription_resumes_where_it_was,
    the_owner_hears_the_door_and_what_it_forgot,
    a_subscription_ends_with_the_membership_and_with_the_chat,
    who_came_later_hears_of_earlier_messages_only_that_they_changed,
    an_account_hears_all_its_chats_and_misses_nothing,
    a_new_role_ends_the_subscription_with_bye_and_it_resumes_with_the_door,
);
