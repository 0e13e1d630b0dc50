//! The names of groups in memory.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::ops::Bound;

use crate::domain::clock::Timestamp;
use crate::domain::group::{GroupName, NAME_RELEASE};
use crate::domain::id::ChatId;
use crate::store::memory::allocation::{shared, table_slots, tree, vec};

/// Another group has the name, or had it a short time ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::memory) struct NameTaken;

/// The names of all groups, and those that were given up and are not free yet.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct GroupIndex {
    names: BTreeMap<GroupName, ChatId>,
    /// Names that were given up and are not free yet.
    released: HashSet<GroupName>,
    /// The same names with the time at which they are free, which is the order in which they were given up.
    by_release: VecDeque<(Timestamp, GroupName)>,
    /// The memory of the texts of all names, in bytes.
    text_bytes: u64,
}

impl GroupIndex {
    pub(in crate::store::memory) fn find(&self, name: &GroupName) -> Option<ChatId> {
        self.names.get(name).copied()
    }

    /// Gives a name to a group.
    pub(in crate::store::memory) fn take(&mut self, name: &GroupName, chat: ChatId, now: Timestamp) -> Result<(), NameTaken> {
        self.expire(now);
        if self.released.contains(name) || self.names.contains_key(name) {
            return Err(NameTaken);
        }
        self.text_bytes += shared(name.as_str());
        self.names.insert(name.clone(), chat);
        Ok(())
    }

    /// Gives another name to a group. Its old one is not free yet.
    pub(in crate::store::memory) fn rename(&mut self, old: &GroupName, new: &GroupName, chat: ChatId, now: Timestamp) -> Result<(), NameTaken> {
        if old != new {
            self.take(new, chat, now)?;
            self.release(old, chat, now);
        }
        Ok(())
    }

    /// Gives up the name of a group.
    pub(in crate::store::memory) fn release(&mut self, name: &GroupName, chat: ChatId, now: Timestamp) {
        if self.names.get(name) == Some(&chat) {
            self.names.remove(name);
            self.released.insert(name.clone());
            self.by_release.push_back((now + NAME_RELEASE, name.clone()));
        }
    }

    /// Forgets the names that are free again.
    pub(in crate::store::memory) fn expire(&mut self, now: Timestamp) {
        while let Some((_, name)) = self.by_release.pop_front_if(|(free_at, _)| *free_at <= now) {
            self.released.remove(&name);
            self.text_bytes -= shared(name.as_str());
        }
        if self.by_release.is_empty() {
            (self.by_release, self.released) = Default::default();
        }
    }

    /// Returns the memory of all names, in bytes.
    pub(in crate::store::memory) fn memory_bytes(&self) -> u64 {
        let released = table_slots::<GroupName>(self.released.len()) + vec::<(Timestamp, GroupName)>(self.by_release.len());
        tree::<(GroupName, ChatId)>(self.names.len()) + released + self.text_bytes
    }

    /// Returns up to `max` groups whose names begin with `prefix` and come after `after`, by name.
    pub(in crate::store::memory) fn after(&self, prefix: &str, after: Option<&GroupName>, max: usize) -> Vec<(GroupName, ChatId)> {
        let start = match after {
            Some(after) if after.as_str() >= prefix => Bound::Excluded(after.as_str()),
            _ => Bound::Included(prefix),
        };
        let later = self.names.range::<str, _>((start, Bound::Unbounded)).take_while(|(name, _)| name.as_str().starts_with(prefix));
        later.take(max).map(|(name, chat)| (name.clone(), *chat)).collect()
    }
}
