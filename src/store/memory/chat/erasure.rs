//! Erasing a deleted account from one chat in memory: its name, its messages, its knocks.

use std::collections::HashSet;
use std::sync::Arc;

use super::{ChatState, MemberRecord, StoredOutcome};
use crate::domain::chat::ChatKind;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Event, LogUpdate, Reacted, Topic};
use crate::domain::id::{AccountId, KnockId, MemberId};
use crate::domain::knock::{Knock, KnockStatus};
use crate::domain::limits::Limits;
use crate::domain::member::{LeaveReason, Member, Role};
use crate::domain::message::DeletedMessage;
use crate::domain::principal::Principal;
use crate::domain::text::Name;
use crate::domain::username::Username;
use crate::store::memory::allocation::MemoryCost as _;

/// By what the entries of a chat name an account.
#[derive(Debug)]
struct Traces<'a> {
    username: &'a Username,
    /// The members that it is or was, also before they were bound to it.
    members: HashSet<MemberId>,
    knocks: HashSet<KnockId>,
}

impl Traces<'_> {
    fn names(&self, member: &Member) -> bool {
        self.members.contains(&member.id) || member.username.as_ref() == Some(self.username)
    }

    fn has_knock(&self, knock: &Knock) -> bool {
        self.knocks.contains(&knock.id) || knock.username.as_ref() == Some(self.username)
    }

    /// Returns what is shown of a member: nothing of the account, any other as it is.
    fn blank(&self, member: &Arc<Member>) -> Arc<Member> {
        if self.names(member) { Arc::new(member.deleted()) } else { member.clone() }
    }

    /// Removes what the account said of itself in a knock.
    fn blank_knock(&self, knock: &mut Knock) {
        (knock.name, knock.note, knock.username) = (Some(Name::deleted_account()), None, None);
        knock.member = knock.member.as_ref().map(|member| self.blank(member));
    }
}

impl ChatState {
    /// Erases an account that is or was here. Returns the logs whose entries were rewritten.
    pub(in crate::store::memory) fn erase(&mut self, account: AccountId, username: &Username, now: Timestamp, limits: &Limits) -> Vec<LogUpdate> {
        if let Some(accounts) = &mut self.accounts {
            accounts.remove(account);
        }
        let is_owners = |record: &MemberRecord| record.membership.member.is_owner() && record.credential == Principal::Account(account);
        let owned = self.chat.kind == ChatKind::Link && self.members.first().is_some_and(is_owners);
        if owned {
            self.revoke_where(|_| true, now, limits);
        }
        let traces = self.traces_of(account, username);
        let former = self.erase_knocks(account, &traces, now, limits);
        let successor = self.successor_of(account);
        let left = self.erase_membership(account, successor.is_some());
        if let (Some(group), Some(left)) = (self.group_mut(), &left) {
            group.note_erased(left, now);
            self.count_members();
        }
        traces.members.iter().for_each(|member| self.forget_receipt(*member));
        let erased = self.erase_entries(&traces, now).or(left).or(former);
        self.take_back_reactions(&traces);
        self.refresh_all_changes();
        self.keys.retain(|result| !(is_of(result, account, &traces) || (owned && is_owners_link(result))));
        self.drop_tickets_of(Principal::Account(account));
        let rewritten = [Topic::Conversation(self.chat.id), Topic::Door(self.chat.id)];
        let rewritten = rewritten.map(|topic| LogUpdate::Rewritten { topic, head: self.head(topic) });
        if let Some(member) = erased {
            self.chat.revision = self.chat.revision.wrapping_add(1);
            self.append(Event::MemberLeft { member: member.clone(), by: member.clone(), reason: LeaveReason::Deleted }, now);
            if let Some(successor) = successor {
                self.set_role(successor, Role::Owner, &member, now);
            }
        }
        rewritten.into()
    }

    /// Returns by what the entries name an account.
    fn traces_of<'a>(&self, account: AccountId, username: &'a Username) -> Traces<'a> {
        let named = self.conversation.iter().filter_map(|entry| subject(&entry.event)).filter(|member| member.username.as_ref() == Some(username));
        let own = self.members.iter().filter(|record| record.credential == Principal::Account(account));
        let members = named.map(|member| member.id).chain(own.map(|record| record.membership.member.id)).collect();
        let knocks = self.door().knocks.values().filter(|record| record.client == Principal::Account(account));
        Traces { username, members, knocks: knocks.map(|record| record.knock.id).collect() }
    }

    /// Ends the membership. The record of an owner or of one of the two in a direct chat stays, but no one holds it any more.
    fn erase_membership(&mut self, account: AccountId, is_succeeded: bool) -> Option<Arc<Member>> {
        let former = self.group_mut().and_then(|group| group.erase(account));
        let Some(index) = self.members.iter().position(|record| record.credential == Principal::Account(account)) else { return former };
        let member = self.members[index].membership.member.clone();
        if let Some(door) = &mut self.door {
            door.remove_name(&member, Principal::Account(account));
        }
        let deleted = Arc::new(member.deleted());
        if (member.is_owner() && !is_succeeded) || self.chat.kind == ChatKind::Direct {
            self.members[index].membership.member = deleted.clone();
            self.departed = member.id;
        } else {
            self.members.remove(index);
        }
        Some(deleted)
    }

    /// Withdraws a pending knock of the account, and blanks all its knocks. Returns the member it became, if it did.
    fn erase_knocks(&mut self, account: AccountId, traces: &Traces<'_>, now: Timestamp, limits: &Limits) -> Option<Arc<Member>> {
        let own = self.door().knocks.iter().filter(|(_, record)| record.client == Principal::Account(account));
        let own: Vec<u64> = own.map(|(number, _)| *number).collect();
        if own.is_empty() {
            return None;
        }
        for number in &own {
            self.end_knock(*number, KnockStatus::Withdrawn, None, now, limits);
        }
        let door = self.door_mut();
        let mut member = None;
        for number in own {
            let Some(record) = door.knocks.get_mut(&number) else { continue };
            let before = record.knock.bytes();
            traces.blank_knock(&mut record.knock);
            member = record.knock.member.clone().or(member);
            door.bytes.knocks = door.bytes.knocks + record.knock.bytes() - before;
        }
        door.credentials.remove(&Principal::Account(account));
        door.cooldowns.retain(|(_, barred), _| !barred.is_account(account));
        member
    }

    /// Removes the reactions of the account's members from all messages.
    fn take_back_reactions(&mut self, traces: &Traces<'_>) {
        for index in 0..self.conversation.len() {
            let entry = self.conversation[index].clone();
            let Event::Message(message) = &entry.event else { continue };
            let mut reactions = message.reactions().cloned().unwrap_or_default();
            for member in &traces.members {
                reactions.take_back_all(*member);
            }
            if message.reactions().is_some_and(|before| *before != reactions) {
                self.replace_message(&entry, Event::Message(message.with_reactions(reactions)));
            }
        }
    }

    /// Rewrites all entries that name the account. Returns what is left of its member, if it was one.
    fn erase_entries(&mut self, traces: &Traces<'_>, now: Timestamp) -> Option<Arc<Member>> {
        let mut found = None;
        for entry in &mut self.conversation {
            if let Some((event, member)) = erased(&entry.event, traces, now) {
                let (before, content) = (entry.bytes(), entry.content());
                *entry = Arc::new(Entry { event, ..(**entry).clone() });
                self.conversation_bytes = self.conversation_bytes + entry.bytes() - before;
                self.content -= content - entry.content();
                found = member.or(found);
            }
        }
        let Some(door) = &mut self.door else { return found };
        for entry in &mut door.log {
            if let Some((event, _)) = erased(&entry.event, traces, now) {
                let before = entry.bytes();
                *entry = Arc::new(Entry { event, ..(**entry).clone() });
                door.bytes.log = door.bytes.log + entry.bytes() - before;
            }
        }
        found
    }
}

/// Returns the member whom an entry of the conversation is about.
fn subject(event: &Event) -> Option<&Member> {
    match event {
        Event::Message(message) => message.member.as_deref(),
        Event::DeletedMessage(message) => message.member.as_deref(),
        Event::Reacted(reacted) => Some(&reacted.member),
        Event::MessageEdited { by, .. } | Event::MessageDeleted { by, .. } => Some(by),
        Event::MemberJoined { member, .. } | Event::MemberLeft { member, .. } | Event::MemberUpdated { member, .. } => Some(member),
        _ => None,
    }
}

/// Returns an event without the account, and its member if the event makes it one; `None` if it does not name the account.
fn erased(event: &Event, traces: &Traces<'_>, now: Timestamp) -> Option<(Event, Option<Arc<Member>>)> {
    let is_own = |member: &Member| traces.names(member);
    let blank = |member: &Arc<Member>| traces.blank(member);
    let own = |member: &Arc<Member>| is_own(member).then(|| Arc::new(member.deleted()));
    match event {
        Event::Message(message) => {
            let member = own(message.member.as_ref()?)?;
            Some((Event::DeletedMessage(DeletedMessage { member: Some(member.clone()), deleted_at: now, deleted_by: None }), Some(member)))
        }
        Event::DeletedMessage(message) if message.member.as_deref().is_some_and(is_own) || message.deleted_by.as_deref().is_some_and(is_own) => {
            let deleted_by = message.deleted_by.as_ref().filter(|by| !is_own(by)).cloned();
            let deleted = DeletedMessage { member: message.member.as_ref().map(blank), deleted_by, ..message.clone() };
            Some((Event::DeletedMessage(deleted), message.member.as_ref().and_then(own)))
        }
        Event::MessageEdited { target, message, by } if is_own(by) => {
            Some((Event::MessageEdited { target: *target, message: message.clone(), by: blank(by) }, own(by)))
        }
        Event::MessageDeleted { target, message, by } if is_own(by) => {
            Some((Event::MessageDeleted { target: *target, message: message.clone(), by: blank(by) }, own(by)))
        }
        Event::Reacted(reacted) if is_own(&reacted.member) => {
            Some((Event::Reacted(Box::new(Reacted { member: blank(&reacted.member), ..(**reacted).clone() })), own(&reacted.member)))
        }
        Event::MemberJoined { member, by } if is_own(member) || by.as_deref().is_some_and(is_own) => {
            Some((Event::MemberJoined { member: blank(member), by: by.as_ref().map(blank) }, own(member)))
        }
        Event::MemberLeft { member, by, reason } if is_own(member) || is_own(by) => {
            Some((Event::MemberLeft { member: blank(member), by: blank(by), reason: *reason }, own(member)))
        }
        Event::MemberUpdated { member, by, door } if is_own(member) || is_own(by) => {
            Some((Event::MemberUpdated { member: blank(member), by: blank(by), door: *door }, own(member)))
        }
        Event::ChatUpdated { chat, by } if is_own(by) => Some((Event::ChatUpdated { chat: chat.clone(), by: blank(by) }, own(by))),
        Event::KnockDecided { knock, status, by: Some(by) } if is_own(by) => {
            Some((Event::KnockDecided { knock: *knock, status: *status, by: Some(blank(by)) }, None))
        }
        Event::Knock(knock) if traces.has_knock(knock) => {
            let mut knock = knock.clone();
            traces.blank_knock(&mut knock);
            Some((Event::Knock(knock), None))
        }
        _ => None,
    }
}

/// Returns true for a stored result that repeats what the account said, or that would be replayed to it.
fn is_of(result: &StoredOutcome, account: AccountId, traces: &Traces<'_>) -> bool {
    match result {
        StoredOutcome::Message(entry) => erased(&entry.event, traces, entry.at).is_some(),
        StoredOutcome::Knock(knock) => knock.client == Principal::Account(account),
        StoredOutcome::Ticket(ticket) => ticket.holder.principal == Some(Principal::Account(account)),
        // Webhooks end with the right of their creator, and their stored results with them.
        StoredOutcome::Link(_) | StoredOutcome::Webhook(_) => false,
    }
}

/// Returns true for a stored result that repeats what the owner said.
fn is_owners_link(result: &StoredOutcome) -> bool {
    matches!(result, StoredOutcome::Link(link) if link.is_by_owner())
}

impl ChatState {
    /// Returns true if this member's record is kept although no one holds it.
    pub(in crate::store::memory) fn is_departed(&self, member: MemberId) -> bool {
        self.departed == member
    }
}
