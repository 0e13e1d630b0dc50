//! Pages of messages as they were answered last, so that they are written once and not for everybody who reads them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::domain::clock::Timestamp;
use crate::domain::id::ChatId;
use crate::domain::page::LogPage;

/// How many bytes of pages are kept, about.
const MOST_BYTES: u64 = 32 << 20;
/// How many pages there are room for at first.
const PAGES: usize = 1_024;
/// How long a page is kept at most: so long a chat that is gone may leave one behind where nobody rang for its end.
const KEPT: Duration = Duration::from_mins(1);

/// Messages of a chat as they stand in an answer.
#[derive(Clone, Debug)]
pub struct Page {
    /// The first number that who asked may see.
    pub since: u64,
    /// Which page of the log it is; it has an end, behind which nothing belongs to it.
    pub page: LogPage,
    /// The last number of the log when it was read.
    pub head: u64,
    /// The messages, and what stands behind them in the answer.
    pub bytes: Bytes,
}

/// The last page of each chat.
pub struct Pages(Cache<ChatId, (Timestamp, Arc<Page>), Weight>);

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("kept", &self.0.len()).finish_non_exhaustive()
    }
}

impl Default for Pages {
    fn default() -> Self {
        Self(Cache::with_weighter(PAGES, MOST_BYTES, Weight))
    }
}

impl Pages {
    /// This page of the chat, if it was answered lately. What a log has up to some number never changes, so that it is as good as a new one.
    #[must_use]
    pub fn find(&self, chat: ChatId, since: u64, page: LogPage, head: u64) -> Option<Arc<Page>> {
        self.0.get(&chat).map(|(_, kept)| kept).filter(|kept| (kept.since, kept.page, kept.head) == (since, page, head))
    }

    /// Keeps a page of the chat, instead of the one before.
    pub fn keep(&self, chat: ChatId, page: Page, now: Timestamp) {
        self.0.insert(chat, (now + KEPT, Arc::new(page)));
    }

    /// The chat is gone.
    pub fn forget(&self, chat: ChatId) {
        self.0.remove(&chat);
    }

    /// Forgets every page: they are written otherwise now.
    pub fn clear(&self) {
        self.0.clear();
    }

    /// Forgets what was kept long enough.
    pub fn forget_old(&self, now: Timestamp) {
        self.0.retain(|_, (until, _)| *until > now);
    }
}

/// What a page counts against the room there is.
#[derive(Clone)]
struct Weight;

impl Weighter<ChatId, (Timestamp, Arc<Page>)> for Weight {
    fn weight(&self, _: &ChatId, (_, page): &(Timestamp, Arc<Page>)) -> u64 {
        (page.bytes.len() + size_of::<Page>()) as u64 + 128
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dice::SystemDice;

    const NOW: Timestamp = Timestamp::from_millis(0);

    fn page(bytes: usize) -> Page {
        Page { since: 1, page: LogPage::All, head: 9, bytes: vec![b'x'; bytes].into() }
    }

    #[test]
    fn a_page_is_kept_for_who_asks_the_same_until_the_chat_is_gone_or_a_minute_went_by() {
        let (pages, chat) = (Pages::default(), ChatId::random(&SystemDice));
        pages.keep(chat, page(7), NOW);
        assert!(pages.find(chat, 1, LogPage::All, 9).is_some());
        assert!(pages.find(chat, 2, LogPage::All, 9).is_none(), "whoever came later sees less");
        assert!(pages.find(chat, 1, LogPage::of(None, Some(7), None), 9).is_none());
        assert!(pages.find(chat, 1, LogPage::All, 10).is_none(), "the answer tells how far the log has come");
        pages.forget_old(NOW + KEPT / 2);
        assert!(pages.find(chat, 1, LogPage::All, 9).is_some());
        pages.forget_old(NOW + KEPT);
        assert!(pages.find(chat, 1, LogPage::All, 9).is_none());
        pages.keep(chat, page(7), NOW);
        pages.forget(chat);
        assert!(pages.find(chat, 1, LogPage::All, 9).is_none());
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let pages = Pages::default();
        for _ in 0..2_000 {
            pages.keep(ChatId::random(&SystemDice), page(50_000), NOW);
        }
        assert!((100..=MOST_BYTES / 50_000).contains(&(pages.0.len() as u64)), "{pages:?}");
    }
}
