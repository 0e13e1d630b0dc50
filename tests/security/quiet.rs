//! SEC-190: the log of the program tells what it does, and nothing that opens a chat or was said in one.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::scene::UNKNOWN;
use crate::world::{Chat, Knock, Link, Person, within};

/// What people write into the fields that take text.
const WORDS: [&str; 6] = ["whispered-words", "whispered-name", "whispered-note", "whispered-title", "whispered-label", "whispered-reason"];

/// The built program, on a port of its own, and the first line that it printed.
async fn starts() -> (Child, SocketAddr, BufReader<tokio::process::ChildStdout>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_parlor"))
        .args(["--listen", "127.0.0.1:0", "--log", "debug", "--rate-factor", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    within(out.read_line(&mut line)).await.unwrap();
    let address = line.trim().strip_prefix("Parlor is open at http://").unwrap().parse().unwrap();
    (child, address, out, line)
}

/// Two people meet and talk; the answers they got, for the ids in them.
async fn two_people_meet(address: SocketAddr) -> (Chat, Link, Knock, String) {
    let (mut ana, mut ben) = (Person::new(address, Ipv4Addr::new(127, 1, 0, 1)), Person::new(address, Ipv4Addr::new(127, 1, 0, 2)));
    let chat = ana.creates(json!({"name": WORDS[1], "title": WORDS[3]})).await;
    let link = ana.shares_so(&chat, json!({"label": WORDS[4]})).await;
    let mut owners = ana.follows(&chat).await;
    let body = json!({"name": WORDS[1], "note": WORDS[2]});
    let json = ben.posts(&format!("{}/knocks", link.path), body).await.is(201).json;
    let text = |field: &str| json[field].as_str().unwrap().to_owned();
    let knock = Knock { id: text("knock_id"), client: text("client_id"), json: json.clone() };
    owners.hears("knock").await;
    ben.credential = Some(knock.client.clone());
    let mut waiting = ben.waits(&link).await;
    let decision = json!({"link_url": link.url, "knock_id": knock.id, "reason": WORDS[5], "author_id": chat.author});
    ana.nobody().posts("/v1/approval", decision).await.is(200);
    waiting.hears("knock_decided").await;
    ana.says(&chat, WORDS[0]).await;
    ben.nobody().posts(&chat.path, json!({"text": WORDS[0], "user_id": knock.client})).await.is(201);
    ben.nobody().gets(&format!("{}?client_id={}", link.path, knock.client)).await.is(200);
    let ticket = ben.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is(201).json["ticket"].as_str().unwrap().to_owned();
    drop(ben.nobody().hears(&format!("{}/events?ticket={ticket}", chat.path)).await);
    fails(&ana, &chat, &link).await;
    ana.removes(&chat, 2).await.is(204);
    ana.deletes(&chat.path).await.is(204);
    (chat, link, knock, ticket)
}

/// Requests that fail, with secrets where they do not belong.
async fn fails(ana: &Person, chat: &Chat, link: &Link) {
    let strange = ana.showing(UNKNOWN);
    strange.gets(&chat.path).await.is(404);
    strange.gets(&format!("/v1/{}", chat.id)).await.is(404);
    strange.gets(&format!("/l/{}/{}", link.id, chat.author)).await.is(404);
    ana.posts(&chat.path, json!({ WORDS[0]: WORDS[0] })).await.is(422);
    ana.posts(&chat.path, json!([WORDS[0]])).await.is(422);
    ana.gets(&format!("{}?limit={}", chat.path, WORDS[0])).await.is(422);
    let basic = ana.nobody().request(reqwest::Method::GET, &chat.path).header("Authorization", format!("Basic {}", chat.author));
    ana.sends(basic).await.is(401);
}

#[tokio::test]
async fn sec_190_the_log_has_no_secrets_and_no_words() {
    let (mut child, address, mut out, mut printed) = starts().await;
    let (chat, link, knock, ticket) = two_people_meet(address).await;
    child.start_kill().unwrap();
    let mut logged = String::new();
    within(child.stderr.take().unwrap().read_to_string(&mut logged)).await.unwrap();
    within(out.read_to_string(&mut printed)).await.unwrap();
    within(child.wait()).await.unwrap();
    assert!(logged.contains("/v1/chats/{chat_id}"), "the log was not read: {logged}");
    for (what, output) in [("stdout", &printed), ("stderr", &logged)] {
        for secret in [&chat.id, &chat.author, &link.id, &knock.client, &ticket].into_iter().map(String::as_str).chain(WORDS).chain([UNKNOWN]) {
            assert!(!output.contains(secret), "{secret} stands in {what}:\n{output}");
        }
        assert!(!output.contains(&knock.id), "the knock stands in {what}");
    }
}
