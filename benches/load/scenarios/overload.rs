//! Members who post while other clients request five times the server's capacity (SEC-113).

use std::io;
use std::time::Duration;

use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token};

use super::{Case, a_second};
use crate::clock::{Clock, MILLISECOND, SECOND};
use crate::http_client::HttpClient;
use crate::pipeline::Pipeline;
use crate::publisher::{TEXT, body};
use crate::results::{Faults, Run};
use crate::server::{Chat, Server};
use crate::stats::{histogram, real};
use crate::system::Watch;
use crate::wire::request;

/// Chat creations per write.
const CHATS_PER_WRITE: usize = 64;
/// The connections that measure the server's capacity.
const CALM: usize = 8;
/// The requested multiple of the capacity.
const TIMES: u64 = 5;
/// The number of members, each in their own chat, and the interval between each one's posts.
const MEMBERS: usize = 1_000;
const POST_INTERVAL: u64 = SECOND;
/// The time within which a member's post must be answered.
const POST_DEADLINE: u64 = SECOND / 2;
/// The longest wait for the last responses.
const LAST_RESPONSE_TIMEOUT: u64 = 2 * SECOND;

/// A member: the request, and since when it is due.
struct Member {
    line: Pipeline,
    post: Vec<u8>,
    due: u64,
    is_waiting: bool,
}

/// Counts of responses.
struct Counts {
    opened: u64,
    refused: u64,
    posts: u64,
    in_time: u64,
    times: Histogram<u64>,
    faults: Faults,
}

/// All clients of the server.
struct Load {
    poll: Poll,
    clock: Clock,
    askers: Vec<Pipeline>,
    idle: Vec<usize>,
    members: Vec<Member>,
    opening: Vec<u8>,
    /// Chat creations sent so far.
    sent: u64,
    counts: Counts,
}

/// Runs the scenario: measures the capacity, then requests five times as much beside the members.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.start()?;
    let mut calm = Load::of(&server, CALM, 0)?;
    let span = calm.run_until(case.span(2_000), u64::MAX / SECOND)?;
    let capacity = calm.counts.opened * SECOND / span;
    let mut load = Load::of(&server, case.size(), MEMBERS)?;
    let watch = Watch::start(server.process());
    let span = load.run_until(case.span(8_000), capacity * TIMES)?;
    let counts = &mut load.counts;
    counts.faults.broken += calm.counts.refused;
    let mut run = case.result(&watch.taken(), counts.faults);
    run.add("capacity, chats/s", real(capacity));
    run.add("due / capacity", real(TIMES));
    run.add("sent / capacity", a_second(load.sent, span) / real(capacity));
    run.add("opened/s", a_second(counts.opened, span));
    run.add("refused/s", a_second(counts.refused, span));
    run.add("members' posts/s", a_second(counts.posts, span));
    run.add("in 0.5 s %", 100.0 * real(counts.in_time) / real(counts.posts.max(1)));
    run.add_latency("post ", &counts.times);
    Ok(vec![run])
}

impl Load {
    fn of(server: &Server, askers: usize, members: usize) -> io::Result<Self> {
        let (poll, mut client) = (Poll::new()?, HttpClient::to(server.address())?);
        let line = |number: usize, token: usize| {
            let mut line = Pipeline::to(server.address(), number)?;
            poll.registry().register(&mut line.stream, Token(token), Interest::READABLE)?;
            io::Result::Ok(line)
        };
        let lines = (0..askers).map(|number| line(number, number)).collect::<io::Result<_>>()?;
        let mut all = Vec::new();
        for number in 0..members {
            let chat: Chat = server.open(&mut client)?;
            let post = request("POST", &chat.path, chat.owner.as_deref(), &body(TEXT));
            let due = POST_INTERVAL * number as u64 / MEMBERS as u64;
            all.push(Member { line: line(number, askers + number)?, post, due, is_waiting: false });
        }
        let counts = Counts { opened: 0, refused: 0, posts: 0, in_time: 0, times: histogram(), faults: Faults::default() };
        let opening = request("POST", "/v1/chats", None, b"{}").repeat(CHATS_PER_WRITE);
        Ok(Self { poll, clock: Clock::start(), askers: lines, idle: (0..askers).collect(), members: all, opening, sent: 0, counts })
    }

    /// Requests this many chats a second for this long, as far as connections are free, and awaits the members' last responses. A missing one
    /// counts as late. Returns how long chat creations were counted.
    fn run_until(&mut self, long: u64, a_second: u64) -> io::Result<u64> {
        self.clock = Clock::start();
        let (mut events, mut space) = (Events::with_capacity(1_024), vec![0; 256 << 10]);
        let mut span = 0;
        loop {
            let now = self.clock.now();
            self.post(now.min(long))?;
            if now < long {
                span = now.max(1);
                self.open(u64::try_from(u128::from(now) * u128::from(a_second) / u128::from(SECOND)).unwrap_or(u64::MAX))?;
            } else if now > long + LAST_RESPONSE_TIMEOUT || self.members.iter().all(|member| member.due > long) {
                self.counts.posts += self.members.iter().map(|member| (long + POST_INTERVAL).saturating_sub(member.due) / POST_INTERVAL).sum::<u64>();
                return Ok(span);
            }
            self.poll.poll(&mut events, Some(Duration::from_nanos(MILLISECOND)))?;
            for event in &events {
                self.receive(event.token().0, &mut space)?;
            }
        }
    }

    /// Sends the posts that are due.
    fn post(&mut self, now: u64) -> io::Result<()> {
        for member in self.members.iter_mut().filter(|member| !member.is_waiting && member.due <= now) {
            member.line.send(&member.post, 1)?;
            member.is_waiting = true;
        }
        Ok(())
    }

    /// Sends chat creations until the target is reached or no connection is free.
    fn open(&mut self, due: u64) -> io::Result<()> {
        while self.sent < due
            && let Some(number) = self.idle.pop()
        {
            self.askers[number].send(&self.opening, CHATS_PER_WRITE)?;
            self.sent += CHATS_PER_WRITE as u64;
        }
        Ok(())
    }

    /// Reads the responses on one connection.
    fn receive(&mut self, token: usize, space: &mut [u8]) -> io::Result<()> {
        let counts = &mut self.counts;
        let Some(asker) = self.askers.get_mut(token) else { return self.receive_post(token - self.askers.len(), space) };
        let all = asker.read(space, |status| match status {
            201 => counts.opened += 1,
            503 => counts.refused += 1,
            _ => counts.faults.broken += 1,
        })?;
        if all && !self.idle.contains(&token) {
            self.idle.push(token);
        }
        Ok(())
    }

    fn receive_post(&mut self, number: usize, space: &mut [u8]) -> io::Result<()> {
        let (member, counts, now) = (&mut self.members[number], &mut self.counts, self.clock.now());
        let (due, mut answered) = (member.due, false);
        member.line.read(space, |status| {
            answered = true;
            let took = now.saturating_sub(due);
            counts.posts += 1;
            counts.in_time += u64::from(status == 201 && took <= POST_DEADLINE);
            counts.faults.broken += u64::from(status != 201 && status != 503);
            counts.times.saturating_record(took);
        })?;
        if answered {
            member.due += POST_INTERVAL;
            member.is_waiting = false;
        }
        Ok(())
    }
}
