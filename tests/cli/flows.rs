//! Scripts that the documentation shows, as printed.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;

use crate::support::{TestServer, within};
use crate::terminal::Terminal;

const FIRST_SOURCE: &str = include_str!("../flows/first_source.sh");

#[expect(clippy::disallowed_methods, reason = "the script finds its tools through PATH")]
fn path() -> std::ffi::OsString {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_parlor"));
    let tools = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([program.parent().unwrap().to_owned()].into_iter().chain(std::env::split_paths(&tools))).unwrap()
}

#[tokio::test]
async fn the_first_sources_scenario_is_a_short_script() {
    let server = TestServer::start().await;
    let people = Terminal::new(server.address);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flows/first_source.sh");
    let mut shell = Command::new("sh");
    shell.args(["-eu", script]).current_dir(&people.directory).stdin(Stdio::null()).kill_on_drop(true);
    shell.env("PATH", path()).env("HOME", &people.directory).env("PARLOR_SERVER", &people.server);
    shell.env("XDG_STATE_HOME", people.directory.join("state")).env("XDG_CONFIG_HOME", people.directory.join("config"));
    let output = within(shell.output()).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let heard = std::fs::read_to_string(people.directory.join("shahn.txt")).unwrap();
    assert_eq!(heard, "@shivam  [3] shivam: hi\n@shivam  [4] shahn: helloo\n#udit  [3] shivam: hi all\n");
}

#[test]
fn the_script_needs_no_id_no_token_and_no_search() {
    for word in ["grep", "token", "_id", "Bearer", "sed ", "cut ", "jq"] {
        assert!(!FIRST_SOURCE.contains(word), "{word}");
    }
    let commands = FIRST_SOURCE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    assert!(commands.count() <= 14, "its length is the measure");
}

#[test]
fn the_readme_shows_the_script_as_it_runs() {
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&format!("```sh\n{FIRST_SOURCE}```\n")), "README.md does not show tests/flows/first_source.sh as it is");
}
