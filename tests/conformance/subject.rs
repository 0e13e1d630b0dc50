//! The stores that are checked.

use std::pin::Pin;
use std::sync::Arc;

use parlor::domain::bounds::Bounds;
use parlor::store::Store;
use parlor::store::memory::MemoryStore;

type Making = Pin<Box<dyn Future<Output = Arc<dyn Store>> + Send>>;

/// One kind of store: it makes empty ones, with the bounds that a check needs.
#[derive(Clone, Copy)]
pub(crate) struct Subject(fn(Bounds) -> Making);

impl Subject {
    /// The embedded default.
    pub(crate) fn memory() -> Self {
        Self(|bounds| Box::pin(async { Arc::new(MemoryStore::new(bounds)) as Arc<dyn Store> }))
    }

    /// An empty store.
    pub(crate) async fn store(self, bounds: Bounds) -> Arc<dyn Store> {
        (self.0)(bounds).await
    }
}

/// Makes each of these checks a test for every store.
macro_rules! checks {
    ($($check:ident),+ $(,)?) => {
        checks_of!(memory: $($check)+);
    };
}

/// Makes each of these checks a test for one store.
macro_rules! checks_of {
    ($store:ident: $($check:ident)+) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $check() {
                    let check = super::$check($crate::subject::Subject::$store());
                    tokio::time::timeout($crate::subject::PATIENCE, check).await.expect("the check takes too long");
                }
            )+
        }
    };
}

/// The longest that a check may take.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);
