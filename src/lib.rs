//! Parlor: link-based, ephemeral chat that asks before it lets anyone in.
//!
//! This page is the map of the code. What clients see is described at `/docs` of a running server, how to work on it in `docs/CONTRIBUTING.md`.
//!
//! # Four ideas
//!
//! 1. **What happens is an entry in a log.** A log is dense (1, 2, 3… without holes) and has one audience. A chat has two logs: its *conversation* for the
//!    members, its *door* for the owner. Messages, activity, paging and resuming all read them. An account has a short one of its own, for its
//!    friends, and for the chats that it comes to.
//! 2. **The store orders; the bus only notifies.** A notification may be lost, doubled or late: subscribers compare numbers and read what is missing, and an
//!    audit of the heads finds what nothing notified.
//! 3. **A stream is a cursor.** It holds the last number that it sent and takes everything up to the head in one piece. A slow reader costs a cursor, not memory.
//! 4. **What is committed is announced, and nothing else.** A store method that changes something returns [`store::Committed`]; `Service::announce` is the only
//!    way to notify, in a task that does not end when the client disconnects.
//!
//! # The path of a message
//!
//! 1. `transport/server.rs` accepts the connection, `transport/connection.rs` serves it; `http/middleware` admits the request, by its row in `http/operations`.
//! 2. `http/router.rs` routes `POST /v1/chats/{chat_id}` to `http/api/messages.rs`, which extracts domain types and calls `service/messages.rs`.
//! 3. `service/authorization.rs` decides who may; `store/memory/messages.rs` appends under the chat's own lock; `Service::announce` notifies the bus.
//! 4. In the [`hub`], the chat's room renders the entry once and wakes its subscriptions.
//! 5. Each `service/streams/chat.rs` is polled for its next event: by a writer of `transport/fanout`, where the stream was asked for over HTTP/1.1 and was
//!    detached from hyper together with its connection (`transport/detachable.rs`, `transport/handover.rs`), else by hyper through a body
//!    (`http/respond/event_stream.rs`). The stream of an account merges those of its chats: `service/streams/chat_feeds.rs` polls those with news, in turn.
//!
//! An edit, a deletion or a reaction replaces the message at its own number (`store/memory/chat/rewriting.rs`) and appends an entry that names it; after the
//! first two, everything rendered of the conversation is dropped before that entry is announced.
//!
//! A socket polls the same streams and calls the same functions (`http/socket`). Webhooks read both logs of their chat after the commit
//! (`service/jobs/deliveries.rs`); a push is composed when it is sent (`service/jobs/pushes.rs`), to those who have nothing open.
//!
//! A knock takes the same path into the door's log. In the browser, `web/lib/stream.js` reads the events and `web/chat/chat_model.js` applies them.
//!
//! # Layers
//!
//! Imports go down only and never in circles; `tests/tidy` checks it. A noun has the same file name in every layer.
//!
//! | module | what it is | may use |
//! |---|---|---|
//! | [`domain`] | values and rules, Markdown, no I/O | std, Unicode tables, ids, digests, URLs, Markdown's parser |
//! | [`client`] | a typed client of the API: requests, streams that go on over lost connections | `wire`, hyper, rustls |
//! | [`cli`] | commands that use a server: a client of the API like any other | `client`, `wire`, `config`, clap |
//! | [`error_chain`], [`limiter`] | errors for the log; rate limiters and permits by key | `domain` |
//! | [`config`] | every setting | `domain`, clap |
//! | [`wire`] | JSON of requests, responses, events | serde, utoipa |
//! | [`store`], [`store::memory`] | what must be kept: traits, and the embedded store | `domain` |
//! | [`hub`] | who listens to which log; rendered frames and pages | `domain`, tokio |
//! | [`service`] | use cases, streams, background jobs, what is sent to other servers, password hashes, access tokens | `domain`, `limiter`, `store`, `hub` |
//! | [`mailer`] | what delivers mail: the queue, SMTP, the terminal | `config`, `service`, lettre |
//! | [`outbound`] | requests to the servers of others: which addresses, how many, how long | `domain`, `limiter`, `service`, hyper, rustls |
//! | [`transport`] | sockets, HTTP connections, fan-out; knows no API | `domain`, `config`, `limiter` |
//! | [`http`] | router, handlers, middleware, the socket, OpenAPI document, pages | `wire`, `hub`, `service`, `transport` |
//! | [`shutdown`], [`telemetry`] | graceful shutdown, logging | `config`, `wire` |
//! | [`server`] | the composition root | everything |
//!
//! # Glossary
//!
//! - **chat**: a conversation and a door, with an expiry. **Knock chat**: the owner decides who gets in. **Open chat**: its URL is enough.
//! - **link chat**: joined by links, without an account. **Direct chat**: of two accounts; it begins with a message, does not expire, and forgets its oldest
//!   entries. **Group**: accounts and guests, found by its name; its **admins** decide at the door beside the owner. **chat item**: a chat in the list of
//!   one of its accounts.
//! - **owner**: created the chat, or was handed a group. **member**: the owner, and everyone who was admitted. **guest**: knocked. **visitor**: reads an open chat without a credential.
//! - **credential**: an `author_id` or a `client_id`. **person**: the member or guest that a valid credential names; **charge**: the person or address that a
//!   request counts for.
//! - **account**: somebody who stays, with one username everywhere. **session**: one sign-in, with an access token and a refresh token. **principal**: who
//!   holds a membership or a knock: a credential, or an account.
//! - **link**: what people share. **knock**: a guest's request to be admitted. **exchange**: what a link answers to its caller. **approval**: the owner's decision.
//! - **entry**: something that happened, with its number (`seq`) in a log. **topic**: the name of a log; **head**: its last number; **epoch**: its numbering.
//! - **presence**: which members and friends are online. **typing**: which members write just now. **sight**: whom an account sees so, and whether it is seen.
//! - **receipt**: how far a member has received and read a chat. **recipient**: a member to whom a message is news. **ephemeral**: without a number, not
//!   stored, replaced by the next one of its kind.
//! - **media**: the image or the video of a message, a URL that is never fetched. **reaction**: an emoji that a member puts on a message.
//! - **markup**: what makes Markdown more than plain text. **bare URL**: one in plain text, which is linked all the same.
//! - **room**: a log with subscriptions; **tail**: its last entries as rendered **frames**. **cursor**: the number of the last entry that a stream sent.
//! - **ticket**: opens one stream for a client that cannot send a header. **idempotency key**: the promise that a request is carried out once.
//! - **priority**: which requests are refused first under load. **cool-down**: how long a declined guest must wait.
//!
//! # Time and randomness
//!
//! Both are parameters. Everything is judged by [`domain::clock::Clock::now`], which counts time asleep and cannot be set; only [`http::respond::present`] and
//! the date header use [`domain::clock::Clock::wall`]. Random bytes come from [`domain::random::RandomSource`].

pub mod domain;
pub mod config;
pub mod wire;
#[cfg(feature = "cli")]
pub mod client;
#[cfg(feature = "cli")]
pub mod cli;
pub mod error_chain;
pub mod limiter;
pub mod store;
pub mod hub;
pub mod service;
pub mod mailer;
pub mod outbound;
pub mod transport;
pub mod http;
pub mod shutdown;
pub mod telemetry;
pub mod server;
