//! SEC-170 to 175: pushes go to push services only, are of their holder only, and end with what they are for.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use parlor::domain::clock::Clock as _;
use serde_json::{Value, json};

use crate::support::{Behaviour, Browser, Chat, Person, Program, PushService, Sink, TestServer, seconds, within};

/// A server, the owner of a chat, and a member who subscribed.
async fn scene() -> (TestServer, Person, Person, Chat, PushService) {
    let server = TestServer::with_local_pushes().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(json!({"name": "Ana"})).await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let phone = PushService::open().await;
    ben.subscribes_in(&phone.browser, &chat).await;
    (server, ana, ben, chat, phone)
}

#[tokio::test]
async fn sec_170_an_endpoint_is_of_a_push_service_and_nothing_else_is_dialled() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (ana, sink) = (server.account("ana").await, Sink::open().await);
    let port = sink.address.port();
    for endpoint in [
        format!("https://127.0.0.1:{port}/a.google.com/"),
        "https://127.0.0.1/a.google.com/".into(),
        sink.url("/fcm.googleapis.com/"),
        "https://fcm.googleapis.com.evil/".into(),
        "https://fcm.googleapis.com@evil/".into(),
        format!("https://fcm.googleapis.com@127.0.0.1:{port}/"),
        "https://user@fcm.googleapis.com/".into(),
        "https://fcm.googleapis.com:8443/".into(),
        "http://fcm.googleapis.com/".into(),
        "https://notfcm.googleapis.com/".into(),
        format!("https://[::ffff:7f00:1]:{port}/"),
        "https://[::1]/".into(),
        format!("https://2130706433:{port}/"),
        format!("https://0177.0.0.1:{port}/"),
        format!("https://0x7f000001:{port}/"),
        format!("https://localhost:{port}/"),
        "https://169.254.169.254/latest/meta-data/".into(),
        "https://evil.example/?https://fcm.googleapis.com/".into(),
        "https://evil.example\\.fcm.googleapis.com/".into(),
        "https://fcm.googleapis.com%2eevil.example/".into(),
        "file:///etc/passwd".into(),
        String::new(),
        format!("https://fcm.googleapis.com/{}", "a".repeat(2_048)),
    ] {
        let reply = ana.subscribes_so(&Browser::at(endpoint.clone()), json!({})).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], "endpoint", "{endpoint}");
    }
    assert!(ana.subscriptions().await.is_empty());
    server.account("ben").await.asks("ana").await.is(201);
    server.passes(5).await;
    assert!(sink.is_untouched());
}

#[tokio::test]
async fn sec_171_an_allowed_host_that_leads_to_a_private_address_is_not_dialled() {
    let sink = Sink::open().await;
    let port = sink.address.port();
    let server = TestServer::with(&["--push-allow", &format!("localhost:{port}"), "--rate-factor", "0"]).await;
    let ana = server.account("ana").await;
    ana.subscribes(&Browser::at(format!("https://localhost:{port}/push"))).await;
    server.account("ben").await.asks("ana").await.is(201);
    server.passes(5).await;
    assert_eq!(server.service.counters().failed_pushes.get(), 1);
    assert!(sink.is_untouched());
}

#[tokio::test]
async fn sec_172_a_push_service_is_not_followed_elsewhere_and_its_answer_is_not_read_to_the_end() {
    let (server, ana, _ben, chat, mut phone) = scene().await;
    let elsewhere = Sink::open().await;
    phone.sink.becomes(Behaviour::with(302, &format!("Location: {}\r\n", elsewhere.url("/"))));
    ana.says(&chat, "one").await;
    phone.next(&server).await;
    phone.sink.becomes(Behaviour::Flood);
    ana.says(&chat, "two").await;
    phone.next(&server).await;
    assert!(phone.sink.flooded().await < 32 << 20);
    phone.sink.becomes(Behaviour::status(201));
    ana.says(&chat, "three").await;
    assert_eq!(phone.next(&server).await["unread"], 3);
    assert!(elsewhere.is_untouched());
}

#[tokio::test]
async fn sec_173_a_subscription_that_its_push_service_does_not_know_ends() {
    for status in [404, 410] {
        let (server, ana, ben, chat, mut phone) = scene().await;
        phone.sink.becomes(Behaviour::status(status));
        ana.says(&chat, "one").await;
        phone.next(&server).await;
        server.passes(1).await;
        assert!(ben.subscriptions_of("chat_url", &chat.url).await.is_empty(), "{status}");
        ana.says(&chat, "two").await;
        server.passes(10).await;
        assert!(phone.sink.is_quiet(), "{status}");
        assert_eq!(server.service.counters().unsubscribed_pushes.get(), 1);
    }
}

#[tokio::test]
async fn sec_173_a_busy_push_service_is_left_alone_as_it_asks_and_what_waits_becomes_one_push() {
    let (server, ana, ben, chat, mut phone) = scene().await;
    phone.sink.becomes(Behaviour::with(429, "Retry-After: 600\r\n"));
    ana.says(&chat, "one").await;
    phone.next(&server).await;
    server.passes(1).await;
    ana.says(&chat, "two").await;
    server.passes(3).await;
    phone.sink.becomes(Behaviour::status(201));
    server.clock.advance(seconds(590));
    server.passes(2).await;
    assert!(phone.sink.is_quiet(), "it is not ten minutes yet");
    let received = server.advance_until(&mut phone.sink, 1).await;
    assert_eq!(phone.browser.opens(&received)["unread"], 2);
    let ttl: u64 = received.header("ttl").parse().unwrap();
    assert!((85_790..=85_810).contains(&ttl), "{ttl}: a day, less what has passed since the last message");
    server.passes(10).await;
    assert!(phone.sink.is_quiet());
    assert_eq!((ben.subscriptions_of("chat_url", &chat.url).await.len(), server.service.counters().failed_pushes.get()), (1, 1));
}

#[tokio::test]
async fn sec_173_a_failing_push_service_is_tried_again_and_given_up_after_a_day() {
    let (server, ana, _ben, chat, mut phone) = scene().await;
    phone.sink.becomes(Behaviour::status(503));
    // An open chat lasts as long as the push.
    ana.patches(&chat.path, json!({"expires_in": 7 * 86_400})).await.is(200);
    ana.says(&chat, "one").await;
    let began = server.clock.now();
    let mut attempts = 0;
    while server.service.counters().given_up_pushes.get() == 0 {
        server.clock.advance(seconds(600));
        server.passes(1).await;
        while !phone.sink.is_quiet() {
            phone.sink.next().await;
            attempts += 1;
        }
    }
    let passed = server.clock.now().since(began).as_secs();
    assert!((20..=40).contains(&attempts) && (82_000..=87_000).contains(&passed), "{attempts} attempts in {passed} s");
}

#[tokio::test]
async fn sec_174_an_endpoint_of_somebody_else_is_taken_over_with_its_keys_only() {
    let server = TestServer::with_local_pushes().await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    let mut phone = PushService::open().await;
    ana.subscribes(&phone.browser).await;
    let thief = Browser::at(phone.browser.endpoint.clone());
    ben.subscribes_so(&thief, json!({})).await.is_problem(409, "endpoint_taken");
    let mut mixed = thief.json();
    mixed["keys"]["p256dh"] = phone.browser.json()["keys"]["p256dh"].clone();
    ben.posts("/v1/push/subscriptions", mixed).await.is_problem(409, "endpoint_taken");
    let mut owner = server.person();
    let chat = owner.creates_a_chat().await;
    owner.subscribes_so(&thief, json!({"chat_url": chat.url})).await.is_problem(409, "endpoint_taken");
    assert_eq!(
        (ana.subscriptions().await.len(), ben.subscriptions().await.len(), owner.subscriptions_of("chat_url", &chat.url).await.len()),
        (1, 0, 0)
    );
    // The browser itself changes hands: the one who had it is told of nothing there any more.
    ben.subscribes(&phone.browser).await;
    assert!(ana.subscriptions().await.is_empty());
    let zoe = server.account("zoe").await;
    zoe.asks("ana").await.is(201);
    zoe.asks("ben").await.is(201);
    assert_eq!(phone.next(&server).await["kind"], "friend_request");
    server.passes(5).await;
    assert!(phone.sink.is_quiet());
    // Beside the account, it may be of a member of a link chat.
    owner.subscribes_in(&phone.browser, &chat).await;
    assert_eq!((ben.subscriptions().await.len(), owner.subscriptions_of("chat_url", &chat.url).await.len()), (1, 1));
}

#[tokio::test]
async fn sec_174_signing_out_removes_the_subscriptions_of_that_session_alone() {
    let server = TestServer::with_local_pushes().await;
    let (ana, session) = server.signed_in("ana").await;
    let mut elsewhere = server.person();
    elsewhere.signs_in("ana").await;
    let (phone, mut laptop) = (PushService::open().await, PushService::open().await);
    ana.subscribes(&phone.browser).await;
    elsewhere.subscribes(&laptop.browser).await;
    let ben = server.account("ben").await;
    ben.asks("ana").await.is(201);
    elsewhere.deletes(&format!("/v1/sessions/{}", session.id)).await.is(204);
    assert_eq!(elsewhere.subscriptions().await.len(), 1);
    assert_eq!(laptop.next(&server).await["kind"], "friend_request");
    assert!(phone.sink.is_untouched(), "what waited is dropped too");
    elsewhere.deletes("/v1/sessions").await.is(204);
    server.account("zoe").await.asks("ana").await.is(201);
    server.passes(5).await;
    assert!(laptop.sink.is_quiet());
}

#[tokio::test]
async fn sec_175_keys_are_a_point_of_the_curve_and_sixteen_bytes() {
    let server = TestServer::start().await;
    let ana = server.account("ana").await;
    let good = Browser::at("https://fcm.googleapis.com/fcm/send/a".into()).json();
    let long = "A".repeat(10_000);
    let off_curve = format!("BAAA{}", "A".repeat(83));
    for (key, field, wrong) in [
        ("p256dh", "keys.p256dh", ""),
        ("p256dh", "keys.p256dh", "not base64!"),
        ("p256dh", "keys.p256dh", off_curve.as_str()),
        ("p256dh", "keys.p256dh", "AAAA"),
        ("p256dh", "keys.p256dh", &long),
        ("auth", "keys.auth", ""),
        ("auth", "keys.auth", "AAAA"),
        ("auth", "keys.auth", &long),
    ] {
        let mut body = good.clone();
        body["keys"][key] = json!(wrong);
        let reply = ana.posts("/v1/push/subscriptions", body).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], field, "{wrong}");
    }
    for body in [json!({"endpoint": good["endpoint"]}), json!({"endpoint": good["endpoint"], "keys": {}})] {
        ana.posts("/v1/push/subscriptions", body).await.is(422);
    }
    assert!(ana.subscriptions().await.is_empty());
}

#[tokio::test]
async fn sec_175_the_key_is_given_in_a_file_of_its_owner_and_is_shown_nowhere() {
    let private = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    let folder = std::env::temp_dir().join(format!("parlor-push-key-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let key_file = |name: &str, mode| {
        let path = folder.join(name);
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&path).unwrap();
        writeln!(file, "{private}").unwrap();
        format!("@{}", path.display())
    };
    let (mine, everyones) = (key_file("mine", 0o600), key_file("everyones", 0o644));
    let refused = within(Program::command(&["--push-key", &everyones]).kill_on_drop(true).output()).await.unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("0600"));
    let wrong = within(Program::command(&["--push-key", "AAAA"]).kill_on_drop(true).output()).await.unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    let program = Program::start(&["--push-key", &mine, "--log", "debug"]).await;
    let key: Value = program.person().gets("/v1/push/key").await.is(200).json;
    assert_eq!(key["key"].as_str().unwrap().len(), 87);
    let output = program.stop("TERM").await;
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(!format!("{output:?}").contains(private));
}
