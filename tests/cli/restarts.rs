//! A server that is killed and started again.

use tokio::io::AsyncReadExt as _;

use crate::support::{Program, within};
use crate::terminal::Terminal;

#[tokio::test]
async fn a_killed_server_is_waited_for_and_its_loss_is_told_in_words() {
    let server = Program::start(&[]).await;
    let (address, ana) = (server.address, Terminal::new(server.address));
    ana.does(&["open", "--guest", "--detach"]).await;
    let mut tail = ana.start(&["tail", "-", "-n", "5"]);
    ana.does(&["send", "-", "before"]).await;
    let mut heard = [0; 20];
    within(tail.stdout.as_mut().unwrap().read(&mut heard)).await.unwrap();
    server.signal("KILL").await;
    server.wait().await;
    ana.run(&["send", "-", "meanwhile"]).await.fails(5, "start a server with `parlor serve`");
    let again = Program::start_command(&mut Program::command(&["--listen", &address.to_string()])).await;
    let output = within(tail.wait_with_output()).await.unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("trying again.\n") && err.contains("parlor: The resource does not exist"), "{err}");
    assert_eq!((output.status.code(), err.lines().count()), (Some(3), 2), "told once: {err}");
    drop(again);
}
