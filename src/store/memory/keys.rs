//! Idempotency keys that are kept for a while, with what their first request made.

use std::collections::{HashMap, VecDeque};

use super::weight::{Hefty, block, list, table};
use crate::domain::bounds::{KEY_LIFE, KEYS};
use crate::domain::clock::Timestamp;
use crate::domain::key::IdempotencyKey;

#[derive(Debug)]
struct Kept<M> {
    body: [u8; 32],
    until: Timestamp,
    made: M,
}

/// Keys in the order in which they lapse.
#[derive(Debug)]
struct Row<M> {
    kept: HashMap<[u8; 32], Kept<M>>,
    order: VecDeque<(Timestamp, [u8; 32])>,
    heft: u64,
}

impl<M> Default for Row<M> {
    fn default() -> Self {
        Self { kept: HashMap::new(), order: VecDeque::new(), heft: 0 }
    }
}

/// The keys of a chat or of the node. Most chats have none, which takes no more than saying so.
#[derive(Debug)]
pub(super) struct Keys<M>(Option<Box<Row<M>>>);

impl<M> Default for Keys<M> {
    fn default() -> Self {
        Self(None)
    }
}

/// Why a keyed request is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadKey {
    Reused,
    TooMany,
}

/// Turns a [`BadKey`] into the refusal of one method.
macro_rules! refuse_bad_key {
    ($refusal:ty) => {
        impl From<$crate::store::memory::keys::BadKey> for $refusal {
            fn from(bad: $crate::store::memory::keys::BadKey) -> Self {
                match bad {
                    $crate::store::memory::keys::BadKey::Reused => Self::KeyReused,
                    $crate::store::memory::keys::BadKey::TooMany => Self::TooManyKeys,
                }
            }
        }
    };
}
pub(super) use refuse_bad_key;

impl<M: Clone + Hefty> Keys<M> {
    /// What the first request with this key made, if there was one.
    pub(super) fn made(&mut self, key: Option<&IdempotencyKey>, now: Timestamp) -> Result<Option<M>, BadKey> {
        let Some(key) = key else { return Ok(None) };
        self.lapse(now);
        let Some(row) = &self.0 else { return Ok(None) };
        match row.kept.get(&key.scope) {
            Some(kept) if kept.body == key.body => Ok(Some(kept.made.clone())),
            Some(_) => Err(BadKey::Reused),
            None if row.order.len() >= KEYS => Err(BadKey::TooMany),
            None => Ok(None),
        }
    }

    /// Keeps what the first request with this key made.
    pub(super) fn keep(&mut self, key: Option<&IdempotencyKey>, made: impl FnOnce() -> M, now: Timestamp) {
        if let Some(key) = key {
            let row = self.0.get_or_insert_default();
            let until = now + KEY_LIFE;
            let made = made();
            row.heft += made.heft();
            row.kept.insert(key.scope, Kept { body: key.body, until, made });
            row.order.push_back((until, key.scope));
        }
    }

    /// Forgets the keys whose time is over.
    pub(super) fn lapse(&mut self, now: Timestamp) {
        let Some(row) = &mut self.0 else { return };
        while let Some((until, scope)) = row.order.front() {
            if *until > now {
                break;
            }
            if row.kept.get(scope).is_some_and(|kept| kept.until <= now) {
                row.heft -= row.kept.remove(scope).map_or(0, |kept| kept.made.heft());
            }
            row.order.pop_front();
        }
        if row.order.is_empty() {
            self.0 = None;
        }
    }

    /// When the next key lapses.
    pub(super) fn due(&self) -> Timestamp {
        self.0.as_ref().and_then(|row| row.order.front()).map_or(Timestamp::NEVER, |(until, _)| *until)
    }

    /// Forgets one key, if what it made is that.
    pub(super) fn forget(&mut self, scope: &[u8; 32], made: impl Fn(&M) -> bool) {
        let Some(row) = &mut self.0 else { return };
        if row.kept.get(scope).is_some_and(|kept| made(&kept.made)) {
            row.heft -= row.kept.remove(scope).map_or(0, |kept| kept.made.heft());
        }
    }

    /// Forgets what was made for somebody who is gone.
    pub(super) fn retain(&mut self, keep: impl Fn(&M) -> bool) {
        let Some(row) = &mut self.0 else { return };
        row.kept.retain(|_, kept| keep(&kept.made));
        row.heft = row.kept.values().map(|kept| kept.made.heft()).sum();
    }

    /// What they weigh, in bytes.
    pub(super) fn weight(&self) -> u64 {
        self.0.as_ref().map_or(0, |row| {
            let lists = table::<([u8; 32], Kept<M>)>(row.kept.capacity()) + list::<(Timestamp, [u8; 32])>(row.order.capacity());
            block(size_of::<Row<M>>()) + lists + row.heft
        })
    }
}
