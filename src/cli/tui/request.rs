//! What the screen asks of the server, and what comes back.

use uuid::Uuid;

use super::chat_view::Loaded;
use crate::client::Incoming;
use crate::wire::messages::Message;

/// A request, of one chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Load the newest messages, members, receipts, knocks.
    Load,
    /// Load messages from before this number.
    Older(u64),
    /// Send a message.
    Send {
        /// The idempotency key, and the `client_ref`.
        key: String,
        /// What was written.
        text: String,
        /// The message that it replies to.
        reply_to: Option<u64>,
    },
    /// Replace the text of the message with this number.
    Edit(u64, String),
    /// Delete the message with this number.
    Delete(u64),
    /// Put a reaction on a message, or take it back.
    React {
        /// The message.
        seq: u64,
        /// The emoji.
        emoji: String,
        /// Put it on, or take it back.
        added: bool,
    },
    /// Decide a knock.
    Decide {
        /// The knock.
        knock_id: Uuid,
        /// Let in, or decline.
        approve: bool,
    },
    /// Tell how far this account or member has received and read.
    Receipt {
        /// The last entry received.
        delivered: u64,
        /// The last entry read.
        read: u64,
    },
    /// Tell that something is being written.
    Typing,
}

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server was not reached, or refuses for now: the request may be sent again.
    Passing,
    /// The server does not have the chat, or not for this caller.
    Gone,
    /// The server refused, in its words.
    Refused(String),
}

/// The answer to a request of a chat.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To `Load`.
    Loaded(Box<Result<Loaded, Failure>>),
    /// To `Older`: the messages, and whether there are more.
    Older(Result<(Vec<Message>, bool), Failure>),
    /// To `Send`, by its key.
    Sent(String, Result<Box<Message>, Failure>),
    /// To `Decide`.
    Decided(Uuid, Result<(), Failure>),
    /// To `Receipt`.
    Told(Result<(), Failure>),
    /// To all else.
    Done(Result<(), Failure>),
}

/// What the program learns from the server.
#[derive(Debug)]
pub enum Update {
    /// The answer to a request of this chat.
    Answer(String, Answer),
    /// An event on the stream of this chat, or of the account.
    Event(Source, Box<Incoming>),
    /// A stream was interrupted; it connects again by itself.
    Interrupted(Source),
    /// A stream has ended for good, for this reason.
    Ended(Source, Failure),
}

/// Which stream it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The stream of the account.
    Account,
    /// The stream of this chat.
    Chat(String),
}
