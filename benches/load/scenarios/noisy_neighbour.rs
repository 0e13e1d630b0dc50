//! A chat of two beside a large, saturated one.

use std::io;

use super::{Case, a_second};
use crate::chat::{Pace, Turn};
use crate::clock::MILLISECOND;
use crate::engine::Engine;
use crate::http_client::HttpClient;
use crate::listeners::SENDERS;
use crate::results::Run;
use crate::stats::milliseconds;
use crate::system::Watch;

/// Runs both at the same time and measures the latency in the small one.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.start()?;
    let (mut engine, mut client) = (Engine::new(server.address())?, HttpClient::to(server.address())?);
    engine.add_chat(server.open(&mut client)?, Pace::Open(20 * MILLISECOND), Turn::First, 2, 1)?;
    engine.add_chat(server.open(&mut client)?, Pace::AwaitsAll, Turn::Usual, case.size(), SENDERS)?;
    engine.publish_for(case.span(1_000))?;
    engine.reset_counts();
    let watch = Watch::start(server.process());
    engine.run_until(engine.clock.now() + case.span(3_000))?;
    let taken = watch.taken();
    engine.settle()?;
    let mut run = case.result(&taken, engine.faults());
    let [many, two] = &engine.counted;
    run.add_latency("two ", &two.latency);
    run.add_latency("two answer ", &two.answers);
    run.add("many deliveries/s", a_second(many.deliveries, many.last - many.since));
    run.noise.lateness_ms = milliseconds(two.lateness.value_at_quantile(0.99));
    Ok(vec![run])
}
