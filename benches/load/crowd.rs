//! Listeners: how they come, and what each of them makes of what it gets.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};

use memchr::memmem;
use mio::net::TcpStream;
use socket2::{Domain, Protocol, Socket, Type};

use crate::figures::Faults;
use crate::mark::{self, Mark};

/// The most posters of a room.
pub(crate) const SENDERS: usize = 8;
/// How many connections come from one address.
const FROM_ONE: usize = 200;
/// What every stream says first.
const HELLO: &[u8] = b"event: hello";

/// How much room there is for what a listener does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inbox {
    /// As much as the machine gives.
    Usual,
    /// Very little, so that whoever reads nothing is full soon.
    Narrow,
}

/// A connection from one of many addresses that has sent `first`.
pub(crate) fn comes(server: SocketAddr, number: usize, inbox: Inbox, first: &[u8]) -> io::Result<std::net::TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    if inbox == Inbox::Narrow {
        socket.set_recv_buffer_size(4 << 10)?;
    }
    socket.set_tcp_nodelay(true)?;
    let from = u8::try_from(number / FROM_ONE % 200).expect("it is below 200");
    socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 1, from + 1), 0)).into())?;
    socket.connect(&server.into())?;
    let mut stream = std::net::TcpStream::from(socket);
    stream.write_all(first)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// Somebody who listens to a room.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) stream: TcpStream,
    /// Which room.
    pub(crate) room: usize,
    /// Whether the stream has said hello.
    pub(crate) greeted: bool,
    /// What belongs to something that has not come whole.
    kept: Vec<u8>,
    /// The next number of each poster.
    next: [u32; SENDERS],
    /// What was heard in which order, in one number.
    order: u64,
}

/// What a listener made of what it got at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// All that there was.
    All,
    /// As much as fits; there may be more.
    Some,
    /// The stream has ended.
    Ended,
}

impl Listener {
    pub(crate) fn new(stream: std::net::TcpStream, room: usize) -> Self {
        let stream = TcpStream::from_std(stream);
        Self { stream, room, greeted: false, kept: Vec::new(), next: [0; SENDERS], order: 0 }
    }

    /// Reads once; each message that is new is handed over, everything else is counted among the faults.
    pub(crate) fn reads(&mut self, space: &mut [u8], faults: &mut Faults, found: impl FnMut(Mark)) -> Read {
        let count = match self.stream.read(space) {
            Ok(0) => return Read::Ended,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Read::All,
            Err(_) => return Read::Ended,
        };
        if self.greeted {
            self.hears(&space[..count], faults, found);
        } else {
            self.is_greeted(&space[..count], faults, found);
        }
        if count == space.len() { Read::Some } else { Read::All }
    }

    fn is_greeted(&mut self, got: &[u8], faults: &mut Faults, found: impl FnMut(Mark)) {
        self.kept.extend_from_slice(got);
        let Some(at) = memmem::find(&self.kept, HELLO) else { return };
        self.greeted = true;
        let got = std::mem::take(&mut self.kept);
        self.hears(&got[at..], faults, found);
    }

    fn hears(&mut self, got: &[u8], faults: &mut Faults, mut found: impl FnMut(Mark)) {
        let (next, order) = (&mut self.next, &mut self.order);
        mark::each(&mut self.kept, got, |mark| {
            let Some((mark, next)) = mark.and_then(|mark| Some((mark, next.get_mut(usize::from(mark.sender))?))) else {
                faults.broken += 1;
                return;
            };
            if mark.number < *next {
                faults.again += 1;
                return;
            }
            faults.lost += u64::from(mark.number - *next);
            *next = mark.number + 1;
            *order = order.wrapping_mul(0x0100_0000_01b3) ^ (u64::from(mark.sender) << 32 | u64::from(mark.number));
            found(mark);
        });
    }

    /// What is missing in the end, where poster `sender` has sent `sent`.
    pub(crate) fn missing(&self, sender: usize, sent: u32) -> u64 {
        u64::from(sent.saturating_sub(self.next[sender]))
    }

    /// What was heard in which order.
    pub(crate) const fn order(&self) -> u64 {
        self.order
    }
}
