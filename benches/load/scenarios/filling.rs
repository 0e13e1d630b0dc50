//! Chats and messages in memory: the size of each, and the latency of posts among many chats.

use std::io;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::{Case, each};
use crate::clock::{Clock, MILLISECOND, pause};
use crate::flood::flood;
use crate::http_client::HttpClient;
use crate::publisher::{TEXT, body};
use crate::results::{Faults, Run};
use crate::server::{Chat, Server};
use crate::stats::{histogram, real};
use crate::system::{Watch, resident};
use crate::wire::request;

/// The connections that fill the server.
const CONNECTIONS: usize = 32;
/// The sizes at which it is measured.
const STOPS: [u64; 5] = [1_000, 10_000, 100_000, 300_000, 1_000_000];
/// The number of chats that receive posts.
const SAMPLE: usize = 1_000;
const MESSAGES_IN: usize = 100;

/// Fills up to the size, and posts into a sample of all chats at each stop.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.start()?;
    let (mut chats, mut runs, mut faults) = (Vec::new(), Vec::new(), Faults::default());
    let (mut before, mut first) = (Kept::by(&server, 0)?, None);
    for stop in STOPS.into_iter().filter(|stop| *stop <= case.size) {
        let (some, busy) = open(&server, stop - before.count, &mut faults)?;
        chats.extend(some);
        let kept = Kept::by(&server, stop)?;
        let mut medians = Vec::new();
        for round in 1..=case.rounds {
            let watch = Watch::start(server.process());
            let times = post_times(&server, &chats, &mut faults)?;
            let mut run = Run { size: stop, round, ..case.result(&watch.taken(), std::mem::take(&mut faults)) };
            kept.print(&mut run, &before, "chat");
            run.add_latency("post ", &times);
            medians.push(times.value_at_quantile(0.5));
            let at_first = first.as_ref().unwrap_or(&medians)[runs.len() % case.rounds as usize];
            run.add("post p50 / at 1,000", real(*medians.last().expect("an element was pushed")) / real(at_first));
            run.add("refused while filling", real(busy));
            runs.push(run);
        }
        first.get_or_insert(medians);
        before = Kept::by(&server, stop)?;
    }
    Ok(runs)
}

/// Fills some chats with messages.
pub(super) fn messages(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.start()?;
    let (mut client, mut faults) = (HttpClient::to(server.address())?, Faults::default());
    let chats = (0..MESSAGES_IN).map(|_| server.open(&mut client)).collect::<io::Result<Vec<_>>>()?;
    let before = Kept::by(&server, 0)?;
    let watch = Watch::start(server.process());
    let requests: Vec<_> = chats.iter().map(|chat| request("POST", &chat.path, chat.owner.as_deref(), &body(100))).collect();
    let mut turns = requests.iter().cycle().take(case.size()).cloned();
    let busy = flood(server.address(), CONNECTIONS, || turns.next(), |status, _| faults.broken += u64::from(status != 201))?;
    let taken = watch.taken();
    let kept = Kept::by(&server, case.size)?;
    let mut run = case.result(&taken, faults);
    kept.print(&mut run, &before, "message");
    run.add("CPU µs/post", each(taken.server, case.size));
    run.add("refused while filling", real(busy));
    Ok(vec![run])
}

/// Memory of the server.
struct Kept {
    count: u64,
    resident: f64,
    /// Bytes held according to the store.
    held: f64,
}

impl Kept {
    fn by(server: &Server, count: u64) -> io::Result<Self> {
        let held = server.number("parlor_bytes_held")?;
        Ok(Self { count, resident: real(resident(server.process())), held })
    }

    fn print(&self, run: &mut Run, before: &Self, what: &str) {
        let grown = real(self.count - before.count);
        run.add(&format!("RSS B/{what}"), (self.resident - before.resident) / grown);
        run.add(&format!("held B/{what}"), (self.held - before.held) / grown);
        run.add("RSS MiB", self.resident / 1_024.0 / 1_024.0);
    }
}

/// Creates this many chats with knocking; returns a sample, and how often the server was overloaded.
fn open(server: &Server, count: u64, faults: &mut Faults) -> io::Result<(Vec<Chat>, u64)> {
    let (opens, mut begun, mut done) = (request("POST", "/v1/chats", None, json!({"name": "Ana"}).to_string().as_bytes()), 0, 0_u64);
    let (every, mut some) = ((count / SAMPLE as u64).max(1), Vec::new());
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

/// Posts each millisecond, into chats of all ages in turn.
fn post_times(server: &Server, chats: &[Chat], faults: &mut Faults) -> io::Result<Histogram<u64>> {
    let (mut client, mut times, text) = (HttpClient::to(server.address())?, histogram(), body(TEXT));
    for chat in chats.iter().step_by(chats.len().div_ceil(SAMPLE)) {
        let request = request("POST", &chat.path, chat.owner.as_deref(), &text);
        let clock = Clock::start();
        let (status, _) = client.call(&request)?;
        times.saturating_record(clock.now());
        faults.broken += u64::from(status != 201);
        pause(MILLISECOND.saturating_sub(clock.now()));
    }
    Ok(times)
}
