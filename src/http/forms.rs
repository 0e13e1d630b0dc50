//! What the document says of requests beyond the types of their fields: how long, which characters, what excludes what (API 1, *Text limits*).

use serde_json::{Value, json};

use crate::domain::bounds::DECIDED_AT_ONCE;
use crate::domain::chat::Lifetime;
use crate::domain::text::{ClientRef, Label, MessageText, Name, Note, Reason, Title};

/// What a one-line text may not contain: controls, line separators, bidirectional controls, but for marks of direction and spaces around it, which are
/// dropped. (That it must show something, and nothing that Unicode gives no meaning, no pattern can say.)
const LINE: &str = concat!(
    r"^[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u061c\u200e\u200f]*",
    r"[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+",
    r"[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u061c\u200e\u200f]*$"
);
/// Visible ASCII.
pub(super) const VISIBLE: &str = "^[!-~]+$";

/// The form of a field.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// One line of at most so many characters.
    Line(usize),
    /// Any text of at most so many bytes, which no text of more characters has.
    Text(usize),
    /// At most so many visible ASCII characters.
    Visible(usize),
    /// A whole number between these.
    Number(u64, u64),
    /// A list of 1 to so many items.
    Items(usize),
}

/// The fields of request bodies, by schema.
const FORMS: [(&str, &str, Form); 14] = [
    ("NewChat", "name", Form::Line(Name::MOST)),
    ("NewChat", "title", Form::Line(Title::MOST)),
    ("NewChat", "expires_in", Form::Number(Lifetime::LEAST_OF_CHAT, Lifetime::MOST)),
    ("ChatChange", "title", Form::Line(Title::MOST)),
    ("ChatChange", "expires_in", Form::Number(Lifetime::LEAST_OF_CHAT, Lifetime::MOST)),
    ("NewMessage", "text", Form::Text(MessageText::MOST_BYTES)),
    ("NewMessage", "client_ref", Form::Visible(ClientRef::MOST)),
    ("NewLink", "label", Form::Line(Label::MOST)),
    ("NewLink", "expires_in", Form::Number(Lifetime::LEAST_OF_LINK, Lifetime::MOST)),
    ("NewLink", "max_uses", Form::Number(1, u32::MAX as u64)),
    ("NewKnock", "name", Form::Line(Name::MOST)),
    ("NewKnock", "note", Form::Line(Note::MOST)),
    ("Decision", "reason", Form::Line(Reason::MOST)),
    ("Decision", "knock_ids", Form::Items(DECIDED_AT_ONCE)),
];

/// Writes the forms into the schemas of a document.
pub(super) fn write(schemas: &mut Value) {
    for (schema, field, form) in FORMS {
        let told = &mut schemas[schema]["properties"][field];
        for (word, value) in form.words() {
            told[word] = value;
        }
    }
    let given = |field: &str, kind: &str| json!({"required": [field], "properties": {field: {"type": kind}}});
    let (one, several) = (given("knock_id", "string"), given("knock_ids", "array"));
    let (link, chat) = (given("link_url", "string"), given("chat_url", "string"));
    schemas["Decision"]["not"] = json!({"anyOf": [{"allOf": [one, several]}, {"allOf": [link, chat]}]});
    let named = json!({"anyOf": [one, several]});
    schemas["Decision"]["oneOf"] = json!([link, {"allOf": [chat, named]}]);
    schemas["StreamEvent"] = stream_event();
    schemas["NewTicket"]["oneOf"] = json!([given("chat_id", "string"), given("link_id", "string")]);
}

/// Says of an operation's parameters, body and stream what their types do not.
pub(super) fn complete(name: &str, operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten();
    for parameter in parameters.filter(|one| one["in"] == "query") {
        // A number of any size is taken: one that is too large is the largest there is.
        if let Some(schema) = parameter["schema"].as_object_mut() {
            schema.remove("format");
        }
    }
    if let Some(body) = operation.get_mut("requestBody") {
        is_object(body);
        if name == "knock" {
            // A foreign page can send a form without asking, and nothing of type JSON (SEC-020).
            body["required"] = json!(true);
        }
    }
    if let Some(stream) = operation.pointer_mut("/responses/200/content/text~1event-stream") {
        stream["schema"] = json!({"$ref": "#/components/schemas/StreamEvent"});
    }
}

/// A body that may be left out is not `null` where it stands.
fn is_object(body: &mut Value) {
    let schema = &mut body["content"]["application/json"]["schema"];
    let named = schema["oneOf"].as_array().and_then(|kinds| kinds.iter().find(|kind| !kind["$ref"].is_null()));
    if let Some(named) = named.cloned() {
        *schema = named;
    }
}

/// One event of a stream, field by field.
fn stream_event() -> Value {
    let names = [
        "hello",
        "reset",
        "gap",
        "heartbeat",
        "bye",
        "message",
        "member_joined",
        "member_left",
        "chat_updated",
        "chat_closed",
        "knock",
        "knock_decided",
        "link_created",
        "link_revoked",
    ];
    json!({
        "type": "object",
        "description": "One event of a stream, field by field.",
        "required": ["event", "data"],
        "additionalProperties": false,
        "properties": {
            "id": {
                "type": "string",
                "pattern": "^([0-9a-f]{8}-[0-9]+(-[0-9]+)?|decided)$",
                "description": "Where the stream stands after it: send it as `Last-Event-ID` when you come back. Not every event has one.",
            },
            "event": {"type": "string", "enum": names, "description": "What happened."},
            "data": {"type": "string", "contentMediaType": "application/json", "description": "The event's own schema, as JSON on one line."},
            "retry": {"type": "integer", "minimum": 0, "description": "How long to wait before coming back, in milliseconds."},
        },
    })
}

impl Form {
    fn words(self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Line(most) => vec![("minLength", json!(1)), ("maxLength", json!(most)), ("pattern", json!(LINE))],
            Self::Text(most) => vec![("minLength", json!(1)), ("maxLength", json!(most)), ("pattern", json!(r"^[^\u0000]+$"))],
            Self::Visible(most) => vec![("minLength", json!(1)), ("maxLength", json!(most)), ("pattern", json!(VISIBLE))],
            Self::Number(least, most) => vec![("minimum", json!(least)), ("maximum", json!(most))],
            Self::Items(most) => vec![("minItems", json!(1)), ("maxItems", json!(most))],
        }
    }
}
