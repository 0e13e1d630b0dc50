//! Listing and searching accounts by the beginnings of their names.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::Directory;
use crate::domain::account::Account;
use crate::domain::pagination::{NamedPage, Page};
use crate::domain::search_term::SearchTerm;
use crate::domain::text::Name;
use crate::domain::username::Username;
use crate::store::accounts::Listed;

/// Up to this many words that match are sorted by username; more are dense enough to be met while walking all accounts.
const MAX_SORTED: usize = 2_000;

/// Returns the words of a display name, in lower case, each once.
pub(super) fn words(name: &Name) -> BTreeSet<Box<str>> {
    name.as_str().to_lowercase().split_whitespace().map(Box::from).collect()
}

impl Directory {
    /// Returns a page of the accounts by username, optionally those that match `search`.
    pub(in crate::store::memory) fn list(&self, listed: Listed, search: Option<&SearchTerm>, page: &NamedPage) -> Page<Account> {
        let shown = |username: &Username| {
            let account = &self.by_username(username)?.account;
            (listed == Listed::All || account.settings.findable).then(|| account.clone())
        };
        match search {
            None => Page::first(self.after(page).filter_map(shown), page.limit),
            Some(term) => match self.few_matches(term, page) {
                Some(few) => Page::first(few.iter().filter_map(shown), page.limit),
                None => Page::first(self.after(page).filter(|username| self.matches(username, term)).filter_map(shown), page.limit),
            },
        }
    }

    fn after(&self, page: &NamedPage) -> impl Iterator<Item = &Username> {
        let start = page.after.clone().map_or(Bound::Unbounded, Bound::Excluded);
        self.usernames.range((start, Bound::Unbounded)).map(|(username, _)| username)
    }

    /// Returns the usernames that match, in order; `None` if they are many.
    fn few_matches(&self, term: &SearchTerm, page: &NamedPage) -> Option<BTreeSet<Username>> {
        let text = term.as_str();
        let from = (Bound::Included(text), Bound::Unbounded);
        let by_word = self.words.range::<str, _>(from).take_while(|(word, _)| word.starts_with(text)).flat_map(|(_, usernames)| usernames);
        let by_word: Vec<_> = by_word.take(MAX_SORTED + 1).collect();
        let by_username = self.usernames.range::<str, _>(from).map(|(username, _)| username);
        let by_username: Vec<_> = by_username.take_while(|username| username.as_str().starts_with(text)).take(MAX_SORTED + 1).collect();
        if by_word.len() + by_username.len() > MAX_SORTED {
            return None;
        }
        let later = |username: &&Username| page.after.as_ref().is_none_or(|after| *username > after);
        Some(by_word.into_iter().chain(by_username).filter(later).cloned().collect())
    }

    fn matches(&self, username: &Username, term: &SearchTerm) -> bool {
        let by_word = |account: &Account| words(&account.name).iter().any(|word| word.starts_with(term.as_str()));
        username.as_str().starts_with(term.as_str()) || self.by_username(username).is_some_and(|record| by_word(&record.account))
    }
}
