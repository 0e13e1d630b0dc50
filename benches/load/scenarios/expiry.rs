//! Many chats that expire within one second, beside posts into other chats.

use std::io;

use serde_json::json;

use super::Case;
use crate::chat::{Pace, Turn};
use crate::clock::{MILLISECOND, SECOND, pause, today};
use crate::engine::Engine;
use crate::flood::flood;
use crate::http_client::HttpClient;
use crate::listeners::SENDERS;
use crate::results::{Faults, Run};
use crate::server::Server;
use crate::stats::milliseconds;
use crate::system::Watch;
use crate::wire::request;

/// The shortest lifetime of a chat, in milliseconds.
const LIFE: u64 = 60_000;
/// The least interval between the moments of expiry.
const EXPIRY_INTERVAL: u64 = 10_000;
/// The time in which a batch of chats is created.
const OPENING: u64 = 20_000;
/// How long before such a moment posts are measured.
const BEFORE: u64 = 3_000;
/// How long after such a moment posts are measured.
const AFTER: u64 = 2_000;

/// Runs one batch of chats for each round, one after the other.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.start()?;
    let (mut faults, mut runs) = (Faults::default(), Vec::new());
    let mut moments: Vec<u64> = Vec::new();
    for _ in 0..case.rounds {
        let moment = moments.last().map_or(0, |last| last + EXPIRY_INTERVAL).max(today() + LIFE + OPENING);
        open(case, &server, moment, &mut faults)?;
        moments.push(moment);
    }
    // Connections opened now would be closed for silence by then.
    wait_until(moments[0] - BEFORE, 2_000);
    let (mut engine, mut client) = (Engine::new(server.address())?, HttpClient::to(server.address())?);
    engine.add_chat(server.open(&mut client)?, Pace::Open(2 * MILLISECOND), Turn::Usual, 1, SENDERS)?;
    for (round, moment) in (1..).zip(moments) {
        wait_until(moment - BEFORE, 600);
        engine.publish_for(500 * MILLISECOND)?;
        let watch = Watch::start(server.process());
        let quiet = latency(&mut engine, moment - 100)?;
        let held = chats(&server)?;
        engine.publish_for(moment.saturating_sub(today()) * MILLISECOND)?;
        let busy = latency(&mut engine, moment + AFTER)?;
        let mut run = Run { round, ..case.result(&watch.taken(), engine.faults()) };
        run.faults.broken += std::mem::take(&mut faults).broken;
        run.add("quiet p99 ms", quiet);
        run.add("p99 ms", busy);
        run.add("p99 / quiet", busy / quiet);
        run.add("gone", held - chats(&server)?);
        runs.push(run);
    }
    Ok(runs)
}

/// Waits until this many milliseconds before that moment.
fn wait_until(moment: u64, before: u64) {
    pause(moment.saturating_sub(today() + before) * MILLISECOND);
}

/// Returns the 99th percentile of post latency until then.
fn latency(engine: &mut Engine, until: u64) -> io::Result<f64> {
    engine.settle()?;
    engine.reset_counts();
    engine.publish_for(until.saturating_sub(today()) * MILLISECOND)?;
    engine.settle()?;
    Ok(milliseconds(engine.counted[Turn::Usual as usize].answers.value_at_quantile(0.99)))
}

fn chats(server: &Server) -> io::Result<f64> {
    server.number("parlor_chats")
}

/// Creates chats that expire in the second that begins at `moment`.
fn open(case: &Case, server: &Server, moment: u64, faults: &mut Faults) -> io::Result<()> {
    let mut left = case.size;
    let next = || {
        left = left.checked_sub(1)?;
        let life = moment.saturating_sub(today()).div_ceil(SECOND / MILLISECOND).max(LIFE / 1_000);
        Some(request("POST", "/v1/chats", None, json!({"expires_in": life}).to_string().as_bytes()))
    };
    flood(server.address(), 32, next, |status, _| faults.broken += u64::from(status != 201))?;
    if moment < today() + LIFE {
        return Err(io::Error::other("opening the chats took too long for them to expire together"));
    }
    Ok(())
}
