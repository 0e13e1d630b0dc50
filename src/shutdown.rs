//! Graceful shutdown: a signal starts draining, a second signal ends it at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The two stages of a shutdown: graceful, then immediate.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    graceful: CancellationToken,
    immediate: CancellationToken,
}

impl Shutdown {
    /// Starts the next stage: graceful the first time, immediate the second.
    pub fn trigger(&self) {
        if self.graceful.is_cancelled() {
            self.immediate.cancel();
        } else {
            self.graceful.cancel();
        }
    }

    /// Completes when the shutdown starts.
    pub async fn begun(&self) {
        self.graceful.cancelled().await;
    }

    /// Completes when the program must end at once.
    pub async fn forced(&self) {
        self.immediate.cancelled().await;
    }

    /// Triggers the shutdown on SIGTERM, SIGINT and SIGHUP until the returned future is dropped.
    ///
    /// # Errors
    /// Returns an error if the operating system does not allow signal handlers.
    pub fn listen(&self) -> std::io::Result<impl Future<Output = ()> + use<>> {
        let [mut term, mut int, mut hup] = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?];
        let shutdown = self.clone();
        Ok(async move {
            loop {
                tokio::select! {
                    _ = term.recv() => {}
                    _ = int.recv() => {}
                    _ = hup.recv() => {}
                }
                shutdown.trigger();
            }
        })
    }
}
