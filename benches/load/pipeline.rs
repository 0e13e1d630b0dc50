//! Pipelining: connections on which several requests are sent in one piece, so that one core can ask for more than another can do.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::TcpStream;

use crate::crowd::{Inbox, comes};
use crate::wire::answer;

/// A connection on which several requests are under way at a time.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) stream: TcpStream,
    /// How many answers are missing.
    missing: usize,
    got: Vec<u8>,
}

impl Pipeline {
    /// Connects, as the one with this number.
    pub(crate) fn to(server: SocketAddr, number: usize) -> io::Result<Self> {
        let stream = TcpStream::from_std(comes(server, number, Inbox::Usual, b"")?);
        Ok(Self { stream, missing: 0, got: Vec::new() })
    }

    /// Sends so many requests, which stand one behind the other in `requests`.
    pub(crate) fn asks(&mut self, requests: &[u8], count: usize) -> io::Result<()> {
        self.missing += count;
        self.stream.write_all(requests)
    }

    /// Reads what there is; each answer's status goes to `answered`. Says whether all have come.
    pub(crate) fn reads(&mut self, space: &mut [u8], mut answered: impl FnMut(u16)) -> io::Result<bool> {
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
