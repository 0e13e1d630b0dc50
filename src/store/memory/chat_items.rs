//! Chat items in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::{ChatState, MemberRecord};
use crate::domain::chat::{ChatKind, ChatView};
use crate::domain::chat_item::{ChatFilter, ChatItem, ChatPosition, Notifications, RecentPage};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::{AccountId, ChatId, MemberId};
use crate::domain::pagination::Page;
use crate::domain::principal::Principal;
use crate::store::chat_items::{ChatItems, NoMember, NotCleared};
use crate::store::{StoreResult, WriteResult};

#[async_trait]
impl ChatItems for MemoryStore {
    /// Looks at each chat of the account: writing an index for every member would make posts slow in large groups.
    async fn list_chats(&self, account: AccountId, filter: ChatFilter, page: RecentPage, now: Timestamp) -> StoreResult<Page<ChatItem>> {
        let chats: Vec<ChatId> =
            self.directory.read().accounts.get(&account).map(|record| record.chats.iter().copied().collect()).unwrap_or_default();
        let position = |chat: &ChatId| self.read(*chat, now, |state| state.list_position(account, filter)).flatten();
        let mut positions: Vec<ChatPosition> = chats.iter().filter_map(position).collect();
        positions.sort_unstable_by(|one, other| other.cmp(one));
        let rest = positions.into_iter().skip_while(|position| page.after.is_some_and(|after| *position >= after));
        let Page { items, has_more } = Page::first(rest, page.limit);
        let item = |position: ChatPosition| self.read(position.chat, now, |state| state.item(account)).flatten();
        Ok(Page { items: items.into_iter().filter_map(item).collect(), has_more })
    }

    async fn chat_item(&self, account: AccountId, chat: ChatId, now: Timestamp) -> StoreResult<Option<ChatItem>> {
        Ok(self.read(chat, now, |state| state.item(account)).flatten())
    }

    async fn clear_chat(&self, chat: ChatId, member: MemberId, now: Timestamp) -> WriteResult<(), NotCleared> {
        Ok(self.write(chat, now, NotCleared::Gone, |state| {
            if state.chat.kind != ChatKind::Direct {
                return Err(NotCleared::NotDirect);
            }
            let next = state.chat.head + 1;
            state.member_mut(member).ok_or(NotCleared::Gone)?.membership.visible_from = next;
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
        // A direct chat shows all of its past, but for what was cleared.
        let is_cleared = self.chat.kind == ChatKind::Direct
            && membership.visible_from > 1
            && self.last_message().is_none_or(|message| message.seq < membership.visible_from);
        let is_wanted = filter.kind.is_none_or(|kind| kind == self.chat.kind)
            && filter.participant.is_none_or(|other| self.membership_of(&Principal::Account(other)).is_some());
        (is_wanted && !is_cleared).then_some(ChatPosition { updated_at: self.updated_at(), chat: self.chat.id })
    }

    /// Returns the chat as an account lists it.
    fn item(&self, account: AccountId) -> Option<ChatItem> {
        let membership = self.membership_of(&Principal::Account(account))?;
        let record = self.member(membership.member.id)?;
        let receipt = self.receipt(record);
        let with = self.other_in_direct_chat(membership.member.id);
        let shown = with.map_or_else(|| self.owner().name.as_str().to_owned(), |other| other.name.as_str().to_owned());
        let view = ChatView { chat: self.chat.clone(), membership: Some(membership.clone()), with: with.cloned() };
        let last_message = self.last_message().filter(|message| message.seq >= view.visible_from()).cloned();
        Some(ChatItem {
            title: self.chat.title.as_ref().map_or(shown, |title| title.as_str().to_owned()),
            last_message,
            unread: self.unread(membership, receipt.read),
            read: receipt.read,
            delivered: receipt.delivered,
            notifications: record.notifications,
            pending: membership.member.is_owner().then(|| self.door().pending.len() as u64),
            updated_at: self.updated_at(),
            view,
        })
    }
}
