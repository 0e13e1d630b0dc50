//! SEC-080: whatever people write, each entry is one event on the connection with the content that the response showed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Chat, EventStream, Person, RawStream, StreamPath, TestServer, on_both_paths};

/// Text that could end a line, a field or an event, or be read as the beginning of a stream.
const PAYLOADS: [&str; 20] = [
    "\r",
    "\n",
    "\r\n",
    "\0",
    "\u{2028}",
    "\u{2029}",
    "\u{85}",
    "\u{feff}",
    "\u{1b}[2J",
    "\ndata: {}",
    "\rdata: {}",
    "\nid: 9",
    "\revent: bye",
    "\n\nevent: chat_closed\ndata: {\"reason\":\"closed\"}\n\n",
    "\r\rid: decided\r\r",
    "\r\n\r\nretry: 1\r\n\r\n",
    "\n:",
    "data: \"}\n\n",
    "\u{0}\ndata:",
    "\\n\\ndata: {}",
];

/// The owner's stream, read by a third-party parser and byte by byte.
struct Ears {
    parsed: EventStream,
    bare: RawStream,
}

impl Ears {
    async fn open(server: &TestServer, owner: &Person, chat: &Chat) -> Self {
        let parsed = owner.follows(chat).await;
        let mut bare = RawStream::open(server.address, &format!("{}/events", chat.path), owner.credential.as_deref(), None).await;
        assert_eq!(bare.next().await.unwrap().name, "hello");
        Self { parsed, bare }
    }

    /// Returns the next event, on which both agree; `pops` fails if it contains a character that ends a line anywhere.
    async fn hear(&mut self, name: &str) -> Value {
        let (parsed, bare) = (self.parsed.expect(name).await, self.bare.next().await.unwrap());
        assert_eq!((bare.name.as_str(), &bare.id), (name, &parsed.id), "{bare:?}");
        assert_eq!(serde_json::from_str::<Value>(&bare.data).unwrap(), parsed.data);
        parsed.data
    }
}

/// A way to write a text: where it is sent, in which field, which event carries it, where it stands there.
type Way = (&'static str, &'static str, &'static str, &'static str, &'static str);

const WAYS: [Way; 7] = [
    ("POST", "{chat}", "text", "message", "/text"),
    ("POST", "{chat}", "client_ref", "message", "/client_ref"),
    ("PATCH", "{chat}", "title", "chat_updated", "/chat/title"),
    ("POST", "/v1/links", "label", "link_created", "/link/label"),
    ("POST", "{link}/knocks", "name", "knock", "/knock/name"),
    ("POST", "{link}/knocks", "note", "knock", "/knock/note"),
    ("POST", "/v1/approval", "reason", "knock_decided", "/status"),
];

async fn body(owner: &Person, server: &TestServer, chat: &Chat, way: Way, text: &str) -> (String, Value) {
    let (_, path, field, ..) = way;
    let link = owner.shares(chat).await;
    let mut body = match field {
        "client_ref" => json!({"text": "Hello"}),
        "label" => json!({"chat_url": chat.url}),
        "reason" => {
            let knock = server.person().knocks(&link, "Ben").await;
            json!({"link_url": link.url, "knock_id": knock.id, "approve": false})
        }
        _ => json!({}),
    };
    body[field] = json!(text);
    (path.replace("{chat}", &chat.path).replace("{link}", &link.path), body)
}

async fn sec_080_no_text_leaves_its_event(path: StreamPath) {
    let mut written = 0;
    for way in WAYS {
        let (method, _, field, event, place) = way;
        let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
        for payload in PAYLOADS {
            let mut owner = server.person();
            let chat = owner.creates_a_chat().await;
            for text in [payload.to_owned(), format!("a{payload}b"), format!("{payload}{payload}b")] {
                let (path, body) = body(&owner, &server, &chat, way, &text).await;
                let mut streams = Ears::open(&server, &owner, &chat).await;
                let asker = if path.ends_with("/knocks") { server.person() } else { owner.clone() };
                let reply = asker.sends(asker.request(Method::from_bytes(method.as_bytes()).unwrap(), &path).json(&body)).await;
                if reply.status == 422 {
                    reply.is_problem(422, "invalid");
                } else {
                    assert!(reply.status < 300, "{field} {text:?}: {}", reply.text);
                    let told = streams.hear(event).await;
                    assert!(event == "knock_decided" || told.pointer(place) == Some(&json!(text)), "{field} {text:?}: {told}");
                    written += 1;
                }
                owner.says(&chat, "after it").await;
                assert_eq!(streams.hear("message").await["text"], "after it", "an event came in between");
            }
        }
    }
    assert!(written > 60, "only {written} texts were accepted");
}

/// Ids and positions are not text in the API's sense: they are refused or dropped, and never stand in a stream.
async fn sec_080_credentials_and_positions_do_not_come_back_in_a_stream(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let mut owner = server.person();
    let chat = owner.creates_a_chat().await;
    for payload in PAYLOADS {
        let named = json!({"text": "Hello", "user_id": payload});
        owner.nobody().posts(&chat.path, named).await.is_problem(404, "not_found");
        let url = url::Url::parse_with_params(&format!("http://{}{}/events", server.address, chat.path), [("after", payload)]).unwrap();
        let mut stream = owner.hears(url.as_str()).await;
        assert_eq!(stream.hello.data["resumed"], false);
        assert_eq!(stream.expect("reset").await.data.as_object().unwrap().len(), 4);
    }
}

on_both_paths!(sec_080_no_text_leaves_its_event, sec_080_credentials_and_positions_do_not_come_back_in_a_stream);
