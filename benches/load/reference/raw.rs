//! The minimal reference: one thread, epoll, prepared bytes.

use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};

use memchr::memmem;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use super::chat::{Chat, named, opened};

const DOOR: Token = Token(usize::MAX - 1);
const GREETING: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n\r\n\
event: hello\ndata: {\"epoch\":\"0000002a\"}\n\n";

/// When events are written to listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writes {
    /// At each message.
    Each,
    /// Once for all messages of a wake-up.
    Together,
}

/// Serves until the process is killed.
pub(crate) fn serve(writes: Writes) -> io::Result<()> {
    let poll = Poll::new()?;
    let mut door = TcpListener::bind("127.0.0.1:0".parse().expect("it is an address"))?;
    poll.registry().register(&mut door, DOOR, Interest::READABLE)?;
    super::print_address(door.local_addr()?)?;
    let mut raw = Raw { poll, door, writes, connections: Vec::new(), chats: Vec::new(), behind: Vec::new(), space: vec![0; 64 << 10] };
    let mut events = Events::with_capacity(1_024);
    loop {
        raw.poll.poll(&mut events, None)?;
        for event in &events {
            match event.token() {
                DOOR => raw.accept()?,
                Token(token) => raw.serve_connection(token),
            }
        }
        for chat in std::mem::take(&mut raw.behind) {
            raw.notify(chat);
        }
    }
}

struct Raw {
    poll: Poll,
    door: TcpListener,
    writes: Writes,
    connections: Vec<Connection>,
    chats: Vec<Chat>,
    /// Chats with messages that are not written yet.
    behind: Vec<usize>,
    space: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    /// The followed chat, and how much of its log is written.
    listens: Option<(usize, usize)>,
    /// The bytes of an incomplete request.
    input: Vec<u8>,
    /// The unsent rest of a response.
    output: Vec<u8>,
}

impl Raw {
    fn accept(&mut self) -> io::Result<()> {
        loop {
            match self.door.accept() {
                Ok((mut stream, _)) => {
                    stream.set_nodelay(true)?;
                    let token = Token(self.connections.len());
                    self.poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
                    self.connections.push(Connection { stream, listens: None, input: Vec::new(), output: Vec::new() });
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Handles the readiness of a connection: writes pending bytes, or reads requests.
    fn serve_connection(&mut self, token: usize) {
        if let Some((chat, _)) = self.connections[token].listens {
            self.connections[token].receive(&self.chats[chat].log);
            return;
        }
        let connection = &mut self.connections[token];
        connection.flush();
        let Ok(count) = connection.stream.read(&mut self.space) else { return };
        if count == 0 {
            return;
        }
        if connection.input.is_empty() && is_whole(&self.space[..count]) {
            let space = std::mem::take(&mut self.space);
            self.respond(token, &space[..count]);
            self.space = space;
            return;
        }
        connection.input.extend_from_slice(&self.space[..count]);
        if is_whole(&connection.input) {
            let input = std::mem::take(&mut connection.input);
            self.respond(token, &input);
        }
    }

    fn respond(&mut self, token: usize, request: &[u8]) {
        let path = request.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        match (request[0], named(path)) {
            (b'P', None) => {
                self.chats.push(Chat::default());
                let body = opened(self.chats.len() - 1);
                self.connections[token].send(&[&head("201 Created", body.len()), body.as_bytes()]);
            }
            (b'P', Some(chat)) => self.post(token, chat, request),
            (b'G', Some(chat)) if path.ends_with(b"/events") => {
                self.chats[chat].listeners.push(token);
                self.connections[token].listens = Some((chat, self.chats[chat].log.len()));
                let _ = self.connections[token].stream.write(GREETING);
            }
            (b'G', Some(chat)) => {
                let (page, number) = (self.chats[chat].page(), self.chats[chat].head());
                let (before, after): (&[u8], _) =
                    (b"{\"chat\":{\"kind\":\"link\"},\"messages\":[", format!("],\"head\":{number},\"has_more\":true}}"));
                let head = head("200 OK", before.len() + page.len() + after.len());
                self.connections[token].send(&[&head, before, page, after.as_bytes()]);
            }
            _ => self.connections[token].send(&[&head("404 Not Found", 0)]),
        }
    }

    fn post(&mut self, token: usize, chat: usize, request: &[u8]) {
        let text = memmem::find(request, b"{\"text\":\"").map(|at| &request[at + 9..request.len() - 2]);
        let said = self.chats[chat].take(chat, text.unwrap_or_default());
        let said = self.chats[chat].said(said);
        self.connections[token].send(&[&head("201 Created", said.len()), said]);
        if self.chats[chat].listeners.is_empty() {
            return;
        }
        match self.writes {
            Writes::Each => self.notify(chat),
            Writes::Together if std::mem::replace(&mut self.chats[chat].behind, true) => {}
            Writes::Together => self.behind.push(chat),
        }
    }

    fn notify(&mut self, chat: usize) {
        let Chat { log, listeners, behind, .. } = &mut self.chats[chat];
        *behind = false;
        for token in listeners {
            self.connections[*token].receive(log);
        }
    }
}

impl Connection {
    /// Writes what the listener lacks; if the socket is full, its next event continues.
    fn receive(&mut self, log: &[u8]) {
        let Some((_, had)) = &mut self.listens else { return };
        while *had < log.len() {
            match self.stream.write(&log[*had..]) {
                Ok(count) => *had += count,
                Err(_) => return,
            }
        }
    }

    fn send(&mut self, parts: &[&[u8]]) {
        let slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
        let mut taken = self.stream.write_vectored(&slices).unwrap_or(0);
        for part in parts {
            let had = taken.min(part.len());
            taken -= had;
            self.output.extend_from_slice(&part[had..]);
        }
    }

    fn flush(&mut self) {
        while !self.output.is_empty() {
            match self.stream.write(&self.output) {
                Ok(count) => drop(self.output.drain(..count)),
                Err(_) => return,
            }
        }
    }
}

fn head(status: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n").into_bytes()
}

fn is_whole(input: &[u8]) -> bool {
    let Some(end) = memmem::find(input, b"\r\n\r\n") else { return false };
    let length = memmem::find(&input[..end], b"Content-Length: ").map_or(0, |at| {
        let digits = input[at + 16..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'))
    });
    input.len() >= end + 4 + length
}
