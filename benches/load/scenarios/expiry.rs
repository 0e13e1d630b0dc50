//! Very many chats that expire within one second, and those who post elsewhere meanwhile.

use std::io;

use serde_json::json;

use super::Case;
use crate::caller::Caller;
use crate::clock::{MILLISECOND, SECOND, pause, today};
use crate::crowd::SENDERS;
use crate::engine::Engine;
use crate::figures::{Faults, Run, milliseconds};
use crate::flood::flood;
use crate::machine::Watch;
use crate::room::{Pace, Turn};
use crate::server::Server;
use crate::wire::request;

/// The shortest life of a chat, in milliseconds.
const LIFE: u64 = 60_000;
/// How far apart the moments are, at least, at which chats expire.
const APART: u64 = 10_000;
/// Within which time a crowd of chats is opened.
const OPENING: u64 = 20_000;
/// How long before such a moment posts are looked at.
const BEFORE: u64 = 3_000;
/// And how long after it.
const AFTER: u64 = 2_000;

/// As many crowds of chats as there are rounds, one after the other.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.starts()?;
    let (mut faults, mut runs) = (Faults::default(), Vec::new());
    let mut moments: Vec<u64> = Vec::new();
    for _ in 0..case.rounds {
        let moment = moments.last().map_or(0, |last| last + APART).max(today() + LIFE + OPENING);
        opens(case, &server, moment, &mut faults)?;
        moments.push(moment);
    }
    // Whoever came now and was silent until then would be cut.
    waits_for(moments[0] - BEFORE, 2_000);
    let (mut engine, mut caller) = (Engine::new(server.address())?, Caller::to(server.address())?);
    engine.fills(server.opens(&mut caller)?, Pace::Open(2 * MILLISECOND), Turn::Usual, 1, SENDERS)?;
    for (round, moment) in (1..).zip(moments) {
        waits_for(moment - BEFORE, 600);
        engine.posts_for(500 * MILLISECOND)?;
        let watch = Watch::start(server.process());
        let quiet = latency(&mut engine, moment - 100)?;
        let held = chats(&server)?;
        engine.posts_for(moment.saturating_sub(today()) * MILLISECOND)?;
        let busy = latency(&mut engine, moment + AFTER)?;
        let mut run = Run { round, ..case.made(&watch.taken(), engine.judged()) };
        run.faults.broken += std::mem::take(&mut faults).broken;
        run.put("quiet p99 ms", quiet);
        run.put("p99 ms", busy);
        run.put("p99 / quiet", busy / quiet);
        run.put("gone", held - chats(&server)?);
        runs.push(run);
    }
    Ok(runs)
}

/// Waits until so many milliseconds before that moment.
fn waits_for(moment: u64, before: u64) {
    pause(moment.saturating_sub(today() + before) * MILLISECOND);
}

/// The 99th percentile of how long posts take until then.
fn latency(engine: &mut Engine, until: u64) -> io::Result<f64> {
    engine.settles()?;
    engine.counts();
    engine.posts_for(until.saturating_sub(today()) * MILLISECOND)?;
    engine.settles()?;
    Ok(milliseconds(engine.counted[Turn::Usual as usize].answers.value_at_quantile(0.99)))
}

fn chats(server: &Server) -> io::Result<f64> {
    server.number("parlor_chats")
}

/// Opens chats that expire in the second that begins at `moment`.
fn opens(case: &Case, server: &Server, moment: u64, faults: &mut Faults) -> io::Result<()> {
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
