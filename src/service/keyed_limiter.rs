//! A rate limiter with many keys, such as addresses or members, and a bound on its own memory (SEC-106, SEC-108).
//!
//! Only keys that took something lately are remembered: an entry that has everything back is the same as none. The limiter has room for a fixed number of
//! keys; all keys beyond it share one budget, so that a flood of addresses neither grows the limiter nor gets past it.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::time::Duration;

use parking_lot::Mutex;

use crate::domain::clock::Timestamp;
use crate::domain::rate::{Rate, Taken};

/// The most keys that a limiter remembers.
pub const KEYS: usize = 100_000;

const SHARDS: usize = 64;
const ROOM: usize = KEYS / SHARDS;
/// How long a full shard goes without being looked through, where nobody new comes.
const STALE: Duration = Duration::from_secs(1);

/// What each key took of one rate.
pub(super) struct KeyedLimiter<K> {
    rate: Option<Rate>,
    hasher: RandomState,
    shards: Box<[Mutex<Shard<K>>]>,
}

impl<K> fmt::Debug for KeyedLimiter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedLimiter").field("rate", &self.rate).finish_non_exhaustive()
    }
}

impl<K: Copy + Eq + Hash> KeyedLimiter<K> {
    /// An empty limiter; without a rate it counts nothing.
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self { rate, hasher: RandomState::new(), shards: (0..SHARDS).map(|_| Mutex::new(Shard::new())).collect() }
    }

    /// Takes one where one is left; says otherwise how long until one is.
    pub(super) fn take(&self, key: K, now: Timestamp) -> Result<(), Duration> {
        self.rate.as_ref().map_or(Ok(()), |rate| self.shard(&key).lock().taken(key, now).take(rate, 1, now))
    }

    /// Takes so many, left or not.
    pub(super) fn charge(&self, key: K, count: u32, now: Timestamp) {
        if let Some(rate) = &self.rate {
            self.shard(&key).lock().taken(key, now).charge(rate, count, now);
        }
    }

    /// Gives one back that was taken for nothing.
    pub(super) fn give_back(&self, key: K, now: Timestamp) {
        if let Some(rate) = &self.rate {
            self.shard(&key).lock().taken(key, now).give_back(rate, 1);
        }
    }

    fn shard(&self, key: &K) -> &Mutex<Shard<K>> {
        // Which shard depends on a secret, so that nobody can choose addresses that all fall into one.
        let hash = usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or(0);
        &self.shards[hash]
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().keys.len()).sum()
    }
}

struct Shard<K> {
    keys: HashMap<K, Taken>,
    /// What all those took together who found no room.
    shared: Taken,
    /// How many new keys have come since the shard was looked through.
    newcomers: usize,
    looked: Timestamp,
}

impl<K: Copy + Eq + Hash> Shard<K> {
    fn new() -> Self {
        Self { keys: HashMap::new(), shared: Taken::NOTHING, newcomers: 0, looked: Timestamp::from_millis(0) }
    }

    /// What this key took so far.
    fn taken(&mut self, key: K, now: Timestamp) -> &mut Taken {
        if !self.keys.contains_key(&key) {
            self.newcomers += 1;
            self.make_room(now);
            if self.keys.len() >= ROOM {
                return &mut self.shared;
            }
        }
        self.keys.entry(key).or_insert(Taken::NOTHING)
    }

    /// Forgets who has everything back, once so many new keys have come that looking at all of them costs each newcomer no more than a few looks.
    fn make_room(&mut self, now: Timestamp) {
        let full = self.keys.len() >= ROOM;
        let due = self.newcomers > self.keys.len() / 2 + 16 || (full && now.since(self.looked) >= STALE);
        if !due {
            return;
        }
        self.keys.retain(|_, taken| !taken.is_over(now));
        if self.keys.len() < self.keys.capacity() / 4 {
            self.keys.shrink_to(self.keys.len() * 2);
        }
        (self.newcomers, self.looked) = (0, now);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use super::*;
    use crate::domain::address::ClientAddress;
    use crate::domain::id::ChatId;
    use crate::service::charge::Person;
    use crate::service::rate_limits::{ADDRESS_REQUESTS as REQUESTS, NOT_FOUND_COST, PERSON_REQUESTS};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_176_000_000 + millis)
    }

    fn v4(number: u32) -> ClientAddress {
        IpAddr::V4(Ipv4Addr::from_bits(number)).into()
    }

    fn takes<K: Copy + Eq + Hash>(table: &KeyedLimiter<K>, key: K, now: Timestamp) -> usize {
        std::iter::from_fn(|| table.take(key, now).ok()).take(10_000).count()
    }

    #[test]
    fn sec_108_a_table_holds_so_many_and_then_all_others_share() {
        let table = KeyedLimiter::new(Some(REQUESTS));
        let passed = (0..200_000).filter(|number| table.take(v4(*number), at(0)).is_ok()).count();
        assert!((KEYS - SHARDS..=KEYS).contains(&table.len()), "{}", table.len());
        let burst = REQUESTS.burst as usize;
        assert_eq!(passed, table.len() + SHARDS * burst, "who found no room shares one burst a shard");
        assert!((200_000..210_000).all(|number| table.take(v4(number), at(0)).is_err()), "a full table is not an open one");
        let known = (0..200_000).find(|number| takes(&table, v4(*number), at(0)) > 0).map(v4).expect("those who had room have what is theirs");
        assert_eq!(takes(&table, known, at(0)), 0);
        assert_eq!(takes(&table, v4(300_000), at(60_000)), burst, "once others have everything back there is room");
    }

    #[test]
    fn sec_108_a_table_costs_less_than_20_megabytes() {
        let table = KeyedLimiter::new(Some(PERSON_REQUESTS));
        let chat = ChatId::random(&crate::domain::dice::SystemDice);
        for round in 0..3 {
            for number in 0..110_000 {
                let _ = table.take(Person::Guest(chat, number + round * 110_000), at(60_000 * i64::try_from(round).unwrap()));
            }
        }
        let entry = size_of::<(Person, Taken)>() + 1;
        // Of a hash map's buckets an eighth stays empty, and their number is a power of two.
        let buckets = table.shards.iter().map(|shard| (shard.lock().keys.capacity() * 8 / 7).next_power_of_two());
        let bytes = buckets.sum::<usize>() * entry;
        assert!(bytes < 20_000_000, "{bytes}");
    }

    #[test]
    fn who_has_everything_back_is_forgotten_and_looked_for_rarely() {
        let table = KeyedLimiter::new(Some(REQUESTS));
        for number in 0..100_000 {
            // A thousand new addresses a second, each of which has everything back after 50 ms.
            assert!(table.take(v4(number), at(i64::from(number))).is_ok());
        }
        assert!(table.len() < 4_000, "{}", table.len());
    }

    #[test]
    fn sec_106_a_household_shares_one_budget() {
        let table = KeyedLimiter::new(Some(REQUESTS));
        let host = |subnet: u16, host: u16| ClientAddress::from(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, subnet, 0, 0, 0, host)));
        for number in 0..300 {
            assert!(table.take(host(1, number), at(0)).is_ok());
        }
        assert_eq!(table.take(host(1, 999), at(0)), Err(Duration::from_millis(50)));
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
