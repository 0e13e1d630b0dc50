//! The plan of a run: what is measured, how often, and the results.

use std::fs;
use std::io;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, SECOND, pause};
use crate::format::shown;
use crate::results::{QUIET, Run};
use crate::scenarios::{Case, Often, SCENARIOS, Scenario};
use crate::server_kind::Kind;
use crate::system::{self, Watch};

/// The open files that this process may need.
const MIN_OPEN_FILES: u64 = 12_000;
/// How often a noisy run is repeated.
const MAX_REPEATS: usize = 2;
/// The longest wait for a quiet machine, and the length of one check, in nanoseconds.
const QUIET_TIMEOUT: u64 = 15 * SECOND;
const QUIET_CHECK: u64 = SECOND / 4;
/// The time limit in nanoseconds: noisy runs are repeated while the plan is on time, and after the limit only first rounds are started.
const TIME_LIMIT: u64 = 19 * 60 * SECOND;

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct Plan {
    /// How often each scenario is measured; the tables show medians.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// Everything small and short, once: shows that all of it works, and measures nothing.
    #[arg(long)]
    quick: bool,
    /// Only these scenarios, separated by commas.
    #[arg(long, value_delimiter = ',', value_parser = SCENARIOS.iter().map(|scenario| scenario.name).collect::<Vec<_>>())]
    only: Vec<String>,
}

/// The results.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// The machine.
    pub(crate) machine: String,
    pub(crate) rounds: u32,
    pub(crate) runs: Vec<Run>,
    /// Runs that failed, with their errors.
    pub(crate) failed: Vec<String>,
}

impl Measured {
    /// Returns the number of faults in all runs.
    pub(crate) fn faults(&self) -> u64 {
        self.runs.iter().map(|run| run.faults.count()).sum::<u64>() + self.failed.len() as u64
    }
}

impl Plan {
    /// Returns true if everything is measured.
    pub(crate) const fn is_whole(&self) -> bool {
        !self.quick && self.only.is_empty()
    }

    /// Measures; passes the results so far to `keep` after each run.
    pub(crate) fn measure(&self, mut keep: impl FnMut(&Measured) -> io::Result<()>) -> io::Result<Measured> {
        if system::cores()? < 2 {
            return Err(io::Error::other("two cores are needed: one for the server and one for the load"));
        }
        system::pin(system::LOAD)?;
        let files = rlimit::increase_nofile_limit(u64::MAX)?;
        if files < MIN_OPEN_FILES {
            return Err(io::Error::other(format!("{MIN_OPEN_FILES} files must be allowed to be open, and {files} are")));
        }
        let (rounds, haste) = if self.quick { (1, 5) } else { (self.rounds, 1) };
        let mut measured = Measured { machine: describe(), rounds, runs: Vec::new(), failed: Vec::new() };
        let cases: Vec<_> = (1..=rounds).flat_map(|round| self.cases(round, rounds, haste)).collect();
        let clock = Clock::start();
        for (done, case) in cases.iter().enumerate() {
            if case.round > 1 && clock.now() > TIME_LIMIT {
                eprintln!("time limit reached: from here on medians are of fewer rounds");
                break;
            }
            eprint!("{:3} % {:5} s  {case}: ", done * 100 / cases.len(), clock.now() / SECOND);
            let in_time = clock.now() <= TIME_LIMIT * done as u64 / cases.len() as u64;
            let again = if self.quick || !in_time { 0 } else { MAX_REPEATS };
            match quietest(case, again) {
                Ok(runs) => {
                    eprintln!("{}", summary(&runs));
                    measured.runs.extend(runs);
                }
                Err(error) => {
                    eprintln!("{error}");
                    measured.failed.push(format!("{case}: {error}"));
                }
            }
            keep(&measured)?;
        }
        Ok(measured)
    }

    fn cases(&self, round: u32, rounds: u32, haste: u64) -> Vec<Case> {
        let wanted = |scenario: &&Scenario| self.only.is_empty() || self.only.iter().any(|name| name == scenario.name);
        let in_round = |scenario: &&Scenario| scenario.often == Often::EachRound || round == 1;
        let mut cases = Vec::new();
        for scenario in SCENARIOS.iter().filter(wanted).filter(in_round) {
            for size in if self.quick { scenario.quick } else { scenario.sizes } {
                let case = |server: &Kind| Case { scenario, server: *server, size: *size, round, rounds, haste };
                cases.extend(scenario.servers.iter().map(case));
            }
        }
        cases
    }
}

/// Runs a case, repeats it while other processes disturb it, and returns the quietest run.
fn quietest(case: &Case, again: usize) -> io::Result<Vec<Run>> {
    let foreign = |runs: &[Run]| runs.iter().map(|run| run.noise.foreign).fold(0.0, f64::max);
    if again > 0 {
        wait_for_quiet();
    }
    let mut best = (case.scenario.run)(case)?;
    let again = if case.scenario.often == Often::Once { 0 } else { again };
    for _ in 0..again {
        if foreign(&best) <= QUIET || best.iter().any(|run| run.faults.count() > 0) {
            break;
        }
        eprint!("noisy, ");
        wait_for_quiet();
        let runs = (case.scenario.run)(case)?;
        if foreign(&runs) < foreign(&best) {
            best = runs;
        }
    }
    Ok(best)
}

/// Waits until the machine is quiet, for a limited time.
fn wait_for_quiet() {
    let clock = Clock::start();
    while clock.now() < QUIET_TIMEOUT {
        let watch = Watch::start(std::process::id());
        pause(QUIET_CHECK);
        if watch.taken().noise.is_quiet() {
            return;
        }
    }
}

/// Formats the figures of the last run in one line.
fn summary(runs: &[Run]) -> String {
    let Some(run) = runs.last() else { return String::new() };
    let figures: Vec<_> = run.figures.iter().map(|(name, value)| format!("{name} {}", shown(*value))).collect();
    let faults = if run.faults.count() == 0 { String::new() } else { format!(" {:?}", run.faults) };
    format!("{}; load {:.2}, others {:.2}{faults}", figures.join(", "), run.noise.load, run.noise.foreign)
}

fn describe() -> String {
    let of = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let model = of("/proc/cpuinfo").lines().find_map(|line| Some(line.strip_prefix("model name")?.split_once(": ")?.1.to_owned()));
    format!("{}, Linux {}", model.unwrap_or_default(), of("/proc/sys/kernel/osrelease").trim())
}
