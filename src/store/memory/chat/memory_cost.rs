//! What stored values cost in memory, for each type.

use std::sync::Arc;

use super::accounts::ChatAccounts;
use super::deliveries::ChatWebhooks;
use super::door::{Barred, ByteCounts, Cooldown, CredentialOwner, Door, KnockRecord, LinkRecord};
use super::handle::{ChatCell, ChatHandle};
use super::receipt_history::ReceiptTable;
use super::{ChatState, MemberRecord, StoredOutcome, TicketList};
use crate::domain::chat::{Chat, ChatKind, OpenedChat};
use crate::domain::client_address::ClientAddress;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Event, Reacted};
use crate::domain::group::Group;
use crate::domain::id::{AccountId, ChatId, LinkId};
use crate::domain::knock::{GuestKnock, Knock};
use crate::domain::limits::Limits;
use crate::domain::link::Link;
use crate::domain::member::Member;
use crate::domain::message::{Message, MessageDetails};
use crate::domain::principal::Principal;
use crate::domain::text::{Label, Reason};
use crate::domain::ticket::Ticket;
use crate::domain::webhook::Webhook;
use crate::store::memory::allocation::{ARC_HEADER, MemoryCost, TREE_OVERHEAD, block, shared, slots, table, vec};

/// An empty chat: its state and its slots in the node's maps, where a table that was just doubled has twice the slots it uses.
pub(in crate::store::memory) const CHAT: u64 = block(ARC_HEADER + size_of::<ChatCell>())
    + slots::<ChatHandle>(TREE_OVERHEAD)
    + TREE_OVERHEAD as u64
    + slots::<(Timestamp, ChatHandle)>(TREE_OVERHEAD);

/// A link's slot in the node's index.
const LINK: u64 = slots::<(LinkId, ChatId)>(TREE_OVERHEAD) + TREE_OVERHEAD as u64;

/// An entry without its heap data.
const ENTRY: u64 = block(ARC_HEADER + size_of::<Entry>());

/// What a change of a chat adds to it, without a new title.
pub(in crate::store::memory) const CHANGE: u64 = ENTRY + block(size_of::<Chat>());

/// What an edit or a deletion adds to a chat besides the message.
pub(in crate::store::memory) const CHANGED: u64 = ENTRY;

/// What a reaction adds to a chat, with the message's list of reactions at its first one.
pub(in crate::store::memory) const REACTED: u64 = ENTRY + block(size_of::<Reacted>()) + block(size_of::<MessageDetails>());

/// Returns the largest size of a chat whose conversation is full.
pub(in crate::store::memory) fn max_chat_bytes(kind: ChatKind, limits: &Limits) -> u64 {
    let (entries, content) = limits.conversation(kind);
    (entries as u64).saturating_mul(ENTRY + slots::<Arc<Entry>>(TREE_OVERHEAD)).saturating_add(content)
}

/// Returns what a message adds to its chat, apart from its slot in the conversation.
pub(in crate::store::memory) fn message(message: &Message) -> u64 {
    ENTRY + texts(message)
}

fn texts(message: &Message) -> u64 {
    let text = message.text.as_ref().map_or(0, |text| block(text.as_str().len()));
    let reference = message.client_ref.as_ref().map_or(0, |reference| block(reference.as_str().len()));
    text + reference + message.details.as_ref().map_or(0, |details| block(size_of::<MessageDetails>()) + details_bytes(details))
}

fn details_bytes(details: &MessageDetails) -> u64 {
    let html = details.html.as_ref().map_or(0, |html| block(html.len()));
    let media = details.media.as_ref().map_or(0, |media| block(media.content()));
    html + media + details.reactions.bytes() as u64
}

fn label(label: Option<&Label>) -> u64 {
    label.map_or(0, |label| shared(label.as_str()))
}

impl MemoryCost for Entry {
    fn bytes(&self) -> u64 {
        let event = match &self.event {
            Event::Message(message) => texts(message),
            Event::MemberJoined { member, .. } | Event::MemberUpdated { member, .. } => member.bytes(),
            Event::Reacted(_) => block(size_of::<Reacted>()),
            // The message of a change is the conversation's own.
            Event::MessageEdited { .. }
            | Event::MessageDeleted { .. }
            | Event::DeletedMessage(_)
            | Event::MemberLeft { .. }
            | Event::KnockDecided { .. } => 0,
            Event::ChatUpdated { chat, .. } => block(size_of::<Chat>()) + title(chat) + chat.group.as_ref().map_or(0, |group| group_texts(group)),
            Event::Knock(knock) => block(size_of::<Knock>()) + knock.bytes(),
            Event::LinkCreated(link) | Event::LinkRevoked(link) => block(size_of::<Link>()) + label(link.label.as_ref()),
        };
        ENTRY + event
    }
}

impl MemoryCost for Member {
    fn bytes(&self) -> u64 {
        let username = self.username.as_ref().map_or(0, |username| shared(username.as_str()));
        block(ARC_HEADER + size_of::<Self>()) + shared(self.name.as_str()) + username
    }
}

/// The name and description of a group, which all its entries share.
fn group_texts(group: &Group) -> u64 {
    let description = group.description.as_ref().map_or(0, |description| shared(description.as_str()));
    block(ARC_HEADER + size_of::<Group>()) + shared(group.name.as_str()) + description
}

fn title(chat: &Chat) -> u64 {
    chat.title.as_ref().map_or(0, |title| shared(title.as_str()))
}

impl MemoryCost for Knock {
    fn bytes(&self) -> u64 {
        let name = self.name.as_ref().map_or(0, |name| shared(name.as_str()));
        let name = name + self.username.as_ref().map_or(0, |username| shared(username.as_str()));
        let note = self.note.as_ref().map_or(0, |note| shared(note.as_str()));
        name + note + self.reason.as_ref().map_or(0, reason)
    }
}

/// The reason given with a decision.
pub(in crate::store::memory) fn reason(reason: &Reason) -> u64 {
    shared(reason.as_str())
}

impl MemoryCost for LinkRecord {
    fn bytes(&self) -> u64 {
        LINK + label(self.link.label.as_ref()) + self.last_decision.as_ref().map_or(0, |(_, knocks)| vec::<[u8; 16]>(knocks.capacity()))
    }
}

impl MemoryCost for StoredOutcome {
    fn bytes(&self) -> u64 {
        match self {
            Self::Message(_) => 0,
            Self::Link(_) => block(size_of::<Link>()),
            Self::Knock(_) => block(size_of::<GuestKnock>()),
            Self::Ticket(_) => block(size_of::<Ticket>()),
            Self::Webhook(webhook) => block(size_of::<Webhook>()) + shared(webhook.url.as_str()),
        }
    }
}

impl MemoryCost for Ticket {
    fn bytes(&self) -> u64 {
        self.cursors.as_ref().map_or(0, |cursors| block(ARC_HEADER + size_of_val(&**cursors)))
    }
}

impl MemoryCost for OpenedChat {
    fn bytes(&self) -> u64 {
        0
    }
}

impl ChatState {
    /// Returns the memory this chat uses, in bytes.
    pub(in crate::store::memory) fn memory_bytes(&self) -> u64 {
        let lists = vec::<Arc<Entry>>(self.conversation.capacity()) + vec::<MemberRecord>(self.members.capacity());
        let tickets = self.tickets.as_ref().map_or(0, |tickets| block(size_of::<TicketList>()) + vec::<Ticket>(tickets.0.capacity()));
        let creation_scope = self.creation_scope.as_ref().map_or(0, |scope| block(scope.len()));
        let door = self.door.as_ref().map_or(0, |door| block(size_of::<Door>()) + door.bytes());
        let accounts = self.accounts.as_ref().map_or(0, |accounts| block(size_of::<ChatAccounts>()) + table::<AccountId>(accounts.capacity()));
        let accounts = accounts
            + self.accounts.as_ref().map_or(0, |accounts| accounts.group.bytes())
            + self.push_bytes()
            + self.chat.group.as_ref().map_or(0, |group| group_texts(group));
        let receipts = self.receipts.as_ref().map_or(0, |receipts| block(size_of::<ReceiptTable>()) + receipts.bytes());
        CHAT + accounts + receipts + tickets + title(&self.chat) + lists + creation_scope + self.conversation_bytes + door + self.keys.memory_bytes()
    }

    /// Returns the growth of the conversation's vector for one more entry: nothing, or a doubling.
    pub(in crate::store::memory) fn next_slot_bytes(&self) -> u64 {
        let capacity = self.conversation.capacity();
        if self.conversation.len() < capacity { 0 } else { vec::<Arc<Entry>>((2 * capacity).max(4)) - vec::<Arc<Entry>>(capacity) }
    }
}

impl MemoryCost for Door {
    fn bytes(&self) -> u64 {
        let ByteCounts { log, names, links, knocks, cooldowns } = self.bytes;
        let members = table::<Box<str>>(self.names.capacity()) + table::<(Principal, CredentialOwner)>(self.credentials.capacity());
        let lists = vec::<Arc<Entry>>(self.log.capacity()) + vec::<LinkRecord>(self.links.capacity()) + vec::<u64>(self.ended.capacity());
        let knocks = knocks
            + slots::<(u64, KnockRecord)>(TREE_OVERHEAD * self.knocks.len())
            + slots::<(u64, LinkId, ClientAddress)>(TREE_OVERHEAD * self.pending.len());
        let (by_link, by_address) = self.pending.capacities();
        let knocks = knocks + table::<(LinkId, usize)>(by_link) + table::<((LinkId, ClientAddress), usize)>(by_address);
        let cooldowns = cooldowns + table::<((LinkId, Barred), Cooldown)>(self.cooldowns.capacity());
        let webhooks = self.webhooks.as_ref().map_or(0, |webhooks| block(size_of::<ChatWebhooks>()) + webhooks.bytes());
        members + lists + log + names + links + knocks + cooldowns + webhooks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chat::{Admission, HistoryVisibility, Lifetime};
    use crate::domain::id::{Credential, Epoch, MemberId};
    use crate::domain::member::Role;
    use crate::domain::message::MessageDraft;
    use crate::domain::random::SystemRandom;
    use crate::domain::text::{MessageText, Name};

    fn empty_chat(now: Timestamp) -> ChatState {
        let (expires_in, random) = (Lifetime::DEFAULT, &SystemRandom);
        let mut state = ChatState::new(Chat {
            id: ChatId::random(random),
            epoch: Epoch::random(random),
            title: None,
            group: None,
            admission: Admission::Knock,
            history: HistoryVisibility::All,
            created_at: now,
            kind: ChatKind::Link,
            expires_in: Some(expires_in),
            expires_at: now + expires_in.duration(),
            first: 1,
            head: 0,
            door: 0,
            revision: 0,
        });
        let owner = Arc::new(Member { id: MemberId::OWNER, name: Name::owner(), username: None, role: Role::Owner });
        state.add_member(&owner, Principal::Credential(Credential::random(random)), None, None, now);
        state.append(Event::MemberJoined { member: owner, by: None }, now);
        state
    }

    #[test]
    fn an_empty_chat_weighs_700_bytes_at_most_and_a_message_of_100_bytes_300() {
        let now = Timestamp::from_millis(0);
        let mut state = empty_chat(now);
        let empty = state.memory_bytes();
        assert!(empty <= 700, "{empty}");
        let posts = 10_000;
        for _ in 0..posts {
            let text = MessageText::parse(&"x".repeat(100)).unwrap();
            state.append(Event::Message(MessageDraft::of_text(text).by(Some(state.owner()))), now);
        }
        let each = (state.memory_bytes() - empty) / posts;
        assert!(each <= 300, "{each}");
        assert!(state.door.is_none(), "posting needs no door");
    }
}
