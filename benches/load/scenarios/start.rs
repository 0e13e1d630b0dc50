//! From the start of the process to its first response.

use std::io;

use serde_json::json;

use super::Case;
use crate::clock::{Clock, MILLISECOND, pause};
use crate::http_client::HttpClient;
use crate::results::{Faults, Run};
use crate::stats::{median, milliseconds, real};
use crate::system::{Watch, resident};

/// How often the server is started.
const TIMES: usize = 5;

/// Starts the server and creates a chat at once.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let (mut times, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let clock = Clock::start();
        let server = case.start()?;
        let mut client = HttpClient::to(server.address())?;
        client.create("/v1/chats", None, &json!({"name": "Ana"}))?;
        times.push(milliseconds(clock.now()));
        sizes.push(real(resident(server.process())) / 1_024.0 / 1_024.0);
    }
    // The processes are short-lived: how busy others are is measured right afterwards.
    let watch = Watch::start(std::process::id());
    pause(200 * MILLISECOND);
    let mut run = case.result(&watch.taken(), Faults::default());
    run.add("first answer ms", median(times).unwrap_or_default());
    run.add("RSS MiB", median(sizes).unwrap_or_default());
    Ok(vec![run])
}
