//! Chat items in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::door::KnockRecord;
use super::chat::{ChatState, MemberRecord};
use crate::domain::account_log::AccountEvent;
use crate::domain::chat::{ChatKind, ChatView};
use crate::domain::chat_item::{AccountChats, ChatFilter, ChatItem, ChatPosition, Notifications, RecentPage};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::{AccountId, ChatId, MemberId};
use crate::domain::member::Membership;
use crate::domain::pagination::Page;
use crate::domain::principal::Principal;
use crate::store::chat_items::{ChatItems, NoMember, NotCleared};
use crate::store::{StoreResult, WriteResult};

#[async_trait]
impl ChatItems for MemoryStore {
    /// Looks at each chat of the account: writing an index for every member would make posts slow in large groups.
    async fn list_chats(&self, account: AccountId, filter: ChatFilter, page: RecentPage, now: Timestamp) -> StoreResult<Page<ChatItem>> {
        let rest = self.list_positions(account, filter, now).into_iter().skip_while(|position| page.after.is_some_and(|after| *position >= after));
        let Page { items, has_more } = Page::first(rest, page.limit);
        let item = |position: ChatPosition| self.read(position.chat, now, |state| self.item(state, account, u64::MAX)).flatten();
        Ok(Page { items: items.into_iter().filter_map(item).collect(), has_more })
    }

    async fn chats_of_member(&self, account: AccountId, max: usize, now: Timestamp) -> StoreResult<AccountChats> {
        let positions = self.list_positions(account, ChatFilter::default(), now);
        let (latest, others) = positions.split_at(max.min(positions.len()));
        let item = |position: &ChatPosition| self.read(position.chat, now, |state| self.item(state, account, u64::MAX)).flatten();
        let view = |position: &ChatPosition| self.read(position.chat, now, |state| state.view_of_member(account)).flatten();
        Ok(AccountChats { latest: latest.iter().filter_map(item).collect(), others: others.iter().filter_map(view).collect() })
    }

    async fn chat_item(&self, account: AccountId, chat: ChatId, now: Timestamp) -> StoreResult<Option<ChatItem>> {
        Ok(self.read(chat, now, |state| self.item(state, account, u64::MAX)).flatten())
    }

    async fn chat_item_at(&self, account: AccountId, chat: ChatId, head: u64, now: Timestamp) -> StoreResult<Option<ChatItem>> {
        Ok(self.read(chat, now, |state| self.item(state, account, head)).flatten())
    }

    async fn clear_chat(&self, chat: ChatId, member: MemberId, now: Timestamp) -> WriteResult<(), NotCleared> {
        Ok(self.write(chat, now, NotCleared::Gone, |state| {
            if state.chat.kind != ChatKind::Direct {
                return Err(NotCleared::NotDirect);
            }
            let next = state.chat.head + 1;
            let record = state.member_mut(member).ok_or(NotCleared::Gone)?;
            record.membership.visible_from = next;
            let principal = record.credential;
            state.tell(principal, AccountEvent::ChatCleared(chat));
            Ok(())
        }))
    }

    async fn set_notifications(&self, chat: ChatId, member: MemberId, to: Notifications, now: Timestamp) -> WriteResult<(), NoMember> {
        Ok(self.write(chat, now, NoMember, |state| {
            state.member_mut(member).ok_or(NoMember)?.notifications = to;
            Ok(())
        }))
    }
}

impl MemoryStore {
    /// Returns where an account has its chats in a list, the latest first.
    fn list_positions(&self, account: AccountId, filter: ChatFilter, now: Timestamp) -> Vec<ChatPosition> {
        let chats: Vec<ChatId> =
            self.directory.read().accounts.get(&account).map(|record| record.chats.iter().copied().collect()).unwrap_or_default();
        let position = |chat: &ChatId| self.read(*chat, now, |state| state.list_position(account, filter)).flatten();
        let mut positions: Vec<ChatPosition> = chats.iter().filter_map(position).collect();
        positions.sort_unstable_by(|one, other| other.cmp(one));
        positions
    }

    /// Returns a chat as an account lists it, with messages up to entry `head`.
    fn item(&self, state: &ChatState, account: AccountId, head: u64) -> Option<ChatItem> {
        let item = state.item(account, head)?;
        let member = item.view.membership.as_ref()?.member.id;
        let own = item.last_message.as_ref().filter(|message| message.has_status_for(member));
        let status = own.map(|message| state.status_of(message, account, &self.directory.read()));
        Some(ChatItem { status, ..item })
    }
}

impl ChatState {
    fn member_mut(&mut self, id: MemberId) -> Option<&mut MemberRecord> {
        let index = self.members.binary_search_by_key(&id, |record| record.membership.member.id).ok()?;
        self.members.get_mut(index).filter(|_| self.departed != id)
    }

    /// Returns the last message, deleted or not.
    fn last_message(&self) -> Option<&Arc<Entry>> {
        self.conversation.iter().rfind(|entry| entry.is_message())
    }

    /// Returns when the last message was posted, or the last member joined.
    fn updated_at(&self) -> Timestamp {
        let updates = |entry: &&Arc<Entry>| entry.is_message() || matches!(entry.event, Event::MemberJoined { .. });
        self.conversation.iter().rfind(updates).map_or(self.chat.created_at, |entry| entry.at)
    }

    /// Returns where an account has this chat in its list, if the list contains it.
    fn list_position(&self, account: AccountId, filter: ChatFilter) -> Option<ChatPosition> {
        let membership = self.membership_of(&Principal::Account(account))?;
        let is_cleared = self.is_cleared(membership);
        let is_wanted = filter.kind.is_none_or(|kind| kind == self.chat.kind)
            && filter.participant.is_none_or(|other| self.membership_of(&Principal::Account(other)).is_some());
        (is_wanted && !is_cleared).then_some(ChatPosition { updated_at: self.updated_at(), chat: self.chat.id })
    }

    /// Returns true for a direct chat that a member cleared and that did not begin anew.
    fn is_cleared(&self, membership: &Membership) -> bool {
        // A direct chat shows all of its past, but for what was cleared.
        self.chat.kind == ChatKind::Direct
            && membership.visible_from > 1
            && self.last_message().is_none_or(|message| message.seq < membership.visible_from)
    }

    /// Tells the members that cleared this direct chat that it begins anew with the next message.
    pub(super) fn begin_anew(&mut self) {
        if self.chat.kind != ChatKind::Direct {
            return;
        }
        let cleared = self.members.iter().filter(|record| self.is_cleared(&record.membership) && !self.is_departed(record.membership.member.id));
        let cleared: Vec<_> = cleared.map(|record| (record.credential, record.membership.visible_from - 1)).collect();
        for (principal, head) in cleared {
            self.tell(principal, AccountEvent::ChatAdded { chat: self.chat.id, head });
        }
    }

    fn view_of_member(&self, account: AccountId) -> Option<ChatView> {
        let membership = self.membership_of(&Principal::Account(account))?;
        let with = self.other_in_direct_chat(membership.member.id).cloned();
        Some(ChatView { chat: self.chat.clone(), membership: Some(membership.clone()), with })
    }

    /// Returns how many knocks wait that the owner sees.
    fn shown_pending(&self) -> u64 {
        let door = self.door();
        door.pending.iter().filter(|number| door.knocks.get(number).is_some_and(KnockRecord::is_shown)).count() as u64
    }

    /// Returns the title to show to a member: the chat's own, else the name of the group, of the other in a direct chat, or of the owner.
    pub(super) fn shown_title(&self, member: MemberId) -> String {
        if let Some(title) = &self.chat.title {
            return title.as_str().to_owned();
        }
        match (self.other_in_direct_chat(member), &self.chat.group) {
            (Some(other), _) => other.name.as_str().to_owned(),
            (None, Some(group)) => group.name.as_str().to_owned(),
            (None, None) => self.owner().name.as_str().to_owned(),
        }
    }

    /// Returns the chat as an account lists it, with messages up to entry `head`.
    fn item(&self, account: AccountId, head: u64) -> Option<ChatItem> {
        let membership = self.membership_of(&Principal::Account(account))?;
        let record = self.member(membership.member.id)?;
        let receipt = self.receipt(record);
        let view = self.view_of_member(account)?;
        let messages = self.conversation.iter().rev().filter(|entry| entry.is_message() && entry.seq <= head);
        let last_message = messages.take(1).find(|message| message.seq >= view.visible_from()).cloned();
        Some(ChatItem {
            title: self.shown_title(membership.member.id),
            last_message,
            status: None,
            unread: self.unread(membership, receipt.read, head),
            read: receipt.read,
            delivered: receipt.delivered,
            notifications: record.notifications,
            pending: membership.member.role.has_door().then(|| self.shown_pending()),
            updated_at: self.updated_at(),
            view,
        })
    }
}
