//! What an event makes of a loaded chat.

use super::ChatView;
use crate::cli::tui::timeline::Entry;
use crate::client::Incoming;
use crate::wire::events::{End, KnockDecided, MemberJoined, MemberLeft, MemberUpdated, MessageChanged};
use crate::wire::members::{Departure, Member, Role};
use crate::wire::messages::{Message, MessageKind};
use crate::wire::receipts::ReceiptMoved;
use crate::wire::stream_events::{Gap, LogName};

/// Applies an event. An entry that was applied already, or that was loaded, changes nothing.
pub(super) fn apply(view: &mut ChatView, event: &Incoming) {
    if let Some(seq) = number(event) {
        if seq <= view.cursor {
            return;
        }
        view.cursor = seq;
        view.head = view.head.max(seq);
    }
    match event {
        Incoming::Message(message) => take_message(view, message),
        Incoming::MessageEdited(change) | Incoming::MessageDeleted(change) => change_message(view, change),
        Incoming::Reaction(reaction) => view.timeline.react(reaction),
        Incoming::MemberJoined(joined) => join(view, joined),
        Incoming::MemberLeft(left) => leave(view, left),
        Incoming::MemberUpdated(updated) => update_member(view, updated),
        Incoming::ChatUpdated(updated) => {
            view.take_facts(&updated.chat);
            let by = name(view, &updated.by);
            notice(view, updated.seq, format!("{by} changed the chat's settings"));
        }
        Incoming::ChatClosed(closed) => view.ended = Some(end_text(closed.reason).to_owned()),
        Incoming::Knock(knocked) => view.door.add(knocked.knock.clone()),
        Incoming::KnockDecided(KnockDecided { knock_id, .. }) => view.door.remove(*knock_id),
        Incoming::Receipt(moved) => move_receipt(view, moved),
        Incoming::Typing(typing) => view.members.typing.clone_from(&typing.members),
        Incoming::Presence(presence) => {
            view.members.online.clone_from(&presence.members);
            view.members.online_count = presence.count;
        }
        Incoming::Hello(hello) => {
            view.head = view.head.max(hello.head);
            view.members.typing.clear();
        }
        Incoming::Heartbeat(heartbeat) => view.head = view.head.max(heartbeat.head.unwrap_or_default()),
        Incoming::Reset(_) | Incoming::Gap(Gap { log: LogName::Chat, .. }) => view.reload(),
        _ => {}
    }
}

/// Returns the number of an entry in the conversation.
fn number(event: &Incoming) -> Option<u64> {
    match event {
        Incoming::Message(data) => Some(data.seq),
        Incoming::MessageEdited(data) | Incoming::MessageDeleted(data) => Some(data.seq),
        Incoming::Reaction(data) => Some(data.seq),
        Incoming::MemberJoined(data) => Some(data.seq),
        Incoming::MemberLeft(data) => Some(data.seq),
        Incoming::MemberUpdated(data) => Some(data.seq),
        Incoming::ChatUpdated(data) => Some(data.seq),
        _ => None,
    }
}

fn take_message(view: &mut ChatView, message: &Message) {
    if let Some(author) = &message.member {
        view.members.typing.retain(|id| *id != author.id);
    }
    if view.members.is_me(message.member.as_ref()) {
        message.client_ref.iter().for_each(|key| view.outbox.confirm(key));
    }
    view.count(message);
    view.timeline.push(message.seq, Entry::Message(Box::new(message.clone())));
    if view.scroll.is_none() {
        view.timeline.trim();
    }
}

fn change_message(view: &mut ChatView, change: &MessageChanged) {
    view.timeline.change(change);
    let gone = change.message.as_ref().is_some_and(|message| message.kind == MessageKind::Deleted);
    if gone {
        view.count_unread(view.told.read);
    }
}

fn join(view: &mut ChatView, joined: &MemberJoined) {
    view.members.join(joined.member.clone(), joined.seq);
    let who = name(view, &joined.member);
    let by = joined.by.as_ref().filter(|by| by.id != joined.member.id).map(|by| format!(", let in by {}", name(view, by)));
    notice(view, joined.seq, format!("{who} joined{}", by.unwrap_or_default()));
}

fn leave(view: &mut ChatView, left: &MemberLeft) {
    let mine = view.members.is_me(Some(&left.member));
    let (who, by) = (name(view, &left.member), name(view, &left.by));
    view.members.leave(&left.member);
    let text = match left.reason {
        Departure::Left => format!("{who} left"),
        Departure::Removed | Departure::Evicted => format!("{who} was removed by {by}"),
        Departure::Deleted => {
            view.timeline.erase(left.member.id);
            format!("{who} deleted their account")
        }
    };
    notice(view, left.seq, text);
    if mine {
        let text = if left.reason == Departure::Left { "You left this chat." } else { "You were removed from this chat." };
        view.ended = Some(text.to_owned());
    }
}

fn update_member(view: &mut ChatView, updated: &MemberUpdated) {
    let old = view.members.iter().find(|member| member.id == updated.member.id).cloned();
    view.members.update(updated.member.clone());
    let who = name(view, &updated.member);
    match old {
        Some(old) if old.role != updated.member.role => {
            notice(view, updated.seq, format!("{who} is now {}", role_text(updated.member.role)));
            if view.members.is_me(Some(&updated.member)) {
                view.reload();
            }
        }
        Some(old) if old.name != updated.member.name => notice(view, updated.seq, format!("{} is now called {who}", old.name)),
        _ => {}
    }
}

fn move_receipt(view: &mut ChatView, moved: &ReceiptMoved) {
    view.members.receipt(moved);
    if Some(moved.member_id) == view.members.me {
        view.told.raise(moved.delivered, moved.read.unwrap_or_default());
        view.count_unread(view.told.read);
    }
}

fn notice(view: &mut ChatView, seq: u64, text: String) {
    view.timeline.push(seq, Entry::Notice(text));
}

fn name(view: &ChatView, member: &Member) -> String {
    view.members.name(member).to_owned()
}

/// What a role is called.
pub(super) const fn role_text(role: Role) -> &'static str {
    match role {
        Role::Owner => "the owner",
        Role::Admin => "an admin",
        Role::Member => "a member",
    }
}

/// What is said at the end of a chat.
pub(super) const fn end_text(end: End) -> &'static str {
    match end {
        End::Closed => "This chat was closed. Everything in it is gone from the server.",
        End::Expired => "This chat has expired. Everything in it is gone from the server.",
    }
}
