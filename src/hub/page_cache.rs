//! Cache of rendered message pages, so that a page is serialised once and not for every reader.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::domain::chat::ChatView;
use crate::domain::clock::Timestamp;
use crate::domain::id::ChatId;
use crate::domain::pagination::LogRange;

/// The approximate limit of cached bytes.
const MAX_BYTES: u64 = 32 << 20;
/// The expected number of pages.
const ESTIMATED_PAGES: usize = 1_024;
/// The longest time a page is kept. Limits how long the page of an ended chat remains if its end was not notified.
const MAX_AGE: Duration = Duration::from_mins(1);

/// What a page of messages depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageKey {
    /// The first sequence number visible to the requester.
    pub visible_from: u64,
    /// The range of the log. It has an end, beyond which nothing belongs to the page.
    pub range: LogRange,
    /// The last sequence number of the log when it was read.
    pub head: u64,
    /// The revision of the chat's messages.
    pub revision: u32,
}

impl PageKey {
    /// The key of a range of messages for a reader of the chat.
    #[must_use]
    pub fn new(view: &ChatView, range: LogRange) -> Self {
        Self { visible_from: view.visible_from(), range, head: view.chat.head, revision: view.chat.revision }
    }
}

/// The messages of a chat as part of a response.
#[derive(Clone, Debug)]
pub struct CachedPage {
    /// What the page depends on.
    pub key: PageKey,
    /// The messages and the rest of the response body.
    pub bytes: Bytes,
}

/// Caches the latest page of each chat.
pub struct PageCache(Cache<ChatId, (Timestamp, Arc<CachedPage>), Weight>);

impl fmt::Debug for PageCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageCache").field("pages", &self.0.len()).finish_non_exhaustive()
    }
}

impl Default for PageCache {
    fn default() -> Self {
        Self(Cache::with_weighter(ESTIMATED_PAGES, MAX_BYTES, Weight))
    }
}

impl PageCache {
    /// Returns the chat's page for this key, if it is the cached one.
    #[must_use]
    pub fn get(&self, chat: ChatId, key: PageKey) -> Option<Arc<CachedPage>> {
        self.0.get(&chat).map(|(_, cached)| cached).filter(|cached| cached.key == key)
    }

    /// Caches a page of the chat, replacing the previous one.
    pub fn insert(&self, chat: ChatId, page: CachedPage, now: Timestamp) {
        self.0.insert(chat, (now + MAX_AGE, Arc::new(page)));
    }

    /// Drops the page of a chat that has ended.
    pub fn remove(&self, chat: ChatId) {
        self.0.remove(&chat);
    }

    /// Drops all pages because rendering has changed.
    pub fn clear(&self) {
        self.0.clear();
    }

    /// Drops the pages that have reached the maximum age.
    pub fn evict_expired(&self, now: Timestamp) {
        self.0.retain(|_, (until, _)| *until > now);
    }
}

/// Weighs a page in bytes for the cache's limit.
#[derive(Clone)]
struct Weight;

impl Weighter<ChatId, (Timestamp, Arc<CachedPage>)> for Weight {
    fn weight(&self, _: &ChatId, (_, page): &(Timestamp, Arc<CachedPage>)) -> u64 {
        (page.bytes.len() + size_of::<CachedPage>()) as u64 + 128
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    const NOW: Timestamp = Timestamp::from_millis(0);

    const KEY: PageKey = PageKey { visible_from: 1, range: LogRange::All, head: 9, revision: 0 };

    fn page(bytes: usize) -> CachedPage {
        CachedPage { key: KEY, bytes: vec![b'x'; bytes].into() }
    }

    #[test]
    fn a_page_is_kept_for_one_key_until_the_chat_is_gone_or_a_minute_went_by() {
        let (pages, chat) = (PageCache::default(), ChatId::random(&SystemRandom));
        pages.insert(chat, page(7), NOW);
        assert!(pages.get(chat, KEY).is_some());
        assert!(pages.get(chat, PageKey { visible_from: 2, ..KEY }).is_none(), "a member that joined later sees less");
        assert!(pages.get(chat, PageKey { range: LogRange::of(None, Some(7), None), ..KEY }).is_none());
        assert!(pages.get(chat, PageKey { head: 10, ..KEY }).is_none(), "the response contains the head");
        assert!(pages.get(chat, PageKey { revision: 1, ..KEY }).is_none(), "a message was changed");
        pages.evict_expired(NOW + MAX_AGE / 2);
        assert!(pages.get(chat, KEY).is_some());
        pages.evict_expired(NOW + MAX_AGE);
        assert!(pages.get(chat, KEY).is_none());
        pages.insert(chat, page(7), NOW);
        pages.remove(chat);
        assert!(pages.get(chat, KEY).is_none());
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let pages = PageCache::default();
        for _ in 0..2_000 {
            pages.insert(ChatId::random(&SystemRandom), page(50_000), NOW);
        }
        assert!((100..=MAX_BYTES / 50_000).contains(&(pages.0.len() as u64)), "{pages:?}");
    }
}
