//! Reading the last hundred messages of a chat.

use std::io;

use super::{Case, a_second, each};
use crate::clock::Clock;
use crate::flood::flood;
use crate::http_client::HttpClient;
use crate::publisher::{TEXT, body};
use crate::results::{Faults, Run};
use crate::stats::real;
use crate::system::Watch;
use crate::wire::request;

const MESSAGES: usize = 100;

/// Reads on several connections, each again as soon as it is answered.
pub(super) fn run(case: &Case) -> io::Result<Vec<Run>> {
    let server = case.start()?;
    let mut client = HttpClient::to(server.address())?;
    let chat = server.open(&mut client)?;
    for _ in 0..MESSAGES {
        client.call(&request("POST", &chat.path, chat.owner.as_deref(), &body(TEXT)))?;
    }
    let reads = request("GET", &format!("{}?limit={MESSAGES}", chat.path), chat.guest.as_deref(), b"");
    let (mut count, mut bytes, mut faults) = (0, 0, Faults::default());
    let mut reads_for = |span: u64| {
        let clock = Clock::start();
        (count, bytes) = (0_u64, 0);
        let busy = flood(
            server.address(),
            case.size(),
            || (clock.now() < span).then(|| reads.clone()),
            |status, page| {
                count += 1;
                bytes += page.len() as u64;
                let whole = status == 200 && memchr::memmem::find_iter(page, b"\"seq\":").count() == MESSAGES;
                faults.broken += u64::from(!whole);
            },
        )?;
        faults.broken += busy;
        io::Result::Ok((count, bytes))
    };
    reads_for(case.span(300))?;
    let watch = Watch::start(server.process());
    let (count, bytes) = reads_for(case.span(1_200))?;
    let taken = watch.taken();
    let mut run = case.result(&taken, faults);
    run.add("CPU µs/page", each(taken.server, count));
    run.add("pages/s", a_second(count, taken.span));
    run.add("bytes/page", real(bytes) / real(count.max(1)));
    Ok(vec![run])
}
