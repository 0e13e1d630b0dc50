//! A lag that is what somebody says it is.

use std::time::Duration;

use parlor::http::load::{IN_A_ROW, Lag, Measured};
use tokio::sync::{Mutex, mpsc, watch};

use super::within;

/// Nothing is measured until [`TestLag::becomes`].
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

    /// From now on the server is so late; returns once it has heeded that.
    pub async fn becomes(&self, lag: Duration) {
        let mut asked = self.asked.subscribe();
        within(asked.wait_for(|asked| *asked > 0)).await.unwrap();
        let before = *asked.borrow();
        for _ in 0..IN_A_ROW {
            self.say.send(lag).unwrap();
        }
        within(asked.wait_for(|asked| *asked == before + IN_A_ROW)).await.unwrap();
    }
}

impl Lag for TestLag {
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
