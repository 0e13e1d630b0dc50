//! The loop: one thread that listens for everybody, posts, and keeps the pace.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::event::Source;
use mio::{Events, Interest, Poll, Token};

use crate::clock::{Clock, MILLISECOND, SECOND};
use crate::crowd::{Inbox, Listener, Read, SENDERS, comes};
use crate::figures::Faults;
use crate::poster::Poster;
use crate::room::{Counted, Pace, Room, Turn};
use crate::server::Chat;
use crate::wire::request;

/// How many events are taken at once: between them the clock is looked at, and whoever comes first.
const AT_ONCE: usize = 64;
/// How many connections may wait for the server's hello at one time.
const AT_THE_DOOR: usize = 256;
/// The tokens of posters begin here.
const POSTERS: usize = 1 << 32;
/// How long the last messages may take to arrive before they count as lost.
const PATIENCE: u64 = 20 * SECOND;
const MARGIN: u64 = MILLISECOND;

/// Everybody on this side.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) clock: Clock,
    pub(crate) rooms: Vec<Room>,
    pub(crate) faults: Faults,
    /// What is counted of all rooms of each [`Turn`].
    pub(crate) counted: [Counted; 2],
    server: SocketAddr,
    listeners: Vec<Listener>,
    posters: Vec<Poster>,
    greeted: usize,
    /// Posters with nothing under way.
    idle: Vec<usize>,
    /// One for each [`Turn`].
    polls: [Poll; 2],
    events: Option<Events>,
    space: Vec<u8>,
}

impl Engine {
    pub(crate) fn new(server: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            clock: Clock::start(),
            rooms: Vec::new(),
            faults: Faults::default(),
            counted: [Counted::since(u64::MAX), Counted::since(u64::MAX)],
            server,
            listeners: Vec::new(),
            posters: Vec::new(),
            greeted: 0,
            idle: Vec::new(),
            polls: [Poll::new()?, Poll::new()?],
            events: Some(Events::with_capacity(AT_ONCE)),
            space: vec![0; 64 << 10],
        })
    }

    /// Fills a room: so many listeners, the first of whom is the owner, and posters who are the owner. Returns once everybody was greeted.
    pub(crate) fn fills(&mut self, chat: Chat, pace: Pace, turn: Turn, listeners: usize, posters: usize) -> io::Result<()> {
        let (room, first) = (self.rooms.len(), self.listeners.len());
        let posting = self.posters.len()..self.posters.len() + posters.min(SENDERS);
        let requests = [&chat.owner, &chat.guest].map(|who| request("GET", &format!("{}/events", chat.path), who.as_deref(), b""));
        self.rooms.push(Room::new(chat, pace, turn, first..first + listeners, posting.clone()));
        for number in 0..listeners {
            let stream = comes(self.server, first + number, Inbox::Usual, &requests[usize::from(number > 0)])?;
            let mut listener = Listener::new(stream, room);
            self.register(&mut listener.stream, turn, first + number)?;
            self.listeners.push(listener);
            self.waits(|engine| engine.greeted + AT_THE_DOOR > engine.listeners.len())?;
        }
        for (sender, poster) in (0..).zip(posting) {
            let mut arrived = Poster::new(self.server, &self.rooms[room].chat, room, sender)?;
            self.register(&mut arrived.stream, turn, POSTERS + poster)?;
            self.posters.push(arrived);
        }
        self.waits(|engine| engine.greeted == engine.listeners.len())
    }

    /// Begins to post into every room, and goes on for so many nanoseconds.
    pub(crate) fn posts_for(&mut self, span: u64) -> io::Result<()> {
        let now = self.clock.now();
        for room in &mut self.rooms {
            room.open = true;
            room.next = now;
        }
        self.idle = (0..self.posters.len()).collect();
        self.passes(now + span)
    }

    /// Goes on until that moment.
    pub(crate) fn passes(&mut self, until: u64) -> io::Result<()> {
        while self.clock.now() < until {
            self.turns(until)?;
        }
        Ok(())
    }

    /// Ends posting, and waits until everybody has everything.
    pub(crate) fn settles(&mut self) -> io::Result<()> {
        for room in &mut self.rooms {
            room.open = false;
        }
        let until = self.clock.now() + PATIENCE;
        let is_settled = |engine: &Self| {
            engine.rooms.iter().all(Room::is_done) && engine.posters.iter().all(|poster| poster.under_way.is_none_or(|message| message.answered))
        };
        while !is_settled(self) && self.clock.now() < until {
            self.turns(until)?;
        }
        Ok(())
    }

    /// Counts anew, from now on.
    pub(crate) fn counts(&mut self) {
        let counted = Counted::since(self.clock.now());
        self.counted = [counted.clone(), counted];
    }

    /// What went wrong, after everything has settled: what is missing counts as lost, whoever heard another order as such.
    pub(crate) fn judged(&self) -> Faults {
        let mut faults = self.faults;
        for room in &self.rooms {
            let all = &self.listeners[room.listeners.clone()];
            for listener in all {
                let senders = self.posters[room.posters.clone()].iter().enumerate();
                faults.lost += senders.map(|(sender, poster)| listener.missing(sender, poster.sent)).sum::<u64>();
                faults.orders += u64::from(listener.order() != all[0].order());
            }
        }
        faults
    }

    fn register(&self, stream: &mut impl Source, turn: Turn, token: usize) -> io::Result<()> {
        self.polls[turn as usize].registry().register(stream, Token(token), Interest::READABLE)
    }

    fn waits(&mut self, enough: impl Fn(&Self) -> bool) -> io::Result<()> {
        let until = self.clock.now() + PATIENCE;
        while !enough(self) {
            self.turns(until)?;
            if self.clock.now() >= until {
                return Err(io::Error::other(format!("{} of {} listeners were greeted", self.greeted, self.listeners.len())));
            }
        }
        Ok(())
    }

    /// Sends what is due, then looks once at what has come, and waits for that at most until the next thing is due.
    fn turns(&mut self, until: u64) -> io::Result<()> {
        let next = self.sends_what_is_due()?.min(until);
        let hurried = self.rooms.iter().any(|room| room.turn == Turn::First);
        // The kernel counts milliseconds: the rest of the time is spent looking.
        let wait = next.saturating_sub(self.clock.now() + MARGIN) / MILLISECOND * MILLISECOND;
        if hurried {
            self.looks(Turn::First, 0)?;
        }
        self.looks(Turn::Usual, if hurried { 0 } else { wait })
    }

    fn looks(&mut self, turn: Turn, wait: u64) -> io::Result<()> {
        let mut events = self.events.take().expect("they are put back below");
        let polled = self.polls[turn as usize].poll(&mut events, Some(Duration::from_nanos(wait)));
        if polled.is_ok() {
            for event in &events {
                match event.token().0 {
                    poster @ POSTERS.. => self.hears_answer(poster - POSTERS)?,
                    listener => self.hears(listener),
                }
            }
        }
        self.events = Some(events);
        match polled {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }

    /// Sends what is due; when the next thing is.
    fn sends_what_is_due(&mut self) -> io::Result<u64> {
        let (now, mut next) = (self.clock.now(), u64::MAX);
        for room in self.rooms.iter_mut().filter(|room| room.open) {
            if let Pace::Open(every) = room.pace {
                while room.next <= now {
                    room.due.push_back(room.next);
                    room.next += every;
                }
                next = next.min(room.next);
            }
        }
        let mut resting = Vec::new();
        for poster in std::mem::take(&mut self.idle) {
            let room = &mut self.rooms[self.posters[poster].room];
            let due = match room.pace {
                Pace::Open(_) => room.due.pop_front(),
                _ => room.open.then_some(now),
            };
            let Some(due) = due else {
                resting.push(poster);
                continue;
            };
            self.posters[poster].posts(due, room.listeners.len())?;
            room.sent += 1;
            self.counted[room.turn as usize].sent(due, self.clock.now());
        }
        self.idle.extend(resting);
        Ok(next)
    }

    fn hears(&mut self, number: usize) {
        let listener = &mut self.listeners[number];
        let room = &mut self.rooms[listener.room];
        let (posters, idle, counted) = (&mut self.posters, &mut self.idle, &mut self.counted[room.turn as usize]);
        let greeted = listener.greeted;
        loop {
            let now = self.clock.now();
            let read = listener.reads(&mut self.space, &mut self.faults, |mark| {
                room.heard += 1;
                counted.delivery(mark.due, now);
                let poster = room.posters.start + usize::from(mark.sender);
                if let Some(message) = posters[poster].under_way.as_mut().filter(|message| message.mark.number == mark.number) {
                    message.missing = message.missing.saturating_sub(1);
                    if message.missing == 0 && message.answered && room.pace == Pace::AwaitsAll {
                        idle.push(poster);
                    }
                }
            });
            match read {
                Read::Some => {}
                Read::All => break,
                Read::Ended => {
                    self.faults.broken += 1;
                    break;
                }
            }
        }
        self.greeted += usize::from(listener.greeted && !greeted);
    }

    fn hears_answer(&mut self, number: usize) -> io::Result<()> {
        let poster = &mut self.posters[number];
        let Some(status) = poster.reads(&mut self.space)? else { return Ok(()) };
        let room = &mut self.rooms[poster.room];
        self.faults.broken += u64::from(status != 201);
        if let Some(message) = &mut poster.under_way {
            self.counted[room.turn as usize].answer(message.mark.due, self.clock.now());
            message.answered = true;
            if room.pace != Pace::AwaitsAll || message.missing == 0 {
                self.idle.push(number);
            }
        }
        Ok(())
    }
}
