//! SEC-194: without settings it starts, for this machine alone; what would be unsafe is refused before anything listens.

use crate::world::{Program, within};

#[tokio::test]
async fn sec_194_without_settings_it_serves_this_machine_alone() {
    let program = Program::starts(&[]).await;
    assert!(program.address.ip().is_loopback());
    let mut ana = program.person_from([127, 1, 0, 1]);
    let chat = ana.creates_a_chat().await;
    ana.nobody().gets(&chat.path).await.is_problem(404, "not_found");
    program.ends_on("TERM").await;
    let help = within(Program::command(&["--help"]).output()).await.unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("[default: 127.0.0.1:8080]"));
}

#[tokio::test]
async fn sec_194_listening_beyond_this_machine_needs_a_public_url() {
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[::ffff:0.0.0.0]:0"] {
        let output = within(Program::command(&["--listen", listen]).output()).await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{listen}: {said}");
        assert!(said.contains("--public-url"), "{listen}: {said}");
    }
}
