//! The chats in the stream of an account. Only those with news are polled, each for one batch in turn.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::{AbortHandle, Abortable, SelectAll};

use super::chat_feed::{ChatFeed, FeedEvent};
use super::chat_logs::ChatLogs;
use super::event::StreamEvent;
use crate::domain::chat::ChatView;
use crate::domain::id::ChatId;
use crate::service::error::Result;
use crate::service::stream_permits::StreamPermit;

/// The chats of one stream.
#[derive(Default)]
pub(super) struct ChatFeeds {
    feeds: SelectAll<Abortable<ChatFeed>>,
    followed: HashMap<ChatId, Followed>,
}

/// What a stream knows of one chat that it follows.
pub(super) struct Followed {
    /// The head of the conversation when it began.
    came_at: u64,
    /// The last entry of the conversation that was sent, or the one before the first.
    position: u64,
    /// Set if the account left and came back: the head before it came back.
    pub(super) added_again: Option<u64>,
    feed: AbortHandle,
}

impl fmt::Debug for ChatFeeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatFeeds").field("followed", &self.followed.len()).finish_non_exhaustive()
    }
}

impl ChatFeeds {
    /// Adds a chat. Its `first` events precede what the logs have.
    pub(super) fn add(&mut self, view: &ChatView, logs: ChatLogs, first: VecDeque<StreamEvent>, permit: Arc<StreamPermit>) {
        let (feed, registration) = AbortHandle::new_pair();
        let followed = Followed { came_at: view.chat.head, position: logs.position().seq, added_again: None, feed };
        self.feeds.push(Abortable::new(ChatFeed::new(logs, first, permit), registration));
        self.followed.insert(view.chat.id, followed);
    }

    /// Returns true if a chat must be added to which the account came after entry `head`. One that it has not been told to have left is added when it is.
    pub(super) fn accepts(&mut self, chat: ChatId, head: u64) -> bool {
        match self.followed.get_mut(&chat) {
            None => return true,
            Some(followed) if head >= followed.came_at => followed.added_again = Some(head),
            Some(_) => {}
        }
        false
    }

    /// Removes a chat, and returns it if it was there.
    pub(super) fn remove(&mut self, chat: ChatId) -> Option<Followed> {
        let followed = self.followed.remove(&chat)?;
        followed.feed.abort();
        Some(followed)
    }

    /// Returns true if a chat is followed.
    pub(super) fn contains(&self, chat: ChatId) -> bool {
        self.followed.contains_key(&chat)
    }

    /// Returns the last entry of a chat that was sent, or the one before the first.
    pub(super) fn position(&self, chat: ChatId) -> Option<u64> {
        self.followed.get(&chat).map(|followed| followed.position)
    }

    /// Waits for the next event of any chat; `None` if there are no chats.
    pub(super) async fn next(&mut self) -> Option<Result<FeedEvent>> {
        let event = self.feeds.next().await?;
        if let Ok(FeedEvent { chat, position, .. }) = &event
            && let Some(followed) = self.followed.get_mut(chat)
        {
            followed.position = *position;
        }
        Some(event)
    }
}
