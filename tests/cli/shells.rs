//! What shells and pipes do with the program.

use std::process::Stdio;

use tokio::process::Command;

use crate::support::{TestServer, within};
use crate::terminal::{Terminal, friends};

/// Asks as the script of `parlor completions bash` does; leaves out flags.
async fn completes(person: &Terminal, words: &[&str]) -> Vec<String> {
    let mut command = person.command(&[&["--", "parlor"], words].concat());
    command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string()).env("_CLAP_IFS", "\n");
    let output = within(command.output()).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let offered = String::from_utf8(output.stdout).unwrap();
    offered.lines().filter(|word| !word.starts_with("--")).map(str::to_owned).collect()
}

#[tokio::test]
async fn shells_are_offered_commands_and_names() {
    let server = TestServer::start().await;
    let [ana, ben] = friends(server.address, ["ana", "ben"]).await;
    ben.does(&["groups", "create", "books", "ana"]).await;
    ana.does(&["open", "Plans", "--guest", "--detach"]).await;
    assert_eq!(completes(&ana, &["kno"]).await, ["knock"]);
    assert_eq!(completes(&ana, &["send", "@"]).await, ["@ben"]);
    assert_eq!(completes(&ana, &["friends", "remove", "b"]).await, ["@ben"]);
    assert_eq!(completes(&ana, &["groups", "leave", ""]).await, ["#books"]);
    let targets = completes(&ana, &["read", ""]).await;
    assert!(["@ben", "#books", "Plans"].iter().all(|name| targets.iter().any(|offered| offered == name)), "{targets:?}");
    let away = ana.with_server("127.0.0.1:1");
    assert!(completes(&away, &["send", "@"]).await.is_empty(), "without a server there are no names, and no complaints");
}

#[tokio::test]
async fn each_shell_gets_a_script_that_asks_the_program() {
    let ana = Terminal::new("127.0.0.1:1");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = ana.does(&["completions", shell]).await;
        assert!(script.contains("COMPLETE") && script.contains("parlor"), "{shell}: {script}");
    }
    ana.run(&["completions", "dos"]).await.is(2);
}

#[tokio::test]
async fn a_closed_pipe_ends_a_command_without_a_word() {
    let server = TestServer::start().await;
    let ana = Terminal::new(server.address);
    ana.does(&["open", "--detach"]).await;
    ana.does(&["send", "-", "one"]).await;
    let mut tail = ana.start(&["tail", "-", "-n", "1"]);
    drop(tail.stdout.take());
    let output = within(tail.wait_with_output()).await.unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(1), Vec::new()));
}

/// The manual page is one that `man` formats.
#[tokio::test]
async fn the_manual_is_a_page() {
    let page = Terminal::new("127.0.0.1:1").does(&["man"]).await;
    assert!(page.contains(".TH") && page.contains("PARLOR SEND"), "{page}");
    let mut groff = Command::new("groff");
    let Ok(mut formatting) = groff.args(["-man", "-Tutf8", "-ww", "-z"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn() else { return };
    tokio::io::AsyncWriteExt::write_all(formatting.stdin.as_mut().unwrap(), page.as_bytes()).await.unwrap();
    let output = within(formatting.wait_with_output()).await.unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
