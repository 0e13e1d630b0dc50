//! Posting into chats that people listen to: at a pace, and as fast as it goes.

use std::io;

use super::{Case, a_second, each};
use crate::caller::Caller;
use crate::clock::MILLISECOND;
use crate::crowd::SENDERS;
use crate::engine::Engine;
use crate::figures::{Run, milliseconds, real};
use crate::machine::Watch;
use crate::room::{Counted, Pace, Turn};

/// From so many listeners on, the paced runs are slower.
const MANY: u64 = 10_000;

/// One chat, at a pace.
pub(super) fn paced(case: &Case) -> io::Result<Vec<Run>> {
    let (every, span) = if case.size >= MANY { (200, 3_000) } else { (20, 2_500) };
    run(case, Pace::Open(every * MILLISECOND), Shape::one(case), span)
}

/// One chat, each message awaited by all.
pub(super) fn saturated(case: &Case) -> io::Result<Vec<Run>> {
    run(case, Pace::AwaitsAll, Shape::one(case), 1_200)
}

/// One chat, only answers awaited.
pub(super) fn answers(case: &Case) -> io::Result<Vec<Run>> {
    run(case, Pace::AwaitsAnswer, Shape::one(case), 1_200)
}

/// Many chats of two.
pub(super) fn small(case: &Case) -> io::Result<Vec<Run>> {
    run(case, Pace::AwaitsAll, Shape { chats: case.size(), listeners: 2, posters: 1 }, 1_200)
}

#[derive(Clone, Copy)]
struct Shape {
    chats: usize,
    listeners: usize,
    posters: usize,
}

impl Shape {
    fn one(case: &Case) -> Self {
        Self { chats: 1, listeners: case.size(), posters: SENDERS }
    }
}

fn run(case: &Case, pace: Pace, shape: Shape, span: u64) -> io::Result<Vec<Run>> {
    let server = case.starts()?;
    let (mut engine, mut caller) = (Engine::new(server.address())?, Caller::to(server.address())?);
    for _ in 0..shape.chats {
        engine.fills(server.opens(&mut caller)?, pace, Turn::Usual, shape.listeners, shape.posters)?;
    }
    engine.posts_for(case.span(500))?;
    engine.settles()?;
    engine.counts();
    let watch = Watch::start(server.process());
    engine.posts_for(case.span(span))?;
    engine.settles()?;
    let taken = watch.taken();
    let mut run = case.made(&taken, engine.judged());
    tell(&mut run, &engine.counted[Turn::Usual as usize], taken.server);
    Ok(vec![run])
}

fn tell(run: &mut Run, counted: &Counted, worked: u64) {
    let span = counted.last - counted.since;
    run.put("deliveries/s", a_second(counted.deliveries, span));
    run.put("CPU µs/delivery", each(worked, counted.deliveries));
    run.put_latency("", &counted.latency);
    run.put("posts/s", a_second(counted.posts, span));
    run.put("CPU %", real(worked) * 100.0 / real(span.max(1)));
    run.noise.lateness_ms = milliseconds(counted.lateness.value_at_quantile(0.99));
}
