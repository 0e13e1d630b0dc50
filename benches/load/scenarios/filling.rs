//! Chats and messages held in memory: what each takes, and how long a post takes among so many.

use std::io;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::{Case, each};
use crate::caller::Caller;
use crate::clock::{Clock, MILLISECOND, pause};
use crate::figures::{Faults, Run, histogram, real};
use crate::flood::flood;
use crate::machine::{Watch, resident};
use crate::poster::{TEXT, body};
use crate::server::{Chat, Server};
use crate::wire::request;

/// How many connections fill.
const CONNECTIONS: usize = 32;
/// Where filling stops to look.
const STOPS: [u64; 5] = [1_000, 10_000, 100_000, 300_000, 1_000_000];
/// In how many of the chats it is posted.
const SOME: usize = 1_000;
const MESSAGES_IN: usize = 100;

/// Fills up to the size, and posts into some of all the chats at each stop.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.starts()?;
    let (mut chats, mut runs, mut faults) = (Vec::new(), Vec::new(), Faults::default());
    let (mut before, mut first) = (Kept::by(&server, 0)?, None);
    for stop in STOPS.into_iter().filter(|stop| *stop <= case.size) {
        let (some, busy) = opens(&server, stop - before.count, &mut faults)?;
        chats.extend(some);
        let kept = Kept::by(&server, stop)?;
        let mut medians = Vec::new();
        for round in 1..=case.rounds {
            let watch = Watch::start(server.process());
            let times = posts(&server, &chats, &mut faults)?;
            let mut run = Run { size: stop, round, ..case.made(&watch.taken(), std::mem::take(&mut faults)) };
            kept.tell(&mut run, &before, "chat");
            run.put_latency("post ", &times);
            medians.push(times.value_at_quantile(0.5));
            let at_first = first.as_ref().unwrap_or(&medians)[runs.len() % case.rounds as usize];
            run.put("post p50 / at 1,000", real(*medians.last().expect("it was pushed")) / real(at_first));
            run.put("refused while filling", real(busy));
            runs.push(run);
        }
        first.get_or_insert(medians);
        before = Kept::by(&server, stop)?;
    }
    Ok(runs)
}

/// Fills some chats with messages.
pub(super) fn messages(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.starts()?;
    let (mut caller, mut faults) = (Caller::to(server.address())?, Faults::default());
    let chats = (0..MESSAGES_IN).map(|_| server.opens(&mut caller)).collect::<io::Result<Vec<_>>>()?;
    let before = Kept::by(&server, 0)?;
    let watch = Watch::start(server.process());
    let requests: Vec<_> = chats.iter().map(|chat| request("POST", &chat.path, chat.owner.as_deref(), &body(100))).collect();
    let mut turns = requests.iter().cycle().take(case.size()).cloned();
    let busy = flood(server.address(), CONNECTIONS, || turns.next(), |status, _| faults.broken += u64::from(status != 201))?;
    let taken = watch.taken();
    let kept = Kept::by(&server, case.size)?;
    let mut run = case.made(&taken, faults);
    kept.tell(&mut run, &before, "message");
    run.put("CPU µs/post", each(taken.server, case.size));
    run.put("refused while filling", real(busy));
    Ok(vec![run])
}

/// What the server has.
struct Kept {
    count: u64,
    resident: f64,
    /// What its store says.
    held: f64,
}

impl Kept {
    fn by(server: &Server, count: u64) -> io::Result<Self> {
        let held = server.number("parlor_bytes_held")?;
        Ok(Self { count, resident: real(resident(server.process())), held })
    }

    fn tell(&self, run: &mut Run, before: &Self, what: &str) {
        let grown = real(self.count - before.count);
        run.put(&format!("RSS B/{what}"), (self.resident - before.resident) / grown);
        run.put(&format!("held B/{what}"), (self.held - before.held) / grown);
        run.put("RSS MiB", self.resident / 1_024.0 / 1_024.0);
    }
}

/// Opens so many knock chats; some of them, and how often the server was too busy.
fn opens(server: &Server, count: u64, faults: &mut Faults) -> io::Result<(Vec<Chat>, u64)> {
    let (opens, mut begun, mut done) = (request("POST", "/v1/chats", None, json!({"name": "Ana"}).to_string().as_bytes()), 0, 0_u64);
    let (every, mut some) = ((count / SOME as u64).max(1), Vec::new());
    let next = || {
        begun += 1;
        (begun <= count).then(|| opens.clone())
    };
    let busy = flood(server.address(), CONNECTIONS, next, |status, answer| {
        done += 1;
        faults.broken += u64::from(status != 201);
        if done.is_multiple_of(every) {
            let opened: Value = serde_json::from_slice(answer).unwrap_or_default();
            let text = |field: &str| opened[field].as_str().map(str::to_owned);
            some.push(Chat { path: format!("/v1/chats/{}", text("chat_id").unwrap_or_default()), owner: text("author_id"), guest: None });
        }
    })?;
    Ok((some, busy))
}

/// One post each millisecond, into chats of all ages in turn.
fn posts(server: &Server, chats: &[Chat], faults: &mut Faults) -> io::Result<Histogram<u64>> {
    let (mut caller, mut times, text) = (Caller::to(server.address())?, histogram(), body(TEXT));
    for chat in chats.iter().step_by(chats.len().div_ceil(SOME)) {
        let request = request("POST", &chat.path, chat.owner.as_deref(), &text);
        let clock = Clock::start();
        let (status, _) = caller.calls(&request)?;
        times.saturating_record(clock.now());
        faults.broken += u64::from(status != 201);
        pause(MILLISECOND.saturating_sub(clock.now()));
    }
    Ok(times)
}
