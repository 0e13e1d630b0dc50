//! What accounts cost: memory for each, a look-up at sign-in, a search, the check of an access token.

#![expect(clippy::unwrap_used, reason = "a failed unwrap stops the benchmark")]
#![expect(clippy::disallowed_methods, reason = "it measures")]

use std::fs;
use std::hint::black_box;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use parlor::domain::account::{Account, AccountEmail, AccountSettings, Login};
use parlor::domain::clock::Timestamp;
use parlor::domain::id::{AccountId, SessionId};
use parlor::domain::limits::Limits;
use parlor::domain::pagination::NamedPage;
use parlor::domain::password::PasswordHash;
use parlor::domain::random::SystemRandom;
use parlor::domain::search_term::SearchTerm;
use parlor::domain::secret_token::RefreshToken;
use parlor::domain::session::Session;
use parlor::domain::text::Name;
use parlor::domain::token_key::TokenKeys;
use parlor::domain::username::Username;
use parlor::service::access_tokens::AccessTokens;
use parlor::store::accounts::{Listed, NewAccount};
use parlor::store::memory::MemoryStore;
use parlor::store::sessions::{NewSession, RefreshDigests};
use parlor::store::{Accounts as _, Sessions as _};

const NOW: Timestamp = Timestamp::from_millis(1_795_176_000_000);
/// A hash as the program makes it, 97 characters.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$kKfCsCkWlsLKnKBCT7QOzyzRyWW2VYYXhGlmNhYoLkE";
const FIRST_NAMES: [&str; 8] = ["Ana", "Ben", "Carla", "Dora", "Emil", "Frida", "Gustav", "Hanna"];

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut out = io::stdout();
    writeln!(
        out,
        "| accounts | bytes each beside the hash | look-up at sign-in | slowest ordinary search, p99 | search for what all have, p99 | check of an access token |\n|---|---|---|---|---|---|"
    )?;
    for count in [1_000, 100_000] {
        let before = resident()?;
        let store = runtime.block_on(filled(count));
        let each = (resident()? - before) / u64::from(count);
        let login = runtime.block_on(look_ups(&store, count));
        let ordinary = runtime.block_on(searches(&store, &["an", "ana", "number9", "number99", "gustav.9", "zz", "han"]));
        let all = runtime.block_on(searches(&store, &["nu"]));
        let token = runtime.block_on(checks(&store));
        writeln!(out, "| {count} | {} | {login:?} | {ordinary:?} | {all:?} | {token:?} |", each.saturating_sub(HASH.len() as u64))?;
    }
    Ok(())
}

/// Returns the resident memory of this process in bytes.
fn resident() -> io::Result<u64> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    Ok(pages.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4_096)
}

fn username(number: u32) -> Username {
    Username::parse(&format!("{}.{number}", FIRST_NAMES[number as usize % 8])).unwrap()
}

async fn filled(count: u32) -> MemoryStore {
    let store = MemoryStore::new(Limits::default());
    for number in 0..count {
        let account = Account {
            id: AccountId::random(&SystemRandom),
            username: username(number),
            name: Name::parse(&format!("{} Number{number}", FIRST_NAMES[number as usize % 8])).unwrap(),
            email: AccountEmail::default(),
            settings: AccountSettings::default(),
            created_at: NOW,
            last_seen_at: NOW,
            suspended_at: None,
        };
        let new = NewAccount { account, password: PasswordHash::from_phc(HASH), key: None };
        store.create_account(new, NOW).await.unwrap().unwrap().into_parts();
    }
    store
}

async fn look_ups(store: &MemoryStore, count: u32) -> Duration {
    let started = Instant::now();
    let rounds = 100_000;
    for round in 0..rounds {
        black_box(store.find_login(&Login::Username(username(round * 7 % count))).await.unwrap());
    }
    started.elapsed() / rounds
}

/// Returns the 99th percentile of the slowest of these searches.
async fn searches(store: &MemoryStore, terms: &[&str]) -> Duration {
    let mut slowest = Duration::ZERO;
    for text in terms {
        let term = SearchTerm::parse(text).unwrap();
        let mut took = Vec::new();
        for _ in 0..100 {
            let started = Instant::now();
            black_box(store.list_accounts(Listed::Findable, Some(&term), NamedPage { after: None, limit: 50 }).await.unwrap());
            took.push(started.elapsed());
        }
        took.sort();
        slowest = slowest.max(took[98]);
    }
    slowest
}

/// Verifies an access token and looks its session up, as every request with one does.
async fn checks(store: &MemoryStore) -> Duration {
    let account = store.find_username(&username(1)).await.unwrap().unwrap().id;
    let session = Session { id: SessionId::random(&SystemRandom), account, device: None, created_at: NOW, last_used_at: NOW, refreshed_at: NOW };
    let (id, refresh) = (session.id, RefreshToken::random(&SystemRandom));
    let refresh = RefreshDigests { family: refresh.family(), token: refresh.digest() };
    store.create_session(NewSession { session, refresh }, NOW).await.unwrap().unwrap().into_parts();
    let tokens = AccessTokens::new(TokenKeys::random(&SystemRandom).into_vec(), "http://127.0.0.1:8080".into());
    let token = tokens.issue(account, id, NOW);
    let (started, rounds) = (Instant::now(), 1_000_000);
    for _ in 0..rounds {
        let claims = tokens.verify(black_box(&token), NOW).unwrap();
        assert!(store.use_session(claims.session, NOW).await.unwrap() == Some(account));
    }
    started.elapsed() / rounds
}
