//! The words of all display names in memory, for searching.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::domain::account::Account;
use crate::domain::text::Name;
use crate::domain::username::Username;
use crate::store::memory::allocation::{block, tree, vec};

/// The words of all display names, in lower case, each with the sorted usernames of those who have it.
#[derive(Debug, Default)]
pub(super) struct NameWords {
    words: BTreeMap<Box<str>, Vec<Username>>,
    /// The heap memory of the words and of their lists, in bytes.
    bytes: u64,
}

impl NameWords {
    pub(super) fn insert(&mut self, account: &Account) {
        for word in words_of(&account.name) {
            let length = word.len();
            let usernames = self.words.entry(word).or_default();
            if let Err(place) = usernames.binary_search(&account.username) {
                let before = word_bytes(length, usernames);
                usernames.insert(place, account.username.clone());
                self.bytes = self.bytes + word_bytes(length, usernames) - before;
            }
        }
    }

    pub(super) fn remove(&mut self, account: &Account) {
        for word in words_of(&account.name) {
            let Some(usernames) = self.words.get_mut(&word) else { continue };
            usernames.retain(|username| *username != account.username);
            if usernames.is_empty() {
                self.bytes -= word_bytes(word.len(), usernames);
                self.words.remove(&word);
            }
        }
    }

    /// Returns the lists of those who have a word that begins with `text`.
    pub(super) fn beginning_with<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a Vec<Username>> {
        let words = self.words.range::<str, _>((Bound::Included(text), Bound::Unbounded));
        words.take_while(move |(word, _)| word.starts_with(text)).map(|(_, usernames)| usernames)
    }

    pub(super) fn memory_bytes(&self) -> u64 {
        tree::<(Box<str>, Vec<Username>)>(self.words.len()) + self.bytes
    }
}

/// Returns the words of a display name, in lower case, each once.
fn words_of(name: &Name) -> BTreeSet<Box<str>> {
    name.as_str().to_lowercase().split_whitespace().map(Box::from).collect()
}

/// Returns true if a word of a display name begins with `text`.
pub(super) fn has_word(name: &Name, text: &str) -> bool {
    name.as_str().to_lowercase().split_whitespace().any(|word| word.starts_with(text))
}

/// Returns the heap memory of a word of `length` bytes and of its list, from the first username on.
fn word_bytes(length: usize, usernames: &Vec<Username>) -> u64 {
    if usernames.capacity() == 0 { 0 } else { block(length) + vec::<Username>(usernames.capacity()) }
}
