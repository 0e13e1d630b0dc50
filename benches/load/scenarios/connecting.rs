//! Listeners who come all at once, and what each of them takes while nothing happens.

use std::io;

use super::{Case, a_second, each};
use crate::caller::Caller;
use crate::clock::MILLISECOND;
use crate::crowd::SENDERS;
use crate::engine::Engine;
use crate::figures::{Run, milliseconds, real};
use crate::machine::{Watch, in_kernel, resident};
use crate::room::{Pace, Turn};

/// How long nothing happens before memory is looked at.
const IDLE: u64 = 500 * MILLISECOND;

/// They come, they are idle, and in the end they hear a few messages.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.starts()?;
    let (mut engine, mut caller) = (Engine::new(server.address())?, Caller::to(server.address())?);
    engine.fills(server.opens(&mut caller)?, Pace::AwaitsAll, Turn::Usual, 1, SENDERS)?;
    let chat = server.opens(&mut caller)?;
    let (memory, kernel) = (resident(server.process()), in_kernel());
    let (watch, began) = (Watch::start(server.process()), engine.clock.now());
    engine.fills(chat, Pace::Open(100 * MILLISECOND), Turn::Usual, case.size(), 1)?;
    let took = engine.clock.now() - began;
    let taken = watch.taken();
    engine.passes(engine.clock.now() + IDLE)?;
    let (memory, kernel) = (resident(server.process()).saturating_sub(memory), in_kernel().saturating_sub(kernel));
    engine.posts_for(200 * MILLISECOND)?;
    engine.settles()?;
    let mut run = case.made(&taken, engine.judged());
    run.put("all ms", milliseconds(took));
    run.put("streams/s", a_second(case.size, took));
    run.put("CPU µs/stream", each(taken.server, case.size));
    run.put("RSS KiB/listener", real(memory) / 1_024.0 / real(case.size));
    run.put("kernel KiB/listener", real(kernel) / 1_024.0 / real(case.size));
    Ok(vec![run])
}
