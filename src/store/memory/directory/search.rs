//! Listing and searching accounts by the beginnings of their names.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::Directory;
use super::name_words::has_word;
use crate::domain::account::Account;
use crate::domain::pagination::{NamedPage, Page};
use crate::domain::search_term::SearchTerm;
use crate::domain::username::Username;
use crate::store::accounts::Listed;

/// If more words than this begin with what is searched for, a page is sought among the accounts themselves first: most of them may match.
const MANY_WORDS: usize = 4_096;
/// How many accounts are looked at for that.
const MAX_LOOKED_AT: usize = 4_096;

/// The first usernames of several sorted lists together.
struct Firsts<'a> {
    found: BTreeSet<&'a Username>,
    max: usize,
}

impl<'a> Firsts<'a> {
    /// Adds those of a sorted list that are among the first and accepted. It reads the list no further than that, and judges no name in vain.
    fn merge(&mut self, sorted: impl Iterator<Item = &'a Username>, accepts: impl Fn(&Username) -> bool) {
        for username in sorted {
            if self.found.len() == self.max && self.found.last().is_some_and(|last| *last <= username) {
                return;
            }
            if accepts(username) && self.found.insert(username) && self.found.len() > self.max {
                self.found.pop_last();
            }
        }
    }
}

impl Directory {
    /// Returns a page of the accounts by username, optionally those that match `search`.
    pub(in crate::store::memory) fn list(&self, listed: Listed, search: Option<&SearchTerm>, page: &NamedPage) -> Page<Account> {
        let start = page.after.as_ref().map_or(Bound::Unbounded, |after| Bound::Excluded(after.as_str()));
        let shown = |username: &Username| listed == Listed::All || self.by_username(username).is_some_and(|record| record.account.settings.findable);
        let account = |username: &Username| self.by_username(username).map(|record| record.account.clone());
        let later = self.usernames.range::<str, _>((start, Bound::Unbounded)).map(|(username, _)| username);
        let Some(term) = search else { return Page::first(later.filter(|username| shown(username)).filter_map(account), page.limit) };
        let text = term.as_str();
        if self.words.beginning_with(text).nth(MANY_WORDS).is_some() {
            let matching = later.take(MAX_LOOKED_AT).filter(|username| shown(username) && self.matches(username, text));
            let common = Page::first(matching.filter_map(account), page.limit);
            if common.has_more {
                return common;
            }
        }
        let mut firsts = Firsts { found: BTreeSet::new(), max: page.limit.saturating_add(1) };
        let from = page.after.as_ref().map_or(text, |after| after.as_str().max(text));
        let named = self.usernames.range::<str, _>((Bound::Included(from), Bound::Unbounded)).map(|(username, _)| username);
        let is_later = |username: &&Username| page.after.as_ref().is_none_or(|after| *username > after);
        firsts.merge(named.take_while(|username| username.as_str().starts_with(text)).filter(is_later), shown);
        for usernames in self.words.beginning_with(text) {
            let seen = page.after.as_ref().map_or(0, |after| usernames.partition_point(|username| username <= after));
            firsts.merge(usernames[seen..].iter(), shown);
        }
        Page::first(firsts.found.into_iter().filter_map(account), page.limit)
    }

    /// Returns true if the username or a word of the display name begins with `text`.
    fn matches(&self, username: &Username, text: &str) -> bool {
        username.as_str().starts_with(text) || self.by_username(username).is_some_and(|record| has_word(&record.account.name, text))
    }
}
