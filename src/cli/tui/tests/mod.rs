//! The screen without a terminal and without a server: events and keys in, cells and requests out.

mod model;
mod screens;
mod scrolling;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};

use super::chat_view::{ChatView, Loaded};
use super::draw::draw;
use super::keys;
use super::model::Model;
use super::request::{Answer, Request, Source, Update};
use crate::client::{Event, Incoming};

const CHAT: &str = "chat-one";

fn member(id: u32) -> Value {
    let name = ["Ben", "Ana", "Chloé"][id as usize - 1];
    json!({"id": id, "name": name, "role": if id == 1 { "owner" } else { "member" }, "username": null})
}

fn said(seq: u64, by: u32, text: &str) -> Value {
    let at = format!("2026-12-01T10:{:02}:00.000Z", (seq / 10) % 60);
    json!({"seq": seq, "chat_id": CHAT, "member": member(by), "kind": "text", "text": text, "created_at": at})
}

fn incoming(name: &str, data: &Value) -> Box<Incoming> {
    Box::new(Event { name: name.into(), id: None, data: data.to_string() }.incoming())
}

fn facts() -> Value {
    json!({"chat_id": CHAT, "chat_url": "http://h/v1/chats/c", "page_url": "http://h/c/c", "kind": "link", "title": "Friday dinner", "group": null,
        "admission": "knock", "history": "all", "created_at": "2026-12-01T10:00:00.000Z", "expires_in": 86400, "expires_at": "2026-12-02T10:00:00.000Z",
        "first": 1, "head": 0, "with": null, "me": member(1)})
}

fn loaded(messages: &[Value], head: u64, has_more: bool) -> Loaded {
    let page = json!({"chat": facts(), "messages": messages, "head": head, "has_more": has_more});
    let receipt = |id: u32| json!({"member": member(id), "delivered": 0, "read": if id == 1 { head } else { 0 }});
    let read = |value: Value| serde_json::from_value(value).unwrap();
    Loaded {
        page: serde_json::from_value(page).unwrap(),
        members: (1..=3).map(|id| read(member(id))).collect(),
        receipts: (1..=3).map(|id| serde_json::from_value(receipt(id)).unwrap()).collect(),
        knocks: Vec::new(),
    }
}

/// A chat of Ben's with Ana and Chloé, loaded and connected.
fn chat_with(messages: &[Value], head: u64, has_more: bool) -> Model {
    let mut model = Model::new(vec![ChatView::new(CHAT, "Chat", false)], CHAT, (80, 24), || "key".into());
    assert_eq!(model.due(), [(CHAT.to_owned(), Request::Load)]);
    model.update(Update::Answer(CHAT.into(), Answer::Loaded(Box::new(Ok(loaded(messages, head, has_more))))));
    happens(&mut model, "hello", &json!({"chat_id": CHAT, "epoch": "e", "head": head, "resumed": false}));
    model
}

fn happens(model: &mut Model, name: &str, data: &Value) {
    model.update(Update::Event(Source::Chat(CHAT.into()), incoming(name, data)));
}

fn knocks(model: &mut Model, id: u32, name: &str) {
    let knock = json!({"knock_id": uuid(id), "name": name, "username": null, "note": "It is me", "code": "violet harbour", "name_taken": false,
        "link_id": null, "label": null, "status": "pending", "created_at": "2026-12-01T10:00:00.000Z", "expires_at": "2026-12-02T10:00:00.000Z"});
    happens(model, "knock", &json!({"chat_id": CHAT, "door": id, "knock": knock}));
    model.due();
}

fn uuid(id: u32) -> String {
    format!("00000000-0000-4000-8000-{id:012}")
}

fn press(model: &mut Model, code: KeyCode) {
    press_with(model, code, KeyModifiers::NONE);
}

fn press_with(model: &mut Model, code: KeyCode, modifiers: KeyModifiers) {
    let nothing_written = model.chat().composer.is_empty();
    if let Some(action) = keys::action(model.mode, nothing_written, KeyEvent::new(code, modifiers)) {
        model.act(action);
    }
}

fn types(model: &mut Model, text: &str) {
    text.chars().for_each(|c| press(model, KeyCode::Char(c)));
}

/// The screen as text, in the size of the model.
fn screen(model: &Model) -> String {
    let area = Rect::new(0, 0, model.size.0, model.size.1);
    let mut buffer = Buffer::empty(area);
    draw(model, &mut buffer, false);
    let row = |y| (0..area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..area.height).map(row).collect::<Vec<_>>().join("\n")
}
