//! Every limit that a client can meet, in one list: `README.md` shows it to people, and a test holds the two together.

use std::fmt::Write as _;
use std::time::Duration;

use super::connection::bodies::{GRACE, SPEED};
use super::connection::course::{FIRST_BYTE, HEAD, IDLE, STALLED};
use super::connection::{ADDRESS_SHARE, HEADER_BLOCK, MULTIPLEXED, PER_ADDRESS, PER_PERSON};
use super::extract::BODY;
use super::limits::URI;
use super::load::LAGS;
use super::problem::Code;
use super::shape;
use super::worth::Worth;
use crate::domain::bounds::{self, Bounds};
use crate::domain::chat::Lifetime;
use crate::domain::fill::{NO_CHATS, NO_GUESTS};
use crate::domain::key::IdempotencyKey;
use crate::domain::page;
use crate::domain::rate::Rate;
use crate::domain::text::{ClientRef, Label, MARKS_IN_A_ROW, MessageText, Name, Note, Reason, Title};
use crate::service::keyed_limiter::KEYS;
use crate::service::rate_limits::{self, NOT_FOUND_COST};
use crate::service::stream_permits::{PERSON_STREAMS, VISITOR_STREAMS};

/// A limit.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is limited.
    pub what: String,
    /// Whom it counts, and why.
    pub counts: &'static str,
    /// How much there may be.
    pub default: String,
    /// What happens beyond it.
    pub beyond: String,
    /// The flag that sets it, where one does.
    pub flag: Option<&'static str>,
}

impl Row {
    fn new(what: impl Into<String>, counts: &'static str, default: impl Into<String>, beyond: impl Into<String>) -> Self {
        Self { what: what.into(), counts, default: default.into(), beyond: beyond.into(), flag: None }
    }

    fn set_by(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }
}

/// All limits, those of everybody first.
#[must_use]
pub fn limits() -> Vec<Row> {
    [of_people(), of_load(), of_connections(), of_requests(), of_texts(), of_chats(), of_doors(), of_the_node()].concat()
}

/// The list as a table in Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from("| what | default | whom it counts, and why | beyond it | flag |\n|---|---|---|---|---|\n");
    for Row { what, counts, default, beyond, flag } in limits() {
        let flag = flag.map(|flag| format!("`{flag}`")).unwrap_or_default();
        writeln!(out, "| {what} | {default} | {counts} | {beyond} | {flag} |").expect("writing into memory succeeds");
    }
    out
}

const FACTOR: &str = "--rate-factor";

const PERSON: &str = "the person, by their credential: nobody is refused for what others do";
const MEMBERS: &str = "the chat: who fills a chat with members of their own gets no more; guests at its door do not count";
const STRANGERS: &str = "the address (IPv4, or an IPv6 /64): nothing else is known of who shows no credential";
const GUESSES: &str = "the address: guessing ids must be slow";
const CEILING: &str = "the address: the last ceiling, so that nobody multiplies budgets by opening chats for themselves";
const OPENERS: &str = "the address: a new chat has no members yet";
const EVERYBODY_IN: &str = "the chat: every post is sent to all who listen";
const SILENT: &str = "the address: an idle connection makes room, so that a class fits that loads the page at one time";
const NODE: &str = "the node: what protects it must be bounded itself";
const LOAD: &str = "everybody alike: what matters least goes first, whoever asks";
const CONNECTION: &str = "the connection: who sends nothing must not hold what others need";
const REQUEST: &str = "the request: each is read within bounds of its own";
const TEXT: &str = "the text: everybody who reads it must be able to";
const CHAT: &str = "the chat: no chat takes what others need";
const KEEPER: &str = "the chat, by who sends keys into it; each is kept a short while";
const LINK: &str = "the link: each has a door of its own";
const SHARE: &str = "the address: a class fits, and a flood from one address leaves three quarters for all others";
const KNOCK: &str = "the guest: nobody waits for ever";
const DECLINED: &str = "the address with that name, at that link: others at the address are not barred";

fn of_people() -> Vec<Row> {
    let rate = |what: &str, counts: &'static str, rate: Rate, span, code| {
        let (count, unit) = (rate.in_a(span), if span == SECOND { "a second" } else { "an hour" });
        Row::new(what, counts, format!("{} at once, {} {unit}", number(rate.burst), number(count)), refused(code)).set_by(FACTOR)
    };
    let (requests, posts) = (Code::TooManyRequests, Code::TooManyPosts);
    vec![
        rate("Requests of a person, but for deciding, removing, revoking and closing", PERSON, rate_limits::PERSON_REQUESTS, SECOND, requests),
        rate("Requests of a chat's members together", MEMBERS, rate_limits::CHAT_REQUESTS, SECOND, requests),
        rate("Requests without a valid credential", STRANGERS, rate_limits::ADDRESS_REQUESTS, SECOND, requests),
        Row::new("A request without a valid credential that finds nothing (404)", GUESSES, format!("counts as {NOT_FOUND_COST}"), refused(requests)),
        rate("Requests of an address with everybody on it", CEILING, rate_limits::ADDRESS_CEILING, SECOND, requests),
        rate("New chats of an address", OPENERS, rate_limits::CHAT_CREATION, HOUR, Code::TooManyChats),
        rate("Posts of a member; in an open chat also of an address without a credential", PERSON, rate_limits::PERSON_POSTS, SECOND, posts),
        rate("Posts into a chat", EVERYBODY_IN, rate_limits::CHAT_POSTS, SECOND, Code::ChatBusy),
        Row::new("Streams of a person", PERSON, number(PERSON_STREAMS), "the oldest ends with `bye`").set_by(FACTOR),
        Row::new("Streams without a valid credential", STRANGERS, number(VISITOR_STREAMS), refused(Code::TooManyStreams)).set_by(FACTOR),
        Row::new("Connections of a person", PERSON, number(PER_PERSON), "those beyond count as their address's").set_by(FACTOR),
        Row::new(
            "Connections on which nobody has shown a valid credential",
            SILENT,
            number(PER_ADDRESS),
            format!("the one that is idle longest ends; if none is: {}", refused(Code::TooManyConnections)),
        )
        .set_by(FACTOR),
        Row::new(
            "Connections of an address with everybody on it",
            CEILING,
            format!("1 in {ADDRESS_SHARE} of all"),
            refused(Code::TooManyConnections),
        ),
        Row::new("Keys that are remembered for a rate", NODE, format!("{} at one time", number(KEYS)), "all others share what one has"),
    ]
}

fn of_load() -> Vec<Row> {
    let refuses = |(worth, lag): (Worth, Duration)| {
        let what = match worth {
            Worth::Chat => "New chats",
            Worth::Knock => "Knocks, and how they stand",
            Worth::Visitor => "What is asked inside of chats without an `Authorization` header",
            Worth::Member | Worth::Stream => "What members do, but for streams",
        };
        Row::new(format!("{what}: refused once the program is late by"), LOAD, span(lag), refused(Code::Overloaded))
    };
    LAGS.into_iter().map(refuses).collect()
}

fn of_connections() -> Vec<Row> {
    let closed = "the connection is closed";
    vec![
        Row::new("The first byte of a connection", CONNECTION, span(FIRST_BYTE), closed),
        Row::new("The head of a request, from its first byte on", CONNECTION, span(HEAD), closed),
        Row::new("Silence between requests", CONNECTION, span(IDLE), closed),
        Row::new("The speed of a body", CONNECTION, format!("{} a second after {}", size(SPEED), span(GRACE)), refused(Code::TooSlow)),
        Row::new("A reader who takes in nothing", CONNECTION, span(STALLED), closed),
        Row::new("Requests at one time on an HTTP/2 connection", CONNECTION, number(MULTIPLEXED), "the stream is refused"),
    ]
}

fn of_requests() -> Vec<Row> {
    let malformed = refused(Code::Invalid);
    vec![
        Row::new("Path and query", REQUEST, size(URI), refused(Code::UriTooLong)),
        Row::new("The head of a request", REQUEST, size(HEADER_BLOCK), "431"),
        Row::new("The body of a request", REQUEST, size(BODY), refused(Code::TooLarge)),
        Row::new("Depth of a JSON body", REQUEST, format!("{} levels", shape::DEPTH), refused(Code::BadJson)),
        Row::new("Keys of an object, items of a list in a body", REQUEST, format!("{}, {}", shape::KEYS, shape::ITEMS), malformed.clone()),
        Row::new("Knocks of one decision", REQUEST, number(bounds::DECIDED_AT_ONCE), malformed.clone()),
        Row::new("Items of a page", REQUEST, number(page::MOST), "more is taken for that many"),
        Row::new("An idempotency key", REQUEST, format!("{} characters", IdempotencyKey::MOST), malformed),
        Row::new("How long an idempotency key is kept", REQUEST, span(bounds::KEY_LIFE), "the request is a new one"),
        Row::new("Idempotency keys of a chat", KEEPER, number(bounds::KEYS), refused(Code::TooManyKeys)),
    ]
}

fn of_texts() -> Vec<Row> {
    let text = |what: &str, characters: usize| Row::new(what, TEXT, format!("{characters} characters"), refused(Code::Invalid));
    let message = format!("{} bytes, {} lines", number(MessageText::MOST_BYTES), number(MessageText::MOST_LINES));
    vec![
        Row::new("The text of a message", TEXT, message, refused(Code::Invalid)),
        text("A name", Name::MOST),
        text("A title", Title::MOST),
        text("A link's label", Label::MOST),
        text("A note", Note::MOST),
        text("A reason", Reason::MOST),
        text("A `client_ref`", ClientRef::MOST),
        Row::new("Combining marks in a row", TEXT, number(MARKS_IN_A_ROW), refused(Code::Invalid)),
    ]
}

fn of_chats() -> Vec<Row> {
    let bounds = Bounds::default();
    let full = refused(Code::ChatFull);
    let (day, most) = (span(Lifetime::DEFAULT.span()), span(Duration::from_secs(Lifetime::MOST)));
    vec![
        Row::new("Entries of a conversation", CHAT, number(bounds.entries), full.clone()).set_by("--chat-entries"),
        Row::new("Content of a chat's messages", CHAT, size(bounds.content), full.clone()).set_by("--chat-content"),
        Row::new("Members of a chat", CHAT, number(bounds.members), full.clone()).set_by("--chat-members"),
        Row::new("Live links of a chat", CHAT, number(bounds.links), full).set_by("--chat-links"),
        Row::new("Dead links of a chat", CHAT, number(bounds.dead_links), "the oldest is forgotten").set_by("--chat-dead-links"),
        Row::new("Knocks of a chat that ended without admission", CHAT, number(bounds.ended_knocks), "the oldest is forgotten")
            .set_by("--chat-ended-knocks"),
        Row::new("Entries of a door's log", CHAT, number(bounds.door), "the oldest is forgotten, and `gap` says so").set_by("--chat-door"),
        Row::new("The life of a chat or a link", CHAT, format!("{day}, at most {most}"), "it is gone"),
        Row::new("Stream tickets of a chat", KEEPER, number(bounds::TICKETS), refused(Code::TooManyTickets)),
        Row::new(
            "The life of a ticket",
            CHAT,
            format!("{} unused, {} after an interruption", span(bounds::TICKET_FIRST_USE), span(bounds::TICKET_NEXT_USE)),
            refused(Code::NotFound),
        ),
    ]
}

fn of_doors() -> Vec<Row> {
    let crowded = refused(Code::TooManyKnocks);
    let bar = format!("{}, twice as long each time, at most {}", span(bounds::FIRST_BAR), span(bounds::LONGEST_BAR));
    let bounds = Bounds::default();
    vec![
        Row::new("Knocks that wait on a link", LINK, number(bounds.link_knocks), crowded.clone()).set_by("--link-knocks"),
        Row::new("Knocks that wait in a chat", CHAT, number(bounds.chat_knocks), crowded.clone()).set_by("--chat-knocks"),
        Row::new("Knocks of a client address that wait on a link", SHARE, format!("{}: a quarter of the link's", bounds.address_knocks()), crowded),
        Row::new("How long a knock waits", KNOCK, span(bounds::KNOCK_LIFE), "it expires"),
        Row::new("How long a decline bars an address with that name", DECLINED, bar, refused(Code::DeclinedRecently)),
    ]
}

fn of_the_node() -> Vec<Row> {
    let bounds = Bounds::default();
    vec![
        Row::new("New chats: refused once that much of the memory is taken", NODE, percent(NO_CHATS), refused(Code::NodeFull)),
        Row::new("Knocks, links and the messages of the largest chats: refused from there on", NODE, percent(NO_GUESTS), refused(Code::NodeFull)),
        Row::new("Memory that everything kept may take", NODE, size(bounds.total_memory), refused(Code::NodeFull)).set_by("--total-memory"),
        Row::new("Chats", NODE, number(bounds.total_chats), refused(Code::NodeFull)).set_by("--total-chats"),
    ]
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

fn refused(code: Code) -> String {
    format!("{} `{}`", code.status().as_u16(), code.name())
}

fn percent(share: u64) -> String {
    format!("{share} %")
}

fn number(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

fn size(bytes: impl TryInto<u64>) -> String {
    let bytes = bytes.try_into().unwrap_or(u64::MAX);
    match [(30, "GiB"), (20, "MiB"), (10, "KiB")].into_iter().find(|(power, _)| bytes >= 1 << power && bytes.is_multiple_of(1 << power)) {
        Some((power, unit)) => format!("{} {unit}", number(bytes >> power)),
        None => format!("{} bytes", number(bytes)),
    }
}

fn span(span: Duration) -> String {
    let (millis, seconds) = (span.as_millis(), span.as_secs());
    match seconds {
        0 => format!("{millis} ms"),
        _ if seconds > 86_400 && seconds.is_multiple_of(86_400) => format!("{} days", seconds / 86_400),
        _ if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ if seconds > 60 && seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}
