//! Pipelining: several requests in one write, so that one core can request more than another can serve.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::TcpStream;

use crate::listeners::{Inbox, connect};
use crate::wire::answer;

/// A connection with several requests in flight.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) stream: TcpStream,
    /// Responses still missing.
    missing: usize,
    got: Vec<u8>,
}

impl Pipeline {
    /// Connects from the address for this number.
    pub(crate) fn to(server: SocketAddr, number: usize) -> io::Result<Self> {
        let stream = TcpStream::from_std(connect(server, number, Inbox::Usual, b"")?);
        Ok(Self { stream, missing: 0, got: Vec::new() })
    }

    /// Sends this many requests, which stand one after the other in `requests`.
    pub(crate) fn send(&mut self, requests: &[u8], count: usize) -> io::Result<()> {
        self.missing += count;
        self.stream.write_all(requests)
    }

    /// Reads what has arrived; passes each status to `answered`. Returns true if no response is missing.
    pub(crate) fn read(&mut self, space: &mut [u8], mut answered: impl FnMut(u16)) -> io::Result<bool> {
        loop {
            match self.stream.read(space) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.got.extend_from_slice(&space[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        let mut seen = 0;
        while let Some(whole) = answer(&self.got[seen..])? {
            seen += whole.end;
            self.missing = self.missing.checked_sub(1).ok_or_else(|| io::Error::other("an answer that nobody asked for"))?;
            answered(whole.status);
        }
        self.got.drain(..seen);
        Ok(self.missing == 0)
    }
}
