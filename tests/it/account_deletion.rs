//! Deleting an account: what its chats, their streams and their pages show afterwards.

use serde_json::{Value, json};

use crate::support::{Chat, Link, Person, StreamPath, TestServer, each, on_both_paths};

/// In every text of the account, and nowhere else.
const MARK: &str = "quincunx";

/// A chat of Ana's with a member whose account is to be deleted, and a member who stays.
struct Scene {
    /// Runs until the scene is over.
    _server: TestServer,
    ana: Person,
    chat: Chat,
    link: Link,
    leaver: Person,
    ben: Person,
}

impl Scene {
    async fn set(path: StreamPath) -> Self {
        let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
        let (mut ana, mut ben, mut leaver) = (server.person(), server.person(), server.account(MARK).await);
        let chat = ana.creates_a_chat().await;
        let link = ana.shares(&chat).await;
        leaver.enters(&ana, &link, &format!("Dan {MARK}")).await;
        ben.enters(&ana, &link, "Ben").await;
        for number in 0..3 {
            leaver.says(&chat, &format!("{MARK} {number}")).await;
            ben.says(&chat, "Hello").await;
        }
        Self { _server: server, ana, chat, link, leaver, ben }
    }

    async fn delete(&self) {
        self.leaver.deletes("/v1/me").await.is(204);
    }
}

fn has_mark(value: &Value) -> bool {
    value.to_string().contains(MARK)
}

async fn an_open_stream_is_told_and_one_that_resumes_sees_no_text(path: StreamPath) {
    let scene = Scene::set(path).await;
    let (mut owners, mut bens) = (scene.ana.follows(&scene.chat).await, scene.ben.follows(&scene.chat).await);
    // What open streams were sent is kept in memory for those who resume.
    let last = scene.leaver.says(&scene.chat, &format!("{MARK} at last")).await;
    for stream in [&mut owners, &mut bens] {
        assert_eq!(stream.expect("message").await.data["seq"], json!(last));
    }
    scene.delete().await;
    for stream in [&mut owners, &mut bens] {
        let left = stream.expect("member_left").await;
        assert_eq!((&left.data["reason"], &left.data["member"]["name"]), (&json!("deleted"), &json!("Deleted account")));
        assert!(left.data["member"]["username"].is_null() && !has_mark(&left.data), "{left:?}");
    }
    let everything = vec!["deleted", "text", "deleted", "text", "deleted", "text", "deleted"];
    for (person, after, expected) in [(&scene.ana, 0, everything.clone()), (&scene.ben, 0, everything), (&scene.ben, last - 1, vec!["deleted"])] {
        let mut again = person.hears(&format!("{}/events?after={after}", scene.chat.path)).await;
        let mut kinds = Vec::new();
        loop {
            let event = again.next().await;
            assert!(!has_mark(&event.data), "{event:?}");
            kinds.extend(event.data["kind"].as_str().map(str::to_owned));
            if event.name == "member_left" {
                break;
            }
        }
        assert_eq!(kinds, expected);
    }
    scene.ben.says(&scene.chat, "We go on").await;
    assert_eq!(bens.expect("message").await.data["text"], "We go on");
}

async fn its_own_streams_end_and_it_gets_in_nowhere(path: StreamPath) {
    let scene = Scene::set(path).await;
    let mut own = scene.leaver.follows(&scene.chat).await;
    scene.delete().await;
    let last = own.next().await;
    assert!(["signed_out", "member_left"].contains(&last.name.as_str()), "{last:?}");
    assert_eq!(last.data["reason"], "deleted");
    own.expect_end().await;
    for path in [scene.chat.path.clone(), "/v1/me".into(), scene.link.path.clone()] {
        scene.leaver.gets(&path).await.is_problem(401, "invalid_token");
    }
    scene.leaver.signs_up(MARK).await.is_problem(409, "username_taken");
}

#[tokio::test]
async fn no_page_has_its_words_also_one_that_was_cached() {
    let scene = Scene::set(StreamPath::Fanout).await;
    let paths = ["", "?limit=200", "?after=1", "/activity", "/export", "/members", "/knocks", "/activity?log=door"];
    for path in paths.into_iter().flat_map(|path| [path, path]) {
        let before = scene.ana.gets(&format!("{}{path}", scene.chat.path)).await.is(200);
        assert!(before.text.contains(MARK), "{path}");
    }
    scene.delete().await;
    for path in paths.into_iter().flat_map(|path| [path, path]) {
        let after = scene.ana.gets(&format!("{}{path}", scene.chat.path)).await.is(200);
        assert!(!after.text.contains(MARK), "{path}: {}", after.text);
    }
    let page = scene.ana.reads(&scene.chat).await;
    let messages = page["messages"].as_array().unwrap();
    assert_eq!(each(messages, "kind"), ["deleted", "text", "deleted", "text", "deleted", "text"]);
    assert_eq!(messages[0]["member"], json!({"id": 2, "name": "Deleted account", "role": "member", "username": null}));
    assert!(messages[0]["deleted_at"].is_string() && messages[0].get("text").is_none());
    let members = scene.ana.gets(&format!("{}/members", scene.chat.path)).await.is(200).json;
    assert_eq!(each(members["items"].as_array().unwrap(), "name"), ["Ana", "Ben"]);
}

#[tokio::test]
async fn an_owner_leaves_a_chat_that_runs_out() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.account("ana").await, server.person());
    let chat = ana.creates(json!({"title": "Plans"})).await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let mut stream = ben.follows(&chat).await;
    ana.deletes("/v1/me").await.is(204);
    assert_eq!(stream.expect("member_left").await.data["reason"], "deleted");
    server.person().posts(&format!("{}/knocks", link.path), json!({"name": "Cleo"})).await.is_problem(404, "not_found");
    ben.says(&chat, "Alone").await;
    ben.gets(&format!("{}/links", chat.path)).await.is_problem(403, "not_allowed");
    server.advance(crate::support::DAY).await;
    ben.gets(&chat.path).await.is_problem(404, "not_found");
}

on_both_paths!(an_open_stream_is_told_and_one_that_resumes_sees_no_text, its_own_streams_end_and_it_gets_in_nowhere);
