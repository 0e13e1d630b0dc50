//! A chat of two beside a large one that is busy all the time.

use std::io;

use super::{Case, a_second};
use crate::caller::Caller;
use crate::clock::MILLISECOND;
use crate::crowd::SENDERS;
use crate::engine::Engine;
use crate::figures::{Run, milliseconds};
use crate::machine::Watch;
use crate::room::{Pace, Turn};

/// Both at the same time; what is asked is how long the two wait.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.starts()?;
    let (mut engine, mut caller) = (Engine::new(server.address())?, Caller::to(server.address())?);
    engine.fills(server.opens(&mut caller)?, Pace::Open(20 * MILLISECOND), Turn::First, 2, 1)?;
    engine.fills(server.opens(&mut caller)?, Pace::AwaitsAll, Turn::Usual, case.size(), SENDERS)?;
    engine.posts_for(case.span(1_000))?;
    engine.counts();
    let watch = Watch::start(server.process());
    engine.passes(engine.clock.now() + case.span(3_000))?;
    let taken = watch.taken();
    engine.settles()?;
    let mut run = case.made(&taken, engine.judged());
    let [many, two] = &engine.counted;
    run.put_latency("two ", &two.latency);
    run.put_latency("two answer ", &two.answers);
    run.put("many deliveries/s", a_second(many.deliveries, many.last - many.since));
    run.noise.lateness_ms = milliseconds(two.lateness.value_at_quantile(0.99));
    Ok(vec![run])
}
