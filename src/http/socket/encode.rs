//! Encoding of frames: events from their server-sent form, answers to commands.

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::http::respond::present::Present;
use crate::http::respond::problem::Problem;
use crate::http::respond::sse::encode_event;
use crate::service::streams::event::StreamEvent;

/// One event within server-sent events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentEvent<'a> {
    pub(super) name: &'a str,
    id: Option<&'a str>,
    /// One line of JSON.
    pub(super) data: &'a str,
}

impl SentEvent<'_> {
    /// Returns the frame with the same data.
    pub(super) fn frame(self) -> String {
        let Self { name, id, data } = self;
        // Names and ids have no character that JSON escapes.
        let mut frame = String::with_capacity(data.len() + name.len() + id.map_or(0, str::len) + 32);
        for part in ["{\"event\":\"", name, "\""] {
            frame.push_str(part);
        }
        for part in id.map(|id| [",\"id\":\"", id, "\""]).into_iter().flatten() {
            frame.push_str(part);
        }
        for part in [",\"data\":", data, "}"] {
            frame.push_str(part);
        }
        frame
    }
}

/// Returns the server-sent form of a stream's event, which several entries may share.
pub(super) fn sent(present: &Present, event: StreamEvent) -> Bytes {
    encode_event(present, event, None)
}

/// Returns the events in server-sent events, which this server has written.
pub(super) fn events(sent: &[u8]) -> impl Iterator<Item = SentEvent<'_>> {
    let text = str::from_utf8(sent).unwrap_or_default();
    text.split("\n\n").filter_map(|block| {
        let field = |name: &str| block.split('\n').find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        Some(SentEvent { name: field("event")?, id: field("id"), data: field("data")? })
    })
}

/// Returns the frame of an event that only sockets have.
pub(super) fn event(name: &str, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).expect("events serialize to JSON");
    SentEvent { name, id: None, data: &data }.frame()
}

/// What a command returns: JSON.
pub(super) type Answer = String;

/// Returns the JSON of an answer.
pub(super) fn answer(value: &impl Serialize) -> Answer {
    serde_json::to_string(value).expect("answers serialize to JSON")
}

/// Returns the frame of the answer to the command with this reference.
pub(super) fn answer_frame(reference: &Value, result: Result<Answer, Problem>, request_id: Uuid) -> String {
    let (name, json) = match result {
        Ok(ok) => ("ok", ok),
        Err(problem) => ("problem", answer(&problem.body(request_id))),
    };
    format!("{{\"ref\":{reference},\"{name}\":{json}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_sent_events_become_frames_with_the_same_data() {
        let sent = b"id: 9f4e21c0-7\nevent: message\ndata: {\"text\":\"a: b\"}\n\nretry: 5\nevent: heartbeat\ndata: {\"sent_at\":\"now\"}\n\n";
        let frames: Vec<_> = events(sent).map(SentEvent::frame).collect();
        let expected = [r#"{"event":"message","id":"9f4e21c0-7","data":{"text":"a: b"}}"#, r#"{"event":"heartbeat","data":{"sent_at":"now"}}"#];
        assert_eq!(frames, expected);
        assert_eq!(events(b"").count() + events(b"id: 9f4e21c0-7\n\n").count(), 0);
    }
}
