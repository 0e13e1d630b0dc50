//! What people write cannot leave the event in which it stands: it is refused, or arrives as it was answered.

use serde_json::{Value, json};

use crate::world::{Chat, Ear, Hearing, Person, Reply, World};

/// What ends a line, a field or an event somewhere, or changes how a line is read.
const NASTY: [&str; 24] = [
    "\r",
    "\n",
    "\r\n",
    "\n\n",
    "\r\r",
    "\r\n\r\n",
    "\u{2028}",
    "\u{2029}",
    "\u{85}",
    "\u{b}",
    "\u{c}",
    "\u{202e}",
    "\u{2066}",
    "\u{200f}",
    "\u{feff}",
    "\0",
    "\u{1b}[2J",
    "\ndata: {}",
    "\nid: 9",
    "\nevent: bye",
    "\n\nevent: chat_closed\ndata: {}\n\n",
    "\rid: 9\r\r",
    "\r\ndata:",
    "\n: comment",
];

fn nasty_texts() -> impl Iterator<Item = String> {
    NASTY.iter().flat_map(|nasty| [(*nasty).to_owned(), format!("a{nasty}b"), format!("{nasty}b"), format!("a{nasty}")])
}

/// Refused because of its characters, or else what was made.
fn made(reply: Reply, text: &str) -> Option<Value> {
    if reply.status == 422 {
        reply.is_problem(422, "invalid");
        return None;
    }
    assert!((200..300).contains(&reply.status), "{text:?}: {}", reply.text);
    assert!(!text.contains('\0'), "NUL is refused everywhere");
    Some(reply.json)
}

/// What is kept of a one-line text that was taken: a mark of direction at its edge is dropped, and nothing could end the line or turn it round.
fn one_line(text: &str) -> &str {
    let text = text.trim_matches('\u{200f}');
    let turns = |c: char| matches!(c, '\u{2028}' | '\u{2029}' | '\u{200f}' | '\u{202e}' | '\u{2066}');
    assert!(!text.chars().any(|c| c.is_control() || turns(c)), "{text:?} was taken");
    text
}

/// An owner whose stream is heard by a parser, and byte by byte.
struct Scene {
    world: World,
    ana: Person,
    chat: Chat,
    parsed: Hearing,
    bare: Ear,
}

impl Scene {
    async fn opens() -> Self {
        let world = World::with(&["--rate-factor", "0"]).await;
        let mut ana = world.person();
        let chat = ana.creates_a_chat().await;
        let parsed = ana.follows(&chat).await;
        let mut bare = Ear::open(world.address, &format!("{}/events", chat.path), ana.credential.as_deref(), None).await;
        assert_eq!(bare.hears().await.unwrap().name, "hello");
        Self { world, ana, chat, parsed, bare }
    }

    /// The next event has this name, and both ears agree on it; its data.
    async fn hears(&mut self, name: &str) -> Value {
        let (parsed, bare) = (self.parsed.hears(name).await, self.bare.hears().await.unwrap());
        assert_eq!((bare.name.as_str(), &bare.id), (name, &parsed.id));
        assert_eq!(serde_json::from_str::<Value>(&bare.data).unwrap(), parsed.data);
        parsed.data
    }
}

#[tokio::test]
async fn a_messages_text_arrives_unchanged() {
    let mut scene = Scene::opens().await;
    for text in nasty_texts() {
        let reply = scene.ana.posts(&scene.chat.path, json!({"text": text})).await;
        let shows = text.chars().any(|c| c.is_ascii_graphic());
        assert_eq!(reply.status == 201, shows && !text.contains('\0'), "{text:?}: {}", reply.text);
        let Some(said) = made(reply, &text) else { continue };
        assert_eq!(said["text"], json!(text));
        assert_eq!(scene.hears("message").await, said);
    }
}

#[tokio::test]
async fn a_messages_client_ref_is_visible_ascii() {
    let mut scene = Scene::opens().await;
    for text in nasty_texts() {
        let reply = scene.ana.posts(&scene.chat.path, json!({"text": "Hi", "client_ref": text})).await;
        assert!(made(reply, &text).is_none(), "{text:?}");
    }
    let said = scene.ana.posts(&scene.chat.path, json!({"text": "Hi", "client_ref": "data:{}\\n\\nid:9"})).await.is(201).json;
    assert_eq!(scene.hears("message").await, said);
}

#[tokio::test]
async fn a_title_stays_in_its_event() {
    let mut taken = 0;
    let mut scene = Scene::opens().await;
    for text in nasty_texts() {
        let reply = scene.ana.patches(&scene.chat.path, json!({"title": text})).await;
        let Some(mut chat) = made(reply, &text) else { continue };
        let text = one_line(&text);
        taken += 1;
        assert_eq!(chat["title"], json!(text));
        let updated = scene.hears("chat_updated").await;
        for field in ["me", "head"] {
            chat.as_object_mut().unwrap().remove(field);
        }
        assert_eq!(updated["chat"], chat);
    }
    assert!(taken > 0, "whatever can stay in its event is taken");
}

#[tokio::test]
async fn a_links_label_stays_in_its_event() {
    let mut taken = 0;
    let mut scene = Scene::opens().await;
    for text in nasty_texts() {
        let reply = scene.ana.posts("/v1/links", json!({"chat_url": scene.chat.url, "label": text})).await;
        let Some(link) = made(reply, &text) else { continue };
        let text = one_line(&text);
        taken += 1;
        assert_eq!(scene.hears("link_created").await["link"], link);
        let gone = scene.ana.deletes(&format!("/v1/links/{}", link["link_id"].as_str().unwrap())).await;
        gone.is(204);
        assert_eq!(scene.hears("link_revoked").await["link"]["label"], json!(text));
    }
    assert!(taken > 0, "whatever can stay in its event is taken");
}

#[tokio::test]
async fn what_a_guest_says_when_knocking_stays_in_its_event() {
    let mut taken = 0;
    let mut scene = Scene::opens().await;
    let link = scene.ana.shares(&scene.chat).await;
    scene.hears("link_created").await;
    for field in ["name", "note"] {
        for text in nasty_texts() {
            let guest = scene.world.person();
            let reply = guest.posts(&format!("{}/knocks", link.path), json!({field: text})).await;
            let Some(exchange) = made(reply, &text) else { continue };
            let text = one_line(&text);
            taken += 1;
            let told = scene.hears("knock").await["knock"].clone();
            let listed = scene.ana.gets(&format!("{}/knocks?status=pending", scene.chat.path)).await.is(200).json;
            assert_eq!((&told[field], &told), (&json!(text), &listed["items"][0]));
            let decision = json!({"link_url": link.url, "knock_id": exchange["knock_id"]});
            scene.ana.posts("/v1/approval", decision).await.is(200);
            assert_eq!(scene.hears("member_joined").await["member"]["name"], json!(if field == "name" { text } else { "Guest" }));
            scene.hears("knock_decided").await;
            scene.ana.removes(&scene.chat, last_member(&scene).await).await.is(204);
            scene.hears("member_left").await;
        }
    }
    assert!(taken > 0, "whatever can stay in its event is taken");
}

async fn last_member(scene: &Scene) -> u64 {
    let members = scene.ana.gets(&format!("{}/members", scene.chat.path)).await.is(200).json;
    members["items"].as_array().unwrap().last().unwrap()["id"].as_u64().unwrap()
}

#[tokio::test]
async fn an_owners_name_stays_in_its_event() {
    let mut taken = 0;
    let world = World::with(&["--rate-factor", "0"]).await;
    for text in nasty_texts() {
        let mut ana = world.person();
        let Some(opened) = made(ana.posts("/v1/chats", json!({"name": text})).await, &text) else { continue };
        let text = one_line(&text);
        taken += 1;
        ana.credential = opened["author_id"].as_str().map(str::to_owned);
        let path = format!("/v1/chats/{}", opened["chat_id"].as_str().unwrap());
        let mut hearing = ana.hears(&format!("{path}/events?after=0")).await;
        let joined = hearing.hears("member_joined").await;
        assert_eq!((&joined.data["member"]["name"], &joined.data["member"]), (&json!(text), &opened["chat"]["me"]));
    }
    assert!(taken > 0, "whatever can stay in its event is taken");
}

#[tokio::test]
async fn a_reason_stays_in_its_event() {
    let scene = Scene::opens().await;
    for text in nasty_texts() {
        let link = scene.ana.shares(&scene.chat).await;
        let mut guest = scene.world.person();
        let knock = guest.knocks(&link, "Ben").await;
        let decision = json!({"link_url": link.url, "knock_id": knock.id, "approve": false, "reason": text});
        let mut waiting = guest.waits(&link).await;
        let decided = made(scene.ana.posts("/v1/approval", decision).await, &text);
        scene.ana.deletes(&link.path).await.is(204);
        let heard = waiting.hears("knock_decided").await;
        let expected = guest.nobody().gets(&format!("{}?client_id={}", link.path, knock.client)).await.is(200).json;
        assert_eq!(heard.data, expected);
        if decided.is_some() {
            let text = one_line(&text);
            assert_eq!(heard.data["reason"], json!(text));
        }
        waiting.ends().await;
    }
}

#[tokio::test]
async fn what_a_listener_asks_with_does_not_come_back_in_the_stream() {
    let scene = Scene::opens().await;
    let path = format!("{}/events", scene.chat.path);
    for text in nasty_texts() {
        let url = url::Url::parse_with_params(&format!("http://{}{path}", scene.world.address), [("after", &text)]).unwrap();
        let mut hearing = scene.ana.hears(url.as_str()).await;
        let reset = hearing.hears("reset").await;
        assert_eq!(reset.data.as_object().unwrap().len(), 3);
    }
}
