//! The flows of the README as scripts that use curl alone: they run as they stand there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "world/mod.rs"]
mod world;

use std::fs;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use tokio::process::Command;
use world::{World, within};

/// What a flow printed, and the folder in which it left what its people heard.
async fn run(flow: &str, world: &World) -> (Output, PathBuf) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(flow);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    let script = format!("{}/tests/flows/{flow}.sh", env!("CARGO_MANIFEST_DIR"));
    let mut bash = Command::new("bash");
    bash.args(["-eu", "-o", "pipefail", &script]).current_dir(&folder).env("PARLOR", format!("http://{}", world.address));
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
        let place = rest.find(part).unwrap_or_else(|| panic!("{part:?} is missing, or too early, in {text}"));
        rest = &rest[place + part.len()..];
    }
}

#[tokio::test]
async fn somebody_knocks_is_let_in_and_talks() {
    let world = World::open().await;
    let (output, folder) = run("knock", &world).await;
    let said = ["\"text\":\"Hello, Ana\"", "\"text\":\"Welcome, Ben\"", "event: chat_closed", "\"reason\":\"closed\""];
    in_order(&heard(&folder, "ana.txt"), &[&["event: knock\n", "from the market", "event: member_joined"], &said[..]].concat());
    in_order(&heard(&folder, "ben.txt"), &[&["event: member_joined"], &said[..]].concat());
    in_order(&heard(&folder, "waiting.txt"), &["event: hello", "event: knock_decided", "\"approval_status\":true"]);
    in_order(&String::from_utf8_lossy(&output.stdout), &["\"decided\":[", "\"code\":\"not_found\""]);
}

#[tokio::test]
async fn whoever_has_the_url_of_an_open_chat_is_in() {
    let world = World::open().await;
    let (output, folder) = run("open", &world).await;
    in_order(&heard(&folder, "anyone.txt"), &["Is this seat taken?", "Sit down", "event: chat_closed"]);
    in_order(&String::from_utf8_lossy(&output.stdout), &["\"messages\":[", "\"member\":null", "\"name\":\"Ana\"", "\"name\":\"Ben\"", "Thank you"]);
}

#[test]
fn the_readme_shows_the_flows_as_they_run() {
    let readme = fs::read_to_string("README.md").unwrap();
    for flow in ["knock", "open"] {
        let script = fs::read_to_string(format!("tests/flows/{flow}.sh")).unwrap();
        assert!(readme.contains(&format!("```sh\n{script}```\n")), "README.md does not show tests/flows/{flow}.sh as it is");
    }
}
