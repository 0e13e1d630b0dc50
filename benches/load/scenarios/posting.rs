//! Posting into a chat without listeners.

use std::io;

use super::{Case, a_second, each};
use crate::chat::{Pace, Turn};
use crate::engine::Engine;
use crate::http_client::HttpClient;
use crate::results::Run;
use crate::system::Watch;

/// Posts on several connections, each again as soon as it is answered.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.start()?;
    let (mut engine, mut client) = (Engine::new(server.address())?, HttpClient::to(server.address())?);
    engine.add_chat(server.open(&mut client)?, Pace::AwaitsAnswer, Turn::Usual, 0, case.size())?;
    engine.publish_for(case.span(300))?;
    engine.settle()?;
    engine.reset_counts();
    let watch = Watch::start(server.process());
    engine.publish_for(case.span(1_200))?;
    engine.settle()?;
    let taken = watch.taken();
    let mut run = case.result(&taken, engine.faults());
    let counted = &engine.counted[Turn::Usual as usize];
    run.add("CPU µs/post", each(taken.server, counted.posts));
    run.add("posts/s", a_second(counted.posts, taken.span));
    run.add_latency("answer ", &counted.answers);
    Ok(vec![run])
}
