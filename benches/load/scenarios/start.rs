//! From starting the process to its first answer.

use std::io;

use serde_json::json;

use super::Case;
use crate::caller::Caller;
use crate::clock::{Clock, MILLISECOND, pause};
use crate::figures::{Faults, Run, median, milliseconds, real};
use crate::machine::{Watch, resident};

/// How often it is started.
const TIMES: usize = 5;

/// Starts it and opens a chat at once.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let (mut times, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let clock = Clock::start();
        let server = case.starts()?;
        let mut caller = Caller::to(server.address())?;
        caller.creates("/v1/chats", None, &json!({"name": "Ana"}))?;
        times.push(milliseconds(clock.now()));
        sizes.push(real(resident(server.process())) / 1_024.0 / 1_024.0);
    }
    // The processes come and go: how busy others are is asked right afterwards.
    let watch = Watch::start(std::process::id());
    pause(200 * MILLISECOND);
    let mut run = case.made(&watch.taken(), Faults::default());
    run.put("first answer ms", median(times).unwrap_or_default());
    run.put("RSS MiB", median(sizes).unwrap_or_default());
    Ok(vec![run])
}
