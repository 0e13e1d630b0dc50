//! Rates: how often one address, one member, one chat may do something (API 5, *Rates*; SEC-106, SEC-108).
//!
//! Only who took something lately is remembered: an entry that has everything back is the same as none. A table has room for so many; whoever finds no room
//! shares what one client has with all others who found none, so that a flood of addresses neither grows the table nor gets by.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::time::Duration;

use parking_lot::Mutex;

use super::Service;
use super::error::{Error, Limit, Result};
use crate::domain::address::ClientAddress;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, MemberId};
use crate::domain::rate::{Rate, Taken};

/// Requests of a client address.
pub const REQUESTS: Rate = Rate::new(300, 20, Duration::from_secs(1));
/// New chats of a client address.
pub const OPENINGS: Rate = Rate::new(30, 30, Duration::from_hours(1));
/// Posts of a member; in an open chat, of an address without a credential.
pub const POSTS: Rate = Rate::new(30, 10, Duration::from_secs(1));
/// Posts into a chat, whoever they are from.
pub const CHAT_POSTS: Rate = Rate::new(200, 200, Duration::from_secs(1));
/// What a request costs that finds nothing (SEC-004).
pub const MISS: u32 = 5;
/// The most keys that a table remembers.
pub const KEYS: usize = 100_000;

const SHARDS: usize = 64;
const ROOM: usize = KEYS / SHARDS;
/// How long a full shard goes without being looked through, where nobody new comes.
const STALE: Duration = Duration::from_secs(1);

/// Who posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Poster {
    /// A member.
    Member(MemberId),
    /// Somebody without a credential, in an open chat.
    Visitor(ClientAddress),
}

/// Everything that is counted by time.
#[derive(Debug)]
pub struct Rates {
    requests: Table<ClientAddress>,
    openings: Table<ClientAddress>,
    posts: Table<(ChatId, Poster)>,
    chat_posts: Table<ChatId>,
}

impl Rates {
    /// The rates so many times over; without limit where `factor` is 0.
    #[must_use]
    pub fn new(factor: f64) -> Self {
        Self {
            requests: Table::new(REQUESTS.times(factor)),
            openings: Table::new(OPENINGS.times(factor)),
            posts: Table::new(POSTS.times(factor)),
            chat_posts: Table::new(CHAT_POSTS.times(factor)),
        }
    }
}

impl Service {
    /// Counts a request from this address, unless it had as many as it may.
    pub fn admit_request(&self, address: ClientAddress) -> Result<()> {
        self.rates.requests.take(address, self.now()).map_err(|wait| Error::Limit(Limit::Requests, wait))
    }

    /// Counts a request that found nothing for what it costs beyond one that did.
    pub fn charge_miss(&self, address: ClientAddress) {
        self.rates.requests.charge(address, MISS - 1, self.now());
    }

    /// Counts a new chat.
    pub(super) fn admit_opening(&self, address: ClientAddress) -> Result<()> {
        self.rates.openings.take(address, self.now()).map_err(|wait| Error::Limit(Limit::Openings, wait))
    }

    /// Counts a post, as its author's and as the chat's: whoever says too much takes nothing from the others, nor do they from them.
    pub(super) fn admit_post(&self, chat: ChatId, poster: Poster) -> Result<()> {
        let now = self.now();
        self.rates.posts.take((chat, poster), now).map_err(|wait| Error::Limit(Limit::Posts, wait))?;
        self.rates.chat_posts.take(chat, now).map_err(|wait| {
            self.rates.posts.give_back((chat, poster), now);
            Error::Limit(Limit::ChatPosts, wait)
        })
    }
}

/// What each key took of one rate.
struct Table<K> {
    rate: Option<Rate>,
    hasher: RandomState,
    shards: Box<[Mutex<Shard<K>>]>,
}

impl<K> fmt::Debug for Table<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("rate", &self.rate).finish_non_exhaustive()
    }
}

impl<K: Copy + Eq + Hash> Table<K> {
    fn new(rate: Option<Rate>) -> Self {
        Self { rate, hasher: RandomState::new(), shards: (0..SHARDS).map(|_| Mutex::new(Shard::new())).collect() }
    }

    /// Takes one where one is left; says otherwise how long until one is.
    fn take(&self, key: K, now: Timestamp) -> Result<(), Duration> {
        self.rate.as_ref().map_or(Ok(()), |rate| self.shard(&key).lock().taken(key, now).take(rate, 1, now))
    }

    /// Takes so many, left or not.
    fn charge(&self, key: K, count: u32, now: Timestamp) {
        if let Some(rate) = &self.rate {
            self.shard(&key).lock().taken(key, now).charge(rate, count, now);
        }
    }

    /// Gives one back that was taken for nothing.
    fn give_back(&self, key: K, now: Timestamp) {
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

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_176_000_000 + millis)
    }

    fn v4(number: u32) -> ClientAddress {
        IpAddr::V4(Ipv4Addr::from_bits(number)).into()
    }

    fn takes<K: Copy + Eq + Hash>(table: &Table<K>, key: K, now: Timestamp) -> usize {
        std::iter::from_fn(|| table.take(key, now).ok()).take(10_000).count()
    }

    #[test]
    fn sec_108_a_table_holds_so_many_and_then_all_others_share() {
        let table = Table::new(Some(REQUESTS));
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
        let table = Table::new(Some(POSTS));
        let dice = crate::domain::dice::SystemDice;
        let chat = ChatId::random(&dice);
        for round in 0..3 {
            for number in 0..110_000 {
                let _ = table.take((chat, Poster::Visitor(v4(number + round * 110_000))), at(i64::from(round) * 60_000));
            }
        }
        let entry = size_of::<((ChatId, Poster), Taken)>() + 1;
        // Of a hash map's buckets an eighth stays empty, and their number is a power of two.
        let buckets = table.shards.iter().map(|shard| (shard.lock().keys.capacity() * 8 / 7).next_power_of_two());
        let bytes = buckets.sum::<usize>() * entry;
        assert!(bytes < 20_000_000, "{bytes}");
    }

    #[test]
    fn who_has_everything_back_is_forgotten_and_looked_for_rarely() {
        let table = Table::new(Some(REQUESTS));
        for number in 0..100_000 {
            // A thousand new addresses a second, each of which has everything back after 50 ms.
            assert!(table.take(v4(number), at(i64::from(number))).is_ok());
        }
        assert!(table.len() < 4_000, "{}", table.len());
    }

    #[test]
    fn sec_106_a_household_shares_one_budget() {
        let table = Table::new(Some(REQUESTS));
        let host = |subnet: u16, host: u16| ClientAddress::from(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, subnet, 0, 0, 0, host)));
        for number in 0..300 {
            assert!(table.take(host(1, number), at(0)).is_ok());
        }
        assert_eq!(table.take(host(1, 999), at(0)), Err(Duration::from_millis(50)));
        assert_eq!(takes(&table, host(2, 1), at(0)), 300);
    }

    #[test]
    fn without_a_rate_nothing_is_counted() {
        let table = Table::new(REQUESTS.times(0.0));
        assert_eq!(takes(&table, v4(1), at(0)), 10_000);
        table.charge(v4(1), MISS, at(0));
        assert_eq!(table.len(), 0);
    }
}
