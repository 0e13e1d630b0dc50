//! Events by their names, as wire types.

use serde::de::DeserializeOwned;

use crate::wire::account_events::{AccountState, ChatAdded, ChatRemoved, FriendRequestChanged, FriendshipChanged, MeUpdated};
use crate::wire::events::{ChatClosed, ChatUpdated, KnockDecided, Knocked, LinkChanged, MemberJoined, MemberLeft, MemberUpdated};
use crate::wire::events::{MessageChanged, Reaction};
use crate::wire::knocks::Exchange;
use crate::wire::messages::Message;
use crate::wire::presence::{ChatPresence, FriendPresence};
use crate::wire::receipts::ReceiptMoved;
use crate::wire::sessions::SignedOut;
use crate::wire::stream_events::{Bye, Gap, Heartbeat, Hello, Reset};
use crate::wire::typing::Typing;

/// An event as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The name, such as `message`.
    pub name: String,
    /// The position after it; absent where it has none.
    pub id: Option<String>,
    /// The data: JSON.
    pub data: String,
}

impl Event {
    /// Reads the data as this type; none if it is not of it.
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.data).ok()
    }

    /// Reads the data by the event's name.
    #[must_use]
    pub fn incoming(&self) -> Incoming {
        Incoming::read(self)
    }
}

/// An event of a stream. Names are those of the API.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is the event of that name, which its type documents")]
pub enum Incoming {
    /// The first event of a chat's stream.
    Hello(Hello),
    /// The first event of the stream of an account or of a guest.
    Began,
    State(Box<AccountState>),
    Message(Box<Message>),
    MessageEdited(Box<MessageChanged>),
    MessageDeleted(Box<MessageChanged>),
    Reaction(Reaction),
    MemberJoined(MemberJoined),
    MemberLeft(MemberLeft),
    MemberUpdated(MemberUpdated),
    ChatUpdated(Box<ChatUpdated>),
    ChatClosed(ChatClosed),
    Knock(Box<Knocked>),
    KnockDecided(KnockDecided),
    /// `knock_decided` to the guest.
    Decided(Box<Exchange>),
    LinkCreated(Box<LinkChanged>),
    LinkRevoked(Box<LinkChanged>),
    Receipt(ReceiptMoved),
    Typing(Typing),
    Presence(ChatPresence),
    FriendRequest(Box<FriendRequestChanged>),
    Friendship(Box<FriendshipChanged>),
    FriendPresence(FriendPresence),
    ChatAdded(Box<ChatAdded>),
    ChatRemoved(ChatRemoved),
    MeUpdated(Box<MeUpdated>),
    SignedOut(SignedOut),
    Reset(Reset),
    Gap(Gap),
    Heartbeat(Heartbeat),
    Bye(Bye),
    /// An event that this version does not know, or whose data it cannot read.
    Unknown,
}

impl Incoming {
    /// Reads an event by its name.
    pub(super) fn read(event: &Event) -> Self {
        Self::of_log(event).or_else(|| Self::of_account(event)).or_else(|| Self::of_stream(event)).unwrap_or(Self::Unknown)
    }

    /// Reads an entry of a chat's logs.
    fn of_log(event: &Event) -> Option<Self> {
        match event.name.as_str() {
            "message" => boxed(event).map(Self::Message),
            "message_edited" => boxed(event).map(Self::MessageEdited),
            "message_deleted" => boxed(event).map(Self::MessageDeleted),
            "reaction" => event.read().map(Self::Reaction),
            "member_joined" => event.read().map(Self::MemberJoined),
            "member_left" => event.read().map(Self::MemberLeft),
            "member_updated" => event.read().map(Self::MemberUpdated),
            "chat_updated" => boxed(event).map(Self::ChatUpdated),
            "chat_closed" => event.read().map(Self::ChatClosed),
            "knock" => boxed(event).map(Self::Knock),
            "knock_decided" => event.read().map(Self::KnockDecided).or_else(|| boxed(event).map(Self::Decided)),
            "link_created" => boxed(event).map(Self::LinkCreated),
            "link_revoked" => boxed(event).map(Self::LinkRevoked),
            _ => None,
        }
    }

    /// Reads what concerns an account, or is not stored.
    fn of_account(event: &Event) -> Option<Self> {
        match event.name.as_str() {
            "state" => boxed(event).map(Self::State),
            "receipt" => event.read().map(Self::Receipt),
            "typing" => event.read().map(Self::Typing),
            "presence" => event.read().map(Self::Presence),
            "friend_request" => boxed(event).map(Self::FriendRequest),
            "friendship" => boxed(event).map(Self::Friendship),
            "friend_presence" => event.read().map(Self::FriendPresence),
            "chat_added" => boxed(event).map(Self::ChatAdded),
            "chat_removed" => event.read().map(Self::ChatRemoved),
            "me_updated" => boxed(event).map(Self::MeUpdated),
            "signed_out" => event.read().map(Self::SignedOut),
            _ => None,
        }
    }

    /// Reads what is about the stream itself.
    fn of_stream(event: &Event) -> Option<Self> {
        match event.name.as_str() {
            "hello" => Some(event.read().map_or(Self::Began, Self::Hello)),
            "reset" => event.read().map(Self::Reset),
            "gap" => event.read().map(Self::Gap),
            "heartbeat" => event.read().map(Self::Heartbeat),
            "bye" => event.read().map(Self::Bye),
            _ => None,
        }
    }
}

fn boxed<T: DeserializeOwned>(event: &Event) -> Option<Box<T>> {
    event.read().map(Box::new)
}
