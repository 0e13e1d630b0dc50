//! A network between a command and a server that cuts connections.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support::within;

/// What happens to the answers on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// All of them arrive.
    Never,
    /// The connection is cut after this number of bytes of answers.
    After(usize),
}

/// A proxy; dropping it closes it.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    requests: watch::Receiver<Vec<String>>,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    /// What happens on the next connections whose request line has these words, the last one first.
    cuts: Mutex<(String, Vec<Cut>)>,
    requests: watch::Sender<Vec<String>>,
}

impl Proxy {
    /// Starts a proxy in front of a server.
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = watch::channel(Vec::new());
        let shared = Arc::new(Shared { server, cuts: Mutex::default(), requests: sender });
        let accepting = shared.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(client));
            }
        });
        Self { address, shared, requests }
    }

    /// Cuts the next connections whose first request has these words, one after the other.
    pub(crate) fn cut(&self, words: &str, cuts: impl IntoIterator<Item = Cut>) {
        let mut cuts: Vec<_> = cuts.into_iter().collect();
        cuts.reverse();
        *self.shared.cuts.lock().unwrap() = (words.to_owned(), cuts);
    }

    /// How many connections are still to be cut.
    pub(crate) fn left(&self) -> usize {
        self.shared.cuts.lock().unwrap().1.len()
    }

    /// The request lines with these words, so far.
    pub(crate) fn count(&self, words: &str) -> usize {
        self.requests.borrow().iter().filter(|line| line.contains(words)).count()
    }

    /// Waits until this number of request lines have these words.
    pub(crate) async fn sees(&self, words: &str, count: usize) {
        let mut requests = self.requests.clone();
        within(requests.wait_for(|lines| lines.iter().filter(|line| line.contains(words)).count() >= count)).await.unwrap();
    }
}

impl Shared {
    /// Passes bytes on in both directions until either ends, or the connection is to be cut.
    async fn serve(self: Arc<Self>, mut client: TcpStream) {
        let Ok(mut server) = TcpStream::connect(self.server).await else { return };
        let (mut asked, mut answered) = (vec![0; 64 << 10], vec![0; 64 << 10]);
        let (mut cut, mut left) = (Cut::Never, usize::MAX);
        loop {
            tokio::select! {
                read = client.read(&mut asked) => match read {
                    Ok(length @ 1..) => {
                        if let Some(line) = request_line(&asked[..length]) {
                            if cut == Cut::Never {
                                cut = self.next_cut(&line);
                                left = if let Cut::After(bytes) = cut { bytes } else { usize::MAX };
                            }
                            self.requests.send_modify(|lines| lines.push(line));
                        }
                        if server.write_all(&asked[..length]).await.is_err() {
                            return;
                        }
                    }
                    _ => return,
                },
                read = server.read(&mut answered) => match read {
                    Ok(length @ 1..) => {
                        let passed = length.min(left);
                        if client.write_all(&answered[..passed]).await.is_err() {
                            return;
                        }
                        left -= passed;
                        if left == 0 {
                            return;
                        }
                    }
                    _ => return,
                },
            }
        }
    }

    fn next_cut(&self, line: &str) -> Cut {
        let mut cuts = self.cuts.lock().unwrap();
        let (words, cuts) = &mut *cuts;
        if line.contains(words.as_str()) { cuts.pop().unwrap_or(Cut::Never) } else { Cut::Never }
    }
}

/// Returns the first line, if these are the first bytes of a request.
fn request_line(bytes: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(bytes).lines().next()?.to_owned();
    line.ends_with(" HTTP/1.1").then_some(line)
}
