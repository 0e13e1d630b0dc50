//! The stores under test.

use std::pin::Pin;
use std::sync::Arc;

use parlor::domain::limits::Limits;
use parlor::store::Store;
use parlor::store::memory::MemoryStore;

type Making = Pin<Box<dyn Future<Output = Arc<dyn Store>> + Send>>;

/// A kind of store: creates empty stores with the limits that a check needs.
#[derive(Clone, Copy)]
pub(crate) struct Backend(fn(Limits) -> Making);

impl Backend {
    /// The in-memory store, the default.
    pub(crate) fn memory() -> Self {
        Self(|limits| Box::pin(async { Arc::new(MemoryStore::new(limits)) as Arc<dyn Store> }))
    }

    /// Creates an empty store.
    pub(crate) async fn store(self, limits: Limits) -> Arc<dyn Store> {
        (self.0)(limits).await
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
                    let check = super::$check($crate::backends::Backend::$store());
                    tokio::time::timeout($crate::backends::TIMEOUT, check).await.expect("the check takes too long");
                }
            )+
        }
    };
}

/// The longest that a check may take.
pub(crate) const TIMEOUT: std::time::Duration = std::time::Duration::from_mins(1);
