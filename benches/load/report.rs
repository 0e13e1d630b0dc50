//! The tables of results, as they stand in `benches/README.md`.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::format::{shown, thousands};
use crate::plan::Measured;
use crate::results::{Noise, Run};
use crate::scenarios::{SCENARIOS, Scenario};
use crate::server_kind::Kind;
use crate::stats::median;

impl Measured {
    /// Returns the runs of a scenario at one size.
    fn of(&self, scenario: &str, size: u64) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| run.scenario == scenario && run.size == size)
    }

    /// Returns the sizes at which a scenario was measured.
    pub(crate) fn sizes(&self, scenario: &str) -> BTreeSet<u64> {
        self.runs.iter().filter(|run| run.scenario == scenario).map(|run| run.size).collect()
    }

    /// Returns the median of a figure over the rounds.
    pub(crate) fn figure(&self, scenario: &str, size: u64, server: Kind, name: &str) -> Option<f64> {
        median(self.of(scenario, size).filter(|run| run.server == server).filter_map(|run| run.figure(name)).collect())
    }

    /// Returns the median over the rounds of a figure's ratio to a reference in the same round.
    pub(crate) fn ratio(&self, scenario: &str, size: u64, name: &str, ours: Kind, against: Kind) -> Option<f64> {
        let of = |round: u32, server: Kind| {
            let run = self.of(scenario, size).find(|run| run.round == round && run.server == server)?;
            run.figure(name)
        };
        median((1..=self.rounds).filter_map(|round| Some(of(round, ours)? / of(round, against)?)).collect())
    }
}

/// Writes a table for each scenario.
pub(crate) fn write(out: &mut impl Write, measured: &Measured) -> io::Result<()> {
    writeln!(out, "{}; medians of {}. Server on one core, load on another, loopback.\n", measured.machine, measured.rounds)?;
    for scenario in SCENARIOS {
        if !measured.sizes(scenario.name).is_empty() {
            table(out, measured, scenario)?;
        }
    }
    for failed in &measured.failed {
        writeln!(out, "Failed: {failed}")?;
    }
    Ok(())
}

fn table(out: &mut impl Write, measured: &Measured, scenario: &Scenario) -> io::Result<()> {
    let all: Vec<_> = measured.runs.iter().filter(|run| run.scenario == scenario.name).collect();
    let names: Vec<_> = all.iter().take(1).flat_map(|run| run.figures.iter().map(|(name, _)| name.as_str())).collect();
    writeln!(out, "### `{}`: {}\n", scenario.name, scenario.about)?;
    writeln!(out, "| {} | server | {} | load's core | others | late ms |", scenario.unit, names.join(" | "))?;
    writeln!(out, "|{}", "---|".repeat(names.len() + 5))?;
    for size in measured.sizes(scenario.name) {
        for server in scenario.servers {
            let runs: Vec<_> = all.iter().filter(|run| run.size == size && run.server == *server).collect();
            if runs.is_empty() {
                continue;
            }
            let figures: Vec<_> = names.iter().map(|name| cell(measured.figure(scenario.name, size, *server, name))).collect();
            let noise = |of: fn(&Noise) -> f64| median(runs.iter().map(|run| of(&run.noise)).collect());
            let loud = runs.iter().filter(|run| !run.noise.is_quiet()).count();
            let loud = if loud == 0 { String::new() } else { format!(" ({loud} noisy)") };
            write!(out, "| {} | {server} | {} ", thousands(size), figures.join(" | "))?;
            let [load, others] = [noise(|noise| noise.load), noise(|noise| noise.foreign)].map(percent);
            writeln!(out, "| {load} | {others}{loud} | {} |", cell(noise(|noise| noise.lateness_ms)))?;
        }
    }
    if let Some(flags) = all.iter().map(|run| &run.flags).find(|flags| !flags.is_empty()) {
        writeln!(out, "\nparlor with `--rate-factor 100000 {flags}`.")?;
    }
    faults(out, &all)
}

fn faults(out: &mut impl Write, runs: &[&Run]) -> io::Result<()> {
    let faulty: Vec<_> = runs.iter().filter(|run| run.faults.count() > 0).collect();
    for run in &faulty {
        writeln!(out, "\n**Faults**: {} with {}, round {}: {:?}", run.server, run.size, run.round, run.faults)?;
    }
    if faulty.is_empty() {
        writeln!(out, "\nNothing lost, doubled, or out of order.")?;
    }
    writeln!(out)
}

fn cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, shown)
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{:.0} %", value * 100.0))
}
