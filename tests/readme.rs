//! Examples of the documentation that use only curl: the scripts of `docs/examples.md` and the short one of the README run as printed.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use support::{Sink, TestServer, within};
use tokio::process::Command;

/// Runs a flow; returns its output and the folder with the streams that its people followed.
async fn run(flow: &str, server: &TestServer) -> (Output, PathBuf) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(flow);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    let script = format!("{}/tests/readme/{flow}.sh", env!("CARGO_MANIFEST_DIR"));
    let mut bash = Command::new("bash");
    bash.args(["-eu", "-o", "pipefail", &script]).current_dir(&folder).env("PARLOR", format!("http://{}", server.address));
    let output = within(bash.stdin(Stdio::null()).kill_on_drop(true).output()).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    (output, folder)
}

fn heard(folder: &std::path::Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

#[track_caller]
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let place = rest.find(part).unwrap_or_else(|| panic!("{part:?} is missing or out of order in {text}"));
        rest = &rest[place + part.len()..];
    }
}

#[tokio::test]
async fn somebody_knocks_is_let_in_and_talks() {
    let server = TestServer::start().await;
    let (output, folder) = run("knock", &server).await;
    let said = ["\"text\":\"Hello, Ana\"", "\"text\":\"Welcome, Ben\"", "event: chat_closed", "\"reason\":\"closed\""];
    in_order(&heard(&folder, "ana.txt"), &[&["event: knock\n", "from the market", "event: member_joined"], &said[..]].concat());
    in_order(&heard(&folder, "ben.txt"), &[&["event: member_joined"], &said[..]].concat());
    in_order(&heard(&folder, "waiting.txt"), &["event: hello", "event: knock_decided", "\"approval_status\":true"]);
    in_order(&String::from_utf8_lossy(&output.stdout), &["\"decided\":[", "\"code\":\"not_found\""]);
}

#[tokio::test]
async fn whoever_has_the_url_of_an_open_chat_is_in() {
    let server = TestServer::start().await;
    let (output, folder) = run("open", &server).await;
    in_order(&heard(&folder, "anyone.txt"), &["Is this seat taken?", "Sit down", "event: chat_closed"]);
    in_order(&String::from_utf8_lossy(&output.stdout), &["\"messages\":[", "\"member\":null", "\"name\":\"Ana\"", "\"name\":\"Ben\"", "Thank you"]);
}

/// Runs the example of webhooks after the one that it continues.
#[tokio::test]
async fn the_example_of_webhooks_sends_a_knock() {
    let readme = fs::read_to_string("README.md").unwrap();
    let blocks = readme.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    let scripts: Vec<_> = blocks.filter(|block| block.contains("curl")).take(2).collect();
    let script = format!("set +e; {}\nset -e; {}", scripts[0], scripts[1]);
    let (server, mut sink) = (TestServer::with_local_webhooks().await, Sink::open().await);
    let mut bash = Command::new("bash");
    bash.args(["-u", "-o", "pipefail", "-c", &script]).env("PARLOR", format!("http://{}", server.address)).env("HOOK", sink.url("/topic"));
    let output = within(bash.stdin(Stdio::null()).kill_on_drop(true).output()).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(sink.next().await.text(), "Eva knocks: I am early");
}

#[tokio::test]
async fn two_accounts_become_friends_and_write_to_names() {
    let server = TestServer::start().await;
    let (output, folder) = run("accounts", &server).await;
    let heard = heard(&folder, "ben.txt");
    in_order(&heard, &["event: state", "event: friend_request", "From the market", "event: chat_added", "<em>Ben</em>", "book-club"]);
    in_order(&heard, &["Which book is next?", "A short one", "event: signed_out"]);
    in_order(&String::from_utf8_lossy(&output.stdout), &["\"status\":\"accepted\"", "\"items\":[", "book-club", "\"items\":[", "Hello, *Ben*"]);
}

#[test]
fn the_documentation_shows_the_flows_as_they_run() {
    let examples = fs::read_to_string("docs/examples.md").unwrap();
    for flow in ["knock", "open", "accounts"] {
        let script = fs::read_to_string(format!("tests/readme/{flow}.sh")).unwrap();
        assert!(examples.contains(&format!("```sh\n{script}```\n")), "docs/examples.md does not show tests/readme/{flow}.sh as it is");
    }
}

/// Runs the first block of shell in the README that calls curl. Its last command ends a stream after two seconds, for which curl has an exit code.
#[tokio::test]
async fn the_example_of_the_readme_runs_as_printed() {
    const TIMED_OUT: i32 = 28;
    let readme = fs::read_to_string("README.md").unwrap();
    let script = readme.split("```sh\n").skip(1).filter_map(|block| block.split("```").next()).find(|block| block.contains("curl")).unwrap();
    let server = TestServer::start().await;
    let mut bash = Command::new("bash");
    bash.args(["-eu", "-o", "pipefail", "-c", script]).env("PARLOR", format!("http://{}", server.address));
    let output = within(bash.stdin(Stdio::null()).kill_on_drop(true).output()).await.unwrap();
    assert_eq!(output.status.code(), Some(TIMED_OUT), "{output:?}");
    let read = ["\"approval_status\":true", "\"text\":\"Hello, Ana\"", "\"messages\":[", "\"text\":\"Hello, Ana\""];
    let streamed = ["event: hello", "event: message", "\"text\":\"Hello, Ana\"", "event: knock\n", "event: knock_decided"];
    in_order(&String::from_utf8_lossy(&output.stdout), &[&read[..], &streamed[..]].concat());
}
