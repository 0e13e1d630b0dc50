//! A network between a client and a server: it is cut and mended, and may change what the server says.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Words of the server, each with what arrives instead, of the same length.
pub(crate) type Replacements = Arc<Vec<(Vec<u8>, Vec<u8>)>>;

/// Forwards connections to a server.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    is_cut: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Forwards all as it is.
    pub(crate) async fn before(server: SocketAddr) -> Self {
        Self::replacing(server, Replacements::default()).await
    }

    /// Forwards all, with words of the server replaced.
    pub(crate) async fn replacing(server: SocketAddr, replacements: Replacements) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (is_cut, cut) = watch::channel(false);
        let accepting = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if *cut.borrow() {
                    continue;
                }
                tokio::spawn(connect(client, server, cut.clone(), replacements.clone()));
            }
        });
        Self { address, is_cut, accepting }
    }

    /// Breaks all connections, and each that is made.
    pub(crate) fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    /// Lets connections through again.
    pub(crate) fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn connect(client: TcpStream, server: SocketAddr, mut cut: watch::Receiver<bool>, replacements: Replacements) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        () = forward(from_client, to_server, &[]) => {}
        () = forward(from_server, to_client, &replacements) => {}
        _ = cut.wait_for(|cut| *cut) => {}
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, replacements: &[(Vec<u8>, Vec<u8>)]) {
    let mut waiting = Vec::new();
    let mut bytes = [0; 16_384];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        waiting.extend_from_slice(&bytes[..read]);
        for (word, other) in replacements {
            replace(&mut waiting, word, other);
        }
        let ready = waiting.len() - begun(&waiting, replacements);
        if to.write_all(&waiting[..ready]).await.is_err() {
            return;
        }
        waiting.drain(..ready);
    }
}

fn replace(text: &mut [u8], word: &[u8], other: &[u8]) {
    assert_eq!(word.len(), other.len(), "what announces lengths stays true");
    while let Some(at) = memchr::memmem::find(text, word) {
        text[at..at + word.len()].copy_from_slice(other);
    }
}

/// Returns how many bytes at the end may be the beginning of a word.
fn begun(text: &[u8], replacements: &[(Vec<u8>, Vec<u8>)]) -> usize {
    let of = |word: &[u8]| (1..word.len()).rev().find(|length| text.ends_with(&word[..*length])).unwrap_or_default();
    replacements.iter().map(|(word, _)| of(word)).max().unwrap_or_default()
}
