//! Connections of streams: reuse after a stream, clients that leave, large chats.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Chat, Person, Program, RawClient, RawStream, StreamPath, TestServer, head, on_both_paths, seconds, within};

/// Waits until this many streams are open.
pub(crate) async fn until_open(server: &TestServer, streams: u64) {
    let mut looks = tokio::time::interval(Duration::from_millis(5));
    let counted = async {
        while server.service.counters().streams() != streams {
            looks.tick().await;
        }
    };
    within(counted).await;
}

pub(crate) async fn a_chat(server: &TestServer) -> (Person, Person, Chat) {
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    ben.knocks(&link, "Ben").await;
    (ana, ben, chat)
}

fn events(chat: &Chat, who: &Person) -> String {
    head("GET", &format!("{}/events", chat.path), who.credential.as_deref(), &[])
}

/// Reads up to the end of a chunked body.
async fn up_to_the_end(connection: &mut RawClient) -> String {
    let mut text = String::new();
    while !text.ends_with("\r\n0\r\n\r\n") {
        let more = connection.read().await;
        assert!(!more.is_empty(), "the connection was closed after {text:?}");
        text.push_str(std::str::from_utf8(&more).unwrap());
    }
    text
}

async fn a_connection_goes_on_after_its_stream(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben, chat) = a_chat(&server).await;
    for who in [&ana, &ben] {
        let other = server.person().creates_a_chat().await;
        let mut connection = RawClient::connect(server.address).await;
        let (mut dan, mut eve) = (server.person(), server.person());
        let open = dan.creates_an_open_chat().await;
        assert!(connection.send(events(&open, &dan)).await);
        assert!(String::from_utf8_lossy(&connection.read().await).contains("event: hello"));
        dan.deletes(&open.path).await.is(204);
        assert!(up_to_the_end(&mut connection).await.contains("event: chat_closed"));
        assert!(connection.send(head("GET", &other.path, None, &[])).await);
        assert!(connection.response().await.starts_with("HTTP/1.1 404 "));
        assert!(connection.send(events(&chat, who)).await, "another stream on the same connection");
        assert!(String::from_utf8_lossy(&connection.read().await).contains("event: hello"));
        eve.creates_a_chat().await;
    }
}

async fn a_connection_whose_stream_has_ended_is_kept_for_75_seconds(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben, chat) = a_chat(&server).await;
    let mut connection = RawClient::connect(server.address).await;
    connection.send(events(&chat, &ben)).await;
    assert!(String::from_utf8_lossy(&connection.read().await).contains("event: hello"));
    ana.removes(&chat, 2).await.is(204);
    assert!(up_to_the_end(&mut connection).await.contains("event: member_left"));
    connection.send(head("GET", "/healthz", None, &[])).await;
    connection.response().await;
    server.clock.advance(seconds(74));
    server.person().gets("/healthz").await.is(200);
    assert!(connection.is_quiet());
    server.clock.advance(seconds(1));
    assert_eq!(connection.read_to_end().await, b"");
}

async fn a_request_that_came_behind_that_for_a_stream_is_answered_after_it(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben, chat) = a_chat(&server).await;
    for pause in [false, true] {
        let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
        let mut dan = server.person();
        dan.knocks(&link, "Dan").await;
        let mut connection = RawClient::connect(server.address).await;
        let (first, second) = (events(&chat, &dan), head("GET", &chat.path, ben.credential.as_deref(), &[("Connection", "close")]));
        let mut text = String::new();
        if pause {
            connection.send(first).await;
            text.push_str(&String::from_utf8_lossy(&connection.read().await));
            connection.send(second).await;
        } else {
            connection.send(first + &second).await;
        }
        until_open(&server, 1).await;
        let me = dan.gets(&chat.path).await.is(200).json["chat"]["me"]["id"].as_u64().unwrap();
        ana.removes(&chat, me).await.is(204);
        text.push_str(&String::from_utf8(connection.read_to_end().await).unwrap());
        let (stream, after) = text.split_once("\r\n0\r\n\r\n").unwrap();
        assert!(stream.contains("event: hello") && stream.contains("event: member_left") && after.starts_with("HTTP/1.1 200 "), "{text}");
        until_open(&server, 0).await;
    }
}

async fn only_hyper_needs_a_task_for_a_stream_whichever_request_of_its_connection_it_is(path: StreamPath) {
    // More than there are other tasks.
    const STREAMS: usize = 40;
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (_, ben, chat) = a_chat(&server).await;
    let mut connections = Vec::new();
    for _ in 0..STREAMS {
        let mut connection = RawClient::connect(server.address).await;
        connection.send(head("GET", "/healthz", None, &[])).await;
        connection.response().await;
        connection.send(events(&chat, &ben)).await;
        assert!(String::from_utf8_lossy(&connection.read().await).contains("event: hello"));
        connections.push(connection);
    }
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(tasks >= STREAMS, path == StreamPath::Hyper, "{tasks} tasks");
}

async fn whoever_leaves_is_noticed_without_a_word(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben, chat) = a_chat(&server).await;
    let mut connections = Vec::new();
    for who in [&ana, &ben] {
        for _ in 0..10 {
            let mut connection = RawClient::connect(server.address).await;
            connection.send(events(&chat, who)).await;
            assert!(!connection.read().await.is_empty());
            connections.push(connection);
        }
    }
    until_open(&server, 20).await;
    connections.truncate(5);
    until_open(&server, 5).await;
    drop(connections);
    until_open(&server, 0).await;
}

async fn a_head_that_comes_byte_by_byte_opens_a_stream_or_is_cut(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (_, ben, chat) = a_chat(&server).await;
    let mut connection = RawClient::connect(server.address).await;
    for byte in events(&chat, &ben).bytes() {
        connection.send([byte]).await;
        tokio::task::yield_now().await;
    }
    assert!(String::from_utf8_lossy(&connection.read().await).contains("event: hello"));
    let whole = events(&chat, &ben);
    for length in [1, 9, 20, whole.len() - 1] {
        let mut part = RawClient::connect(server.address).await;
        part.send(&whole[..length]).await;
        server.person().gets("/healthz").await.is(200);
        server.clock.advance(Duration::from_millis(4_900));
        server.person().gets("/healthz").await.is(200);
        assert!(part.is_quiet(), "it ends too early");
        server.clock.advance(Duration::from_millis(100));
        assert_eq!(part.read_to_end().await, b"", "after {length} bytes");
    }
}

async fn all_of_a_large_room_hear_everything_while_some_leave(path: StreamPath) {
    const CROWD: usize = 600;
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (ana, ben, chat) = a_chat(&server).await;
    let path = format!("{}/events", chat.path);
    let mut streams = Vec::new();
    for _ in 0..CROWD {
        let mut stream = RawStream::open(server.address, &path, ben.credential.as_deref(), None).await;
        assert_eq!(stream.next().await.unwrap().name, "hello");
        streams.push(stream);
    }
    for round in 0..20 {
        let said = ana.says(&chat, &format!("Round {round}")).await;
        // These leave while the message is delivered.
        streams.retain({
            let mut number = 0;
            move |_| {
                number += 1;
                (number + round) % 29 != 0
            }
        });
        for stream in &mut streams {
            let data: Value = serde_json::from_str(&stream.next().await.unwrap().data).unwrap();
            assert_eq!(data["seq"], json!(said));
        }
    }
    assert!(streams.len() > CROWD / 4, "{} are left", streams.len());
    until_open(&server, streams.len() as u64).await;
}

async fn no_request_is_put_to_the_router_twice(path: StreamPath) {
    let program = Program::start(&path.flags(&["--admin-listen", "127.0.0.1:0"])).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    for (credential, status) in [(ana.credential.as_deref(), "200"), (None, "404")] {
        let mut connection = RawClient::connect(program.address).await;
        connection.send(head("GET", &format!("{}/events", chat.path), credential, &[])).await;
        assert!(String::from_utf8_lossy(&connection.read().await).starts_with(&format!("HTTP/1.1 {status} ")));
    }
    let numbers = program.operator().gets("/metrics").await.is(200).text;
    for class in ["2xx", "4xx"] {
        let line = format!("parlor_request_seconds_count{{route=\"/v1/chats/{{chat_id}}/events\",class=\"{class}\"}} 1");
        assert!(numbers.lines().any(|told| told == line), "{line} is not in {numbers}");
    }
}

on_both_paths!(
    a_connection_goes_on_after_its_stream,
    a_connection_whose_stream_has_ended_is_kept_for_75_seconds,
    a_request_that_came_behind_that_for_a_stream_is_answered_after_it,
    only_hyper_needs_a_task_for_a_stream_whichever_request_of_its_connection_it_is,
    whoever_leaves_is_noticed_without_a_word,
    a_head_that_comes_byte_by_byte_opens_a_stream_or_is_cut,
    no_request_is_put_to_the_router_twice,
);

on_both_paths!(multi_thread: all_of_a_large_room_hear_everything_while_some_leave);
