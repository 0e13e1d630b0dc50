//! Rate limiter with many keys, such as addresses or members, and bounded memory (SEC-106, SEC-108).
//!
//! Only recently used keys are stored: a fully replenished entry equals no entry. The limiter stores a fixed number of keys; all keys beyond it share
//! one quota, so that a flood of addresses neither grows the limiter nor bypasses it.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::time::Duration;

use parking_lot::Mutex;

use crate::domain::clock::Timestamp;
use crate::domain::rate_limit::{GcraState, Quota};

/// The most keys that a limiter stores.
pub const MAX_KEYS: usize = 100_000;

const SHARDS: usize = 64;
const MAX_KEYS_PER_SHARD: usize = MAX_KEYS / SHARDS;
/// The time after which a full shard is searched for replenished keys although few new keys arrived.
const EVICTION_INTERVAL: Duration = Duration::from_secs(1);

/// The state of each key for one quota.
pub(crate) struct KeyedLimiter<K> {
    quota: Option<Quota>,
    hasher: RandomState,
    shards: Box<[Mutex<Shard<K>>]>,
}

impl<K> fmt::Debug for KeyedLimiter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedLimiter").field("quota", &self.quota).finish_non_exhaustive()
    }
}

impl<K: Copy + Eq + Hash> KeyedLimiter<K> {
    /// Creates an empty limiter; without a quota it admits everything.
    pub(crate) fn new(quota: Option<Quota>) -> Self {
        Self { quota, hasher: RandomState::new(), shards: (0..SHARDS).map(|_| Mutex::new(Shard::new())).collect() }
    }

    /// Takes one unit if available; otherwise returns the time to wait.
    pub(crate) fn try_acquire(&self, key: K, now: Timestamp) -> Result<(), Duration> {
        self.quota.as_ref().map_or(Ok(()), |quota| self.shard(&key).lock().state(key, now).try_acquire(quota, 1, now))
    }

    /// Returns the time to wait unless a unit is available, without taking it.
    pub(crate) fn check(&self, key: K, now: Timestamp) -> Result<(), Duration> {
        self.quota.as_ref().map_or(Ok(()), |quota| {
            let mut state = *self.shard(&key).lock().state(key, now);
            state.try_acquire(quota, 1, now)
        })
    }

    /// Takes `count` units whether or not they are available.
    pub(crate) fn charge(&self, key: K, count: u32, now: Timestamp) {
        if let Some(quota) = &self.quota {
            self.shard(&key).lock().state(key, now).charge(quota, count, now);
        }
    }

    /// Returns one unit that was taken for nothing.
    pub(crate) fn refund(&self, key: K, now: Timestamp) {
        if let Some(quota) = &self.quota {
            self.shard(&key).lock().state(key, now).refund(quota, 1);
        }
    }

    fn shard(&self, key: &K) -> &Mutex<Shard<K>> {
        // The shard depends on a secret hash seed, so that clients cannot choose addresses that all fall into one shard.
        let hash = usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or(0);
        &self.shards[hash]
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().keys.len()).sum()
    }
}

struct Shard<K> {
    keys: HashMap<K, GcraState>,
    /// The shared state of all keys that were not stored for lack of space.
    shared: GcraState,
    /// New keys since the last eviction.
    new_keys: usize,
    evicted_at: Timestamp,
}

impl<K: Copy + Eq + Hash> Shard<K> {
    fn new() -> Self {
        Self { keys: HashMap::new(), shared: GcraState::FULL, new_keys: 0, evicted_at: Timestamp::from_millis(0) }
    }

    /// Returns the state of a key, or the shared one if the shard is full.
    fn state(&mut self, key: K, now: Timestamp) -> &mut GcraState {
        if !self.keys.contains_key(&key) {
            self.new_keys += 1;
            self.make_room(now);
            if self.keys.len() >= MAX_KEYS_PER_SHARD {
                return &mut self.shared;
            }
        }
        self.keys.entry(key).or_insert(GcraState::FULL)
    }

    /// Evicts replenished keys once enough new keys have arrived that the scan costs each of them only a few steps.
    fn make_room(&mut self, now: Timestamp) {
        let full = self.keys.len() >= MAX_KEYS_PER_SHARD;
        let due = self.new_keys > self.keys.len() / 2 + 16 || (full && now.since(self.evicted_at) >= EVICTION_INTERVAL);
        if !due {
            return;
        }
        self.keys.retain(|_, state| !state.is_replenished(now));
        if self.keys.len() < self.keys.capacity() / 4 {
            self.keys.shrink_to(self.keys.len() * 2);
        }
        (self.new_keys, self.evicted_at) = (0, now);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use super::*;
    use crate::domain::client_address::ClientAddress;
    use crate::domain::id::ChatId;
    use crate::domain::person::Person;
    use crate::service::rate_limits::{ADDRESS_REQUESTS as REQUESTS, NOT_FOUND_COST, PERSON_REQUESTS};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_176_000_000 + millis)
    }

    fn v4(number: u32) -> ClientAddress {
        IpAddr::V4(Ipv4Addr::from_bits(number)).into()
    }

    fn takes<K: Copy + Eq + Hash>(table: &KeyedLimiter<K>, key: K, now: Timestamp) -> usize {
        std::iter::from_fn(|| table.try_acquire(key, now).ok()).take(10_000).count()
    }

    #[test]
    fn sec_108_a_table_holds_so_many_and_then_all_others_share() {
        let table = KeyedLimiter::new(Some(REQUESTS));
        let passed = (0..200_000).filter(|number| table.try_acquire(v4(*number), at(0)).is_ok()).count();
        assert!((MAX_KEYS - SHARDS..=MAX_KEYS).contains(&table.len()), "{}", table.len());
        let burst = REQUESTS.burst as usize;
        assert_eq!(passed, table.len() + SHARDS * burst, "who found no room shares one burst a shard");
        assert!((200_000..210_000).all(|number| table.try_acquire(v4(number), at(0)).is_err()), "a full table is not an open one");
        let known = (0..200_000).find(|number| takes(&table, v4(*number), at(0)) > 0).map(v4).expect("those who had room have what is theirs");
        assert_eq!(takes(&table, known, at(0)), 0);
        assert_eq!(takes(&table, v4(300_000), at(60_000)), burst, "once others have everything back there is room");
    }

    #[test]
    fn sec_108_a_table_costs_less_than_20_megabytes() {
        let table = KeyedLimiter::new(Some(PERSON_REQUESTS));
        let chat = ChatId::random(&crate::domain::random::SystemRandom);
        for round in 0..3 {
            for number in 0..110_000 {
                let _ = table.try_acquire(Person::Guest(chat, number + round * 110_000), at(60_000 * i64::try_from(round).unwrap()));
            }
        }
        let entry = size_of::<(Person, GcraState)>() + 1;
        // A hash map keeps an eighth of its buckets empty, and their number is a power of two.
        let buckets = table.shards.iter().map(|shard| (shard.lock().keys.capacity() * 8 / 7).next_power_of_two());
        let bytes = buckets.sum::<usize>() * entry;
        assert!(bytes < 20_000_000, "{bytes}");
    }

    #[test]
    fn who_has_everything_back_is_forgotten_and_looked_for_rarely() {
        let table = KeyedLimiter::new(Some(REQUESTS));
        for number in 0..100_000 {
            // A thousand new addresses a second, each of which is fully replenished after 50 ms.
            assert!(table.try_acquire(v4(number), at(i64::from(number))).is_ok());
        }
        assert!(table.len() < 4_000, "{}", table.len());
    }

    #[test]
    fn sec_106_a_household_shares_one_budget() {
        let table = KeyedLimiter::new(Some(REQUESTS));
        let host = |subnet: u16, host: u16| ClientAddress::from(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, subnet, 0, 0, 0, host)));
        for number in 0..300 {
            assert!(table.try_acquire(host(1, number), at(0)).is_ok());
        }
        assert_eq!(table.try_acquire(host(1, 999), at(0)), Err(Duration::from_millis(50)));
        assert_eq!(takes(&table, host(2, 1), at(0)), 300);
    }

    #[test]
    fn without_a_rate_nothing_is_counted() {
        let table = KeyedLimiter::new(REQUESTS.times(0.0));
        assert_eq!(takes(&table, v4(1), at(0)), 10_000);
        table.charge(v4(1), NOT_FOUND_COST, at(0));
        assert_eq!(table.len(), 0);
    }
}
