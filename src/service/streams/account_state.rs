//! The state of an account as its stream reports it, and the chats that the stream follows from there on.

use std::collections::HashMap;

use super::account_event::AccountStreamEvent;
use super::account_reader::AccountReader;
use super::chat_logs::{ChatLogs, IdScope, Start};
use super::cursor::Cursor;
use super::position::Resume;
use crate::domain::chat::ChatView;
use crate::domain::chat_item::{AccountChats, ChatItem};
use crate::domain::event_log::Topic;
use crate::domain::friendship::{FriendRequestStatus, RequestDirection};
use crate::domain::id::ChatId;
use crate::domain::pagination::{MAX_PAGE_SIZE, PageRequest};
use crate::service::error::Result;

/// Logs whose heads are read in one call to the store.
const MAX_HEADS: usize = 1_000;

impl AccountReader {
    /// Returns the state of the account, unless it was deleted, and follows the chats that are not followed yet: at these positions, else at their heads.
    pub(super) async fn state(&mut self, positions: &HashMap<ChatId, Resume>) -> Result<Option<AccountStreamEvent>> {
        let (store, account, now) = (self.service.store.clone(), self.account, self.service.now());
        let Some(me) = store.find_account(account).await? else { return Ok(None) };
        let AccountChats { latest, others } = store.chats_of_member(account, MAX_PAGE_SIZE, now).await?;
        let more = !others.is_empty();
        let views: Vec<ChatView> = latest.iter().map(|item| item.view.clone()).chain(others).collect();
        self.follow(&views, positions).await?;
        let chats = self.as_of_positions(latest).await?;
        let knocks = store.pending_knocks_of(account, now).await?;
        let (incoming, pending) = (Some(RequestDirection::Incoming), Some(FriendRequestStatus::Pending));
        let requests = store.list_requests(account, incoming, pending, PageRequest { after: 0, limit: MAX_PAGE_SIZE }).await?.items;
        let requests = self.service.request_views(account, requests).await?;
        Ok(Some(AccountStreamEvent::State { me, chats, more, requests, knocks }))
    }

    /// Returns the items as of the last entries that the stream has sent of their chats: what follows, it sends.
    async fn as_of_positions(&mut self, items: Vec<ChatItem>) -> Result<Vec<ChatItem>> {
        let mut chats = Vec::with_capacity(items.len());
        for item in items {
            let id = item.view.chat.id;
            let position = self.chats.position(id).unwrap_or(item.view.chat.head);
            if position == item.view.chat.head {
                chats.push(item);
                continue;
            }
            let before = self.service.store.chat_item_at(self.account, id, position, self.service.now()).await?;
            chats.extend(before.map(|mut before| {
                before.view.chat.head = position;
                before
            }));
        }
        Ok(chats)
    }

    /// Follows these chats, but for those that are followed already: at these positions, else from the heads in their views.
    pub(super) async fn follow(&mut self, views: &[ChatView], positions: &HashMap<ChatId, Resume>) -> Result<()> {
        let new: Vec<&ChatView> = views.iter().filter(|view| !self.chats.contains(view.chat.id)).collect();
        let cursors: Vec<(Cursor, Option<Cursor>)> = new
            .iter()
            .map(|view| {
                let join = |topic| Cursor { subscription: self.service.hub.join(topic), at: 0 };
                (join(Topic::Conversation(view.chat.id)), view.has_door().then(|| join(Topic::Door(view.chat.id))))
            })
            .collect();
        self.learn_heads(&cursors).await?;
        let chats: Vec<ChatId> = new.iter().map(|view| view.chat.id).collect();
        let sizes = self.service.store.count_members(&chats, self.service.now()).await?;
        for ((view, (conversation, door)), size) in new.into_iter().zip(cursors).zip(sizes) {
            let resume = positions.get(&view.chat.id).copied().unwrap_or(Resume::AtHead);
            let oldest = match &door {
                Some(door) if resume != Resume::AtHead => {
                    self.service.store.entries_after(door.subscription.room().topic(), 0, 0, self.service.now()).await?.map_or(1, |log| log.oldest)
                }
                _ => 1,
            };
            let mut logs = ChatLogs::new(self.service.clone(), IdScope::Account, view, conversation, door);
            let Start { notices, .. } = logs.start(view, oldest, resume);
            logs.register_presence(&self.permit, size);
            self.chats.add(view, logs, notices.into(), self.permit.clone());
        }
        Ok(())
    }

    /// Reads the heads of logs after they were subscribed to, so that no commit in between is missed.
    async fn learn_heads(&mut self, cursors: &[(Cursor, Option<Cursor>)]) -> Result<()> {
        let rooms: Vec<_> = cursors.iter().flat_map(|(conversation, door)| std::iter::once(conversation).chain(door)).collect();
        for rooms in rooms.chunks(MAX_HEADS) {
            let (topics, now): (Vec<Topic>, _) = (rooms.iter().map(|cursor| cursor.subscription.room().topic()).collect(), self.service.now());
            let heads = self.service.store.heads(&topics, now).await?;
            for (cursor, head) in rooms.iter().zip(heads) {
                let room = cursor.subscription.room();
                match head {
                    Some(head) => drop(room.advance_head(head)),
                    None => drop(self.service.hub.mark_ended(room.topic(), now)),
                }
            }
        }
        Ok(())
    }
}
