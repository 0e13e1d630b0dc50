//! Clocks: lifetimes include time asleep; displayed times follow the wall clock when it is set.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};
use tokio::process::Command;

use crate::support::{Chat, Link, Person, Program, TestServer, seconds, within};

const HOUR: i64 = 3_600_000;

/// Parses a timestamp to milliseconds since 1970.
fn millis(written: &Value) -> i64 {
    let time = OffsetDateTime::parse(written.as_str().unwrap_or_else(|| panic!("{written} is no time")), &Rfc3339).unwrap();
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap()
}

/// Fails unless this timestamp is `plus` milliseconds from now, within two minutes.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "the test compares with the machine's clock")]
fn is_from_now(written: &Value, plus: i64) {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let off = millis(written) - plus - now;
    assert!(off.abs() < 120_000, "{written} is {off} ms off");
}

/// Returns every timestamp that people of a chat see, in milliseconds since 1970.
async fn shown(owner: &Person, chat: &Chat, link: &Link) -> Vec<i64> {
    let page = owner.reads(chat).await;
    let knocks = owner.items(&format!("{}/knocks", chat.path)).await;
    let activity = owner.items(&format!("{}/activity", chat.path)).await;
    let export = owner.gets(&format!("{}/export", chat.path)).await.is(200).text;
    let exported: Value = serde_json::from_str(export.lines().last().unwrap()).unwrap();
    let heard = owner.hears(&format!("{}/events?after=1", chat.path)).await.expect("message").await.data;
    let link = owner.sees(chat, link).await;
    let times = [
        &page["chat"]["created_at"],
        &page["chat"]["expires_at"],
        &page["messages"][0]["created_at"],
        &knocks[0]["created_at"],
        &knocks[0]["expires_at"],
        &link["created_at"],
        &link["expires_at"],
        &activity[0]["at"],
        &exported["data"]["created_at"],
        &heard["created_at"],
    ];
    times.map(millis).to_vec()
}

#[tokio::test]
async fn setting_the_clock_changes_every_time_that_is_shown_and_no_lifetime() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let mut listening = ana.follows(&chat).await;
    ana.says(&chat, "Hello").await;
    listening.expect("message").await;
    ben.knocks(&link, "Ben").await;
    listening.expect("knock").await;
    let before = shown(&ana, &chat, &link).await;
    for set in [-5 * HOUR, 24 * HOUR] {
        server.clock.set_wall(set);
        server.advance(Duration::ZERO).await;
        let expected: Vec<i64> = before.iter().map(|time| time + set).collect();
        assert_eq!(shown(&ana, &chat, &link).await, expected);
    }
    ana.says(&chat, "Still here").await;
    assert_eq!(listening.expect("message").await.data["text"], "Still here", "the stream continues");
    let left = Duration::from_secs(86_399);
    server.advance(left).await;
    ana.reads(&chat).await;
    server.advance(seconds(1)).await;
    ana.gets(&chat.path).await.is_problem(404, "not_found");
}

/// A file that sets a machine's clocks, and the program on that machine.
struct Machine {
    folder: PathBuf,
    program: Program,
}

impl Machine {
    /// Starts the program with a library that reads the file named by `variable`.
    async fn starts(name: &str, library: &Path, variable: &str, first: &str) -> Self {
        let folder = folder(name);
        let file = folder.join("clock");
        std::fs::write(&file, first).unwrap();
        let mut command = Program::command(&["--listen", "127.0.0.1:0", "--rate-factor", "0"]);
        command.env("LD_PRELOAD", library).env(variable, &file);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        Self { folder, program: Program::start_command(&mut command).await }
    }

    /// Replaces the file atomically.
    fn clock_says(&self, text: &str) {
        let new = self.folder.join("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, self.folder.join("clock")).unwrap();
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Builds the library that simulates a suspended machine.
async fn asleep() -> PathBuf {
    let (source, library) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/asleep.c"), folder("asleep").join("asleep.so"));
    let compiled = within(Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).status()).await.unwrap();
    assert!(compiled.success());
    library
}

/// Finds the library that sets the wall clock of a program and leaves its other clocks alone.
fn libfaketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path().join("faketime/libfaketimeMT.so.1"));
    folders.into_iter().find(|library| library.exists()).expect("libfaketime is needed: tests/run installs it")
}

#[tokio::test]
async fn a_chat_whose_time_is_up_while_the_machine_sleeps_is_gone_when_it_wakes() {
    let machine = Machine::starts("slept", &asleep().await, "ASLEEP", "0").await;
    let (mut ana, mut ben) = (machine.program.person(), machine.program.person());
    let (day, week) = (ana.creates_a_chat().await, ben.creates(json!({"expires_in": 7 * 86_400})).await);
    let (mut ending, mut lasting) = (ana.follows(&day).await, ben.follows(&week).await);
    machine.clock_says("108000");
    ana.gets(&day.path).await.is_problem(404, "not_found");
    // Before the next heartbeat: no timer that slept is waited for.
    let ended = tokio::time::timeout(seconds(10), ending.expect("chat_closed")).await.expect("the stream ends soon");
    assert_eq!(ended.data, json!({"chat_id": day.id, "reason": "expired"}));
    ending.expect_end().await;
    let page = ben.reads(&week).await;
    assert_eq!(page["chat"]["created_at"], week.json["chat"]["created_at"], "the clock is not set");
    is_from_now(&page["chat"]["created_at"], 0);
    is_from_now(&page["chat"]["expires_at"], 7 * 24 * HOUR);
    let said = ben.posts(&week.path, json!({"text": "Awake"})).await.is(201).json;
    is_from_now(&said["created_at"], 30 * HOUR);
    assert_eq!(lasting.expect("message").await.data["text"], "Awake");
    machine.program.stop("TERM").await;
}

#[tokio::test]
async fn a_clock_that_is_set_after_the_start_is_what_is_shown_from_then_on() {
    let machine = Machine::starts("set", &libfaketime(), "FAKETIME_TIMESTAMP_FILE", "-30h").await;
    let mut ana = machine.program.person();
    let chat = ana.creates_a_chat().await;
    let said = ana.posts(&chat.path, json!({"text": "Hello"})).await.is(201).json;
    is_from_now(&chat.json["chat"]["created_at"], -30 * HOUR);
    machine.clock_says("+0");
    let looks = async {
        while millis(&ana.reads(&chat).await["messages"][0]["created_at"]) == millis(&said["created_at"]) {
            tokio::task::yield_now().await;
        }
    };
    within(looks).await;
    let stream = ana.follows(&chat).await;
    let date = OffsetDateTime::parse(stream.headers["date"].to_str().unwrap(), &Rfc2822).unwrap().unix_timestamp() * 1_000;
    let page = ana.reads(&chat).await;
    is_from_now(&page["chat"]["created_at"], 0);
    is_from_now(&page["messages"][0]["created_at"], 0);
    is_from_now(&page["chat"]["expires_at"], 24 * HOUR);
    assert!((millis(&page["chat"]["created_at"]) - date).abs() < 120_000, "the `Date` header follows the wall clock");
    machine.program.stop("TERM").await;
}
