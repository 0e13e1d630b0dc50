//! The use cases, one file per noun: authorize, commit, announce.
//!
//! A write is committed and announced in a task of its own, so that a client that disconnects between the two cancels neither. `Service::announce` is
//! the only caller of the bus.

pub mod error;
pub mod authorization;
pub mod clock;
pub mod counters;
pub mod request_ids;
pub mod chats;
pub mod messages;
pub mod direct_chats;
pub mod chat_items;
pub mod groups;
pub mod reactions;
pub mod members;
pub mod receipts;
pub mod presence;
pub mod typing;
pub mod links;
pub mod webhooks;
pub mod push_subscriptions;
pub mod knocks;
pub mod tickets;
pub mod accounts;
pub mod account_export;
pub mod sessions;
pub mod friends;
pub mod user_views;
pub mod reports;
pub mod email_verifications;
pub mod password_resets;
mod worker_threads;
pub mod password_hashing;
pub mod access_tokens;
pub mod sign_in_limits;
pub mod mail_limits;
pub mod charge;
pub mod rate_limits;
pub mod stream_permits;
pub mod sockets;
pub mod streams;
pub mod jobs;
pub mod notify;

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use self::access_tokens::AccessTokens;
use self::accounts::Registration;
use self::counters::Counters;
use self::error::{Error, Result};
use self::notify::mail::Mails;
use self::notify::push::PushSender;
use self::notify::webhook::WebhookSender;
use self::password_hashing::PasswordHasher;
use self::rate_limits::RateLimits;
use self::request_ids::RequestIds;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::random::RandomSource;
use crate::hub::Hub;
use crate::hub::bus::Bus;
use crate::store::{Committed, Store, StoreResult, WriteResult};

/// How accounts are created and recognised.
#[derive(Debug)]
pub struct Authentication {
    /// Issues and verifies access tokens.
    pub access_tokens: AccessTokens,
    /// From which the successors of refresh tokens are derived.
    pub refresh_secret: [u8; 32],
    /// Hashes passwords.
    pub passwords: PasswordHasher,
    /// Who may sign up.
    pub registration: Registration,
    /// Sends mail; without it accounts have no e-mail address.
    pub mails: Option<Mails>,
}

/// What leaves the server besides responses.
#[derive(Debug)]
pub struct Notifications {
    /// Sends webhooks.
    pub webhooks: WebhookSender,
    /// Sends pushes.
    pub pushes: PushSender,
}

/// The use cases and what they depend on.
pub struct Service {
    store: Arc<dyn Store>,
    hub: Arc<Hub>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    /// How the wall clock displayed the start of 1970 at the last check, to detect that it was set.
    displayed_epoch: Mutex<Timestamp>,
    random: Arc<dyn RandomSource>,
    request_ids: Mutex<RequestIds>,
    rate_limits: RateLimits,
    access_tokens: AccessTokens,
    /// From which the successors of refresh tokens are derived.
    refresh_secret: [u8; 32],
    passwords: PasswordHasher,
    registration: Registration,
    mails: Option<Mails>,
    webhooks: WebhookSender,
    pushes: PushSender,
    counters: Arc<Counters>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Service {
    /// Builds the service from its dependencies.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "the composition root passes each dependency once")]
    pub fn new(
        store: Arc<dyn Store>,
        hub: Arc<Hub>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn RandomSource>,
        rate_limits: RateLimits,
        authentication: Authentication,
        Notifications { webhooks, pushes }: Notifications,
    ) -> Arc<Self> {
        let Authentication { access_tokens, refresh_secret, passwords, registration, mails } = authentication;
        let (counters, closing, tasks) = (Arc::default(), CancellationToken::new(), TaskTracker::new());
        let request_ids = Mutex::new(RequestIds::new(random.as_ref()));
        let displayed_epoch = Mutex::new(clock.wall(Timestamp::from_millis(0)));
        Arc::new(Self {
            store,
            hub,
            bus,
            clock,
            displayed_epoch,
            random,
            request_ids,
            rate_limits,
            access_tokens,
            refresh_secret,
            passwords,
            registration,
            mails,
            webhooks,
            pushes,
            counters,
            closing,
            tasks,
        })
    }

    /// Ends every stream with `bye` once it has delivered all entries.
    pub fn close_streams(&self) {
        self.closing.cancel();
        self.hub.wake_all();
    }

    /// Returns true once the server drains: it accepts no more writes.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.tasks.is_closed()
    }

    /// Returns a new request id.
    #[must_use]
    pub fn request_id(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.request_ids.lock().next_id()).into_uuid()
    }

    /// Stops accepting writes, and waits until those in progress are committed and announced.
    pub async fn drained(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Returns the current time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Notifies the bus of a committed write, and returns the write's value.
    fn announce<T>(&self, committed: Committed<T>) -> T {
        let (value, updates) = committed.into_parts();
        for update in updates {
            self.bus.notify(update);
        }
        value
    }

    /// Runs a conditional write and announces it, even if the request is dropped meanwhile.
    async fn commit<T, R, F, Fut>(self: &Arc<Self>, step: F) -> Result<T>
    where
        T: Send + 'static,
        R: Into<Error> + Send,
        F: FnOnce(Arc<dyn Store>, Timestamp) -> Fut,
        Fut: Future<Output = WriteResult<T, R>> + Send + 'static,
    {
        // Registered before the check, so that `drained` waits for this write.
        let token = self.tasks.token();
        if self.is_closing() {
            return Err(Error::ShuttingDown);
        }
        let step = step(self.store.clone(), self.now());
        let service = self.clone();
        let task = async move {
            let _token = token;
            service.announce_written(step.await)
        };
        let mut task = Box::pin(AssertUnwindSafe(task).catch_unwind());
        // A write that completes on the first poll is announced before the request can be dropped; any other continues in a task.
        let done = match task.as_mut().now_or_never() {
            Some(done) => done.ok(),
            None => self.tasks.spawn(task).await.ok().and_then(std::result::Result::ok),
        };
        // The panic's message is dropped: it may contain user content.
        done.ok_or_else(|| Error::internal("the write panicked"))?
    }

    fn announce_written<T, R: Into<Error>>(&self, written: WriteResult<T, R>) -> Result<T> {
        written?.map(|committed| self.announce(committed)).map_err(Into::into)
    }

    /// Announces a batch of expired items. Returns how many there were.
    async fn announce_all<Fut>(self: &Arc<Self>, step: Fut) -> Result<usize>
    where
        Fut: Future<Output = StoreResult<Vec<Committed<()>>>> + Send,
    {
        let committed = step.await?;
        let count = committed.len();
        for committed in committed {
            self.announce(committed);
        }
        Ok(count)
    }
}
