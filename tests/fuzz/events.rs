//! Events: any accepted text is one event to a third-party parser, with the right content.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use parlor::config::PublicUrl;
use parlor::domain::chat::{Admission, Chat, ChatKind, HistoryVisibility, Lifetime};
use parlor::domain::clock::Timestamp;
use parlor::domain::event_log::{Entry, Event, Topic};
use parlor::domain::id::{ChatId, Credential, Epoch, KnockId, LinkId, MemberId};
use parlor::domain::knock::{GuestKnock, Knock, KnockStatus};
use parlor::domain::link::Link;
use parlor::domain::member::{Member, Role};
use parlor::domain::message::MessageDraft;
use parlor::domain::principal::Principal;
use parlor::domain::text::{ClientRef, Label, MessageText, Name, Note, Reason, Title};
use parlor::http::respond::present::Present;
use parlor::http::respond::sse;
use parlor::hub::frame::IdPrefix;
use parlor::service::clock::SystemClock;
use parlor::service::streams::event::{Position, StreamEvent};
use serde_json::Value;
use sse_stream::{Sse, SseByteStream};

use crate::inputs::tries;

const WORDS: [&str; 30] = [
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "\r\r",
    "data: ",
    "data:",
    "\ndata: {}",
    "id: 9",
    "\nid: 9",
    "event: bye",
    "\nretry: 1",
    ":",
    "\0",
    "\u{2028}",
    "\u{2029}",
    "\u{85}",
    "\u{feff}",
    "\u{1b}",
    "\\",
    "\\n",
    "\"",
    "{",
    "}",
    "</script>",
    "é",
    "\u{301}",
    "😀",
    "\u{202e}",
    "a",
];

const CHAT: &str = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM";
const NOW: Timestamp = Timestamp::from_millis(1_795_176_000_000);

#[test]
fn an_entry_is_one_event_whatever_stands_in_it() {
    let clock = Arc::new(SystemClock::default());
    let present = AssertUnwindSafe(Present::new(&"https://parlor.example".parse::<PublicUrl>().unwrap(), clock));
    tries("events", &WORDS, move |input| {
        let text = String::from_utf8_lossy(input);
        let door = Topic::Door(ChatId::parse_or_nil(CHAT));
        let conversation = Topic::Conversation(ChatId::parse_or_nil(CHAT));
        for (topic, name, event, places) in entries(&text) {
            let topic = if topic == "door" { door } else { conversation };
            let entry = Entry { seq: 7, at: NOW, event };
            let mut bytes = Vec::new();
            sse::position(&mut bytes, IdPrefix { chat: None, epoch: Epoch::parse("9f4e21c0").unwrap() }, Position { seq: 7, door: Some(2) });
            bytes.extend_from_slice(&sse::entry(&present, topic, &entry));
            let data = the_one(&bytes, "9f4e21c0-7-2", name);
            for place in places {
                let written = if *place == "/text" { &*text } else { line(&text) };
                assert_eq!(data.pointer(place).and_then(Value::as_str), Some(written), "{place} of {name}: {data}");
            }
        }
        if let Ok(reason) = Reason::parse(&text) {
            let knock = Knock { reason: Some(reason), status: KnockStatus::Declined, ..knock(None, None, None) };
            let knocked = GuestKnock { chat: ChatId::parse_or_nil(CHAT), knock, client: credential() };
            let bytes = sse::encode_event(&present, StreamEvent::Decided(Box::new(knocked)), Some(1_234));
            assert_eq!(the_one(&bytes, "decided", "knock_decided")["reason"].as_str(), Some(line(&text)));
        }
    });
}

/// Returns what is kept of a one-line text: everything except spaces and direction marks around it.
fn line(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}'))
}

/// Parses the bytes, which must hold exactly one event.
fn the_one(bytes: &[u8], id: &str, name: &str) -> Value {
    assert!(!bytes.contains(&b'\r') && !bytes.contains(&0) && bytes.ends_with(b"\n\n"), "{:?}", String::from_utf8_lossy(bytes));
    assert!(!std::str::from_utf8(bytes).unwrap().contains(['\u{85}', '\u{2028}', '\u{2029}']), "some parsers end a line there");
    assert_eq!(bytes.split(|byte| *byte == b'\n').count() - 1, if name == "knock_decided" { 5 } else { 4 });
    let whole = Bytes::copy_from_slice(bytes);
    let stream = SseByteStream::new(stream::iter([Ok::<_, std::convert::Infallible>(whole)]));
    let events: Vec<Result<Sse, _>> = stream.collect().now_or_never().unwrap();
    let [Ok(event)] = &events[..] else { panic!("{} events", events.len()) };
    assert_eq!((event.id.as_deref(), event.event.as_deref()), (Some(id), Some(name)));
    serde_json::from_str(event.data.as_deref().unwrap()).unwrap()
}

/// Builds an entry of this log with this event's name, and where the text stands in it.
type Written = (&'static str, &'static str, Event, &'static [&'static str]);

fn entries(text: &str) -> Vec<Written> {
    let mut all: Vec<Written> = Vec::new();
    if let Ok(said) = MessageText::parse(text) {
        all.push(("chat", "message", message(said, None), &["/text"]));
    }
    if let Ok(reference) = ClientRef::parse(text) {
        all.push(("chat", "message", message(MessageText::parse("Hello").unwrap(), Some(reference)), &["/client_ref"]));
    }
    if let Ok(name) = Name::parse(text) {
        let joined = Event::MemberJoined { member: member(name.clone()), by: Some(member(name.clone())) };
        all.push(("chat", "member_joined", joined, &["/member/name", "/by/name"]));
        all.push(("door", "knock", Event::Knock(Box::new(knock(Some(name), None, None))), &["/knock/name"]));
    }
    if let Ok(title) = Title::parse(text) {
        let by = member(Name::owner());
        all.push(("chat", "chat_updated", Event::ChatUpdated { chat: Box::new(chat(title)), by }, &["/chat/title"]));
    }
    if let Ok(label) = Label::parse(text) {
        all.push(("door", "link_created", Event::LinkCreated(Box::new(link(label.clone()))), &["/link/label"]));
        all.push(("door", "knock", Event::Knock(Box::new(knock(None, None, Some(label)))), &["/knock/label"]));
    }
    if let Ok(note) = Note::parse(text) {
        all.push(("door", "knock", Event::Knock(Box::new(knock(None, Some(note), None))), &["/knock/note"]));
    }
    all
}

fn message(text: MessageText, client_ref: Option<ClientRef>) -> Event {
    Event::Message(MessageDraft { client_ref, ..MessageDraft::of_text(text) }.by(Some(member(Name::owner()))))
}

fn member(name: Name) -> Arc<Member> {
    Arc::new(Member { id: MemberId::OWNER, name, username: None, role: Role::Owner })
}

fn credential() -> Principal {
    Principal::Credential(Credential::parse("0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e").unwrap())
}

fn knock(name: Option<Name>, note: Option<Note>, label: Option<Label>) -> Knock {
    Knock {
        id: KnockId::NIL,
        number: 1,
        link: LinkId::NIL,
        label,
        name,
        username: None,
        note,
        name_taken: false,
        is_by_name: false,
        status: KnockStatus::Pending,
        reason: None,
        created_at: NOW,
        expires_at: NOW + Duration::from_hours(24),
        ended_at: None,
        member: None,
    }
}

fn link(label: Label) -> Link {
    Link {
        id: LinkId::NIL,
        number: 1,
        label: Some(label),
        created_by: None,
        created_at: NOW,
        expires_at: NOW + Duration::from_hours(24),
        max_uses: None,
        uses: 0,
        auto_approve: false,
        revoked_at: None,
    }
}

fn chat(title: Title) -> Chat {
    Chat {
        id: ChatId::parse_or_nil(CHAT),
        epoch: Epoch::parse("9f4e21c0").unwrap(),
        kind: ChatKind::Link,
        title: Some(title),
        group: None,
        admission: Admission::Knock,
        history: HistoryVisibility::All,
        created_at: NOW,
        expires_in: Some(Lifetime::DEFAULT),
        expires_at: NOW + Duration::from_hours(24),
        first: 1,
        head: 7,
        door: 2,
        revision: 0,
    }
}
