//! Push notifications: who is sent what, and when nobody is sent anything.

use serde_json::{Value, json};

use crate::support::{Browser, Chat, Link, Person, PushService, Socket, TestServer, seconds};

/// A chat called Market that Ana owns, with Ben as a member who has nothing open.
async fn market(server: &TestServer) -> (Person, Person, Chat, Link) {
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(json!({"name": "Ana", "title": "Market"})).await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    (ana, ben, chat, link)
}

#[tokio::test]
async fn a_member_who_has_nothing_open_is_sent_the_messages_of_others() {
    let server = TestServer::with_local_pushes().await;
    let (ana, ben, chat, _) = market(&server).await;
    let mut phone = PushService::open().await;
    let saved = ben.subscribes_so(&phone.browser, json!({"chat_url": chat.url, "text": true})).await.is(201).json;
    assert_eq!((&saved["chat_id"], &saved["text"]), (&json!(chat.id), &json!(true)));
    ben.says(&chat, "my own").await;
    ana.says(&chat, "Hello\n  there").await;
    let push = phone.next(&server).await;
    assert_eq!(push, json!({"kind": "message", "chat_id": chat.id, "title": "Market", "from": "Ana", "text": "Hello there", "unread": 1}));
    ben.says(&chat, "my own again").await;
    server.passes(5).await;
    assert!(phone.sink.is_quiet());
}

#[tokio::test]
async fn several_messages_are_sent_as_one_with_what_they_are_by_then() {
    let server = TestServer::with_local_pushes().await;
    let (ana, ben, chat, _) = market(&server).await;
    let (mut phone, mut tablet) = (PushService::open().await, PushService::open().await);
    ben.subscribes_so(&phone.browser, json!({"chat_url": chat.url, "text": true})).await.is(201);
    ben.subscribes_in(&tablet.browser, &chat).await;
    ana.says(&chat, "one").await;
    let two = ana.says(&chat, "two").await;
    let three = ana.says(&chat, "three").await;
    ana.patches(&format!("{}/messages/{two}", chat.path), json!({"text": "two, as edited"})).await.is(200);
    ana.deletes(&format!("{}/messages/{three}", chat.path)).await.is(204);
    let push = phone.next(&server).await;
    assert_eq!((&push["text"], &push["unread"]), (&json!("two, as edited"), &json!(2)));
    let push = tablet.next(&server).await;
    assert_eq!((push.get("text"), &push["unread"], &push["from"]), (None, &json!(2), &json!("Ana")));
    server.passes(5).await;
    assert!(phone.sink.is_quiet() && tablet.sink.is_quiet());
    ana.says(&chat, &"x".repeat(300)).await;
    assert_eq!(phone.next(&server).await["text"].as_str().unwrap().chars().count(), 200);
}

#[tokio::test]
async fn nothing_is_sent_to_whoever_has_the_chat_open_has_read_it_or_has_muted_it() {
    let server = TestServer::with_local_pushes().await;
    let (ana, ben, chat, _) = market(&server).await;
    let mut phone = PushService::open().await;
    ben.subscribes_in(&phone.browser, &chat).await;
    let stream = ben.follows(&chat).await;
    ana.says(&chat, "seen").await;
    server.passes(5).await;
    assert_eq!((server.service.counters().needless_pushes.get(), phone.sink.is_untouched()), (1, true));
    drop(stream);
    let read = ana.says(&chat, "read").await;
    ben.puts(&format!("{}/receipt", chat.path), json!({"read": read})).await.is(200);
    server.passes(5).await;
    assert!(phone.sink.is_untouched());
    ben.puts_bare(&format!("{}/mute", chat.path)).await.is(204);
    ana.says(&chat, "muted").await;
    server.passes(5).await;
    assert!(phone.sink.is_untouched());
    ben.deletes(&format!("{}/mute", chat.path)).await.is(204);
    ana.says(&chat, "at last").await;
    assert_eq!(phone.next(&server).await["unread"], 2);
}

#[tokio::test]
async fn a_socket_has_open_what_it_follows() {
    let server = TestServer::with_local_pushes().await;
    let (ana, ben, chat, _) = market(&server).await;
    let mut phone = PushService::open().await;
    ben.subscribes_in(&phone.browser, &chat).await;
    let mut socket = Socket::open(&ben).await;
    ana.says(&chat, "to the telephone").await;
    assert_eq!(phone.next(&server).await["unread"], 1, "the socket alone carries no chat");
    socket.does("subscribe", json!({"chat_id": chat.id})).await;
    ana.says(&chat, "to the socket").await;
    server.passes(5).await;
    assert_eq!((server.service.counters().needless_pushes.get(), phone.sink.is_quiet()), (1, true));
    socket.does("unsubscribe", json!({"chat_id": chat.id})).await;
    ana.says(&chat, "to the telephone again").await;
    assert_eq!(phone.next(&server).await["unread"], 3);
}

#[tokio::test]
async fn what_was_true_when_it_happened_is_judged_again_when_it_is_sent() {
    let server = TestServer::with_local_pushes().await;
    let (ana, ben, chat, link) = market(&server).await;
    let phone = PushService::open().await;
    ben.subscribes_in(&phone.browser, &chat).await;
    ana.says(&chat, "for members").await;
    let member = ben.gets(&link.path).await.is(200).json["member"]["id"].as_u64().unwrap();
    ana.removes(&chat, member).await.is(204);
    server.passes(5).await;
    assert!(phone.sink.is_untouched());
    let (mut ana, mut zoe) = (server.person(), server.person());
    let chat = ana.creates(json!({"name": "Ana"})).await;
    ana.subscribes_in(&phone.browser, &chat).await;
    let link = ana.shares(&chat).await;
    let knock = zoe.knocks(&link, "Zoe").await;
    ana.declines(&link, &knock).await;
    server.passes(5).await;
    assert!(phone.sink.is_untouched());
}

#[tokio::test]
async fn the_owner_is_sent_knocks_and_a_guest_who_waits_the_approval() {
    let server = TestServer::with_local_pushes().await;
    let (mut ana, mut zoe) = (server.person(), server.person());
    let chat = ana.creates(json!({"name": "Ana", "title": "Market"})).await;
    let link = ana.shares(&chat).await;
    let (mut door, mut phone) = (PushService::open().await, PushService::open().await);
    ana.subscribes_in(&door.browser, &chat).await;
    let knock = zoe.knocks(&link, "Zoe").await;
    let saved = zoe.subscribes_at(&phone.browser, &link).await;
    assert_eq!(saved["chat_id"], Value::Null, "who waits learns nothing of the chat");
    assert_eq!(door.next(&server).await, json!({"kind": "knock", "chat_id": chat.id, "title": "Market", "from": "Zoe"}));
    ana.lets_in(&link, &knock).await;
    assert_eq!(phone.next(&server).await, json!({"kind": "approved", "chat_id": chat.id, "title": "Market", "from": "Ana"}));
    ana.says(&chat, "Welcome").await;
    assert_eq!(phone.next(&server).await["kind"], "message", "the subscription goes on as the member's");
    assert_eq!(zoe.subscriptions_of("chat_url", &chat.url).await.len(), 1);
    assert!(door.sink.is_quiet());
}

#[tokio::test]
async fn a_declined_guest_and_a_former_member_have_no_subscription_any_more() {
    let server = TestServer::with_local_pushes().await;
    let (ana, ben, chat, link) = market(&server).await;
    let mut zoe = server.person();
    let knock = zoe.knocks(&link, "Zoe").await;
    let phone = PushService::open().await;
    zoe.subscribes_at(&phone.browser, &link).await;
    ana.declines(&link, &knock).await;
    assert!(zoe.subscriptions_of("link_url", &link.url).await.is_empty());
    zoe.subscribes_so(&phone.browser, json!({"link_url": link.url})).await.is(404);
    ben.subscribes_in(&phone.browser, &chat).await;
    assert_eq!(server.service.push_subscriptions().await.unwrap(), 1);
    let member = ben.gets(&link.path).await.is(200).json["member"]["id"].as_u64().unwrap();
    ben.removes(&chat, member).await.is(204);
    assert_eq!(server.service.push_subscriptions().await.unwrap(), 0);
    let knock = zoe.nobody().knocks(&link, "Eva").await;
    let eva = zoe.showing(&knock.client);
    eva.subscribes_at(&phone.browser, &link).await;
    server.advance(seconds(23 * 3_600)).await;
    ana.says(&chat, "The chat goes on, the knock does not.").await;
    server.advance(seconds(3_601)).await;
    assert_eq!(server.service.push_subscriptions().await.unwrap(), 0);
    ana.subscribes_in(&phone.browser, &chat).await;
    ana.deletes(&chat.path).await.is(204);
    assert_eq!(server.service.push_subscriptions().await.unwrap(), 0);
}

#[tokio::test]
async fn an_account_is_told_of_all_its_chats_its_knocks_and_friend_requests() {
    let server = TestServer::with_local_pushes().await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    let mut phone = PushService::open().await;
    assert_eq!(ben.subscribes(&phone.browser).await["chat_id"], Value::Null);
    let request = ana.sends_request("ben").await;
    assert_eq!(phone.next(&server).await, json!({"kind": "friend_request", "title": "ana", "from": "ana"}));
    ben.answers(&request, "accepted").await.is(200);
    let chat = ana.begins("ben", "Hello").await;
    let push = phone.next(&server).await;
    assert_eq!(push, json!({"kind": "message", "chat_id": chat.id, "title": "ana", "from": "ana", "unread": 1}));
    ana.posts("/v1/groups", json!({"name": "market", "members": ["ben"]})).await.is(201);
    ana.posts("/v1/messages", json!({"to": "#market", "text": "Hi all"})).await.is(201);
    let push = phone.next(&server).await;
    assert_eq!((&push["kind"], &push["title"]), (&json!("message"), &json!("market")));
    let mut owner = server.person();
    let chat = owner.creates(json!({"name": "Owner", "title": "Garden"})).await;
    let link = owner.shares(&chat).await;
    let mut guest = server.person().showing(ben.credential.as_deref().unwrap());
    let knock = guest.knocks(&link, "Ben").await;
    owner.lets_in(&link, &knock).await;
    let push = phone.next(&server).await;
    assert_eq!((&push["kind"], &push["title"], &push["from"]), (&json!("approved"), &json!("Garden"), &json!("Owner")));
    let (stream, _) = ben.follows_me().await;
    owner.says(&chat, "carried by the stream of the account").await;
    server.passes(5).await;
    assert!(phone.sink.is_quiet());
    drop(stream);
}

#[tokio::test]
async fn a_subscription_is_saved_replaced_listed_and_deleted() {
    let server = TestServer::start().await;
    let key = server.person().gets("/v1/push/key").await.is(200).json;
    assert_eq!(key["key"], server.service.push_key());
    assert_eq!(server.person().gets("/v1/instance").await.is(200).json["push"], true);
    let ana = server.account("ana").await;
    let browser = Browser::at("https://updates.push.services.mozilla.com/wpush/v2/a".into());
    let saved = ana.subscribes(&browser).await;
    assert_eq!((&saved["host"], &saved["text"]), (&json!("updates.push.services.mozilla.com"), &json!(false)));
    let again = ana.subscribes_so(&browser, json!({"text": true})).await.is(200).json;
    assert_eq!((&again["id"], &again["created_at"], &again["text"]), (&saved["id"], &saved["created_at"], &json!(true)));
    let new_keys = Browser::at(browser.endpoint.clone());
    ana.subscribes_so(&new_keys, json!({})).await.is(200);
    assert_eq!(ana.items("/v1/push/subscriptions").await.len(), 1);
    let path = format!("/v1/push/subscriptions/{}", saved["id"].as_str().unwrap());
    server.account("ben").await.deletes(&path).await.is_problem(404, "not_found");
    ana.deletes(&path).await.is(204);
    ana.deletes(&path).await.is_problem(404, "not_found");
    assert!(ana.subscriptions().await.is_empty());
}

#[tokio::test]
async fn subscriptions_need_somebody_to_tell_and_are_bounded() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (mut ana, mut ben) = (server.person(), server.account("ben").await);
    let chat = ana.creates_a_chat().await;
    let browser = |number: usize| Browser::at(format!("https://web.push.apple.com/{number}"));
    let (nobody, stranger) = (ana.nobody(), ana.showing("0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e"));
    for person in [&nobody, &stranger] {
        person.subscribes_so(&browser(0), json!({})).await.is_problem(401, "unauthenticated");
        person.subscribes_so(&browser(0), json!({"chat_url": chat.url})).await.is_problem(404, "not_found");
        person.subscribes_so(&browser(0), json!({"link_url": chat.url})).await.is_problem(404, "not_found");
    }
    nobody.gets("/v1/push/subscriptions").await.is_problem(401, "unauthenticated");
    for person in [&nobody, &stranger] {
        person.gets(&format!("/v1/push/subscriptions?chat_url={}", chat.url)).await.is_problem(404, "not_found");
    }
    ben.subscribes_so(&browser(0), json!({"chat_url": chat.url})).await.is_problem(404, "not_found");
    let own = ben.creates_a_chat().await;
    ben.subscribes_so(&browser(0), json!({"chat_url": own.url})).await.is_problem(422, "invalid");
    ana.subscribes_so(&browser(0), json!({"chat_url": chat.url, "link_url": chat.url})).await.is_problem(422, "invalid");
    ben.subscribes_so(&browser(0), json!({"expirationTime": 1})).await.is_problem(422, "invalid");
    for number in 0..20 {
        ben.subscribes(&browser(number)).await;
    }
    ben.subscribes_so(&browser(20), json!({})).await.is_problem(507, "account_full");
    ben.subscribes_so(&browser(0), json!({})).await.is(200);
    for number in 30..35 {
        ana.subscribes_in(&browser(number), &chat).await;
    }
    ana.subscribes_so(&browser(35), json!({"chat_url": chat.url})).await.is_problem(507, "chat_full");
}
