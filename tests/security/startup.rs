//! SEC-194: with default settings it listens on this machine only; unsafe settings are refused before it listens.

use crate::support::{Program, within};

#[tokio::test]
async fn sec_194_without_settings_it_serves_this_machine_alone() {
    let program = Program::start(&[]).await;
    assert!(program.address.ip().is_loopback());
    let mut ana = program.person_from([127, 1, 0, 1]);
    let chat = ana.creates_a_chat().await;
    ana.nobody().gets(&chat.path).await.is_problem(404, "not_found");
    program.stop("TERM").await;
    let help = within(Program::command(&["--help"]).output()).await.unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("[default: 127.0.0.1:8080]"));
}

#[tokio::test]
async fn sec_194_listening_beyond_this_machine_needs_a_public_url() {
    for beyond in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "192.0.2.1:8080", "[::ffff:0.0.0.0]:0"] {
        for command in [&mut Program::command(&["--listen", beyond]), Program::command(&[]).env("PARLOR_LISTEN", beyond)] {
            let output = within(command.output()).await.unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{beyond}: {said}");
            assert!(said.contains("--public-url"), "{beyond}: {said}");
        }
    }
    let mut command = Program::command(&["--listen", "0.0.0.0:0", "--public-url", "https://chat.example.org"]);
    Program::start_command(&mut command).await.stop("TERM").await;
}
