//! Listeners who read nothing, beside as many who do.

use std::io;
use std::net::TcpStream;

use super::Case;
use crate::caller::Caller;
use crate::clock::MILLISECOND;
use crate::crowd::{Inbox, SENDERS, comes};
use crate::engine::Engine;
use crate::figures::{Run, milliseconds, real};
use crate::machine::{Watch, in_kernel, resident};
use crate::poster::body;
use crate::room::{Pace, Turn};
use crate::server::{Chat, Server};
use crate::wire::request;

/// So much is said at once that whoever reads nothing is stuck.
const MUCH: (usize, usize) = (60, 8_000);

/// The same pace without them and with them.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.starts()?;
    let (mut engine, mut caller) = (Engine::new(server.address())?, Caller::to(server.address())?);
    let chat = server.opens(&mut caller)?;
    engine.fills(chat.clone(), Pace::Open(20 * MILLISECOND), Turn::Usual, case.size(), SENDERS)?;
    says_much(&mut engine, &mut caller, &chat)?;
    engine.posts_for(case.span(500))?;
    let watch = Watch::start(server.process());
    let without = latency(case, &mut engine)?;
    let (memory, kernel) = (resident(server.process()), in_kernel());
    let stuck = stuck(case, &server, &chat)?;
    says_much(&mut engine, &mut caller, &chat)?;
    let memory = resident(server.process()).saturating_sub(memory);
    let kernel = in_kernel().saturating_sub(kernel);
    let beside = latency(case, &mut engine)?;
    drop(stuck);
    let mut run = case.made(&watch.taken(), engine.judged());
    for (name, [p50, p99]) in [("without", without), ("beside", beside)] {
        run.put(&format!("{name} p50 ms"), p50);
        run.put(&format!("{name} p99 ms"), p99);
    }
    run.put("p99 beside/without", beside[1] / without[1]);
    run.put("RSS KiB/stalled", real(memory) / 1_024.0 / real(case.size));
    run.put("RSS and kernel KiB/stalled", real(memory + kernel) / 1_024.0 / real(case.size));
    Ok(vec![run])
}

/// The median and the 99th percentile of those who read.
fn latency(case: &Case, engine: &mut Engine) -> io::Result<[f64; 2]> {
    engine.settles()?;
    engine.counts();
    engine.posts_for(case.span(4_000))?;
    engine.settles()?;
    let latency = &engine.counted[Turn::Usual as usize].latency;
    Ok([0.5, 0.99].map(|quantile| milliseconds(latency.value_at_quantile(quantile))))
}

fn stuck(case: &Case, server: &Server, chat: &Chat) -> io::Result<Vec<TcpStream>> {
    let listens = request("GET", &format!("{}/events", chat.path), chat.guest.as_deref(), b"");
    (0..case.size()).map(|number| comes(server.address(), case.size() + number, Inbox::Narrow, &listens)).collect()
}

fn says_much(engine: &mut Engine, caller: &mut Caller, chat: &Chat) -> io::Result<()> {
    let (times, length) = MUCH;
    engine.settles()?;
    for _ in 0..times {
        caller.calls(&request("POST", &chat.path, chat.owner.as_deref(), &body(length)))?;
        engine.passes(engine.clock.now() + 10 * MILLISECOND)?;
    }
    engine.passes(engine.clock.now() + 300 * MILLISECOND)
}
