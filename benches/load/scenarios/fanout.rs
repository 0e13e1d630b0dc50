//! Posting into chats with listeners: at a fixed pace, and at full speed.

use std::io;

use super::{Case, a_second, each};
use crate::chat::{Counted, Pace, Turn};
use crate::clock::MILLISECOND;
use crate::engine::Engine;
use crate::http_client::HttpClient;
use crate::listeners::SENDERS;
use crate::results::Run;
use crate::stats::{milliseconds, real};
use crate::system::Watch;

/// The number of listeners from which paced runs are slower.
const MANY: u64 = 10_000;

/// One chat at a fixed pace.
pub(super) fn paced(case: &Case) -> io::Result<Vec<Run>> {
    let (every, span) = if case.size >= MANY { (200, 3_000) } else { (20, 2_500) };
    run(case, Pace::Open(every * MILLISECOND), Shape::one(case), span)
}

/// One chat, each message awaited by all listeners.
pub(super) fn saturated(case: &Case) -> io::Result<Vec<Run>> {
    run(case, Pace::AwaitsAll, Shape::one(case), 1_200)
}

/// One chat, only responses awaited.
pub(super) fn answers(case: &Case) -> io::Result<Vec<Run>> {
    run(case, Pace::AwaitsAnswer, Shape::one(case), 1_200)
}

/// Many chats of two.
pub(super) fn small(case: &Case) -> io::Result<Vec<Run>> {
    run(case, Pace::AwaitsAll, Shape { chats: case.size(), listeners: 2, publishers: 1 }, 1_200)
}

#[derive(Clone, Copy)]
struct Shape {
    chats: usize,
    listeners: usize,
    publishers: usize,
}

impl Shape {
    fn one(case: &Case) -> Self {
        Self { chats: 1, listeners: case.size(), publishers: SENDERS }
    }
}

fn run(case: &Case, pace: Pace, shape: Shape, span: u64) -> io::Result<Vec<Run>> {
    let server = case.start()?;
    let (mut engine, mut client) = (Engine::new(server.address())?, HttpClient::to(server.address())?);
    for _ in 0..shape.chats {
        engine.add_chat(server.open(&mut client)?, pace, Turn::Usual, shape.listeners, shape.publishers)?;
    }
    engine.publish_for(case.span(500))?;
    engine.settle()?;
    engine.reset_counts();
    let watch = Watch::start(server.process());
    engine.publish_for(case.span(span))?;
    engine.settle()?;
    let taken = watch.taken();
    let mut run = case.result(&taken, engine.faults());
    print(&mut run, &engine.counted[Turn::Usual as usize], taken.server);
    Ok(vec![run])
}

fn print(run: &mut Run, counted: &Counted, worked: u64) {
    let span = counted.last - counted.since;
    run.add("deliveries/s", a_second(counted.deliveries, span));
    run.add("CPU µs/delivery", each(worked, counted.deliveries));
    run.add_latency("", &counted.latency);
    run.add("posts/s", a_second(counted.posts, span));
    run.add("CPU %", real(worked) * 100.0 / real(span.max(1)));
    run.noise.lateness_ms = milliseconds(counted.lateness.value_at_quantile(0.99));
}
