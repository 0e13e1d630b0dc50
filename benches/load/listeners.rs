//! Listeners: how they connect and check what they receive.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};

use memchr::memmem;
use mio::net::TcpStream;
use socket2::{Domain, Protocol, Socket, Type};

use crate::payload::{self, Payload};
use crate::results::Faults;

/// The most publishers of a chat.
pub(crate) const SENDERS: usize = 8;
/// Connections per address.
const CONNECTIONS_PER_ADDRESS: usize = 200;
/// The first event of every stream.
const HELLO: &[u8] = b"event: hello";

/// The size of a listener's receive buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inbox {
    /// The system's default.
    Usual,
    /// Very small, so that a listener that does not read stalls soon.
    Narrow,
}

/// Opens a connection from one of many addresses and sends `first`.
pub(crate) fn connect(server: SocketAddr, number: usize, inbox: Inbox, first: &[u8]) -> io::Result<std::net::TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    if inbox == Inbox::Narrow {
        socket.set_recv_buffer_size(4 << 10)?;
    }
    socket.set_tcp_nodelay(true)?;
    let from = u8::try_from(number / CONNECTIONS_PER_ADDRESS % 200).expect("it is below 200");
    socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 1, from + 1), 0)).into())?;
    socket.connect(&server.into())?;
    let mut stream = std::net::TcpStream::from(socket);
    stream.write_all(first)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// A listener of a chat.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) stream: TcpStream,
    /// The index of the chat.
    pub(crate) chat_load: usize,
    /// Set once the stream has said `hello`.
    pub(crate) greeted: bool,
    /// Bytes of an incomplete payload.
    kept: Vec<u8>,
    /// The next expected number of each publisher.
    next: [u32; SENDERS],
    /// A hash over the order of messages.
    order: u64,
}

/// The result of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// Everything was read.
    All,
    /// The buffer was filled; there may be more.
    Some,
    /// The stream has ended.
    Ended,
}

impl Listener {
    pub(crate) fn new(stream: std::net::TcpStream, chat_load: usize) -> Self {
        let stream = TcpStream::from_std(stream);
        Self { stream, chat_load, greeted: false, kept: Vec::new(), next: [0; SENDERS], order: 0 }
    }

    /// Reads once; passes each new message to `found` and counts everything else as a fault.
    pub(crate) fn read(&mut self, space: &mut [u8], faults: &mut Faults, found: impl FnMut(Payload)) -> Read {
        let count = match self.stream.read(space) {
            Ok(0) => return Read::Ended,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Read::All,
            Err(_) => return Read::Ended,
        };
        if self.greeted {
            self.receive(&space[..count], faults, found);
        } else {
            self.read_greeting(&space[..count], faults, found);
        }
        if count == space.len() { Read::Some } else { Read::All }
    }

    fn read_greeting(&mut self, got: &[u8], faults: &mut Faults, found: impl FnMut(Payload)) {
        self.kept.extend_from_slice(got);
        let Some(at) = memmem::find(&self.kept, HELLO) else { return };
        self.greeted = true;
        let got = std::mem::take(&mut self.kept);
        self.receive(&got[at..], faults, found);
    }

    fn receive(&mut self, got: &[u8], faults: &mut Faults, mut found: impl FnMut(Payload)) {
        let (next, order) = (&mut self.next, &mut self.order);
        payload::each(&mut self.kept, got, |payload| {
            let Some((payload, next)) = payload.and_then(|payload| Some((payload, next.get_mut(usize::from(payload.sender))?))) else {
                faults.broken += 1;
                return;
            };
            if payload.number < *next {
                faults.again += 1;
                return;
            }
            faults.lost += u64::from(payload.number - *next);
            *next = payload.number + 1;
            *order = order.wrapping_mul(0x0100_0000_01b3) ^ (u64::from(payload.sender) << 32 | u64::from(payload.number));
            found(payload);
        });
    }

    /// Returns how many messages of publisher `sender`, which has sent `sent`, are missing.
    pub(crate) fn missing(&self, sender: usize, sent: u32) -> u64 {
        u64::from(sent.saturating_sub(self.next[sender]))
    }

    /// Returns the hash over the order of messages.
    pub(crate) const fn order(&self) -> u64 {
        self.order
    }
}
