//! Lost connections: a message is sent once, and what is followed arrives once and in order.

use std::fs::File;
use std::process::Stdio;

use serde_json::Value;

use crate::proxy::{Cut, Proxy};
use crate::support::{TestServer, within};
use crate::terminal::{Terminal, friends, objects};

/// How often the network is cut.
const CUTS: usize = 50;

#[tokio::test]
async fn a_message_whose_answer_is_lost_is_sent_once() {
    let server = TestServer::start().await;
    let [ana, ben] = friends(server.address, ["ana", "ben"]).await;
    let proxy = Proxy::start(server.address).await;
    let away = ana.with_server(proxy.address);
    // The session belongs to the server's own address: the proxy stands in by its own name.
    away.run_with("seven green lanterns\n", &["login", "ana"]).await.is(0);
    proxy.cut("POST /v1/messages", [Cut::After(1), Cut::After(100), Cut::After(0)]);
    let sent = away.json(&["send", "@ben", "once"]).await;
    assert_eq!((proxy.count("POST /v1/messages"), sent[0]["text"].as_str()), (4, Some("once")));
    assert_eq!(ben.does(&["read", "@ana"]).await, "[3] ana: once\n");
}

#[tokio::test]
async fn what_is_followed_across_fifty_cuts_equals_the_log() {
    let server = TestServer::start().await;
    let ana = Terminal::new(server.address);
    let id = ana.json(&["open", "--guest", "--detach"]).await[0]["chat_id"].as_str().unwrap().to_owned();
    let (proxy, file) = (Proxy::start(server.address).await, ana.directory.join("tail.txt"));
    let state = ana.directory.join("state/parlor/default.json");
    let moved = std::fs::read_to_string(&state).unwrap().replace(&server.address.to_string(), &proxy.address.to_string());
    std::fs::write(&state, moved).unwrap();
    let messages = 7 * CUTS;
    proxy.cut("/events", (0..CUTS).map(|number| Cut::After(600 + number * 397 % 1_200)));
    let mut command = ana.with_server(proxy.address).command(&["tail", &id, "--json", "--count", &messages.to_string()]);
    let mut tail = command.stdout(Stdio::from(File::create(&file).unwrap())).spawn().unwrap();
    post_while_cut(&server, &ana, &proxy, &id, messages).await;
    assert!(within(tail.wait()).await.unwrap().success());
    let log: Vec<_> = ana.with_server(proxy.address).json(&["read", &id, "-n", "1000"]).await;
    let followed = objects(&std::fs::read_to_string(file).unwrap());
    let told = |messages: &[Value]| messages.iter().map(|message| (message["seq"].clone(), message["text"].clone())).collect::<Vec<_>>();
    assert_eq!((told(&followed), proxy.left()), (told(&log), 0));
}

/// Posts, one message after each connection that begins, and the rest at the end.
async fn post_while_cut(server: &TestServer, ana: &Terminal, proxy: &Proxy, id: &str, messages: usize) {
    let saved: Value = serde_json::from_slice(&std::fs::read(ana.directory.join("state/parlor/default.json")).unwrap()).unwrap();
    let credential = saved.pointer(&format!("/servers/http:~1~1{}/chats/{id}/credential", proxy.address)).unwrap().as_str().unwrap();
    let person = server.person().showing(credential);
    let path = format!("/v1/chats/{id}");
    proxy.sees("/events", 1).await;
    let mut sent = 0;
    for cut in 1..=CUTS {
        for _ in 0..6 {
            sent += 1;
            person.posts(&path, serde_json::json!({"text": format!("message {sent}")})).await.is(201);
            server.clock.advance(crate::support::seconds(1));
        }
        proxy.sees("/events", cut + 1).await;
    }
    while sent < messages {
        sent += 1;
        person.posts(&path, serde_json::json!({"text": format!("message {sent}")})).await.is(201);
        server.clock.advance(crate::support::seconds(1));
    }
}

#[tokio::test]
async fn all_chats_are_followed_across_cuts_also_new_ones() {
    let server = TestServer::start().await;
    let [ana, ben] = friends(server.address, ["ana", "ben"]).await;
    let proxy = Proxy::start(server.address).await;
    let away = ana.with_server(proxy.address);
    away.run_with("seven green lanterns\n", &["login", "ana"]).await.is(0);
    proxy.cut("/v1/me/events", [Cut::After(900), Cut::After(1_500), Cut::After(1_500), Cut::After(1_500)]);
    let tail = away.start(&["tail", "--all", "--json", "--count", "12"]);
    proxy.sees("/v1/me/events", 1).await;
    ben.does(&["groups", "create", "books", "ana"]).await;
    for number in 0..6 {
        ben.does(&["send", "#books", &format!("group {number}")]).await;
        ben.does(&["send", "@ana", &format!("direct {number}")]).await;
    }
    let output = within(tail.wait_with_output()).await.unwrap();
    assert!(output.status.success() && proxy.left() == 0, "{output:?}");
    let messages = objects(&String::from_utf8(output.stdout).unwrap());
    for kind in ["group", "direct"] {
        let texts: Vec<_> = messages.iter().filter_map(|message| message["text"].as_str()).filter(|text| text.starts_with(kind)).collect();
        let said: Vec<_> = (0..6).map(|number| format!("{kind} {number}")).collect();
        assert_eq!(texts, said, "each once, in the order of its chat");
    }
}
