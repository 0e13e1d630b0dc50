//! Resume positions: `Last-Event-ID`, `lastEventId` and `after`, against a second implementation of the grammar of API 2.4.

use axum::http::{HeaderMap, HeaderValue};
use parlor::domain::id::{ChatId, Epoch};
use parlor::domain::ticket::LogPosition;
use parlor::http::respond::sse::{cursor, decision_seen, position, resume};
use parlor::hub::frame::IdPrefix;
use parlor::service::streams::event::Position;
use parlor::service::streams::guest::DecisionSeen;
use parlor::service::streams::position::Resume;

use crate::inputs::tries;

const WORDS: [&str; 23] = [
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/",
    "\n",
    "\n",
    "9f4e21c0",
    "00000000",
    "-",
    "-",
    "-",
    "0",
    "1",
    "7",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775808",
    "decided",
    " ",
    "+",
    "A",
    "f",
    "ffffffff-",
    "9f4e21c0-7",
    "9f4e21c0-7-2",
    "\u{661}",
];

#[test]
fn a_position_is_what_the_grammar_says_and_anything_else_is_nowhere() {
    tries("positions", &WORDS, |input| {
        let mut parts = input.splitn(4, |byte| *byte == b'\n');
        let mut words = || parts.next().filter(|words| !words.is_empty()).and_then(|words| std::str::from_utf8(words).ok());
        let (after, in_query) = (words(), words());
        let sent: Option<Vec<HeaderValue>> = parts.map(|value| HeaderValue::from_bytes(value).ok()).collect();
        let Some(sent) = sent else { return };
        let mut headers = HeaderMap::new();
        for value in &sent {
            headers.append("last-event-id", value.clone());
        }
        let answer = resume(&headers, in_query, after);
        assert_eq!(answer, expected(&sent, in_query, after), "{sent:?} {in_query:?} {after:?}");
        let decided = match &sent[..] {
            [only] if !only.is_empty() => only.as_bytes() == b"decided",
            [] | [_] => in_query == Some("decided"),
            _ => false,
        };
        assert_eq!(decision_seen(&headers, in_query) == DecisionSeen::Yes, decided);
        if let Resume::After(Some(epoch), place) = answer {
            let mut written = Vec::new();
            position(&mut written, IdPrefix { chat: None, epoch }, place);
            let id = id_of(&written);
            assert_eq!(resume(&HeaderMap::from_iter([("last-event-id".parse().unwrap(), id.parse().unwrap())]), None, None), answer);
            assert_eq!(resume(&HeaderMap::new(), Some(id), after), answer);
            let mut on_account = Vec::new();
            position(&mut on_account, IdPrefix { chat: Some(ChatId::NIL), epoch }, place);
            assert_eq!(cursor(ChatId::NIL, id_of(&on_account)), log_position(answer), "the stream of an account names the chat");
        }
        for text in [in_query, after].into_iter().flatten() {
            let of_chat = text.strip_prefix(&format!("{}/", ChatId::NIL));
            let expected = of_chat.map_or_else(|| from_query(Some(text)), |rest| id(rest).unwrap_or(Resume::Invalid));
            assert_eq!(cursor(ChatId::NIL, text), log_position(expected), "{text:?}");
        }
    });
}

fn id_of(line: &[u8]) -> &str {
    std::str::from_utf8(line).unwrap().strip_prefix("id: ").unwrap().strip_suffix('\n').unwrap()
}

fn log_position(resume: Resume) -> Option<LogPosition> {
    let Resume::After(epoch, Position { seq, door }) = resume else { return None };
    Some(LogPosition { epoch, seq, door })
}

fn expected(sent: &[HeaderValue], in_query: Option<&str>, after: Option<&str>) -> Resume {
    match (sent, in_query) {
        ([], None) => from_query(after),
        ([only], None) if only.is_empty() => from_query(after),
        ([], Some(text)) => id(text).unwrap_or(Resume::Invalid),
        ([only], Some(text)) if only.is_empty() => id(text).unwrap_or(Resume::Invalid),
        ([only], _) => std::str::from_utf8(only.as_bytes()).ok().and_then(id).unwrap_or(Resume::Invalid),
        _ => Resume::Invalid,
    }
}

fn from_query(after: Option<&str>) -> Resume {
    let Some(after) = after else { return Resume::AtHead };
    number(after).map(|seq| Resume::After(None, Position { seq, door: None })).or_else(|| id(after)).unwrap_or(Resume::Invalid)
}

/// Matches `<8 lower-case hexadecimal digits>-<number>`, optionally followed by `-<number>`.
fn id(text: &str) -> Option<Resume> {
    let (epoch, rest) = (text.get(..8)?, text.get(8..)?.strip_prefix('-')?);
    let lower = epoch.chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase());
    let epoch = Epoch::parse(epoch).filter(|read| lower && read.to_string() == epoch)?;
    let (seq, door) = match rest.split_once('-') {
        Some((seq, door)) => (number(seq)?, Some(number(door)?)),
        None => (number(rest)?, None),
    };
    Some(Resume::After(Some(epoch), Position { seq, door }))
}

/// Matches decimal digits of a number that fits.
fn number(text: &str) -> Option<u64> {
    let digits = text.chars().map(|c| c.to_digit(10).filter(|_| c.is_ascii())).collect::<Option<Vec<_>>>()?;
    let add = |sum: u64, digit: &u32| sum.checked_mul(10)?.checked_add(u64::from(*digit));
    (!digits.is_empty()).then(|| digits.iter().try_fold(0, add)).flatten()
}
