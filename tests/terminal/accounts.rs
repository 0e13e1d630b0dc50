//! The chats of an account beside a link chat of the same profile: unread marks, switching, writing.

use serde_json::json;

use crate::link_chats::{CONTROL_C, NARROW, WIDE};
use crate::pseudo_terminal::Home;
use crate::support::account::PASSWORD;
use crate::support::{Person, Program};

const TAB: &str = "\t";
const DOWN: &str = "\u{1b}[B";
const ALT_DOWN: &str = "\u{1b}[1;3B";

async fn account(server: &Program, username: &str) -> Person {
    let mut person = server.person();
    person.signs_up(username).await.is(201);
    person.signs_in(username).await;
    person.patches("/v1/me", json!({"direct_messages": "anyone"})).await.is(200);
    person
}

#[tokio::test(flavor = "multi_thread")]
async fn all_chats_are_in_one_list_with_what_is_unread() {
    for size in [WIDE, NARROW] {
        let server = Program::start(&["--rate-factor", "0"]).await;
        let (ana, _) = (account(&server, "ana").await, account(&server, "ben").await);
        ana.posts("/v1/messages", json!({"to": "@ben", "text": "Hello Ben"})).await.is(201);
        ana.posts("/v1/groups", json!({"name": "plums", "members": ["ben"]})).await.is(201);
        let home = Home::new();
        let mut login = home.runs(server.address, &["login", "ben"], size);
        login.shows("Password").await;
        login.presses(&format!("{PASSWORD}\r"));
        assert!(login.ends().await.0.success());
        assert!(home.runs(server.address, &["open", "Side chat", "--guest", "--detach"], size).ends().await.0.success());

        let mut ben = home.runs(server.address, &["chat", "@ana"], size);
        ben.shows("Hello Ben").await;
        ben.shows("● connected").await;
        ana.posts("/v1/messages", json!({"to": "#plums", "text": "Who picks plums?"})).await.is(201);
        ben.shows("1 unread elsewhere").await;
        ben.presses(TAB);
        ben.shows("Chats: Enter opens").await;
        for title in ["ana", "#plums", "Side chat"] {
            ben.shows(title).await;
        }
        let place = |screen: &str, title: &str| screen.lines().skip(2).position(|line| line.contains(title)).unwrap();
        let screen = ben.screen();
        let steps = place(&screen, "#plums").abs_diff(place(&screen, "ana"));
        let key = if place(&screen, "#plums") > place(&screen, "ana") { DOWN } else { "\u{1b}[A" };
        ben.presses(&key.repeat(steps));
        ben.presses("\r");
        ben.shows("Who picks plums?").await;
        ben.hides("unread").await;
        ben.says("I do");
        ben.shows("I do  ✓").await;
        let said = ana.gets("/v1/groups/plums").await.json;
        assert_eq!(said["chat"]["last_message"]["text"], "I do");
        // All chats, one after the other, and the first again.
        ben.presses(&ALT_DOWN.repeat(3));
        ben.shows("Who picks plums?").await;
        ben.presses(CONTROL_C);
        assert!(ben.ends().await.0.success());
    }
}
