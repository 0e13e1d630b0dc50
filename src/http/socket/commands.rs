//! Commands: parsing of a frame, and what commands about one chat do, by the functions of their HTTP operations.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::encode::{Answer, answer};
use crate::domain::id::ChatId;
use crate::http::api::{direct_chats, messages, reactions, receipts};
use crate::http::app::AppState;
use crate::http::extract::idempotency_key::key_of;
use crate::http::extract::json;
use crate::http::operations::{self, Operation};
use crate::http::respond::problem::Problem;
use crate::service::authorization::Caller;
use crate::wire;
use crate::wire::secret::Secret;

/// Maximum length of a reference that is text, in characters.
const MAX_REFERENCE: usize = 64;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Authenticate,
    Subscribe,
    Unsubscribe,
    Send,
    Edit,
    Delete,
    React,
    Receipt,
    Typing,
}

/// Each command with its name, and the operation of HTTP under whose limits and priority it is carried out.
const OPS: [(Op, &str, Option<&str>); 9] = [
    (Op::Authenticate, "authenticate", None),
    (Op::Subscribe, "subscribe", Some("follow_chat")),
    (Op::Unsubscribe, "unsubscribe", None),
    (Op::Send, "send", Some("post_message")),
    (Op::Edit, "edit", Some("edit_message")),
    (Op::Delete, "delete", Some("delete_message")),
    (Op::React, "react", Some("add_reaction")),
    (Op::Receipt, "receipt", Some("move_receipt")),
    (Op::Typing, "typing", Some("set_typing")),
];

impl Op {
    /// Returns the name on the wire.
    pub(super) fn name(self) -> &'static str {
        OPS.iter().find(|(op, ..)| *op == self).map_or("-", |(_, name, _)| name)
    }

    /// Returns the operation of HTTP that does the same.
    pub(super) fn operation(self) -> Option<&'static Operation> {
        OPS.iter().find(|(op, ..)| *op == self).and_then(|(.., operation)| operations::by_id((*operation)?))
    }
}

/// The fields of a command.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

/// A command whose fields are not read yet.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) reference: Value,
    /// None for an unknown name.
    pub(super) op: Option<Op>,
    pub(super) fields: Fields,
}

impl Command {
    /// Reads a frame; none if it is not a command: an object with a reference and the name of an operation.
    pub(super) fn parse(frame: &str) -> Option<Self> {
        let mut fields: Map<String, Value> = serde_json::from_str(frame).ok()?;
        let reference = fields.remove("ref").filter(|reference| match reference {
            Value::Number(_) => true,
            Value::String(text) => text.chars().count() <= MAX_REFERENCE,
            _ => false,
        })?;
        let Some(Value::String(name)) = fields.remove("op") else { return None };
        let op = OPS.iter().find(|(_, one, _)| **one == name).map(|(op, ..)| *op);
        Some(Self { reference, op, fields: Fields(fields) })
    }
}

impl Fields {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Reads all fields.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        json::parse(&self.bytes())
    }

    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0).expect("JSON serializes to JSON")
    }

    /// Removes a field of text.
    fn take(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::invalid(name, "must be text")),
        }
    }
}

/// A command to one chat, or to one account or group, with its fields.
pub(super) enum ChatCommand {
    Send(ChatId, wire::messages::NewMessage, Option<Key>),
    SendTo(wire::messages::AddressedMessage, Option<Key>),
    Edit(ChatId, u64, wire::messages::MessageEdit),
    Delete(ChatId, u64),
    React(ChatId, u64, String, bool),
    Receipt(ChatId, wire::receipts::ReceiptMove),
    Typing(ChatId, wire::typing::TypingChange),
}

/// An idempotency key, with the body that HTTP would have.
pub(super) struct Key {
    text: Secret,
    body: Vec<u8>,
}

impl ChatCommand {
    /// Reads the fields of a command.
    pub(super) fn read(op: Op, mut fields: Fields) -> Result<Self, Problem> {
        match op {
            Op::Send => Self::read_send(fields),
            Op::Edit => {
                let wire::socket::EditMessage { chat_id, seq, text } = fields.read()?;
                Ok(Self::Edit(ChatId::parse_or_nil(&chat_id), seq, wire::messages::MessageEdit { text }))
            }
            Op::Delete => {
                let wire::socket::DeleteMessage { chat_id, seq } = fields.read()?;
                Ok(Self::Delete(ChatId::parse_or_nil(&chat_id), seq))
            }
            Op::React => {
                let wire::socket::React { chat_id, seq, emoji, added } = fields.read()?;
                Ok(Self::React(ChatId::parse_or_nil(&chat_id), seq, emoji, added))
            }
            Op::Receipt => Ok(Self::Receipt(take_chat(&mut fields)?, fields.read()?)),
            Op::Typing => Ok(Self::Typing(take_chat(&mut fields)?, fields.read()?)),
            Op::Authenticate | Op::Subscribe | Op::Unsubscribe => Err(Problem::invalid("op", "is not for one chat")),
        }
    }

    fn read_send(mut fields: Fields) -> Result<Self, Problem> {
        let key = fields.take("key")?.map(Secret::new);
        let chat = match (fields.has("chat_id"), fields.has("to")) {
            (true, true) => return Err(Problem::invalid("to", "cannot be combined with chat_id")),
            (false, false) => return Err(Problem::invalid("chat_id", "or to is required")),
            (true, false) => Some(take_chat(&mut fields)?),
            (false, true) => None,
        };
        let key = key.map(|text| Key { text, body: fields.bytes() });
        match chat {
            Some(chat) => Ok(Self::Send(chat, fields.read()?, key)),
            None => Ok(Self::SendTo(fields.read()?, key)),
        }
    }

    /// Returns the chat that it is for; none for a message to an account or a group.
    pub(super) const fn chat(&self) -> Option<ChatId> {
        match self {
            Self::Send(chat, ..)
            | Self::Edit(chat, ..)
            | Self::Delete(chat, _)
            | Self::React(chat, ..)
            | Self::Receipt(chat, _)
            | Self::Typing(chat, _) => Some(*chat),
            Self::SendTo(..) => None,
        }
    }

    /// Carries it out.
    pub(super) async fn execute(self, app: &AppState, caller: Caller) -> Result<Answer, Problem> {
        match self {
            Self::Send(chat, new, key) => {
                let caller = caller.with_field_credential(new.user_id.as_ref().map(Secret::expose), "user_id")?;
                let path = format!("/v1/chats/{chat}");
                let key = key.map(|key| key.of(&caller, &path)).transpose()?;
                Ok(answer(&messages::post(app, chat, &caller, &new, key).await?.value))
            }
            Self::SendTo(addressed, key) => {
                app.service.admit_account(&caller)?;
                let key = key.map(|key| key.of(&caller, "/v1/messages")).transpose()?;
                Ok(answer(&direct_chats::send(app, &caller, addressed, key).await?.1.value))
            }
            Self::Edit(chat, seq, edit) => Ok(answer(&messages::edit(app, chat, &caller, seq, &edit).await?)),
            Self::Delete(chat, seq) => Ok(app.service.delete_message(chat, &caller, seq).await.map(|()| nothing())?),
            Self::React(chat, seq, emoji, added) => reactions::react(app, &caller, chat, seq, &emoji, added).await.map(|()| nothing()),
            Self::Receipt(chat, to) => Ok(answer(&receipts::advance(app, chat, &caller, to).await?)),
            Self::Typing(chat, change) => Ok(app.service.set_typing(chat, &caller, change.typing).await.map(|()| nothing())?),
        }
    }
}

impl Key {
    /// Returns the key as the same request over HTTP would have it.
    fn of(self, caller: &Caller, path: &str) -> Result<crate::domain::idempotency::IdempotencyKey, Problem> {
        key_of("key", self.text.expose(), caller, "POST", path, &self.body)
    }
}

/// The answer of an operation without a body.
pub(super) fn nothing() -> Answer {
    "{}".to_owned()
}

fn take_chat(fields: &mut Fields) -> Result<ChatId, Problem> {
    let chat = fields.take("chat_id")?.ok_or_else(|| Problem::invalid("chat_id", "is required"))?;
    Ok(ChatId::parse_or_nil(&chat))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_a_reference_and_an_operation() {
        let long = "x".repeat(MAX_REFERENCE + 1);
        for frame in [
            "",
            "null",
            "[]",
            "{",
            r#"{"op":"send"}"#,
            r#"{"ref":1}"#,
            r#"{"ref":null,"op":"send"}"#,
            r#"{"ref":true,"op":"send"}"#,
            r#"{"ref":{},"op":"send"}"#,
            r#"{"ref":1,"op":2}"#,
            &format!(r#"{{"ref":"{long}","op":"send"}}"#),
        ] {
            assert!(Command::parse(frame).is_none(), "{frame}");
        }
        let command = Command::parse(r#"{"op":"send","ref":"a","text":"b"}"#).unwrap();
        assert_eq!((command.reference, command.op), (Value::from("a"), Some(Op::Send)));
        assert_eq!(command.fields.bytes(), br#"{"text":"b"}"#);
        assert_eq!(Command::parse(r#"{"op":"sing","ref":1.5}"#).unwrap().op, None);
    }

    #[test]
    fn every_command_has_a_name_and_its_operation_exists() {
        for (op, name, operation) in OPS {
            assert_eq!(op.name(), name);
            assert_eq!(op.operation().map(|operation| operation.id), operation);
        }
    }
}
