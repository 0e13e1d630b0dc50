//! Closed-loop load: some connections, each sending the next request as soon as the last one is answered.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::clock::{MILLISECOND, pause};
use crate::listeners::{Inbox, connect};
use crate::wire::answer;

struct Asker {
    stream: TcpStream,
    request: Vec<u8>,
    got: Vec<u8>,
}

/// The status of an overloaded server.
const OVERLOADED: u16 = 503;

/// Sends what `next` returns over this many connections until it returns `None`; passes each status and body to `answered`. Repeats a request
/// a little later if the server is overloaded; returns how often that was.
pub(crate) fn flood(
    server: SocketAddr,
    connections: usize,
    mut next: impl FnMut() -> Option<Vec<u8>>,
    mut answered: impl FnMut(u16, &[u8]),
) -> io::Result<u64> {
    let mut poll = Poll::new()?;
    let (mut askers, mut events, mut space, mut open) = (Vec::new(), Events::with_capacity(64), vec![0; 256 << 10], 0);
    let mut busy = 0;
    for number in 0..connections {
        let Some(request) = next() else { break };
        let mut stream = TcpStream::from_std(connect(server, number, Inbox::Usual, &request)?);
        poll.registry().register(&mut stream, Token(number), Interest::READABLE)?;
        askers.push(Asker { stream, request, got: Vec::new() });
        open += 1;
    }
    while open > 0 {
        poll.poll(&mut events, None)?;
        for event in &events {
            let asker = &mut askers[event.token().0];
            while asker.read(&mut space)? {
                let Some(whole) = answer(&asker.got)? else { continue };
                let next = if whole.status == OVERLOADED {
                    busy += 1;
                    pause(MILLISECOND);
                    Some(std::mem::take(&mut asker.request))
                } else {
                    answered(whole.status, &asker.got[whole.body..whole.end]);
                    next()
                };
                asker.got.clear();
                match next {
                    Some(request) => asker.send(request)?,
                    None => open -= 1,
                }
            }
        }
    }
    Ok(busy)
}

impl Asker {
    fn send(&mut self, request: Vec<u8>) -> io::Result<()> {
        self.request = request;
        self.stream.write_all(&self.request)
    }

    /// Returns true if bytes arrived.
    fn read(&mut self, space: &mut [u8]) -> io::Result<bool> {
        match self.stream.read(space) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.got.extend_from_slice(&space[..count]);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}
