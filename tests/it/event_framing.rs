//! User text cannot leave its event: it is refused, or arrives as the response showed it.

use serde_json::{Value, json};

use crate::support::{Chat, EventStream, Person, RawStream, Reply, StreamPath, TestServer, on_both_paths, without_status};

/// Characters that end a line, a field or an event somewhere, or change how a line is read.
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

/// Returns the created object, or `None` if the text was refused because of its characters.
fn made(reply: Reply, text: &str) -> Option<Value> {
    if reply.status == 422 {
        reply.is_problem(422, "invalid");
        return None;
    }
    assert!((200..300).contains(&reply.status), "{text:?}: {}", reply.text);
    assert!(!text.contains('\0'), "NUL is refused everywhere");
    Some(reply.json)
}

/// Returns what is kept of an accepted one-line text: direction marks at its edges are dropped.
fn one_line(text: &str) -> &str {
    let text = text.trim_matches('\u{200f}');
    let turns = |c: char| matches!(c, '\u{2028}' | '\u{2029}' | '\u{200f}' | '\u{202e}' | '\u{2066}');
    assert!(!text.chars().any(|c| c.is_control() || turns(c)), "{text:?} was accepted");
    text
}

/// An owner whose stream is read by a parser and byte by byte.
struct Fixture {
    server: TestServer,
    ana: Person,
    chat: Chat,
    parsed: EventStream,
    bare: RawStream,
}

impl Fixture {
    async fn on(path: StreamPath) -> Self {
        let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
        let mut ana = server.person();
        let chat = ana.creates_a_chat().await;
        let parsed = ana.follows(&chat).await;
        let mut bare = RawStream::open(server.address, &format!("{}/events", chat.path), ana.credential.as_deref(), None).await;
        assert_eq!(bare.next().await.unwrap().name, "hello");
        Self { server, ana, chat, parsed, bare }
    }

    /// Expects the next event to have this name on both streams with equal data; returns the data.
    async fn hears(&mut self, name: &str) -> Value {
        let (parsed, bare) = (self.parsed.expect(name).await, self.bare.next().await.unwrap());
        assert_eq!((bare.name.as_str(), &bare.id), (name, &parsed.id));
        assert_eq!(serde_json::from_str::<Value>(&bare.data).unwrap(), parsed.data);
        parsed.data
    }
}

async fn a_messages_text_arrives_unchanged(path: StreamPath) {
    let mut fixture = Fixture::on(path).await;
    for text in nasty_texts() {
        let reply = fixture.ana.posts(&fixture.chat.path, json!({"text": text})).await;
        let shows = text.chars().any(|c| c.is_ascii_graphic());
        assert_eq!(reply.status == 201, shows && !text.contains('\0'), "{text:?}: {}", reply.text);
        let Some(said) = made(reply, &text) else { continue };
        assert_eq!(said["text"], json!(text));
        assert_eq!(fixture.hears("message").await, without_status(said));
    }
}

async fn a_messages_client_ref_is_visible_ascii(path: StreamPath) {
    let mut fixture = Fixture::on(path).await;
    for text in nasty_texts() {
        let reply = fixture.ana.posts(&fixture.chat.path, json!({"text": "Hi", "client_ref": text})).await;
        assert!(made(reply, &text).is_none(), "{text:?}");
    }
    let said = fixture.ana.posts(&fixture.chat.path, json!({"text": "Hi", "client_ref": "data:{}\\n\\nid:9"})).await.is(201).json;
    assert_eq!(fixture.hears("message").await, without_status(said));
}

async fn a_title_stays_in_its_event(path: StreamPath) {
    let mut taken = 0;
    let mut fixture = Fixture::on(path).await;
    for text in nasty_texts() {
        let reply = fixture.ana.patches(&fixture.chat.path, json!({"title": text})).await;
        let Some(mut chat) = made(reply, &text) else { continue };
        let text = one_line(&text);
        taken += 1;
        assert_eq!(chat["title"], json!(text));
        let updated = fixture.hears("chat_updated").await;
        for field in ["me", "head", "first", "with"] {
            chat.as_object_mut().unwrap().remove(field);
        }
        assert_eq!(updated["chat"], chat);
    }
    assert!(taken > 0, "harmless text is accepted");
}

async fn a_links_label_stays_in_its_event(path: StreamPath) {
    let mut taken = 0;
    let mut fixture = Fixture::on(path).await;
    for text in nasty_texts() {
        let reply = fixture.ana.posts("/v1/links", json!({"chat_url": fixture.chat.url, "label": text})).await;
        let Some(link) = made(reply, &text) else { continue };
        let text = one_line(&text);
        taken += 1;
        assert_eq!(fixture.hears("link_created").await["link"], link);
        let gone = fixture.ana.deletes(&format!("/v1/links/{}", link["link_id"].as_str().unwrap())).await;
        gone.is(204);
        assert_eq!(fixture.hears("link_revoked").await["link"]["label"], json!(text));
    }
    assert!(taken > 0, "harmless text is accepted");
}

async fn what_a_guest_says_when_knocking_stays_in_its_event(path: StreamPath) {
    let mut taken = 0;
    let mut fixture = Fixture::on(path).await;
    let link = fixture.ana.shares(&fixture.chat).await;
    fixture.hears("link_created").await;
    for field in ["name", "note"] {
        for text in nasty_texts() {
            let guest = fixture.server.person();
            let reply = guest.posts(&format!("{}/knocks", link.path), json!({field: text})).await;
            let Some(exchange) = made(reply, &text) else { continue };
            let text = one_line(&text);
            taken += 1;
            let told = fixture.hears("knock").await["knock"].clone();
            let listed = fixture.ana.gets(&format!("{}/knocks?status=pending", fixture.chat.path)).await.is(200).json;
            assert_eq!((&told[field], &told), (&json!(text), &listed["items"][0]));
            let decision = json!({"link_url": link.url, "knock_id": exchange["knock_id"]});
            fixture.ana.posts("/v1/approval", decision).await.is(200);
            assert_eq!(fixture.hears("member_joined").await["member"]["name"], json!(if field == "name" { text } else { "Guest" }));
            fixture.hears("knock_decided").await;
            fixture.ana.removes(&fixture.chat, last_member(&fixture).await).await.is(204);
            fixture.hears("member_left").await;
        }
    }
    assert!(taken > 0, "harmless text is accepted");
}

async fn last_member(fixture: &Fixture) -> u64 {
    let members = fixture.ana.gets(&format!("{}/members", fixture.chat.path)).await.is(200).json;
    members["items"].as_array().unwrap().last().unwrap()["id"].as_u64().unwrap()
}

async fn an_owners_name_stays_in_its_event(path: StreamPath) {
    let mut taken = 0;
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    for text in nasty_texts() {
        let mut ana = server.person();
        let Some(opened) = made(ana.posts("/v1/chats", json!({"name": text})).await, &text) else { continue };
        let text = one_line(&text);
        taken += 1;
        ana.credential = opened["author_id"].as_str().map(str::to_owned);
        let path = format!("/v1/chats/{}", opened["chat_id"].as_str().unwrap());
        let mut stream = ana.hears(&format!("{path}/events?after=0")).await;
        let joined = stream.expect("member_joined").await;
        assert_eq!((&joined.data["member"]["name"], &joined.data["member"]), (&json!(text), &opened["chat"]["me"]));
    }
    assert!(taken > 0, "harmless text is accepted");
}

async fn a_reason_stays_in_its_event(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    for text in nasty_texts() {
        let link = fixture.ana.shares(&fixture.chat).await;
        let mut guest = fixture.server.person();
        let knock = guest.knocks(&link, "Ben").await;
        let decision = json!({"link_url": link.url, "knock_id": knock.id, "approve": false, "reason": text});
        let mut waiting = guest.waits(&link).await;
        let decided = made(fixture.ana.posts("/v1/approval", decision).await, &text);
        fixture.ana.deletes(&link.path).await.is(204);
        let heard = waiting.expect("knock_decided").await;
        let expected = guest.nobody().gets(&format!("{}?client_id={}", link.path, knock.client)).await.is(200).json;
        assert_eq!(heard.data, expected);
        if decided.is_some() {
            let text = one_line(&text);
            assert_eq!(heard.data["reason"], json!(text));
        }
        waiting.expect_end().await;
    }
}

async fn what_a_listener_asks_with_does_not_come_back_in_the_stream(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let path = format!("{}/events", fixture.chat.path);
    for text in nasty_texts() {
        let url = url::Url::parse_with_params(&format!("http://{}{path}", fixture.server.address), [("after", &text)]).unwrap();
        let mut stream = fixture.ana.hears(url.as_str()).await;
        let reset = stream.expect("reset").await;
        assert_eq!(reset.data.as_object().unwrap().len(), 4);
    }
}

on_both_paths!(
    a_messages_text_arrives_unchanged,
    a_messages_client_ref_is_visible_ascii,
    a_title_stays_in_its_event,
    a_links_label_stays_in_its_event,
    what_a_guest_says_when_knocking_stays_in_its_event,
    an_owners_name_stays_in_its_event,
    a_reason_stays_in_its_event,
    what_a_listener_asks_with_does_not_come_back_in_the_stream,
);
