//! Schema constraints of the `OpenAPI` document beyond types: lengths, patterns, exclusive fields (API 1, *Text limits*).

use serde_json::{Value, json};

use crate::domain::chat::Lifetime;
use crate::domain::email::EmailAddress;
use crate::domain::group::MAX_FIRST_MEMBERS;
use crate::domain::limits::MAX_DECISIONS_PER_REQUEST;
use crate::domain::media::{MediaUrl, Pixels, VideoDuration};
use crate::domain::password::Password;
use crate::domain::push_subscription::PushEndpoint;
use crate::domain::text::{Alt, ClientRef, Description, Device, Label, MessageText, Name, Note, Reason, Title};
use crate::domain::ticket::MAX_CURSORS;
use crate::domain::username::Username;
use crate::domain::webhook::WebhookUrl;

/// Pattern of a one-line text: no control characters, line separators or bidirectional controls. Direction marks and spaces around it are trimmed. A
/// pattern cannot express that it must have a visible character and no unassigned ones.
const LINE: &str = concat!(
    r"^[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u061c\u200e\u200f]*",
    r"[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+",
    r"[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u061c\u200e\u200f]*$"
);
/// Pattern of a text with line breaks: no other control characters, line separators or bidirectional controls.
const LINES: &str = r"^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+$";
/// Pattern of any text.
const TEXT: &str = r"^[^\u0000]+$";
/// Pattern of a username in any case.
const USERNAME: &str = "^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$";
/// Pattern of visible ASCII.
pub(in crate::http) const VISIBLE: &str = "^[!-~]+$";

/// The constraints of a field.
#[derive(Clone, Copy, Debug)]
enum Constraints {
    /// One line with a maximum number of characters.
    Line(usize),
    /// Several lines with a maximum number of characters.
    Lines(usize),
    /// Any text with a maximum number of bytes, which is an upper limit of its characters.
    Text(usize),
    /// A username that is free.
    Username,
    /// A new password. A pattern cannot express that it is none of the common ones.
    Password,
    /// An e-mail address.
    Email,
    /// Visible ASCII with a maximum number of characters.
    Visible(usize),
    /// An integer in this inclusive range.
    Number(u64, u64),
    /// A list of at min 1 and at max this number of items.
    Items(usize),
}

/// The constrained fields of request bodies, by schema.
const SCHEMA_CONSTRAINTS: &[(&str, &str, Constraints)] = &[
    ("NewChat", "name", Constraints::Line(Name::MAX_CHARS)),
    ("NewChat", "title", Constraints::Line(Title::MAX_CHARS)),
    ("NewChat", "expires_in", Constraints::Number(Lifetime::MIN_CHAT_SECONDS, Lifetime::MAX_SECONDS)),
    ("ChatChange", "title", Constraints::Line(Title::MAX_CHARS)),
    ("ChatChange", "expires_in", Constraints::Number(Lifetime::MIN_CHAT_SECONDS, Lifetime::MAX_SECONDS)),
    ("ChatChange", "name", Constraints::Username),
    ("ChatChange", "description", Constraints::Lines(Description::MAX_CHARS)),
    ("NewGroup", "name", Constraints::Username),
    ("NewGroupKnock", "note", Constraints::Line(Note::MAX_CHARS)),
    ("NewGroup", "title", Constraints::Line(Title::MAX_CHARS)),
    ("NewGroup", "description", Constraints::Lines(Description::MAX_CHARS)),
    ("NewGroup", "expires_in", Constraints::Number(Lifetime::MIN_CHAT_SECONDS, Lifetime::MAX_SECONDS)),
    ("NewUser", "username", Constraints::Username),
    ("NewUser", "password", Constraints::Password),
    ("NewUser", "email", Constraints::Email),
    ("NewUser", "name", Constraints::Line(Name::MAX_CHARS)),
    ("MeChange", "name", Constraints::Line(Name::MAX_CHARS)),
    ("MeChange", "email", Constraints::Email),
    ("PasswordChange", "new_password", Constraints::Password),
    ("PasswordReset", "email", Constraints::Email),
    ("PasswordResetConfirmation", "new_password", Constraints::Password),
    ("NewFriendRequest", "note", Constraints::Line(Note::MAX_CHARS)),
    ("NewSession", "device", Constraints::Line(Device::MAX_CHARS)),
    ("NewMessage", "text", Constraints::Text(MessageText::MAX_BYTES)),
    ("AddressedMessage", "text", Constraints::Text(MessageText::MAX_BYTES)),
    ("AddressedMessage", "client_ref", Constraints::Visible(ClientRef::MAX_CHARS)),
    ("NewMessage", "client_ref", Constraints::Visible(ClientRef::MAX_CHARS)),
    ("MessageEdit", "text", Constraints::Text(MessageText::MAX_BYTES)),
    ("Image", "url", Constraints::Text(MediaUrl::MAX_BYTES)),
    ("Image", "width", Constraints::Number(1, Pixels::MAX as u64)),
    ("Image", "height", Constraints::Number(1, Pixels::MAX as u64)),
    ("Image", "alt", Constraints::Line(Alt::MAX_CHARS)),
    ("NewVideo", "url", Constraints::Text(MediaUrl::MAX_BYTES)),
    ("NewVideo", "duration_seconds", Constraints::Number(1, VideoDuration::MAX_SECONDS as u64)),
    ("NewLink", "label", Constraints::Line(Label::MAX_CHARS)),
    ("NewLink", "expires_in", Constraints::Number(Lifetime::MIN_LINK_SECONDS, Lifetime::MAX_SECONDS)),
    ("NewLink", "max_uses", Constraints::Number(1, u32::MAX as u64)),
    ("NewKnock", "name", Constraints::Line(Name::MAX_CHARS)),
    ("NewKnock", "note", Constraints::Line(Note::MAX_CHARS)),
    ("NewReport", "reason", Constraints::Line(Reason::MAX_CHARS)),
    ("NewPushSubscription", "endpoint", Constraints::Text(PushEndpoint::MAX_BYTES)),
    ("NewWebhook", "url", Constraints::Text(WebhookUrl::MAX_BYTES)),
    ("NewWebhook", "events", Constraints::Items(2)),
    ("Decision", "reason", Constraints::Line(Reason::MAX_CHARS)),
    ("Decision", "knock_ids", Constraints::Items(MAX_DECISIONS_PER_REQUEST)),
];

/// Writes the constraints into the schemas of a document.
pub(in crate::http) fn write(schemas: &mut Value) {
    for (schema, field, constraint) in SCHEMA_CONSTRAINTS {
        let property = &mut schemas[*schema]["properties"][*field];
        for (keyword, value) in constraint.keywords() {
            property[keyword] = value;
        }
    }
    let given = |field: &str, kind: &str| json!({"required": [field], "properties": {field: {"type": kind}}});
    let (one, several) = (given("knock_id", "string"), given("knock_ids", "array"));
    let (link, chat) = (given("link_url", "string"), given("chat_url", "string"));
    schemas["Decision"]["not"] = json!({"anyOf": [{"allOf": [one, several]}, {"allOf": [link, chat]}]});
    let named = json!({"anyOf": [one, several]});
    schemas["Decision"]["oneOf"] = json!([link, {"allOf": [chat, named]}]);
    let (text, image, video) = (given("text", "string"), given("image", "object"), given("video", "object"));
    for message in ["NewMessage", "AddressedMessage"] {
        schemas[message]["anyOf"] = json!([text, image, video]);
        schemas[message]["not"] = json!({"allOf": [image, video]});
    }
    // Only groups and direct chats are by invitation.
    let admission = &mut schemas["NewChat"]["properties"]["admission"];
    *admission = json!({"type": ["string", "null"], "enum": ["knock", "open", null], "description": admission["oneOf"][0]["description"]});
    schemas["AddressedMessage"]["properties"]["to"]["pattern"] = json!("^[@#]");
    schemas["NewGroup"]["properties"]["members"]["maxItems"] = json!(MAX_FIRST_MEMBERS);
    schemas["StreamEvent"] = stream_event();
    let none = json!({"type": "null"});
    let alone = |field: &str, other: &str| {
        let others = json!({field: {"type": "string"}, other: none, "me": none, "socket": none, "after": {"maxItems": 0}});
        json!({"required": [field], "properties": others})
    };
    let me = json!({"required": ["me"], "properties": {"me": {"const": true}, "chat_id": none, "link_id": none, "socket": none}});
    let socket = json!({"required": ["socket"], "properties": {"socket": {"const": true}, "link_id": none, "me": none, "after": {"maxItems": 0}}});
    // False would say nothing, beside another field as well as alone.
    for field in ["me", "socket"] {
        schemas["NewTicket"]["properties"][field]["enum"] = json!([true, null]);
    }
    schemas["NewTicket"]["properties"]["after"]["maxItems"] = json!(MAX_CURSORS);
    schemas["NewTicket"]["oneOf"] = json!([alone("chat_id", "link_id"), alone("link_id", "chat_id"), me, socket]);
    schemas["ReceiptMove"]["anyOf"] = json!([given("delivered", "integer"), given("read", "integer")]);
}

/// Completes the parameters, the body and the stream of an operation.
pub(in crate::http) fn complete(name: &str, operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten();
    for parameter in parameters.filter(|one| one["in"] == "query") {
        // Numbers of any size are accepted: one that is too large saturates.
        if let Some(schema) = parameter["schema"].as_object_mut() {
            schema.remove("format");
        }
    }
    if let Some(body) = operation.get_mut("requestBody") {
        is_object(body);
        if matches!(name, "knock" | "knock_at_group" | "add_group_member") {
            // A cross-site page can send a form without a preflight, but not JSON (SEC-020).
            body["required"] = json!(true);
        }
    }
    if let Some(stream) = operation.pointer_mut("/responses/200/content/text~1event-stream") {
        stream["schema"] = json!({"$ref": "#/components/schemas/StreamEvent"});
    }
}

/// Removes `null` from the schema of an optional body.
fn is_object(body: &mut Value) {
    let schema = &mut body["content"]["application/json"]["schema"];
    let named = schema["oneOf"].as_array().and_then(|kinds| kinds.iter().find(|kind| !kind["$ref"].is_null()));
    if let Some(named) = named.cloned() {
        *schema = named;
    }
}

/// Returns the schema of an event of a stream, by field.
fn stream_event() -> Value {
    let names = [
        "hello",
        "reset",
        "gap",
        "heartbeat",
        "bye",
        "message",
        "message_edited",
        "message_deleted",
        "reaction",
        "member_joined",
        "member_left",
        "member_updated",
        "chat_updated",
        "chat_closed",
        "knock",
        "knock_decided",
        "link_created",
        "link_revoked",
        "receipt",
        "typing",
        "presence",
        "state",
        "friend_request",
        "friendship",
        "friend_presence",
        "me_updated",
        "signed_out",
    ];
    json!({
        "type": "object",
        "description": "One event of a stream, by field.",
        "required": ["event", "data"],
        "additionalProperties": false,
        "properties": {
            "id": {
                "type": "string",
                "pattern": "^([0-9a-f]{8}-[0-9]+(-[0-9]+)?|decided)$",
                "description": "The position after this event: send it as `Last-Event-ID` when you reconnect. Not every event has one.",
            },
            "event": {"type": "string", "enum": names, "description": "The event's name."},
            "data": {"type": "string", "contentMediaType": "application/json", "description": "The event's data as JSON on one line, by its own schema."},
            "retry": {"type": "integer", "minimum": 0, "description": "How long to wait before a reconnect, in milliseconds."},
        },
    })
}

impl Constraints {
    fn keywords(self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Line(max) => vec![("minLength", json!(1)), ("maxLength", json!(max)), ("pattern", json!(LINE))],
            Self::Lines(max) => vec![("minLength", json!(1)), ("maxLength", json!(max)), ("pattern", json!(LINES))],
            Self::Text(max) => vec![("minLength", json!(1)), ("maxLength", json!(max)), ("pattern", json!(TEXT))],
            Self::Username => {
                vec![("minLength", json!(Username::MIN_CHARS)), ("maxLength", json!(Username::MAX_CHARS)), ("pattern", json!(USERNAME))]
            }
            Self::Password => {
                vec![("minLength", json!(Password::MIN_CHARS)), ("maxLength", json!(Password::MAX_BYTES)), ("pattern", json!(TEXT))]
            }
            Self::Email => vec![("maxLength", json!(EmailAddress::MAX_BYTES)), ("format", json!("email"))],
            Self::Visible(max) => vec![("minLength", json!(1)), ("maxLength", json!(max)), ("pattern", json!(VISIBLE))],
            Self::Number(min, max) => vec![("minimum", json!(min)), ("maximum", json!(max))],
            Self::Items(max) => vec![("minItems", json!(1)), ("maxItems", json!(max))],
        }
    }
}
