//! System information: CPU affinity, processor time and memory of processes, and the use by others.

use std::fs;
use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::clock::{Clock, SECOND};
use crate::results::Noise;
use crate::stats::real;

/// The core of the measured server and its children.
pub(crate) const SERVER: usize = 0;
/// The core of the load program.
pub(crate) const LOAD: usize = 1;

const PAGE: u64 = 4_096;
/// A tick of `/proc/stat`, in nanoseconds.
const TICK: u64 = SECOND / 100;

/// Pins this thread and its children to this core.
pub(crate) fn pin(core: usize) -> io::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).map_err(|error| io::Error::new(io::ErrorKind::Unsupported, format!("core {core} is not to be had: {error}")))
}

/// Returns the number of cores that this thread may use.
pub(crate) fn cores() -> io::Result<u32> {
    Ok(sched_getaffinity(None)?.count())
}

/// Returns the processor time of all threads of a process, in nanoseconds.
pub(crate) fn processor_time(process: u32) -> u64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return 0 };
    let of = |path: std::path::PathBuf| fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse::<u64>().ok();
    threads.flatten().filter_map(|thread| of(thread.path())).sum()
}

/// Returns the resident memory of a process, in bytes.
pub(crate) fn resident(process: u32) -> u64 {
    let pages = fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    pages.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * PAGE
}

/// Returns the bytes that the kernel holds in all TCP sockets.
pub(crate) fn in_kernel() -> u64 {
    let stat = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let line = stat.lines().find(|line| line.starts_with("TCP:"));
    line.and_then(|line| line.rsplit_once("mem ")?.1.trim().parse::<u64>().ok()).unwrap_or(0) * PAGE
}

/// Returns the time used on all cores and the time withheld from this machine, in nanoseconds.
fn busy() -> u64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<u64> = stat.lines().next().unwrap_or_default().split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user and nice already.
    [0, 1, 2, 5, 6, 7].iter().filter_map(|field| fields.get(*field)).sum::<u64>() * TICK
}

/// Measures the use by a server, the load program and all others.
#[derive(Debug)]
pub(crate) struct Watch {
    server: u32,
    clock: Clock,
    began: [u64; 3],
}

/// The processor time used during a measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    /// By the server, in nanoseconds.
    pub(crate) server: u64,
    /// The length of the measurement, in nanoseconds.
    pub(crate) span: u64,
    /// The disturbance by others.
    pub(crate) noise: Noise,
}

impl Watch {
    /// Starts to measure the server with this process id.
    pub(crate) fn start(server: u32) -> Self {
        Self { server, clock: Clock::start(), began: Self::reset_counts(server) }
    }

    /// Returns the use since the start.
    pub(crate) fn taken(&self) -> Taken {
        let span = self.clock.now().max(1);
        let now = Self::reset_counts(self.server);
        let [server, load, all] = [0, 1, 2].map(|index| now[index].saturating_sub(self.began[index]));
        // Ticks are counted at their end: up to one per core may belong to the time before.
        let others = all.saturating_sub(server + load + 2 * TICK);
        Taken { server, span, noise: Noise { foreign: real(others) / real(span), load: real(load) / real(span), lateness_ms: 0.0 } }
    }

    fn reset_counts(server: u32) -> [u64; 3] {
        [processor_time(server), processor_time(std::process::id()), busy()]
    }
}
