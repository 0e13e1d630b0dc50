//! A scheduler lag that the test sets.

use std::time::Duration;

use parlor::http::middleware::load_shedding::{LagProbe, Measured, SAMPLES_TO_SHED};
use tokio::sync::{Mutex, mpsc, watch};

use super::within;

/// Reports nothing until [`TestLag::becomes`].
#[derive(Debug)]
pub struct TestLag {
    say: mpsc::UnboundedSender<Duration>,
    said: std::sync::Arc<Mutex<mpsc::UnboundedReceiver<Duration>>>,
    asked: watch::Sender<usize>,
}

impl TestLag {
    pub fn new() -> Self {
        let (say, said) = mpsc::unbounded_channel();
        Self { say, said: std::sync::Arc::new(Mutex::new(said)), asked: watch::Sender::new(0) }
    }

    /// Reports this lag from now on; returns once the server has acted on it.
    pub async fn becomes(&self, lag: Duration) {
        let mut asked = self.asked.subscribe();
        within(asked.wait_for(|asked| *asked > 0)).await.unwrap();
        let before = *asked.borrow();
        for _ in 0..SAMPLES_TO_SHED {
            self.say.send(lag).unwrap();
        }
        within(asked.wait_for(|asked| *asked == before + SAMPLES_TO_SHED)).await.unwrap();
    }
}

impl LagProbe for TestLag {
    fn measured(&self) -> Measured {
        self.asked.send_modify(|asked| *asked += 1);
        let said = self.said.clone();
        Box::pin(async move {
            match said.lock().await.recv().await {
                Some(lag) => lag,
                None => std::future::pending().await,
            }
        })
    }
}
