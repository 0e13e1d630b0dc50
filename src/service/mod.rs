//! The use cases, one file per noun: who may, commit, announce.
//!
//! What somebody asked for is committed and announced in a task of its own, so that a client that goes away between the two takes nothing with it. The only way to ring is
//! `Service::announce`.

pub mod error;
pub mod access;
pub mod clock;
pub mod figures;
pub mod chats;
pub mod messages;
pub mod members;
pub mod links;
pub mod knocks;
pub mod tickets;
pub mod charge;
pub mod keyed_limiter;
pub mod permits;
pub mod rate_limits;
pub mod stream_permits;
pub mod moment;
mod cursor;
pub mod follower;
pub mod stream;
pub mod waiting;
pub mod sweep;

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use self::error::{Error, Result};
use self::figures::Figures;
use self::rate_limits::RateLimits;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::dice::{Dice, Names};
use crate::live::Live;
use crate::live::bus::Bus;
use crate::store::{Committed, Store, StoreResult, Write};

/// What the use cases work with.
pub struct Service {
    store: Arc<dyn Store>,
    live: Arc<Live>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    /// How the wall clock showed the beginning of 1970 when it was looked at last.
    shown: Mutex<Timestamp>,
    dice: Arc<dyn Dice>,
    names: Mutex<Names>,
    rate_limits: RateLimits,
    figures: Arc<Figures>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Service {
    /// The use cases over this store, these rooms, this bus, this clock, these dice, at these rates.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        live: Arc<Live>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        dice: Arc<dyn Dice>,
        rate_limits: RateLimits,
    ) -> Arc<Self> {
        let (figures, closing, tasks) = (Arc::default(), CancellationToken::new(), TaskTracker::new());
        let names = Mutex::new(Names::of(dice.as_ref()));
        let shown = Mutex::new(clock.wall(Timestamp::from_millis(0)));
        Arc::new(Self { store, live, bus, clock, shown, dice, names, rate_limits, figures, closing, tasks })
    }

    /// Tells every stream good-bye, once it has everything.
    pub fn close_streams(&self) {
        self.closing.cancel();
        self.live.wake_all();
    }

    /// Whether the end has begun: nothing is changed any more.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.tasks.is_closed()
    }

    /// A fresh name for a request.
    #[must_use]
    pub fn request_id(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.names.lock().draw()).into_uuid()
    }

    /// From now on nothing is changed any more; waits until whatever was being committed was announced.
    pub async fn settled(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Rings for what was committed, and hands out what the change answers.
    fn announce<T>(&self, committed: Committed<T>) -> T {
        let (value, news) = committed.into_parts();
        for news in news {
            self.bus.ring(news);
        }
        value
    }

    /// Carries out a conditional write and announces it, whether or not anybody still waits for the answer.
    async fn commit<T, R, F, Fut>(self: &Arc<Self>, step: F) -> Result<T>
    where
        T: Send + 'static,
        R: Into<Error> + Send,
        F: FnOnce(Arc<dyn Store>, Timestamp) -> Fut,
        Fut: Future<Output = Write<T, R>> + Send + 'static,
    {
        // Counted before it is asked whether the end has begun, so that `settled` waits for whatever goes on here.
        let counted = self.tasks.token();
        if self.is_closing() {
            return Err(Error::ShuttingDown);
        }
        let step = step(self.store.clone(), self.now());
        let service = self.clone();
        let whole = async move {
            let _counted = counted;
            service.announce_written(step.await)
        };
        let mut whole = Box::pin(AssertUnwindSafe(whole).catch_unwind());
        // What the store has at once is announced before anybody could leave; the rest goes on in a task.
        let done = match whole.as_mut().now_or_never() {
            Some(done) => done.ok(),
            None => self.tasks.spawn(whole).await.ok().and_then(std::result::Result::ok),
        };
        // What a panic has to say may hold what people wrote.
        done.ok_or_else(|| Error::internal("what committed it broke off"))?
    }

    fn announce_written<T, R: Into<Error>>(&self, written: Write<T, R>) -> Result<T> {
        written?.map(|committed| self.announce(committed)).map_err(Into::into)
    }

    /// Announces what was cleared away.
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
