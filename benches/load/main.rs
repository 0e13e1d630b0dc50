//! The load program: measures the released program beside two references and prints the results.

mod http_client;
mod clock;
mod listeners;
mod engine;
mod results;
mod flood;
mod format;
mod system;
mod payload;
mod pipeline;
mod plan;
mod plots;

mod publisher;
mod reference;
mod report;
mod chat;
mod scenarios;
mod server;
mod server_kind;
mod stats;
mod targets;
mod wire;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::plan::{Measured, Plan};
use crate::reference::raw::Writes;

/// Measures the released program beside two references.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    plan: Plan,
    /// Draw the plots of the last run into this folder, and measure nothing.
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
    /// Print the tables of the last run, and measure nothing.
    #[arg(long)]
    tables: bool,
    /// Set by `cargo bench`; without it nothing is measured.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The role of this program in its own process.
#[derive(Debug, Subcommand)]
enum Part {
    #[command(hide = true, name = "raw1")]
    Raw1,
    #[command(hide = true, name = "raw1-coalesce")]
    Raw1Coalesce,
    #[command(hide = true, name = "axum-ref")]
    AxumRef,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.part {
        Some(Part::Raw1) => reference::raw::serve(Writes::Each).map(|()| 0),
        Some(Part::Raw1Coalesce) => reference::raw::serve(Writes::Together).map(|()| 0),
        Some(Part::AxumRef) => reference::axum::serve().map(|()| 0),
        None => asked(&cli),
    };
    match done {
        Ok(0) => ExitCode::SUCCESS,
        Ok(faults) => {
            eprintln!("load: {faults} faults, see the tables");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what the command line asks for; returns the number of faults.
fn asked(cli: &Cli) -> io::Result<u64> {
    let folder = folder()?;
    let kept = folder.join("load.json");
    if let Some(plots) = &cli.plots {
        return plots::draw(&read(&kept)?, plots).map(|()| 0);
    }
    if cli.tables {
        return print(&read(&kept)?).map(|()| 0);
    }
    if !cli.bench {
        writeln!(io::stdout(), "nothing is measured: cargo bench --bench load")?;
        return Ok(0);
    }
    let kept = if cli.plan.is_whole() { kept } else { folder.join("part.json") };
    fs::create_dir_all(&folder)?;
    let measured = cli.plan.measure(|so_far| fs::write(&kept, serde_json::to_vec_pretty(so_far)?))?;
    print(&measured)?;
    eprintln!("{}", kept.display());
    Ok(measured.faults())
}

fn print(measured: &Measured) -> io::Result<()> {
    let mut out = io::stdout().lock();
    report::write(&mut out, measured)?;
    targets::write(&mut out, measured)
}

fn read(kept: &Path) -> io::Result<Measured> {
    let text = fs::read(kept).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", kept.display())))?;
    Ok(serde_json::from_slice(&text)?)
}

/// Returns the folder for results, inside the build's target folder.
fn folder() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(3).ok_or(io::ErrorKind::NotFound)?;
    Ok(target.join("bench"))
}
