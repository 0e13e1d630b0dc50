//! Parlor: link-based, ephemeral chat that asks before it lets anyone in.
//!
//! This page is the map of the house. What clients see is described at `/docs` of a running program.
//!
//! # Four ideas
//!
//! 1. **What happens is an entry in a log.** A log is dense (1, 2, 3… without holes) and has one audience. A chat has two: its *conversation*, for the
//!    members, and its *door*, for the owner. Messages, the activity, paging, resuming all read these; nothing has a second way to be told.
//! 2. **The store speaks; the bus only rings.** The store numbers entries and keeps them. A ring may be lost, doubled or late: listeners compare numbers
//!    and read what is missing, and an audit finds what nobody rang for.
//! 3. **A listener is a cursor.** It holds the last number it was handed, waits until the head is larger, takes everything up to the head in one piece,
//!    waits again. A slow reader costs a cursor, not memory.
//! 4. **What is committed is announced, and nothing else.** A store method that changes something returns [`store::Committed`]; the only way to ring is
//!    `Service::announce`, in a task that no client's leaving can stop.
//!
//! # The way of a message
//!
//! `http/router.rs` leads `POST /v1/chats/{chat_id}` to `http/messages.rs`, which reads it into domain types and makes one call, `service/messages.rs`.
//! `service/access.rs` looks at the chat as the caller may see it; the store (`store/memory/messages.rs`) numbers and keeps the message under that chat's own
//! lock; `Service::announce` rings. In `live`, the chat's room renders the entry once and wakes its listeners; each `service/cursor.rs` takes what follows
//! its number as ready bytes, and `service/follower.rs` says them among what else a stream says. A knock takes the same road, into the log of the door.
//!
//! Two ways lead from there to the listener, and nobody can tell them apart. Where the stream is what a connection of HTTP/1.1 began with, its answer hands
//! over who speaks (`http/handover.rs`), the connection leaves hyper behind, and a writer (`http/connection/writers.rs`) has no more of it than a slot: the
//! room wakes the writer once, which visits its crowd and writes the same bytes to one socket after the other. When the stream has ended, the connection
//! goes back. Everywhere else (later requests of a connection, HTTP/2, `--listener-path http`) `http/sse.rs` makes the stream a body, which hyper sends.
//!
//! Before that, a request has come by `http/connection.rs`, the accept loop, on a socket with limited patience (`http/connection/patience.rs`), which
//! `http/connection/serve.rs` serves after a look at its first head (`http/connection/head.rs`); `http/answer.rs` gives it an
//! id, a look at its host (`http/host.rs`) and dresses its answer; `http/limits.rs` asks whom it counts (`service/charge.rs`), how often that one may
//! (`service/rate_limits.rs`), and whether there is time for it (`http/load.rs`). `service/access.rs` settles it: a credential that is valid for what is asked
//! makes it a person's request, anything else its address's. What may be held at one time is counted by `service/permits.rs`: streams by person or visitor
//! (`service/stream_permits.rs`), connections by who has shown a credential on them (`http/connection/admission.rs`). A connection whose stream has ended is
//! closed by `http/connection/linger.rs`, so that its last words arrive.
//!
//! A browser gets its pages from `http/web.rs`, and what they load from `http/assets.rs`: the files of `src/web`, which `build.rs` put into the program.
//! There the same message arrives: `stream.js` reads the events, `chat/room.js` is the chat as the page knows it, `chat/log.js` its entries, `chat/timeline.js`
//! shows them. What is written there waits in `chat/outbox.js` until the server has it. `words.js` holds every sentence, `kept.js` all that a browser keeps,
//! `base.js` below which path of an origin Parlor stands.
//!
//! # Rooms of the house, from the ground up
//!
//! Imports go down only; `tests/tidy.rs` reads the `use` lines. One noun has one file name in every layer.
//!
//! | module | what it is | may name |
//! |---|---|---|
//! | [`domain`] | words and rules, no I/O | std, tables of Unicode and words, ids, digests |
//! | [`config`] | every setting | `domain` (the bounds), clap |
//! | [`wire`] | JSON as others see it | serde, utoipa, ids, time |
//! | [`store`] | what must be kept: traits | `domain` |
//! | [`store::memory`] | the embedded store | `domain`, `store` |
//! | [`live`] | who is listening, what was written down for many | `domain`, tokio, a cache |
//! | [`service`] | the use cases | `domain`, `store`, `live` |
//! | [`http`] | HTTP in, HTTP out | `domain`, `config`, `wire`, `service` |
//! | [`shutdown`], [`telemetry`] | how it ends, what it logs | `config`, `wire` |
//! | [`server`] | joins all of them | everything |
//!
//! # Glossary
//!
//! - **chat**: a conversation and a door, with an end. **Knock chat**: people ask to get in. **Open chat**: whoever has its URL is in.
//! - **owner**: who opened the chat. **member**: the owner, and whoever was let in. **guest**: who knocked. **visitor**: who reads an open chat without a
//!   credential.
//! - **credential**: an `author_id` or a `client_id`; who shows it is that person. **Seat**: a member with how far back they read.
//! - **link**: what people share. **use**: an admission by a link. **knock**: a guest's asking, from arrival to end. **standing**: what a link is to a caller.
//! - **entry**: something that happened, with its number. **log**: entries of one audience; **topic**: its name; **head**: its last number; **epoch**: which
//!   numbering. **News**: what was committed to a log. **ring**: telling of news.
//! - **room**: a log that is listened to; **tail**: its last entries as rendered **frames**. **Listener**: who is in the room. **Cursor**: a listener's number.
//!   **Follower**: a stream of a chat. **Waiting**: a guest's stream. **Moment**: what a stream says.
//! - **page**: messages of a chat as they were written down for whoever read them last, kept while the chat is there, a minute at most.
//! - **writer**: a task that serves many streams past the HTTP machinery. **Slot**: a stream's place there; **crowd**: its streams of one log; **bell**: what
//!   wakes it for one of them. **Handover**: how a stream's answer gets there.
//! - **ticket**: opens one stream for a client that cannot send a header. **key**: a promise that a request is carried out once.
//! - **bound**: how much there may be; **bar**: how long a declined guest must wait. **rate**: how often something may happen; **miss**: a request that found
//!   nothing. **person**: whoever shows a credential that is valid for what they ask; **charge**: whom a request counts. **permit**: one of so many that
//!   somebody may hold at one time. **lag**: how late the program is; **worth**: what is given up first, and what last, when not everything can be done.
//! - **connection**: a socket with what is served on it; **course**: what it is doing, and until when the next thing must come; **turn**: one request on it, up
//!   to the last byte of its answer. **weight**: what keeping something takes, in bytes; **fill**: how much of what may be taken is.
//!
//! # Absent on purpose
//!
//! No status code outside [`http`]; no serde in [`domain`]; no reading of clock or environment outside `service/clock.rs` and `config.rs` (but for how long
//! an answer took, how late the program is, the pause in which a socket's end is noticed, and log lines), no randomness outside `domain/dice.rs` (but
//! for the seeds of hash tables); no lock around state held across an await; no second word for one thing. [`domain`] uses tables that others keep well
//! (base64, SHA-256, the words of BIP 39, UTS 39), since they are rules of the domain, and none of them does I/O.
//!
//! Two clocks, and one place where they meet: everything is judged by [`domain::clock::Clock::now`], which counts time asleep and which nobody can set;
//! only [`http::present`] and the date of an answer use [`domain::clock::Clock::wall`], which shows a moment as the wall clock counts now.

pub mod domain;
pub mod config;
pub mod wire;
pub mod store;
pub mod live;
pub mod service;
pub mod http;
pub mod shutdown;
pub mod telemetry;
pub mod server;
