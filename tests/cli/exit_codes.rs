//! Exit codes, and the one sentence of each failure.

use crate::support::TestServer;
use crate::terminal::{Terminal, friends};

#[tokio::test]
async fn each_failure_has_its_code_and_says_what_to_do() {
    let server = TestServer::start().await;
    let [ana, _] = friends(server.address, ["ana", "ben"]).await;
    ana.run(&["send", "@ben"]).await.is(2);
    ana.run(&["send", "@nobody", "hi"]).await.fails(3, "`parlor chats` lists what is yours");
    ana.run(&["read", "@ben"]).await.fails(3, "begin with `parlor send @ben TEXT`");
    ana.run(&["read", "No such title"]).await.fails(3, "see `parlor chats`");
    ana.run(&["read", "-"]).await.fails(2, "name one");
    ana.run(&["send", "@ben", &"x".repeat(9_000)]).await.fails(2, "try again");
    ana.run(&["knock", "@ben"]).await.fails(2, "is not the URL of a link");
    ana.run(&["signup", "ana"]).await.fails(2, "There is no password");
    ana.run_with("seven green lanterns\n", &["signup", "ana"]).await.fails(1, "choose another username");
    ana.run_with("wrong password\n", &["login", "ana"]).await.fails(4, "try again");
    ana.run(&["groups", "leave", "nowhere"]).await.fails(3, "check the name");
    let stranger = Terminal::new(server.address);
    stranger.run(&["send", "@ben", "hi"]).await.fails(4, "parlor signup");
    stranger.run(&["whoami", "--profile", "../x"]).await.fails(2, "cannot name a profile");
    stranger.run(&["whoami", "--server", "nowhere"]).await.fails(2, "starts with http://");
    stranger.run(&["chats", "--no-such-flag"]).await.is(2);
    let nowhere = Terminal::new("127.0.0.1:1");
    nowhere.run(&["open"]).await.fails(5, "parlor serve");
}

#[tokio::test]
async fn what_is_refused_for_now_has_a_code_of_its_own() {
    let server = TestServer::with(&["--total-chats", "1"]).await;
    let ana = Terminal::new(server.address);
    ana.does(&["open", "--detach"]).await;
    ana.run(&["open", "--detach"]).await.fails(6, "try again later");
}

#[tokio::test]
async fn the_help_and_the_manual_list_the_codes() {
    let ana = Terminal::new("127.0.0.1:1");
    for args in [&["--help"][..], &["man"]] {
        let text = ana.does(args).await;
        for words in ["done", "wrong usage", "not signed in", "server not reached", "refused for now"] {
            assert!(text.contains(words), "{args:?}: {words}");
        }
        assert!(text.contains("knock") && text.contains("completions"));
    }
}

#[tokio::test]
async fn a_title_of_two_chats_names_neither() {
    let server = TestServer::start().await;
    let ana = Terminal::new(server.address);
    let first = ana.json(&["open", "Sunday", "--detach"]).await;
    ana.does(&["send", "sunday", "one chat has this title"]).await;
    ana.does(&["open", "Sunday", "--detach"]).await;
    ana.run(&["send", "Sunday", "hi"]).await.fails(2, "Several chats of yours");
    for url in ["page_url", "chat_url", "chat_id"] {
        ana.does(&["send", first[0][url].as_str().unwrap(), url]).await;
    }
    ana.does(&["send", first[1]["link_url"].as_str().unwrap(), "by its link"]).await;
    assert_eq!(ana.does(&["read", "-"]).await.lines().count(), 5);
}
