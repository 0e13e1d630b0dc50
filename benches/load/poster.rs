//! Posters: each has one connection, and one message under way at a time.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::TcpStream;

use crate::crowd::{Inbox, comes};
use crate::mark::{LENGTH, Mark};
use crate::server::Chat;
use crate::wire::{answer, request};

/// How many bytes a message's text has.
pub(crate) const TEXT: usize = 200;
/// Where the text begins in a body.
const BEFORE: &[u8] = b"{\"text\":\"";

/// A message with nothing in its mark yet, as JSON.
pub(crate) fn body(text: usize) -> Vec<u8> {
    [BEFORE, &vec![b'x'; text], b"\"}"].concat()
}

/// A message under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnderWay {
    pub(crate) mark: Mark,
    /// Whether the server has answered.
    pub(crate) answered: bool,
    /// How many listeners do not have it.
    pub(crate) missing: usize,
}

/// Somebody who posts into a room.
#[derive(Debug)]
pub(crate) struct Poster {
    pub(crate) stream: TcpStream,
    pub(crate) room: usize,
    /// Which of the room's posters.
    sender: u8,
    /// How many messages were sent.
    pub(crate) sent: u32,
    pub(crate) under_way: Option<UnderWay>,
    request: Vec<u8>,
    got: Vec<u8>,
}

impl Poster {
    pub(crate) fn new(server: SocketAddr, chat: &Chat, room: usize, sender: u8) -> io::Result<Self> {
        let request = request("POST", &chat.path, chat.owner.as_deref(), &body(TEXT));
        let stream = TcpStream::from_std(comes(server, usize::from(sender), Inbox::Usual, b"")?);
        Ok(Self { stream, room, sender, sent: 0, under_way: None, request, got: Vec::new() })
    }

    /// Sends the next message, which was due at `due`, to so many listeners.
    pub(crate) fn posts(&mut self, due: u64, listeners: usize) -> io::Result<()> {
        let mark = Mark { sender: self.sender, number: self.sent, due };
        let text = self.request.len() - TEXT - 2;
        mark.write(&mut self.request[text..text + LENGTH]);
        self.sent += 1;
        self.under_way = Some(UnderWay { mark, answered: false, missing: listeners });
        self.stream.write_all(&self.request)
    }

    /// Reads; the status, once an answer has come whole.
    pub(crate) fn reads(&mut self, space: &mut [u8]) -> io::Result<Option<u16>> {
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
