//! Server-sent events: what streams say, as bytes (API 2.4).
//!
//! Every event's data is one line of JSON, in which all that breaks a line is escaped: no text from people can end a line or begin a field.

use std::convert::Infallible;
use std::fmt;
use std::io::Write as _;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;

use super::handover::{Handover, Listening, Words};
use super::one_line;
use super::present::{Present, end, status};
use crate::domain::entry::{Entry, Topic};
use crate::domain::id::Epoch;
use crate::service::moment::{Heads, Moment, Moments, Position};
use crate::service::stream::Resume;
use crate::service::waiting::Told;
use crate::wire;

/// Where a listener goes on.
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// The id of a waiting guest's last event.
const DECIDED: &str = "decided";

/// An entry as every listener of its log gets it, without the position in front.
#[must_use]
pub fn entry(present: &Present, topic: Topic, entry: &Entry) -> Bytes {
    let (name, data) = present.entry(topic.chat(), entry);
    let mut out = Vec::with_capacity(256);
    event(&mut out, name.as_str(), &data);
    out.shrink_to_fit();
    out.into()
}

/// The position that an entry leads to, as its id.
pub fn position(out: &mut Vec<u8>, epoch: Epoch, position: Position) {
    match position.door {
        None => line(out, format_args!("id: {epoch}-{}", position.seq)),
        Some(door) => line(out, format_args!("id: {epoch}-{}-{door}", position.seq)),
    }
}

/// Where a listener wants to go on: `Last-Event-ID` wins over `lastEventId` in the query, which wins over `after` (API 2.4). None can be so wrong that it is
/// more than nowhere.
#[must_use]
pub fn resume(headers: &HeaderMap, in_query: Option<&str>, after: Option<&str>) -> Resume {
    let from_id = |text| read_id(text).unwrap_or(Resume::Nowhere);
    match (last_event(headers, in_query), after) {
        (LastEvent::Id(id), _) => from_id(id),
        (LastEvent::Garbage, _) => Resume::Nowhere,
        (LastEvent::Unsaid, None) => Resume::AtHead,
        (LastEvent::Unsaid, Some(text)) => match read_number(text) {
            Some(seq) => Resume::After(None, Position { seq, door: None }),
            None => from_id(text),
        },
    }
}

/// Whether a guest was told how their knock ended: the last event that they name is that one.
#[must_use]
pub fn told(headers: &HeaderMap, in_query: Option<&str>) -> Told {
    if last_event(headers, in_query) == LastEvent::Id(DECIDED) { Told::Already } else { Told::NotYet }
}

/// A stream as an answer, which is handed over where its request is marked so.
pub(super) fn stream<M: Moments + Into<Words> + 'static>(present: Present, retry: u64, moments: M, handover: Option<Handover>) -> Response {
    if let Some(handover) = handover {
        return answer(handover.put(Listening::new(present, retry, moments.into())));
    }
    let events = stream::unfold((moments, Some(retry)), move |(mut moments, mut retry)| {
        let present = present.clone();
        async move {
            let moment = moments.next().await?;
            Some((Ok::<_, Infallible>(say(&present, moment, retry.take())), (moments, retry)))
        }
    });
    answer(Body::from_stream(events))
}

/// A stream's head before this body.
pub(super) fn answer(body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform")),
        (ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}

/// What a stream says, written down; its first words tell with `retry`, in milliseconds, how long to wait before coming back.
#[must_use]
pub fn say(present: &Present, moment: Moment, retry: Option<u64>) -> Bytes {
    let moment = match (moment, retry) {
        (Moment::Entries(bytes), None) => return bytes,
        (moment, _) => moment,
    };
    let mut out = Vec::with_capacity(256);
    if let Some(millis) = retry {
        line(&mut out, format_args!("retry: {millis}"));
    }
    match moment {
        Moment::Entries(bytes) => out.extend_from_slice(&bytes),
        Moment::Hello { heads, resumed } => {
            let Heads { epoch, position } = heads;
            event(&mut out, "hello", &wire::events::Hello { epoch: epoch.to_string(), head: position.seq, door: position.door, resumed });
        }
        Moment::Reset(Heads { epoch, position }) => {
            event(&mut out, "reset", &wire::events::Reset { epoch: epoch.to_string(), head: position.seq, door: position.door });
        }
        Moment::Gap(from, to) => event(&mut out, "gap", &wire::events::Gap { log: wire::events::LogName::Door, from, to }),
        Moment::Heartbeat(Heads { position, .. }, now) => {
            event(&mut out, "heartbeat", &wire::events::Heartbeat { head: Some(position.seq), door: position.door, sent_at: present.time(now) });
        }
        Moment::Closed(why) => event(&mut out, "chat_closed", &wire::events::ChatClosed { reason: end(why) }),
        Moment::Waiting(standing) => event(&mut out, "hello", &wire::events::WaitingHello { status: status(standing) }),
        Moment::Pulse(now) => event(&mut out, "heartbeat", &wire::events::Heartbeat { head: None, door: None, sent_at: present.time(now) }),
        Moment::Decided(knocked) => {
            line(&mut out, format_args!("id: {DECIDED}"));
            event(&mut out, "knock_decided", &present.knocked(&knocked));
        }
        Moment::Bye(retry_ms) => {
            line(&mut out, format_args!("retry: {retry_ms}"));
            event(&mut out, "bye", &wire::events::Bye { retry_ms });
        }
    }
    out.into()
}

fn line(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing into memory succeeds");
    out.push(b'\n');
}

fn event(out: &mut Vec<u8>, name: &str, data: &impl Serialize) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    one_line::write(out, data);
    out.extend_from_slice(b"\n\n");
}

/// What a client says it got last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastEvent<'a> {
    Unsaid,
    Id(&'a str),
    Garbage,
}

/// What the header says, else the query; what is empty says nothing.
fn last_event<'a>(headers: &'a HeaderMap, in_query: Option<&'a str>) -> LastEvent<'a> {
    let mut values = headers.get_all(LAST_EVENT_ID).iter();
    let first = values.next().filter(|value| !value.is_empty());
    match (first, values.next()) {
        (None, None) => in_query.filter(|id| !id.is_empty()).map_or(LastEvent::Unsaid, LastEvent::Id),
        (Some(only), None) => only.to_str().map_or(LastEvent::Garbage, LastEvent::Id),
        (_, Some(_)) => LastEvent::Garbage,
    }
}

fn read_id(text: &str) -> Option<Resume> {
    let mut parts = text.split('-');
    let epoch = Epoch::read(parts.next()?)?;
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
        let at = |seq| Resume::After(Epoch::read("0000002a"), Position { seq, door: None });
        assert_eq!(with_query(None, Some("0000002a-5"), Some("0000002a-3")), at(5));
        assert_eq!(with_query(Some("0000002a-7"), Some("0000002a-5"), Some("3")), at(7));
        assert_eq!(with_query(Some(""), Some("0000002a-5"), None), at(5));
        assert_eq!(with_query(None, Some(""), Some("0000002a-3")), at(3));
        assert_eq!(with_query(None, Some("5"), None), Resume::Nowhere, "a number alone is no id");
        assert_eq!(with_query(Some("x"), Some("0000002a-5"), None), Resume::Nowhere);
    }

    #[test]
    fn a_guest_names_the_decision_in_the_header_or_in_the_query() {
        let told =
            |header: Option<&str>, in_query| told(&header.map(|header| (LAST_EVENT_ID, header.parse().unwrap())).into_iter().collect(), in_query);
        for (header, in_query) in [(Some(DECIDED), None), (None, Some(DECIDED)), (Some(DECIDED), Some("x")), (Some(""), Some(DECIDED))] {
            assert_eq!(told(header, in_query), Told::Already, "{header:?} {in_query:?}");
        }
        for (header, in_query) in [(None, None), (None, Some("")), (Some("x"), Some(DECIDED)), (None, Some("Decided"))] {
            assert_eq!(told(header, in_query), Told::NotYet, "{header:?} {in_query:?}");
        }
    }

    #[test]
    fn positions_are_read_or_lead_nowhere() {
        let epoch = Epoch::read("0000002a");
        assert_eq!(of(None, None), Resume::AtHead);
        assert_eq!(of(Some("0000002a-7"), Some("3")), Resume::After(epoch, Position { seq: 7, door: None }));
        assert_eq!(of(None, Some("0000002a-7-2")), Resume::After(epoch, Position { seq: 7, door: Some(2) }));
        assert_eq!(of(None, Some("0")), Resume::After(None, Position { seq: 0, door: None }));
        assert_eq!(of(None, Some("18446744073709551616")), Resume::Nowhere);
        for wrong in ["7", "-1", "x", "0000002a-", "0000002a-7-", "0000002a-7-2-1", "0000002A-7", "2a-7", "0000002a--7", " "] {
            assert_eq!(of(Some(wrong), None), Resume::Nowhere, "{wrong}");
        }
    }
}
