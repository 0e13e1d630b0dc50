//! Listeners that read nothing, beside as many that read.

use std::io;
use std::net::TcpStream;

use super::Case;
use crate::chat::{Pace, Turn};
use crate::clock::MILLISECOND;
use crate::engine::Engine;
use crate::http_client::HttpClient;
use crate::listeners::{Inbox, SENDERS, connect};
use crate::publisher::body;
use crate::results::Run;
use crate::server::{Chat, Server};
use crate::stats::{milliseconds, real};
use crate::system::{Watch, in_kernel, resident};
use crate::wire::request;

/// The burst of text that stalls a listener that does not read.
const BURST: (usize, usize) = (60, 8_000);

/// Runs the same pace without them and with them.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.start()?;
    let (mut engine, mut client) = (Engine::new(server.address())?, HttpClient::to(server.address())?);
    let chat = server.open(&mut client)?;
    engine.add_chat(chat.clone(), Pace::Open(20 * MILLISECOND), Turn::Usual, case.size(), SENDERS)?;
    send_burst(&mut engine, &mut client, &chat)?;
    engine.publish_for(case.span(500))?;
    let watch = Watch::start(server.process());
    let without = latency(case, &mut engine)?;
    let (memory, kernel) = (resident(server.process()), in_kernel());
    let stuck = stuck(case, &server, &chat)?;
    send_burst(&mut engine, &mut client, &chat)?;
    let memory = resident(server.process()).saturating_sub(memory);
    let kernel = in_kernel().saturating_sub(kernel);
    let beside = latency(case, &mut engine)?;
    drop(stuck);
    let mut run = case.result(&watch.taken(), engine.faults());
    for (name, [p50, p99]) in [("without", without), ("beside", beside)] {
        run.add(&format!("{name} p50 ms"), p50);
        run.add(&format!("{name} p99 ms"), p99);
    }
    run.add("p99 beside/without", beside[1] / without[1]);
    run.add("RSS KiB/stalled", real(memory) / 1_024.0 / real(case.size));
    run.add("RSS and kernel KiB/stalled", real(memory + kernel) / 1_024.0 / real(case.size));
    Ok(vec![run])
}

/// Returns the median and the 99th percentile of the listeners that read.
fn latency(case: &Case, engine: &mut Engine) -> io::Result<[f64; 2]> {
    engine.settle()?;
    engine.reset_counts();
    engine.publish_for(case.span(4_000))?;
    engine.settle()?;
    let latency = &engine.counted[Turn::Usual as usize].latency;
    Ok([0.5, 0.99].map(|quantile| milliseconds(latency.value_at_quantile(quantile))))
}

fn stuck(case: &Case, server: &Server, chat: &Chat) -> io::Result<Vec<TcpStream>> {
    let listens = request("GET", &format!("{}/events", chat.path), chat.guest.as_deref(), b"");
    (0..case.size()).map(|number| connect(server.address(), case.size() + number, Inbox::Narrow, &listens)).collect()
}

fn send_burst(engine: &mut Engine, client: &mut HttpClient, chat: &Chat) -> io::Result<()> {
    let (times, length) = BURST;
    engine.settle()?;
    for _ in 0..times {
        client.call(&request("POST", &chat.path, chat.owner.as_deref(), &body(length)))?;
        engine.run_until(engine.clock.now() + 10 * MILLISECOND)?;
    }
    engine.run_until(engine.clock.now() + 300 * MILLISECOND)
}
