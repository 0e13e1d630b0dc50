//! Hashing and verifying passwords: Argon2id in threads of its own, a few at a time (SEC-041, SEC-042, SEC-043).

use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use argon2::password_hash::{Error as HashError, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::error::{Error, Limit, Result};
use super::worker_threads::WorkerThreads;
use crate::domain::password::{Password, PasswordHash};

/// Memory of a hash, in KiB.
pub const MEMORY_KIB: u32 = 19_456;
/// Passes over the memory.
pub const PASSES: u32 = 2;
/// Lanes of a hash, one thread each.
pub const LANES: u32 = 1;
/// The most passwords that wait to be hashed or verified; more are refused.
pub const MAX_WAITING: u64 = 64;

/// How soon a refused caller may try again, at the earliest: about as long as the queue takes.
const MIN_RETRY: Duration = Duration::from_secs(1);
/// How many refused callers in turn are told different times, so that they do not come back all at once.
const RETRY_SLOTS: u32 = 100;
/// How far these times are apart.
const RETRY_SLOT: Duration = Duration::from_millis(20);

/// The hash of nobody's password, verified where there is no account so that it takes as long. Made once per process, before a hasher is used.
static DUMMY: LazyLock<PasswordHash> =
    LazyLock::new(|| hash_now(b"nobody's password").expect("the parameters are valid and the operating system gives random bytes"));

/// Hashes and verifies passwords. The work is bounded: `parallel` at once, and [`MAX_WAITING`] in the queue.
pub struct PasswordHasher {
    threads: WorkerThreads,
    permits: Arc<Semaphore>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    waiting: AtomicU64,
    refused: AtomicU32,
    hashed: AtomicU64,
    micros: AtomicU64,
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHasher").field("permits", &self.permits).field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl PasswordHasher {
    /// Creates a hasher that works on at most `parallel` passwords at once, and at least one.
    ///
    /// # Panics
    /// Panics if the operating system provides no randomness, since no salt would be unique then.
    #[must_use]
    pub fn new(parallel: usize) -> Self {
        LazyLock::force(&DUMMY);
        Self { threads: WorkerThreads::new(parallel), permits: Arc::new(Semaphore::new(parallel.max(1))), counts: Arc::default() }
    }

    /// Hashes a password with a new salt.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash> {
        self.run(move || hash_now(password.expose())).await?.map_err(Error::internal)
    }

    /// Returns true if the password has this hash. Without a hash, it takes as long and returns false.
    pub async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| DUMMY.clone());
        match self.run(move || argon2()?.verify_password(password.expose(), hash.as_str())).await? {
            Ok(()) => Ok(known),
            Err(HashError::PasswordInvalid) => Ok(false),
            Err(error) => Err(Error::internal(error)),
        }
    }

    /// Returns how many passwords wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.counts.waiting.load(Ordering::Relaxed)
    }

    /// Returns how many passwords were hashed or verified since startup.
    #[must_use]
    pub fn hashed(&self) -> u64 {
        self.counts.hashed.load(Ordering::Relaxed)
    }

    /// Returns how long these took in total, in microseconds, without waiting.
    #[must_use]
    pub fn hashed_micros(&self) -> u64 {
        self.counts.micros.load(Ordering::Relaxed)
    }

    /// Runs a job in a thread of its own. The job holds its permit to its end, even if the caller is gone by then.
    async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (permit, counts) = (self.permit().await?, self.counts.clone());
        let (sender, receiver) = oneshot::channel();
        let timed = move || {
            let started = now();
            let done = job();
            let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            counts.micros.fetch_add(micros, Ordering::Relaxed);
            counts.hashed.fetch_add(1, Ordering::Relaxed);
            drop(permit);
            // The caller may be gone.
            let _ = sender.send(done);
        };
        self.threads.spawn(timed);
        receiver.await.map_err(|_| Error::internal("the hashing thread ended early"))
    }

    /// Waits for a permit, unless too many wait.
    async fn permit(&self) -> Result<OwnedSemaphorePermit> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let _place = Place::take(&self.counts).ok_or_else(|| Error::Limit(Limit::Hashing, self.counts.next_retry()))?;
        self.permits.clone().acquire_owned().await.map_err(Error::internal)
    }
}

impl Counts {
    /// Returns how soon the next refused caller may try again.
    fn next_retry(&self) -> Duration {
        let slot = self.refused.fetch_add(1, Ordering::Relaxed) % RETRY_SLOTS;
        MIN_RETRY + RETRY_SLOT * slot
    }
}

/// A place in the queue. Dropping it gives it back.
struct Place<'a>(&'a Counts);

impl<'a> Place<'a> {
    fn take(counts: &'a Counts) -> Option<Self> {
        let one_more = |waiting| (waiting < MAX_WAITING).then_some(waiting + 1);
        counts.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok().map(|_| Self(counts))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a hash took decides nothing")]
fn now() -> Instant {
    Instant::now()
}

fn argon2() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &[u8]) -> Result<PasswordHash, HashError> {
    Ok(PasswordHash::from_phc(&argon2()?.hash_password(password)?.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn password(text: &str) -> Password {
        Password::parse_attempt(text).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash() {
        let hasher = PasswordHasher::new(2);
        let hash = hasher.hash(password("tr0mbone")).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert!(hasher.verify(password("tr0mbone"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(password("Tr0mbone"), Some(hash.clone())).await.unwrap());
        assert_ne!(hasher.hash(password("tr0mbone")).await.unwrap(), hash, "each hash has a salt of its own");
        assert_eq!(hasher.hashed(), 4);
        assert!(hasher.hashed_micros() > 4_000, "{}", hasher.hashed_micros());
    }

    #[tokio::test]
    async fn passwords_that_begin_alike_are_different() {
        let (hasher, start) = (PasswordHasher::new(1), "x".repeat(72));
        let hash = hasher.hash(password(&format!("{start}a"))).await.unwrap();
        assert!(!hasher.verify(password(&format!("{start}b")), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_a_password_and_it_takes_as_long() {
        let hasher = PasswordHasher::new(1);
        assert!(!hasher.verify(password("nobody's password"), None).await.unwrap());
        assert_eq!(hasher.hashed(), 1, "the dummy was verified");
        assert!(DUMMY.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[tokio::test]
    async fn what_is_no_hash_is_a_fault_of_the_server() {
        let hash = PasswordHash::from_phc("nonsense");
        assert!(matches!(PasswordHasher::new(1).verify(password("tr0mbone"), Some(hash)).await, Err(Error::Internal(_))));
    }

    #[tokio::test]
    async fn a_job_keeps_its_permit_when_its_caller_is_gone() {
        let hasher = PasswordHasher::new(1);
        let ((started, has_started), (finish, may_finish)) = (mpsc::channel(), mpsc::channel::<()>());
        let mut caller = Box::pin(hasher.run(move || {
            started.send(()).unwrap();
            may_finish.recv().ok();
        }));
        assert!(futures_util::poll!(&mut caller).is_pending());
        has_started.recv().unwrap();
        drop(caller);
        assert_eq!(hasher.permits.available_permits(), 0, "the job still runs");
        let mut next = Box::pin(hasher.hash(password("tr0mbone")));
        assert!(futures_util::poll!(&mut next).is_pending());
        assert_eq!(hasher.waiting(), 1);
        finish.send(()).unwrap();
        next.await.unwrap();
        assert_eq!((hasher.waiting(), hasher.hashed(), hasher.permits.available_permits()), (0, 2, 1));
    }

    #[tokio::test]
    async fn the_queue_has_an_end_and_forgets_who_left_it() {
        let hasher = PasswordHasher::new(1);
        let (finish, may_finish) = mpsc::channel::<()>();
        let mut running = Box::pin(hasher.run(move || may_finish.recv().is_ok()));
        assert!(futures_util::poll!(&mut running).is_pending());
        let mut queue: Vec<_> = (0..MAX_WAITING).map(|_| Box::pin(hasher.run(|| ()))).collect();
        for waiting in &mut queue {
            assert!(futures_util::poll!(waiting).is_pending());
        }
        assert_eq!(hasher.waiting(), MAX_WAITING);
        for retry in [1_000, 1_020, 1_040].map(Duration::from_millis) {
            let refused = hasher.verify(password("tr0mbone"), None).await;
            assert!(matches!(refused, Err(Error::Limit(Limit::Hashing, wait)) if wait == retry), "{refused:?}");
        }
        assert!((0..1_000).map(|_| hasher.counts.next_retry()).all(|wait| (1_000..3_000).contains(&wait.as_millis())));
        queue.pop();
        assert_eq!(hasher.waiting(), MAX_WAITING - 1);
        let last = hasher.run(|| ());
        finish.send(()).unwrap();
        assert!(running.await.unwrap());
        futures_util::future::join(futures_util::future::join_all(queue), last).await.1.unwrap();
        assert_eq!((hasher.waiting(), hasher.hashed()), (0, MAX_WAITING + 1));
    }
}
