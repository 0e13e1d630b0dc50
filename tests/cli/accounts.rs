//! Accounts, friends, messages by name, groups: what each command does.

use crate::support::TestServer;
use crate::terminal::{Terminal, friends};

#[tokio::test]
async fn a_message_is_sent_to_a_name_and_read_by_it() {
    let server = TestServer::start().await;
    let [shivam, shahn] = friends(server.address, ["shivam", "shahn"]).await;
    assert_eq!(shivam.does(&["send", "@shahn", "hi", "there"]).await, "");
    shahn.run_with("two\nlines\n", &["send", "@shivam"]).await.is(0);
    shahn.does(&["send", "-", "--reply", "3", "--image", "https://example.com/map.png", "the way"]).await;
    let read = "[3] shivam: hi there\n[4] shahn: two\n    lines\n[5] shahn (to [3]): image https://example.com/map.png\n    the way\n";
    assert_eq!(shivam.does(&["read", "@shahn"]).await, read);
    assert_eq!(shahn.does(&["read", "-", "-n", "1"]).await, read[read.find("[5]").unwrap()..]);
    assert_eq!(shivam.does(&["chats"]).await, "@shahn  image https://example.com/map.png\n", "what was read is not unread");
}

#[tokio::test]
async fn a_group_is_created_joined_changed_and_left() {
    let server = TestServer::start().await;
    let [ana, ben] = friends(server.address, ["ana", "ben"]).await;
    assert_eq!(ana.does(&["groups", "create", "book-club", "@ben", "--title", "Books", "--admission", "open"]).await, "#book-club\n");
    assert_eq!(ben.does(&["people", "#book-club"]).await, "  1  ana @ana (owner)\n  2  ben @ben\n");
    ben.does(&["send", "Books", "by its title"]).await;
    assert_eq!(ana.does(&["read", "#book-club"]).await, "[3] ben: by its title\n");
    assert_eq!(ana.does(&["groups", "role", "book-club", "ben", "admin"]).await, "  2  ben @ben (admin)\n");
    ben.does(&["groups", "leave", "#book-club"]).await;
    ben.run(&["read", "#book-club"]).await.fails(3, "parlor groups join book-club");
    ben.does(&["groups", "join", "book-club"]).await;
    ana.does(&["groups", "edit", "book-club", "--title", "Good books", "--name", "books"]).await;
    assert_eq!(ben.does(&["groups", "list", "boo"]).await, "#books  Good books  2 members, open, you are in\n");
    ana.does(&["groups", "remove", "books", "ben"]).await;
    ana.does(&["groups", "add", "books", "ben"]).await;
    ana.does(&["groups", "delete", "books"]).await;
    ben.run(&["read", "#books"]).await.fails(3, "does not exist");
}

#[tokio::test]
async fn friends_are_asked_answered_removed_and_blocked() {
    let server = TestServer::start().await;
    let people = [Terminal::new(server.address), Terminal::new(server.address)];
    let [ana, ben] = &people;
    ana.signs_up("ana").await;
    ben.signs_up("ben").await;
    ana.does(&["friends", "add", "@ben", "--note", "from the market"]).await;
    assert_eq!(ben.does(&["friends"]).await, "@ana asks @ben  \"from the market\"\n");
    ana.does(&["friends", "withdraw", "ben"]).await;
    ben.run(&["friends", "accept", "ana"]).await.fails(3, "No friend request from @ana waits");
    ana.does(&["friends", "add", "ben"]).await;
    ben.does(&["friends", "reject", "ana"]).await;
    ben.does(&["friends", "add", "ana"]).await;
    ana.does(&["friends", "accept", "ben"]).await;
    assert!(ana.does(&["friends"]).await.starts_with("@ben  friend"));
    ana.does(&["friends", "remove", "ben"]).await;
    assert_eq!(ana.does(&["friends"]).await, "");
    ana.does(&["block", "ben"]).await;
    assert!(ana.does(&["block"]).await.starts_with("@ben"));
    ana.does(&["block", "ben", "--remove"]).await;
    assert_eq!(ana.does(&["block"]).await, "");
    assert!(ana.does(&["users", "be"]).await.starts_with("@ben"));
}

#[tokio::test]
async fn a_session_is_listed_ended_and_forgotten() {
    let server = TestServer::start().await;
    let [kitchen, office] = [Terminal::new(server.address), Terminal::new(server.address)];
    kitchen.signs_up("ana").await;
    let password = "seven green lanterns\n";
    office.run_with(password, &["login", "ana", "--device", "Office"]).await.is(0);
    let sessions = kitchen.json(&["sessions"]).await;
    let other = sessions.iter().find(|session| session["current"] == false).unwrap();
    assert_eq!((sessions.len(), other["device"].as_str()), (2, Some("Office")));
    kitchen.does(&["sessions", "--end", other["session_id"].as_str().unwrap()]).await;
    office.run(&["whoami"]).await.fails(4, "parlor login");
    office.run(&["whoami"]).await.fails(4, "You are not signed in");
    assert_eq!(kitchen.does(&["whoami"]).await, "@ana\n");
    kitchen.does(&["logout"]).await;
    kitchen.run(&["whoami"]).await.fails(4, "You are not signed in");
    office.run_with(password, &["login", "ana"]).await.is(0);
    assert_eq!(office.json(&["sessions"]).await.len(), 1, "signing out ended the other one");
}

#[tokio::test]
async fn profiles_are_apart_and_may_name_servers() {
    let (server, other) = (TestServer::start().await, TestServer::start().await);
    let ana = Terminal::new(server.address);
    ana.run_with("seven green lanterns\n", &["signup", "ana", "--profile", "one"]).await.is(0);
    ana.run(&["whoami"]).await.fails(4, "not signed in");
    assert_eq!(ana.does(&["whoami", "--profile", "one"]).await, "@ana\n");
    ana.with_server(other.address).run(&["whoami", "--profile", "one"]).await.fails(4, "not signed in");
    let settings = format!("profile = \"one\"\n[profiles.one]\nserver = \"{}\"\n", ana.server);
    std::fs::create_dir_all(ana.directory.join("config/parlor")).unwrap();
    std::fs::write(ana.directory.join("config/parlor/config.toml"), settings).unwrap();
    let output = ana.command(&["whoami"]).env_remove("PARLOR_SERVER").output().await.unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "@ana\n", "the settings name profile and server");
}

#[tokio::test]
async fn a_list_without_anything_says_so_to_people_and_prints_nothing() {
    let server = TestServer::start().await;
    let ana = Terminal::new(server.address);
    ana.signs_up("ana").await;
    ana.does(&["groups", "create", "den"]).await;
    for (list, sentence) in [
        (&["friends"][..], "You have no friends here yet"),
        (&["block"], "You block nobody."),
        (&["users", "zoe"], "Nobody can be found by that."),
        (&["groups"], "No group can be found"),
        (&["links", "#den"], "There are no links"),
        (&["door", "#den"], "Nobody waits at the door."),
    ] {
        let done = ana.run(list).await.is(0);
        assert_eq!(done.out, "", "{list:?}");
        assert!(done.err.starts_with(sentence), "{list:?}: {}", done.err);
        assert_eq!(ana.json(list).await, Vec::<serde_json::Value>::new());
    }
}
