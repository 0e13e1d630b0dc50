//! How the program ends: a signal, a time to finish in, a second signal for those in a hurry.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The two steps of an end: first softly, then at once.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    soft: CancellationToken,
    hard: CancellationToken,
}

impl Shutdown {
    /// The next step: soft the first time, hard the second.
    pub fn press(&self) {
        if self.soft.is_cancelled() {
            self.hard.cancel();
        } else {
            self.soft.cancel();
        }
    }

    /// Ends when the program is to end.
    pub async fn begun(&self) {
        self.soft.cancelled().await;
    }

    /// Ends when the program is to end at once.
    pub async fn forced(&self) {
        self.hard.cancelled().await;
    }

    /// Takes SIGTERM, SIGINT and SIGHUP as presses, until the task is dropped.
    ///
    /// # Errors
    /// When the operating system does not let signals be listened to.
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
                shutdown.press();
            }
        })
    }
}
