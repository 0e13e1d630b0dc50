//! Publishers: each has one connection and one message in flight.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::TcpStream;

use crate::listeners::{Inbox, connect};
use crate::payload::{LENGTH, Payload};
use crate::server::Chat;
use crate::wire::{answer, request};

/// The length of a message's text in bytes.
pub(crate) const TEXT: usize = 200;
/// Where the text begins in a body.
const BODY_START: &[u8] = b"{\"text\":\"";

/// Serializes a message with an empty payload as JSON.
pub(crate) fn body(text: usize) -> Vec<u8> {
    [BODY_START, &vec![b'x'; text], b"\"}"].concat()
}

/// A message in flight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnderWay {
    pub(crate) payload: Payload,
    /// Set once the server has answered.
    pub(crate) answered: bool,
    /// Listeners that have not received it.
    pub(crate) missing: usize,
}

/// A publisher of a chat.
#[derive(Debug)]
pub(crate) struct Publisher {
    pub(crate) stream: TcpStream,
    pub(crate) chat_load: usize,
    /// Its index among the chat's publishers.
    sender: u8,
    /// Messages sent so far.
    pub(crate) sent: u32,
    pub(crate) under_way: Option<UnderWay>,
    request: Vec<u8>,
    got: Vec<u8>,
}

impl Publisher {
    pub(crate) fn new(server: SocketAddr, chat: &Chat, chat_load: usize, sender: u8) -> io::Result<Self> {
        let request = request("POST", &chat.path, chat.owner.as_deref(), &body(TEXT));
        let stream = TcpStream::from_std(connect(server, usize::from(sender), Inbox::Usual, b"")?);
        Ok(Self { stream, chat_load, sender, sent: 0, under_way: None, request, got: Vec::new() })
    }

    /// Sends the next message, which was due at `due`, to this many listeners.
    pub(crate) fn post(&mut self, due: u64, listeners: usize) -> io::Result<()> {
        let payload = Payload { sender: self.sender, number: self.sent, due };
        let text = self.request.len() - TEXT - 2;
        payload.write(&mut self.request[text..text + LENGTH]);
        self.sent += 1;
        self.under_way = Some(UnderWay { payload, answered: false, missing: listeners });
        self.stream.write_all(&self.request)
    }

    /// Reads; returns the status once a response is complete.
    pub(crate) fn read(&mut self, space: &mut [u8]) -> io::Result<Option<u16>> {
        loop {
            match self.stream.read(space) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.got.extend_from_slice(&space[..count]);
                    if let Some(answer) = answer(&self.got)? {
                        self.got.clear();
                        return Ok(Some(answer.status));
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}
