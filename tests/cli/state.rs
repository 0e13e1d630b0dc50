//! What is kept between commands: for its owner only, and right when several commands change it at once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use futures_util::future::join_all;

use crate::proxy::Proxy;
use crate::support::{TestServer, seconds};
use crate::terminal::Terminal;

#[tokio::test]
async fn credentials_are_readable_by_their_owner_only() {
    let server = TestServer::start().await;
    let ana = Terminal::new(server.address);
    ana.signs_up("ana").await;
    ana.does(&["open", "--guest", "--detach"]).await;
    let directory = ana.directory.join("state/parlor");
    assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
    let files: Vec<_> = fs::read_dir(&directory).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "the state and its lock, no file that was half written: {files:?}");
    for file in files {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn commands_that_renew_a_session_at_once_all_work_and_renew_it_once() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(server.address).await;
    let ana = Terminal::new(proxy.address);
    ana.signs_up("ana").await;
    for round in 1..=3 {
        server.clock.advance(seconds(16 * 60));
        let all = join_all((0..8).map(|_| ana.run(&["whoami"]))).await;
        assert!(all.iter().all(|done| done.code == Some(0) && done.out == "@ana\n"), "{all:?}");
        assert_eq!(proxy.count("POST /v1/sessions/refresh"), round, "one renews, the others find its tokens");
    }
}

async fn opens(ana: &Terminal, title: &str) {
    ana.does(&["open", title, "--detach"]).await;
}

#[tokio::test]
async fn chats_that_are_opened_at_once_are_all_kept() {
    let server = TestServer::start().await;
    let ana = Terminal::new(server.address);
    let titles: Vec<_> = (0..8).map(|number| format!("Chat {number}")).collect();
    let all = titles.iter().map(|title| opens(&ana, title));
    join_all(all).await;
    assert_eq!(ana.does(&["chats"]).await.lines().count(), 8);
}

#[tokio::test]
async fn a_credential_is_shown_to_the_server_that_gave_it_only() {
    let (server, other) = (TestServer::start().await, TestServer::start().await);
    let (ana, proxy) = (Terminal::new(server.address), Proxy::start(other.address).await);
    ana.signs_up("ana").await;
    let opened = ana.json(&["open", "--guest", "--detach"]).await;
    let id = opened[0]["chat_id"].as_str().unwrap();
    let elsewhere = format!("http://{}/c/{id}", proxy.address);
    ana.does(&["send", &elsewhere, "this chat is known by its id"]).await;
    assert_eq!(proxy.count("HTTP"), 0, "its own server was asked");
    let unknown = format!("http://{}/c/{}", proxy.address, "A".repeat(43));
    ana.run(&["read", &unknown]).await.fails(3, "check the name");
    assert_eq!(proxy.count("HTTP"), 1);
    ana.with_server(proxy.address).run(&["whoami"]).await.fails(4, "not signed in");
    assert_eq!(proxy.count("HTTP"), 1, "no session, no request");
}
