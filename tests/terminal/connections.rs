//! Connections that are lost: nothing is lost with them, and the terminal says how things stand.

use tokio::process::Command;

use crate::link_chats::{WIDE, let_in, opened};
use crate::proxy::Proxy;
use crate::pseudo_terminal::Home;
use crate::support::{Program, within};

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_cut_again_and_again_loses_and_doubles_nothing() {
    let server = Program::start(&["--rate-factor", "0"]).await;
    let proxy = Proxy::before(server.address).await;
    let (ben, ana) = (Home::new(), Home::new());
    let (mut owner, link) = opened(server.address, &ben, (80, 60)).await;
    let mut guest = let_in(&mut owner, proxy.address, &ana, &link.replace(&server.address.to_string(), &proxy.address.to_string()), (80, 60)).await;
    for round in 1..=10 {
        guest.says(&format!("before cut {round}."));
        proxy.cut();
        guest.shows("○ connection lost, trying again").await;
        guest.says(&format!("during cut {round}."));
        owner.says(&format!("missed in cut {round}."));
        owner.shows(&format!("missed in cut {round}.  ✓")).await;
        guest.shows("waits for the connection").await;
        proxy.mend();
        guest.shows("● connected").await;
        guest.hides("…").await;
        owner.shows(&format!("during cut {round}.")).await;
        guest.shows(&format!("missed in cut {round}.")).await;
    }
    for terminal in [&owner, &guest] {
        let screen = terminal.screen();
        for round in 2..=10 {
            for text in [format!("before cut {round}."), format!("during cut {round}."), format!("missed in cut {round}.")] {
                assert_eq!(screen.matches(&text).count(), 1, "{text}\n{screen}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_killed_and_forgot_the_chat_is_told_plainly() {
    let server = Program::start(&[]).await;
    let address = server.address;
    let ben = Home::new();
    let (mut owner, _) = opened(address, &ben, WIDE).await;
    owner.presses("x");
    owner.shows("● connected").await;
    owner.says("Is anybody there?");
    owner.shows("there?  ✓").await;
    server.signal("KILL").await;
    server.wait().await;
    owner.shows("○ connection lost, trying again").await;
    let server = Program::start_command(&mut Program::command(&["--listen", &address.to_string()])).await;
    owner.shows("This chat is not on the server any more").await;
    owner.shows("Is anybody there?").await;
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_given_back_when_the_program_is_told_to_end() {
    let server = Program::start(&[]).await;
    for signal in ["TERM", "HUP"] {
        let ben = Home::new();
        let (mut owner, _) = opened(server.address, &ben, WIDE).await;
        owner.shows("● connected").await;
        assert!(within(Command::new("kill").args(["-s", signal, &owner.id()]).status()).await.unwrap().success());
        let (status, parser) = owner.ends().await;
        assert!(status.success(), "{status:?}");
        let restored = parser.lock();
        assert!(!restored.screen().alternate_screen() && !restored.screen().hide_cursor() && !restored.screen().bracketed_paste());
        assert!(restored.screen().contents().contains("/l/"), "what was there before is there again");
    }
}
