//! Listeners that connect all at once, and the memory of each while idle.

use std::io;

use super::{Case, a_second, each};
use crate::chat::{Pace, Turn};
use crate::clock::MILLISECOND;
use crate::engine::Engine;
use crate::http_client::HttpClient;
use crate::listeners::SENDERS;
use crate::results::Run;
use crate::stats::{milliseconds, real};
use crate::system::{Watch, in_kernel, resident};

/// The idle time before memory is measured.
const IDLE: u64 = 500 * MILLISECOND;

/// Connects the listeners, lets them idle, and finally posts a few messages.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.start()?;
    let (mut engine, mut client) = (Engine::new(server.address())?, HttpClient::to(server.address())?);
    engine.add_chat(server.open(&mut client)?, Pace::AwaitsAll, Turn::Usual, 1, SENDERS)?;
    let chat = server.open(&mut client)?;
    let (memory, kernel) = (resident(server.process()), in_kernel());
    let (watch, began) = (Watch::start(server.process()), engine.clock.now());
    engine.add_chat(chat, Pace::Open(100 * MILLISECOND), Turn::Usual, case.size(), 1)?;
    let took = engine.clock.now() - began;
    let taken = watch.taken();
    engine.run_until(engine.clock.now() + IDLE)?;
    let (memory, kernel) = (resident(server.process()).saturating_sub(memory), in_kernel().saturating_sub(kernel));
    engine.publish_for(200 * MILLISECOND)?;
    engine.settle()?;
    let mut run = case.result(&taken, engine.faults());
    run.add("all ms", milliseconds(took));
    run.add("streams/s", a_second(case.size, took));
    run.add("CPU µs/stream", each(taken.server, case.size));
    run.add("RSS KiB/listener", real(memory) / 1_024.0 / real(case.size));
    run.add("kernel KiB/listener", real(kernel) / 1_024.0 / real(case.size));
    Ok(vec![run])
}
