//! A listener's place at a writer: a socket, what it is told, what of that it has not taken in yet.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::{Buf as _, Bytes};
use socket2::SockRef;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::bell::Bell;
use super::chunks::{self, Chunks, END};
use crate::domain::clock::Timestamp;
use crate::http::connection::Hold;
use crate::http::connection::course::STALLED;
use crate::http::handover::Listening;

/// How often in a row somebody who takes in everything is handed more before others have their turn.
const IN_A_ROW: usize = 4;

/// What a connection is made of that is not served at the moment.
#[derive(Debug)]
pub(in crate::http::connection) struct Resting {
    pub(in crate::http::connection) socket: TcpStream,
    pub(in crate::http::connection) address: SocketAddr,
    pub(in crate::http::connection) hold: Hold,
    /// It is counted among the open ones.
    pub(in crate::http::connection) counted: TaskTrackerToken,
}

/// A stream that a writer is to take.
pub(in crate::http::connection) struct Taken {
    pub(in crate::http::connection) resting: Resting,
    /// The answer, whose body holds what is held as long as the stream lasts.
    pub(in crate::http::connection) response: Response,
    pub(in crate::http::connection) listening: Listening,
    /// Where the connection goes when the stream has ended.
    pub(in crate::http::connection) back: mpsc::UnboundedSender<Resting>,
}

/// What becomes of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is told more when there is more, or when it takes in more.
    Stays,
    /// It was told everything.
    IsDone,
    /// It went away.
    Left,
}

/// Who else at this writer listens to the same log, and where among them this one is; nowhere while it takes in nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Among {
    pub(super) crowd: u32,
    pub(super) place: Option<u32>,
}

pub(super) struct Slot {
    resting: Resting,
    pub(super) listening: Listening,
    /// What it has not taken in yet.
    rest: Bytes,
    /// Until when somebody who takes in nothing is borne with.
    stalled: Option<Timestamp>,
    /// When the writer looks after it.
    pub(super) alarm: Option<Timestamp>,
    pub(super) among: Option<Among>,
    bell: Arc<Bell>,
    over: bool,
    /// Whether it sent something, so that its leaving is seen no earlier than when something is written to it.
    sent: bool,
    /// It holds what is held as long as the stream lasts.
    body: Body,
    back: mpsc::UnboundedSender<Resting>,
}

impl Slot {
    /// A place for whom a writer took; nothing is written yet. The answer tells this date.
    pub(super) fn new(taken: Taken, bell: Arc<Bell>, among: Option<Among>, date: Timestamp) -> Self {
        let Taken { resting, response, listening, back } = taken;
        let (parts, body) = response.into_parts();
        let rest = chunks::head(&parts, date).into();
        Self { resting, listening, rest, stalled: None, alarm: None, among, bell, over: false, sent: false, body, back }
    }

    /// The head of the answer goes out with the first words, which are few; what follows is the same for many.
    pub(super) fn begins(&mut self, now: Timestamp, chunks: &mut Chunks) -> Fate {
        let mut first = Vec::from(std::mem::take(&mut self.rest));
        match self.listening.poll_next(now, || self.bell.clone().into()) {
            Poll::Pending => {}
            Poll::Ready(Some(bytes)) => chunks::put(&mut first, &bytes),
            Poll::Ready(None) => {
                first.extend_from_slice(END);
                self.over = true;
            }
        }
        self.rest = first.into();
        self.rang(now, chunks)
    }

    /// Its bell rang: it may have left, or there may be something to do.
    pub(super) fn rang(&mut self, now: Timestamp, chunks: &mut Chunks) -> Fate {
        self.bell.hush();
        if self.has_left() { Fate::Left } else { self.goes_on(now, chunks) }
    }

    /// The log that it follows has changed.
    pub(super) fn woken(&mut self, now: Timestamp, chunks: &mut Chunks) -> Fate {
        let free = self.listening.wake() && !self.is_behind();
        if free { self.goes_on(now, chunks) } else { Fate::Stays }
    }

    /// Hands it whatever there is, as long as it takes it in.
    pub(super) fn goes_on(&mut self, now: Timestamp, chunks: &mut Chunks) -> Fate {
        for _ in 0..IN_A_ROW {
            match self.poll_write(now, chunks) {
                Poll::Pending => return Fate::Stays,
                Poll::Ready(Err(_)) => return Fate::Left,
                Poll::Ready(Ok(())) if self.over => return Fate::IsDone,
                Poll::Ready(Ok(())) => {}
            }
            self.rest = match self.listening.poll_next(now, || self.bell.clone().into()) {
                Poll::Pending => return Fate::Stays,
                Poll::Ready(Some(bytes)) => chunks.of(bytes),
                Poll::Ready(None) => {
                    self.over = true;
                    Bytes::from_static(END)
                }
            };
        }
        self.bell.ring();
        Fate::Stays
    }

    /// Writes what is left to write; ready when there is nothing left.
    fn poll_write(&mut self, now: Timestamp, chunks: &mut Chunks) -> Poll<io::Result<()>> {
        while !self.rest.is_empty() {
            match self.try_write() {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(bytes) => {
                    chunks.wrote(bytes);
                    self.rest.advance(bytes);
                    self.stalled = None;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.resting.socket.poll_write_ready(&mut Context::from_waker(&self.bell.clone().into()))?.is_pending() {
                        self.stalled.get_or_insert_with(|| now + STALLED);
                        return Poll::Pending;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        self.rest = Bytes::new();
        Poll::Ready(Ok(()))
    }

    /// Writes past tokio, to whose notes on each socket a look takes longer than it tells; where nothing is taken in, tokio tries too, and watches from then on.
    fn try_write(&self) -> io::Result<usize> {
        match SockRef::from(&self.resting.socket).send(&self.rest) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.resting.socket.try_write(&self.rest),
            done => done,
        }
    }

    /// Whether the other side has gone. What it sends is left in the kernel, for whoever serves the connection afterwards.
    fn has_left(&mut self) -> bool {
        if self.sent {
            return false;
        }
        let waker = Waker::from(self.bell.clone());
        let mut space = [0; 1];
        match self.resting.socket.poll_peek(&mut Context::from_waker(&waker), &mut ReadBuf::new(&mut space)) {
            Poll::Pending => false,
            Poll::Ready(Ok(0) | Err(_)) => true,
            Poll::Ready(Ok(_)) => {
                self.sent = true;
                false
            }
        }
    }

    /// When the writer is to look after it: when it has taken in nothing for too long, else when it is to say that it is alive.
    pub(super) fn wants(&self) -> Option<Timestamp> {
        self.stalled.or_else(|| self.listening.beats_at())
    }

    /// Whether it has not taken in everything: until it does, no news is any to it.
    pub(super) const fn is_behind(&self) -> bool {
        !self.rest.is_empty()
    }

    /// Whether it has taken in nothing for too long.
    pub(super) fn is_stuck(&self, now: Timestamp) -> bool {
        self.stalled.is_some_and(|until| until <= now)
    }

    /// Cuts it: what waits in the kernel goes too, at once, instead of being offered for as long again.
    pub(super) fn cut(self) {
        // Where that cannot be, the kernel's own patience ends it.
        let _ = SockRef::from(&self.resting.socket).set_linger(Some(Duration::ZERO));
    }

    /// The stream has ended: the connection goes back to where it came from. What is handed out is to be closed, since nobody serves it any more.
    pub(super) fn done(self) -> Option<Resting> {
        let Self { resting, listening, body, back, .. } = self;
        // The stream's place is left before another can be asked for.
        drop((listening, body));
        back.send(resting).err().map(|refused| refused.0)
    }
}
