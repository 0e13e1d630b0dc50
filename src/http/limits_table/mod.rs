//! The table of all limits that a client can reach. `README.md` contains it as Markdown, which a test checks.

mod accounts;
mod units;
mod friends;
mod load;
mod reports;
mod socket;
mod push;
mod webhooks;

use std::fmt::Write as _;
use std::time::Duration;

use self::units::{number, percent, size, span};
use crate::domain::capacity::{NEW_CHATS_CUTOFF_PERCENT, NEW_GUESTS_CUTOFF_PERCENT};
use crate::domain::chat::Lifetime;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::limits;
use crate::domain::limits::Limits;
use crate::domain::pagination;
use crate::domain::rate_limit::Quota;
use crate::domain::text::{ClientRef, Label, MAX_COMBINING_RUN, MessageText, Name, Note, Reason, Title};
use crate::domain::ticket::MAX_CURSORS;
use crate::http::extract::MAX_BODY_BYTES;
use crate::http::extract::json_limits;
use crate::http::middleware::admission::MAX_URI_BYTES;
use crate::http::respond::problem::Code;
use crate::limiter::keyed_limiter::MAX_KEYS;
use crate::service::rate_limits;
use crate::service::rate_limits::NOT_FOUND_COST;
use crate::service::stream_permits::{PERSON_STREAMS, VISITOR_STREAMS};
use crate::transport::admission::{ADDRESS_SHARE, MAX_PER_ADDRESS, MAX_PER_PERSON};
use crate::transport::server::{MAX_CONCURRENT_STREAMS, MAX_HEADER_BYTES};
use crate::transport::timeouts::{FIRST_BYTE_TIMEOUT, HEADER_TIMEOUT, KEEP_ALIVE_TIMEOUT, MIN_RATE, MIN_RATE_GRACE, WRITE_TIMEOUT};

/// A row of the table.
#[derive(Clone, Debug)]
pub struct LimitRow {
    /// What is limited.
    pub what: String,
    /// What it is counted per, and why.
    pub counts: &'static str,
    /// The default value.
    pub default: String,
    /// What happens when it is exceeded.
    pub beyond: String,
    /// The flag that sets it, if any.
    pub flag: Option<&'static str>,
}

impl LimitRow {
    fn new(what: impl Into<String>, counts: &'static str, default: impl Into<String>, beyond: impl Into<String>) -> Self {
        Self { what: what.into(), counts, default: default.into(), beyond: beyond.into(), flag: None }
    }

    fn set_by(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }
}

/// Returns all limits, starting with those of persons and addresses.
#[must_use]
pub fn limits() -> Vec<LimitRow> {
    [
        of_people(),
        load::of_load(),
        of_connections(),
        of_requests(),
        of_texts(),
        of_chats(),
        of_doors(),
        webhooks::of_webhooks(),
        push::of_pushes(),
        accounts::of_accounts(),
        friends::of_friends(),
        reports::of_reports(),
        socket::of_sockets(),
        of_the_node(),
    ]
    .concat()
}

/// Returns the limits as a Markdown table.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from("| Limit | Default | Counted per, and why | When exceeded | Flag |\n|---|---|---|---|---|\n");
    for LimitRow { what, counts, default, beyond, flag } in limits() {
        let flag = flag.map(|flag| format!("`{flag}`")).unwrap_or_default();
        writeln!(out, "| {what} | {default} | {counts} | {beyond} | {flag} |").expect("writing into memory succeeds");
    }
    out
}

const FACTOR: &str = "--rate-factor";

const PERSON: &str = "person, by credential: no one is rejected for the requests of others";
const MEMBERS: &str = "chat: filling a chat with one's own members gains nothing; waiting guests are not counted";
const ANONYMOUS: &str = "address (IPv4, or an IPv6 /64): nothing else identifies a client without a credential";
const GUESSES: &str = "address: guessing ids must be slow";
const CEILING: &str = "address: an upper limit, so that opening many chats does not multiply the budget of one client";
const CREATORS: &str = "address: a new chat has no members yet";
const TYPING: &str = "member: it is told to all others, and counts as no other request";
const RECEIPTS: &str = "member: they are told to all others, and count as no other request";
const RECIPIENT: &str = "e-mail address: nobody gets a flood of mails that others ask for";
const ALL_AUTHORS: &str = "chat: every post is delivered to all its streams";
const SILENT: &str = "address: idle connections are closed for new ones, so that a school class can load the page at the same time";
const NODE: &str = "node: its memory is limited";
const CONNECTION: &str = "connection: a stalled client must not hold resources that others need";
const REQUEST: &str = "request: parsing each one has a fixed maximum cost";
const TEXT: &str = "text: it must be readable for everyone";
const CHAT: &str = "chat: no chat may use up the resources of others";
const SHORT_LIVED: &str = "chat: each is kept for a short time only";
const TICKET: &str = "ticket: one that is found later opens nothing";
const ACCOUNT: &str = "account: each is kept for a short time only";
const LINK: &str = "link: each has a queue of its own";
const SHARE: &str = "address: a school class fits, and a flood from one address leaves three quarters for all others";
const KNOCK: &str = "knock: no guest waits forever";
const DECLINED: &str = "address and name, per link: other guests at the address are not affected";

fn of_people() -> Vec<LimitRow> {
    let (requests, posts) = (Code::TooManyRequests, Code::TooManyPosts);
    vec![
        rate("Requests of a person, except deciding, removing, revoking and closing", PERSON, rate_limits::PERSON_REQUESTS, SECOND, requests),
        rate("Requests of all members of a chat", MEMBERS, rate_limits::CHAT_REQUESTS, SECOND, requests),
        rate("Requests without a valid credential", ANONYMOUS, rate_limits::ADDRESS_REQUESTS, SECOND, requests),
        LimitRow::new(
            "A request without a valid credential that finds nothing (404)",
            GUESSES,
            format!("counts as {NOT_FOUND_COST}"),
            refused(requests),
        ),
        rate("All requests of an address", CEILING, rate_limits::ADDRESS_CEILING, SECOND, requests),
        rate("New chats of an address", CREATORS, rate_limits::CHAT_CREATION, HOUR, Code::TooManyChats),
        rate("Posts of a member; in an open chat also of an address without a credential", PERSON, rate_limits::PERSON_POSTS, SECOND, posts),
        rate("Moves of a member's receipt", RECEIPTS, rate_limits::RECEIPTS, SECOND, Code::TooManyReceipts),
        rate("What a member says of its typing", TYPING, rate_limits::TYPING, MINUTE, Code::TooManySignals),
        rate("Posts to a chat", ALL_AUTHORS, rate_limits::CHAT_POSTS, SECOND, Code::ChatBusy),
        rate("Mails to an e-mail address", RECIPIENT, rate_limits::MAILS_TO, HOUR, Code::TooManyMails),
        rate("Mails that are asked for from an address", ANONYMOUS, rate_limits::MAILS_FROM, HOUR, Code::TooManyMails),
        LimitRow::new(
            "Streams and sockets of a person",
            PERSON,
            number(PERSON_STREAMS),
            "the oldest stream ends with `bye`, the oldest socket with 4504",
        )
        .set_by(FACTOR),
        LimitRow::new("Streams without a valid credential", ANONYMOUS, number(VISITOR_STREAMS), refused(Code::TooManyStreams)).set_by(FACTOR),
        LimitRow::new("Connections of a person", PERSON, number(MAX_PER_PERSON), "further ones count towards the address").set_by(FACTOR),
        LimitRow::new(
            "Connections without a valid credential so far",
            SILENT,
            number(MAX_PER_ADDRESS),
            format!("the one idle for the longest time is closed; if none is idle: {}", refused(Code::TooManyConnections)),
        )
        .set_by(FACTOR),
        LimitRow::new("All connections of an address", CEILING, format!("1 in {ADDRESS_SHARE} of the total"), refused(Code::TooManyConnections)),
        LimitRow::new("Keys tracked per rate limit", NODE, format!("{} at one time", number(MAX_KEYS)), "further keys share the budget of one"),
    ]
}

fn of_connections() -> Vec<LimitRow> {
    let closed = "the connection is closed";
    vec![
        LimitRow::new("Time to the first byte of a connection", CONNECTION, span(FIRST_BYTE_TIMEOUT), closed),
        LimitRow::new("Time to receive the head of a request, from its first byte", CONNECTION, span(HEADER_TIMEOUT), closed),
        LimitRow::new("Idle time between requests", CONNECTION, span(KEEP_ALIVE_TIMEOUT), closed),
        LimitRow::new(
            "Minimum rate of a request body",
            CONNECTION,
            format!("{} a second after {}", size(MIN_RATE), span(MIN_RATE_GRACE)),
            refused(Code::TooSlow),
        ),
        LimitRow::new("Time without progress when writing to a client", CONNECTION, span(WRITE_TIMEOUT), closed),
        LimitRow::new("Concurrent requests on an HTTP/2 connection", CONNECTION, number(MAX_CONCURRENT_STREAMS), "the HTTP/2 stream is refused"),
    ]
}

fn of_requests() -> Vec<LimitRow> {
    let malformed = refused(Code::Invalid);
    vec![
        LimitRow::new("Path and query", REQUEST, size(MAX_URI_BYTES), refused(Code::UriTooLong)),
        LimitRow::new("Head of a request", REQUEST, size(MAX_HEADER_BYTES), "431"),
        LimitRow::new("Body of a request", REQUEST, size(MAX_BODY_BYTES), refused(Code::TooLarge)),
        LimitRow::new("Nesting depth of a JSON body", REQUEST, format!("{} levels", json_limits::MAX_DEPTH), refused(Code::BadJson)),
        LimitRow::new(
            "Keys of an object, items of a list in a JSON body",
            REQUEST,
            format!("{}, {}", json_limits::MAX_KEYS, json_limits::MAX_ITEMS),
            malformed.clone(),
        ),
        LimitRow::new("Knocks per decision", REQUEST, number(limits::MAX_DECISIONS_PER_REQUEST), malformed.clone()),
        LimitRow::new("Items per page", REQUEST, number(pagination::MAX_PAGE_SIZE), "a higher `limit` counts as this one"),
        LimitRow::new("Idempotency key", REQUEST, format!("{} characters", IdempotencyKey::MAX_LEN), malformed),
        LimitRow::new("Lifetime of an idempotency key", REQUEST, span(limits::IDEMPOTENCY_KEY_LIFETIME), "the request is executed again"),
        LimitRow::new("Idempotency keys of a chat", SHORT_LIVED, number(limits::MAX_IDEMPOTENCY_KEYS), refused(Code::TooManyKeys)),
    ]
}

fn of_texts() -> Vec<LimitRow> {
    let text = |what: &str, characters: usize| LimitRow::new(what, TEXT, format!("{characters} characters"), refused(Code::Invalid));
    let message = format!("{} bytes, {} lines", number(MessageText::MAX_BYTES), number(MessageText::MAX_LINES));
    vec![
        LimitRow::new("Text of a message", TEXT, message, refused(Code::Invalid)),
        text("Name", Name::MAX_CHARS),
        text("Title", Title::MAX_CHARS),
        text("Label of a link", Label::MAX_CHARS),
        text("Note of a knock", Note::MAX_CHARS),
        text("Reason of a decision", Reason::MAX_CHARS),
        text("`client_ref`", ClientRef::MAX_CHARS),
        LimitRow::new("Combining marks in a row", TEXT, number(MAX_COMBINING_RUN), refused(Code::Invalid)),
    ]
}

fn of_chats() -> Vec<LimitRow> {
    let defaults = Limits::default();
    let full = refused(Code::ChatFull);
    let forgotten = "the oldest tenth is forgotten, and streams report a `gap`";
    let (day, most) = (span(Lifetime::DEFAULT.duration()), span(Duration::from_secs(Lifetime::MAX_SECONDS)));
    vec![
        LimitRow::new("Entries of a conversation", CHAT, number(defaults.entries), full.clone()).set_by("--chat-entries"),
        LimitRow::new("Content of a chat's messages", CHAT, size(defaults.content), full.clone()).set_by("--chat-content"),
        LimitRow::new("Entries of the conversation of a direct chat", CHAT, number(defaults.lasting_entries), forgotten)
            .set_by("--lasting-chat-entries"),
        LimitRow::new("Content of a direct chat's messages", CHAT, size(defaults.lasting_content), forgotten).set_by("--lasting-chat-content"),
        LimitRow::new("Members of a chat", CHAT, number(defaults.members), full.clone()).set_by("--chat-members"),
        LimitRow::new("Live links of a chat", CHAT, number(defaults.links), full).set_by("--chat-links"),
        LimitRow::new("Dead links of a chat", CHAT, number(defaults.dead_links), "the oldest is deleted").set_by("--chat-dead-links"),
        LimitRow::new("Ended knocks of a chat, without those admitted", CHAT, number(defaults.ended_knocks), "the oldest is deleted")
            .set_by("--chat-ended-knocks"),
        LimitRow::new("Entries of a door's log", CHAT, number(defaults.door), "the oldest is deleted, and streams report a `gap`")
            .set_by("--chat-door"),
        LimitRow::new("Lifetime of a chat or a link", CHAT, format!("{day}, at most {most}"), "it is deleted"),
        LimitRow::new("Stream tickets of a chat", SHORT_LIVED, number(limits::MAX_TICKETS), refused(Code::TooManyTickets)),
        LimitRow::new("Tickets for the stream of an account", ACCOUNT, number(limits::MAX_ACCOUNT_TICKETS), refused(Code::TooManyTickets)),
        LimitRow::new("Positions in chats that such a ticket names", REQUEST, number(MAX_CURSORS), refused(Code::Invalid)),
        LimitRow::new(
            "Lifetime of a ticket",
            TICKET,
            format!("{} unused, {} after an interruption", span(limits::TICKET_FIRST_USE_TIMEOUT), span(limits::TICKET_NEXT_USE_TIMEOUT)),
            refused(Code::NotFound),
        ),
    ]
}

fn of_doors() -> Vec<LimitRow> {
    let too_many = refused(Code::TooManyKnocks);
    let cooldown = format!("{}, doubled each time, at most {}", span(limits::FIRST_COOLDOWN), span(limits::MAX_COOLDOWN));
    let defaults = Limits::default();
    vec![
        LimitRow::new("Pending knocks of a link", LINK, number(defaults.link_knocks), too_many.clone()).set_by("--link-knocks"),
        LimitRow::new("Pending knocks of a chat", CHAT, number(defaults.chat_knocks), too_many.clone()).set_by("--chat-knocks"),
        LimitRow::new("Pending knocks of an address on a link", SHARE, format!("{}, a quarter of the link's", defaults.address_knocks()), too_many),
        LimitRow::new("Lifetime of a pending knock", KNOCK, span(limits::KNOCK_LIFETIME), "it expires"),
        LimitRow::new("Cool-down after a decline", DECLINED, cooldown, refused(Code::DeclinedRecently)),
    ]
}

fn of_the_node() -> Vec<LimitRow> {
    let defaults = Limits::default();
    vec![
        LimitRow::new(
            "New chats and accounts: rejected above this share of the memory limit",
            NODE,
            percent(NEW_CHATS_CUTOFF_PERCENT),
            refused(Code::NodeFull),
        ),
        LimitRow::new(
            "Knocks, links, friend requests and messages of the largest chats: rejected above this share of the memory limit",
            NODE,
            percent(NEW_GUESTS_CUTOFF_PERCENT),
            refused(Code::NodeFull),
        ),
        LimitRow::new("Memory of all stored data", NODE, size(defaults.total_memory), refused(Code::NodeFull)).set_by("--total-memory"),
        LimitRow::new("Chats", NODE, number(defaults.total_chats), refused(Code::NodeFull)).set_by("--total-chats"),
    ]
}

fn rate(what: &str, counts: &'static str, rate: Quota, period: Duration, code: Code) -> LimitRow {
    let unit = match period.as_secs() {
        1 => "a second",
        60 => "a minute",
        3_600 => "an hour",
        _ => "a day",
    };
    let default = format!("{} at once, {} {unit}", number(rate.burst), number(rate.replenished_in(period)));
    LimitRow::new(what, counts, default, refused(code)).set_by(FACTOR)
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

fn refused(code: Code) -> String {
    format!("{} `{}`", code.status().as_u16(), code.name())
}
