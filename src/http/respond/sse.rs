//! Encoding of server-sent events, and parsing of the resume position (API 2.4).
//!
//! The data of every event is one line of JSON with all line breaks escaped: user content cannot end a line or start a field.

use std::fmt;
use std::io::Write as _;

use axum::http::{HeaderMap, HeaderName};
use bytes::Bytes;
use serde::Serialize;

use super::one_line;
use super::present::{Present, end, redacted, session_end, status};
use crate::domain::ephemeral::EphemeralEvent;
use crate::domain::event_log::{Entry, Topic};
use crate::domain::id::{ChatId, Epoch};
use crate::domain::ticket::LogPosition;
use crate::hub::frame::IdPrefix;
use crate::service::chats::LogName;
use crate::service::streams::event::{Heads, Position, StreamEvent};
use crate::service::streams::guest::DecisionSeen;
use crate::service::streams::position::Resume;
use crate::wire;

/// The request header with the id of the last event received.
pub(in crate::http) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// The id of the last event of a guest's stream.
const DECIDED: &str = "decided";

/// Encodes an entry for all streams of its log, without the `id` line.
#[must_use]
pub fn entry(present: &Present, topic: Topic, entry: &Entry) -> Bytes {
    let Some(chat) = topic.chat() else { return Bytes::new() };
    let (name, data) = present.entry(chat, entry);
    let mut out = Vec::with_capacity(256);
    event(&mut out, name.as_str(), &data);
    out.shrink_to_fit();
    out.into()
}

/// Encodes an ephemeral event of a chat or of an account, which has no `id` line.
#[must_use]
pub fn ephemeral(present: &Present, topic: Topic, ephemeral_event: &EphemeralEvent) -> Bytes {
    let (name, data) = present.ephemeral(topic.chat(), ephemeral_event);
    let mut out = Vec::with_capacity(128);
    event(&mut out, name, &data);
    out.into()
}

/// Encodes an entry for readers who cannot read the message that it changes: its sequence number and that of the message.
#[must_use]
pub fn redacted_entry(topic: Topic, entry: &Entry) -> Bytes {
    let Some((name, data)) = topic.chat().and_then(|chat| redacted(chat, entry)) else { return Bytes::new() };
    let mut out = Vec::with_capacity(64);
    event(&mut out, name.as_str(), &data);
    out.into()
}

/// Writes the `id` line with the position after an entry.
pub fn position(out: &mut Vec<u8>, prefix: IdPrefix, position: Position) {
    let (IdPrefix { chat, epoch }, Position { seq, door }) = (prefix, position);
    out.extend_from_slice(b"id: ");
    if let Some(chat) = chat {
        write(out, format_args!("{chat}/"));
    }
    match door {
        None => line(out, format_args!("{epoch}-{seq}")),
        Some(door) => line(out, format_args!("{epoch}-{seq}-{door}")),
    }
}

/// Returns the resume position: `Last-Event-ID` takes precedence over `lastEventId` in the query, which takes precedence over `after` (API 2.4). A
/// malformed value never rejects the request.
#[must_use]
pub fn resume(headers: &HeaderMap, in_query: Option<&str>, after: Option<&str>) -> Resume {
    let from_id = |text| read_id(text).unwrap_or(Resume::Invalid);
    match (last_event(headers, in_query), after) {
        (LastEvent::Id(id), _) => from_id(id),
        (LastEvent::Malformed, _) => Resume::Invalid,
        (LastEvent::Absent, None) => Resume::AtHead,
        (LastEvent::Absent, Some(text)) => match read_number(text) {
            Some(seq) => Resume::After(None, Position { seq, door: None }),
            None => from_id(text),
        },
    }
}

/// Returns the position in a chat that a client names with the id of an event, of the stream of the chat or of an account, or with a sequence number.
#[must_use]
pub fn cursor(chat: ChatId, text: &str) -> Option<LogPosition> {
    let after_chat = text.strip_prefix(&chat.to_string()).and_then(|rest| rest.strip_prefix('/'));
    let resume = match read_number(text) {
        Some(seq) => Resume::After(None, Position { seq, door: None }),
        None => read_id(after_chat.unwrap_or(text))?,
    };
    let Resume::After(epoch, Position { seq, door }) = resume else { return None };
    Some(LogPosition { epoch, seq, door })
}

/// Returns whether a guest has received the outcome of their knock: its event is the last one they name.
#[must_use]
pub fn decision_seen(headers: &HeaderMap, in_query: Option<&str>) -> DecisionSeen {
    if last_event(headers, in_query) == LastEvent::Id(DECIDED) { DecisionSeen::Yes } else { DecisionSeen::No }
}

/// Encodes an event. The first event of a stream carries `retry`, the reconnect delay in milliseconds.
#[must_use]
pub fn encode_event(present: &Present, stream_event: StreamEvent, retry: Option<u64>) -> Bytes {
    let stream_event = match (stream_event, retry) {
        (StreamEvent::Entries(bytes) | StreamEvent::Ephemeral(bytes), None) => return bytes,
        (stream_event, _) => stream_event,
    };
    let mut out = Vec::with_capacity(256);
    if let Some(millis) = retry {
        line(&mut out, format_args!("retry: {millis}"));
    }
    match stream_event {
        StreamEvent::Entries(bytes) | StreamEvent::Ephemeral(bytes) => out.extend_from_slice(&bytes),
        StreamEvent::Hello { heads, resumed } => {
            let Heads { chat, epoch, position } = heads;
            let (chat_id, epoch) = (chat.to_string(), epoch.to_string());
            event(&mut out, "hello", &wire::stream_events::Hello { chat_id, epoch, head: position.seq, door: position.door, resumed });
        }
        StreamEvent::Reset(Heads { chat, epoch, position }) => {
            let (chat_id, epoch) = (chat.to_string(), epoch.to_string());
            event(&mut out, "reset", &wire::stream_events::Reset { chat_id, epoch, head: position.seq, door: position.door });
        }
        StreamEvent::Gap(chat, log, from, to) => {
            let log = match log {
                LogName::Chat => wire::stream_events::LogName::Chat,
                LogName::Door => wire::stream_events::LogName::Door,
            };
            event(&mut out, "gap", &wire::stream_events::Gap { chat_id: chat.to_string(), log, from, to });
        }
        StreamEvent::Heartbeat(Heads { chat, position, .. }, now) => {
            let (chat_id, head) = (Some(chat.to_string()), Some(position.seq));
            event(&mut out, "heartbeat", &wire::stream_events::Heartbeat { chat_id, head, door: position.door, sent_at: present.time(now) });
        }
        StreamEvent::Closed(chat, why) => {
            event(&mut out, "chat_closed", &wire::events::ChatClosed { chat_id: chat.to_string(), reason: end(why) });
        }
        StreamEvent::Waiting(knock_status) => event(&mut out, "hello", &wire::stream_events::WaitingHello { status: status(knock_status) }),
        StreamEvent::GuestHeartbeat(now) => {
            event(&mut out, "heartbeat", &wire::stream_events::Heartbeat { chat_id: None, head: None, door: None, sent_at: present.time(now) });
        }
        StreamEvent::Decided(knocked) => {
            line(&mut out, format_args!("id: {DECIDED}"));
            event(&mut out, "knock_decided", &present.knocked(&knocked));
        }
        StreamEvent::Account(told) => {
            let (name, data) = present.account_event(&told);
            event(&mut out, name, &data);
        }
        StreamEvent::SignedOut(why) => event(&mut out, "signed_out", &wire::sessions::SignedOut { reason: session_end(why) }),
        StreamEvent::Bye(retry_ms) => {
            line(&mut out, format_args!("retry: {retry_ms}"));
            event(&mut out, "bye", &wire::stream_events::Bye { retry_ms });
        }
    }
    out.into()
}

fn write(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing into memory succeeds");
}

fn line(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    write(out, text);
    out.push(b'\n');
}

fn event(out: &mut Vec<u8>, name: &str, data: &impl Serialize) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    one_line::write(out, data);
    out.extend_from_slice(b"\n\n");
}

/// The last event that a client names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastEvent<'a> {
    Absent,
    Id(&'a str),
    Malformed,
}

/// Returns the last event of the header, else of the query. An empty value counts as absent.
fn last_event<'a>(headers: &'a HeaderMap, in_query: Option<&'a str>) -> LastEvent<'a> {
    let mut values = headers.get_all(LAST_EVENT_ID).iter();
    let first = values.next().filter(|value| !value.is_empty());
    match (first, values.next()) {
        (None, None) => in_query.filter(|id| !id.is_empty()).map_or(LastEvent::Absent, LastEvent::Id),
        (Some(only), None) => only.to_str().map_or(LastEvent::Malformed, LastEvent::Id),
        (_, Some(_)) => LastEvent::Malformed,
    }
}

fn read_id(text: &str) -> Option<Resume> {
    let mut parts = text.split('-');
    let epoch = Epoch::parse(parts.next()?)?;
    let seq = read_number(parts.next()?)?;
    let door = parts.next().map(|door| read_number(door).ok_or(())).transpose().ok()?;
    if parts.next().is_some() {
        return None;
    }
    Some(Resume::After(Some(epoch), Position { seq, door }))
}

fn read_number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: Option<&str>, after: Option<&str>) -> Resume {
        with_query(header, None, after)
    }

    fn with_query(header: Option<&str>, in_query: Option<&str>, after: Option<&str>) -> Resume {
        let headers = header.map(|header| (LAST_EVENT_ID, header.parse().unwrap()));
        resume(&HeaderMap::from_iter(headers), in_query, after)
    }

    #[test]
    fn the_header_wins_over_the_query_and_the_last_event_over_after() {
        let at = |seq| Resume::After(Epoch::parse("0000002a"), Position { seq, door: None });
        assert_eq!(with_query(None, Some("0000002a-5"), Some("0000002a-3")), at(5));
        assert_eq!(with_query(Some("0000002a-7"), Some("0000002a-5"), Some("3")), at(7));
        assert_eq!(with_query(Some(""), Some("0000002a-5"), None), at(5));
        assert_eq!(with_query(None, Some(""), Some("0000002a-3")), at(3));
        assert_eq!(with_query(None, Some("5"), None), Resume::Invalid, "a number alone is no id");
        assert_eq!(with_query(Some("x"), Some("0000002a-5"), None), Resume::Invalid);
    }

    #[test]
    fn a_guest_names_the_decision_in_the_header_or_in_the_query() {
        let told = |header: Option<&str>, in_query| {
            decision_seen(&header.map(|header| (LAST_EVENT_ID, header.parse().unwrap())).into_iter().collect(), in_query)
        };
        for (header, in_query) in [(Some(DECIDED), None), (None, Some(DECIDED)), (Some(DECIDED), Some("x")), (Some(""), Some(DECIDED))] {
            assert_eq!(told(header, in_query), DecisionSeen::Yes, "{header:?} {in_query:?}");
        }
        for (header, in_query) in [(None, None), (None, Some("")), (Some("x"), Some(DECIDED)), (None, Some("Decided"))] {
            assert_eq!(told(header, in_query), DecisionSeen::No, "{header:?} {in_query:?}");
        }
    }

    #[test]
    fn positions_are_read_or_lead_nowhere() {
        let epoch = Epoch::parse("0000002a");
        assert_eq!(of(None, None), Resume::AtHead);
        assert_eq!(of(Some("0000002a-7"), Some("3")), Resume::After(epoch, Position { seq: 7, door: None }));
        assert_eq!(of(None, Some("0000002a-7-2")), Resume::After(epoch, Position { seq: 7, door: Some(2) }));
        assert_eq!(of(None, Some("0")), Resume::After(None, Position { seq: 0, door: None }));
        assert_eq!(of(None, Some("18446744073709551616")), Resume::Invalid);
        for wrong in ["7", "-1", "x", "0000002a-", "0000002a-7-", "0000002a-7-2-1", "0000002A-7", "2a-7", "0000002a--7", " "] {
            assert_eq!(of(Some(wrong), None), Resume::Invalid, "{wrong}");
        }
    }
}
