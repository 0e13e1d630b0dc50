//! Posting into a chat that nobody listens to.

use std::io;

use super::{Case, a_second, each};
use crate::caller::Caller;
use crate::engine::Engine;
use crate::figures::Run;
use crate::machine::Watch;
use crate::room::{Pace, Turn};

/// Some connections, each posting again as soon as it is answered.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.starts()?;
    let (mut engine, mut caller) = (Engine::new(server.address())?, Caller::to(server.address())?);
    engine.fills(server.opens(&mut caller)?, Pace::AwaitsAnswer, Turn::Usual, 0, case.size())?;
    engine.posts_for(case.span(300))?;
    engine.settles()?;
    engine.counts();
    let watch = Watch::start(server.process());
    engine.posts_for(case.span(1_200))?;
    engine.settles()?;
    let taken = watch.taken();
    let mut run = case.made(&taken, engine.judged());
    let counted = &engine.counted[Turn::Usual as usize];
    run.put("CPU µs/post", each(taken.server, counted.posts));
    run.put("posts/s", a_second(counted.posts, taken.span));
    run.put_latency("answer ", &counted.answers);
    Ok(vec![run])
}
