//! Members who post while others ask for five times what the server can do (SEC-113).

use std::io;
use std::time::Duration;

use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token};

use super::{Case, a_second};
use crate::caller::Caller;
use crate::clock::{Clock, MILLISECOND, SECOND};
use crate::figures::{Faults, Run, histogram, real};
use crate::machine::Watch;
use crate::pipeline::Pipeline;
use crate::poster::{TEXT, body};
use crate::server::{Chat, Server};
use crate::wire::request;

/// How many chats a connection opens with one piece of bytes.
const AT_ONCE: usize = 64;
/// On how many connections the server's capacity is measured.
const CALM: usize = 8;
/// How many times the capacity is asked for.
const TIMES: u64 = 5;
/// How many members there are, each in a chat of their own, and how far apart each one's posts are.
const MEMBERS: usize = 1_000;
const APART: u64 = SECOND;
/// Within which time a member's post is to be answered.
const SOON: u64 = SECOND / 2;
/// How long the last answers may take.
const LAST: u64 = 2 * SECOND;

/// A member: what they send, and since when it has been due.
struct Member {
    line: Pipeline,
    post: Vec<u8>,
    due: u64,
    is_waiting: bool,
}

/// What was answered.
struct Counts {
    opened: u64,
    refused: u64,
    posts: u64,
    in_time: u64,
    times: Histogram<u64>,
    faults: Faults,
}

/// Everybody who asks the server for something.
struct Load {
    poll: Poll,
    clock: Clock,
    askers: Vec<Pipeline>,
    idle: Vec<usize>,
    members: Vec<Member>,
    opening: Vec<u8>,
    /// How many openings were sent.
    sent: u64,
    counts: Counts,
}

/// What a run measures: the capacity first, then five times as much with members beside it.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.starts()?;
    let mut calm = Load::of(&server, CALM, 0)?;
    let span = calm.goes_on(case.span(2_000), u64::MAX / SECOND)?;
    let capacity = calm.counts.opened * SECOND / span;
    let mut load = Load::of(&server, case.size(), MEMBERS)?;
    let watch = Watch::start(server.process());
    let span = load.goes_on(case.span(8_000), capacity * TIMES)?;
    let counts = &mut load.counts;
    counts.faults.broken += calm.counts.refused;
    let mut run = case.made(&watch.taken(), counts.faults);
    run.put("capacity, chats/s", real(capacity));
    run.put("due / capacity", real(TIMES));
    run.put("sent / capacity", a_second(load.sent, span) / real(capacity));
    run.put("opened/s", a_second(counts.opened, span));
    run.put("refused/s", a_second(counts.refused, span));
    run.put("members' posts/s", a_second(counts.posts, span));
    run.put("in 0.5 s %", 100.0 * real(counts.in_time) / real(counts.posts.max(1)));
    run.put_latency("post ", &counts.times);
    Ok(vec![run])
}

impl Load {
    fn of(server: &Server, askers: usize, members: usize) -> io::Result<Self> {
        let (poll, mut caller) = (Poll::new()?, Caller::to(server.address())?);
        let line = |number: usize, token: usize| {
            let mut line = Pipeline::to(server.address(), number)?;
            poll.registry().register(&mut line.stream, Token(token), Interest::READABLE)?;
            io::Result::Ok(line)
        };
        let lines = (0..askers).map(|number| line(number, number)).collect::<io::Result<_>>()?;
        let mut all = Vec::new();
        for number in 0..members {
            let chat: Chat = server.opens(&mut caller)?;
            let post = request("POST", &chat.path, chat.owner.as_deref(), &body(TEXT));
            let due = APART * number as u64 / MEMBERS as u64;
            all.push(Member { line: line(number, askers + number)?, post, due, is_waiting: false });
        }
        let counts = Counts { opened: 0, refused: 0, posts: 0, in_time: 0, times: histogram(), faults: Faults::default() };
        let opening = request("POST", "/v1/chats", None, b"{}").repeat(AT_ONCE);
        Ok(Self { poll, clock: Clock::start(), askers: lines, idle: (0..askers).collect(), members: all, opening, sent: 0, counts })
    }

    /// Asks for so long, for so many chats a second as far as connections are free, and awaits the members' last answers, a missing one
    /// being one that is not in time; how long openings were counted.
    fn goes_on(&mut self, long: u64, a_second: u64) -> io::Result<u64> {
        self.clock = Clock::start();
        let (mut events, mut space) = (Events::with_capacity(1_024), vec![0; 256 << 10]);
        let mut span = 0;
        loop {
            let now = self.clock.now();
            self.posts(now.min(long))?;
            if now < long {
                span = now.max(1);
                self.opens(u64::try_from(u128::from(now) * u128::from(a_second) / u128::from(SECOND)).unwrap_or(u64::MAX))?;
            } else if now > long + LAST || self.members.iter().all(|member| member.due > long) {
                self.counts.posts += self.members.iter().map(|member| (long + APART).saturating_sub(member.due) / APART).sum::<u64>();
                return Ok(span);
            }
            self.poll.poll(&mut events, Some(Duration::from_nanos(MILLISECOND)))?;
            for event in &events {
                self.hears(event.token().0, &mut space)?;
            }
        }
    }

    /// Sends the posts that are due by now.
    fn posts(&mut self, now: u64) -> io::Result<()> {
        for member in self.members.iter_mut().filter(|member| !member.is_waiting && member.due <= now) {
            member.line.asks(&member.post, 1)?;
            member.is_waiting = true;
        }
        Ok(())
    }

    /// Sends openings until so many were sent, or no connection is free.
    fn opens(&mut self, due: u64) -> io::Result<()> {
        while self.sent < due
            && let Some(number) = self.idle.pop()
        {
            self.askers[number].asks(&self.opening, AT_ONCE)?;
            self.sent += AT_ONCE as u64;
        }
        Ok(())
    }

    /// Reads what one of them is told.
    fn hears(&mut self, token: usize, space: &mut [u8]) -> io::Result<()> {
        let counts = &mut self.counts;
        let Some(asker) = self.askers.get_mut(token) else { return self.hears_member(token - self.askers.len(), space) };
        let all = asker.reads(space, |status| match status {
            201 => counts.opened += 1,
            503 => counts.refused += 1,
            _ => counts.faults.broken += 1,
        })?;
        if all && !self.idle.contains(&token) {
            self.idle.push(token);
        }
        Ok(())
    }

    fn hears_member(&mut self, number: usize, space: &mut [u8]) -> io::Result<()> {
        let (member, counts, now) = (&mut self.members[number], &mut self.counts, self.clock.now());
        let (due, mut answered) = (member.due, false);
        member.line.reads(space, |status| {
            answered = true;
            let took = now.saturating_sub(due);
            counts.posts += 1;
            counts.in_time += u64::from(status == 201 && took <= SOON);
            counts.faults.broken += u64::from(status != 201 && status != 503);
            counts.times.saturating_record(took);
        })?;
        if answered {
            member.due += APART;
            member.is_waiting = false;
        }
        Ok(())
    }
}
