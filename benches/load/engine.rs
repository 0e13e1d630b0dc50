//! The event loop: one thread that receives for all listeners, publishes, and keeps the pace.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::event::Source;
use mio::{Events, Interest, Poll, Token};

use crate::chat::{ChatLoad, Counted, Pace, Turn};
use crate::clock::{Clock, MILLISECOND, SECOND};
use crate::listeners::{Inbox, Listener, Read, SENDERS, connect};
use crate::publisher::Publisher;
use crate::results::Faults;
use crate::server::Chat;
use crate::wire::request;

/// Events per poll: between polls the clock and the chats with priority are checked.
const EVENTS_PER_POLL: usize = 64;
/// How many connections may wait for the server's `hello` at the same time.
const MAX_UNGREETED: usize = 256;
/// The first token of publishers.
const FIRST_PUBLISHER: usize = 1 << 32;
/// How long the last messages may take before they count as lost.
const TIMEOUT: u64 = 20 * SECOND;
const MARGIN: u64 = MILLISECOND;

/// All clients of the load program.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) clock: Clock,
    pub(crate) chat_loads: Vec<ChatLoad>,
    pub(crate) faults: Faults,
    /// The counts of all chats of each [`Turn`].
    pub(crate) counted: [Counted; 2],
    server: SocketAddr,
    listeners: Vec<Listener>,
    publishers: Vec<Publisher>,
    greeted: usize,
    /// Publishers without a message in flight.
    idle: Vec<usize>,
    /// One poll for each [`Turn`].
    polls: [Poll; 2],
    events: Option<Events>,
    space: Vec<u8>,
}

impl Engine {
    pub(crate) fn new(server: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            clock: Clock::start(),
            chat_loads: Vec::new(),
            faults: Faults::default(),
            counted: [Counted::since(u64::MAX), Counted::since(u64::MAX)],
            server,
            listeners: Vec::new(),
            publishers: Vec::new(),
            greeted: 0,
            idle: Vec::new(),
            polls: [Poll::new()?, Poll::new()?],
            events: Some(Events::with_capacity(EVENTS_PER_POLL)),
            space: vec![0; 64 << 10],
        })
    }

    /// Adds a chat with listeners, the first of which is the owner, and publishers, which are the owner. Returns once all listeners are greeted.
    pub(crate) fn add_chat(&mut self, chat: Chat, pace: Pace, turn: Turn, listeners: usize, publishers: usize) -> io::Result<()> {
        let (chat_load, first) = (self.chat_loads.len(), self.listeners.len());
        let posting = self.publishers.len()..self.publishers.len() + publishers.min(SENDERS);
        let requests = [&chat.owner, &chat.guest].map(|who| request("GET", &format!("{}/events", chat.path), who.as_deref(), b""));
        self.chat_loads.push(ChatLoad::new(chat, pace, turn, first..first + listeners, posting.clone()));
        for number in 0..listeners {
            let stream = connect(self.server, first + number, Inbox::Usual, &requests[usize::from(number > 0)])?;
            let mut listener = Listener::new(stream, chat_load);
            self.register(&mut listener.stream, turn, first + number)?;
            self.listeners.push(listener);
            self.wait_until(|engine| engine.greeted + MAX_UNGREETED > engine.listeners.len())?;
        }
        for (sender, publisher) in (0..).zip(posting) {
            let mut arrived = Publisher::new(self.server, &self.chat_loads[chat_load].chat, chat_load, sender)?;
            self.register(&mut arrived.stream, turn, FIRST_PUBLISHER + publisher)?;
            self.publishers.push(arrived);
        }
        self.wait_until(|engine| engine.greeted == engine.listeners.len())
    }

    /// Publishes into every chat for this many nanoseconds.
    pub(crate) fn publish_for(&mut self, span: u64) -> io::Result<()> {
        let now = self.clock.now();
        for chat_load in &mut self.chat_loads {
            chat_load.open = true;
            chat_load.next = now;
        }
        self.idle = (0..self.publishers.len()).collect();
        self.run_until(now + span)
    }

    /// Runs until that moment.
    pub(crate) fn run_until(&mut self, until: u64) -> io::Result<()> {
        while self.clock.now() < until {
            self.run_once(until)?;
        }
        Ok(())
    }

    /// Stops publishing and waits until every listener has everything.
    pub(crate) fn settle(&mut self) -> io::Result<()> {
        for chat_load in &mut self.chat_loads {
            chat_load.open = false;
        }
        let until = self.clock.now() + TIMEOUT;
        let is_settled = |engine: &Self| {
            engine.chat_loads.iter().all(ChatLoad::is_done)
                && engine.publishers.iter().all(|publisher| publisher.under_way.is_none_or(|message| message.answered))
        };
        while !is_settled(self) && self.clock.now() < until {
            self.run_once(until)?;
        }
        Ok(())
    }

    /// Resets the counts.
    pub(crate) fn reset_counts(&mut self) {
        let counted = Counted::since(self.clock.now());
        self.counted = [counted.clone(), counted];
    }

    /// Returns the faults after everything has settled: missing messages count as lost, and each listener with a different order counts.
    pub(crate) fn faults(&self) -> Faults {
        let mut faults = self.faults;
        for chat_load in &self.chat_loads {
            let all = &self.listeners[chat_load.listeners.clone()];
            for listener in all {
                let senders = self.publishers[chat_load.publishers.clone()].iter().enumerate();
                faults.lost += senders.map(|(sender, publisher)| listener.missing(sender, publisher.sent)).sum::<u64>();
                faults.orders += u64::from(listener.order() != all[0].order());
            }
        }
        faults
    }

    fn register(&self, stream: &mut impl Source, turn: Turn, token: usize) -> io::Result<()> {
        self.polls[turn as usize].registry().register(stream, Token(token), Interest::READABLE)
    }

    fn wait_until(&mut self, enough: impl Fn(&Self) -> bool) -> io::Result<()> {
        let until = self.clock.now() + TIMEOUT;
        while !enough(self) {
            self.run_once(until)?;
            if self.clock.now() >= until {
                return Err(io::Error::other(format!("{} of {} listeners were greeted", self.greeted, self.listeners.len())));
            }
        }
        Ok(())
    }

    /// Sends what is due, then polls once, at most until the next message is due.
    fn run_once(&mut self, until: u64) -> io::Result<()> {
        let next = self.send_due()?.min(until);
        let hurried = self.chat_loads.iter().any(|chat_load| chat_load.turn == Turn::First);
        // The kernel counts milliseconds: the rest of the time is spent polling.
        let wait = next.saturating_sub(self.clock.now() + MARGIN) / MILLISECOND * MILLISECOND;
        if hurried {
            self.poll(Turn::First, 0)?;
        }
        self.poll(Turn::Usual, if hurried { 0 } else { wait })
    }

    fn poll(&mut self, turn: Turn, wait: u64) -> io::Result<()> {
        let mut events = self.events.take().expect("the events are put back below");
        let polled = self.polls[turn as usize].poll(&mut events, Some(Duration::from_nanos(wait)));
        if polled.is_ok() {
            for event in &events {
                match event.token().0 {
                    publisher @ FIRST_PUBLISHER.. => self.receive_response(publisher - FIRST_PUBLISHER)?,
                    listener => self.receive(listener),
                }
            }
        }
        self.events = Some(events);
        match polled {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }

    /// Sends what is due; returns when the next message is.
    fn send_due(&mut self) -> io::Result<u64> {
        let (now, mut next) = (self.clock.now(), u64::MAX);
        for chat_load in self.chat_loads.iter_mut().filter(|chat_load| chat_load.open) {
            if let Pace::Open(every) = chat_load.pace {
                while chat_load.next <= now {
                    chat_load.due.push_back(chat_load.next);
                    chat_load.next += every;
                }
                next = next.min(chat_load.next);
            }
        }
        let mut resting = Vec::new();
        for publisher in std::mem::take(&mut self.idle) {
            let chat_load = &mut self.chat_loads[self.publishers[publisher].chat_load];
            let due = match chat_load.pace {
                Pace::Open(_) => chat_load.due.pop_front(),
                _ => chat_load.open.then_some(now),
            };
            let Some(due) = due else {
                resting.push(publisher);
                continue;
            };
            self.publishers[publisher].post(due, chat_load.listeners.len())?;
            chat_load.sent += 1;
            self.counted[chat_load.turn as usize].sent(due, self.clock.now());
        }
        self.idle.extend(resting);
        Ok(next)
    }

    fn receive(&mut self, number: usize) {
        let listener = &mut self.listeners[number];
        let chat_load = &mut self.chat_loads[listener.chat_load];
        let (publishers, idle, counted) = (&mut self.publishers, &mut self.idle, &mut self.counted[chat_load.turn as usize]);
        let greeted = listener.greeted;
        loop {
            let now = self.clock.now();
            let read = listener.read(&mut self.space, &mut self.faults, |payload| {
                chat_load.heard += 1;
                counted.delivery(payload.due, now);
                let publisher = chat_load.publishers.start + usize::from(payload.sender);
                if let Some(message) = publishers[publisher].under_way.as_mut().filter(|message| message.payload.number == payload.number) {
                    message.missing = message.missing.saturating_sub(1);
                    if message.missing == 0 && message.answered && chat_load.pace == Pace::AwaitsAll {
                        idle.push(publisher);
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

    fn receive_response(&mut self, number: usize) -> io::Result<()> {
        let publisher = &mut self.publishers[number];
        let Some(status) = publisher.read(&mut self.space)? else { return Ok(()) };
        let chat_load = &mut self.chat_loads[publisher.chat_load];
        self.faults.broken += u64::from(status != 201);
        if let Some(message) = &mut publisher.under_way {
            self.counted[chat_load.turn as usize].answer(message.payload.due, self.clock.now());
            message.answered = true;
            if chat_load.pace != Pace::AwaitsAll || message.missing == 0 {
                self.idle.push(number);
            }
        }
        Ok(())
    }
}
