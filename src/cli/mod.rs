//! The command line: a client of the API like any other.

pub mod args;
pub mod commands;
pub mod complete;
pub mod connection;
pub mod context;
pub mod directories;
pub mod failure;
pub mod follow;
pub mod history;
pub mod output;
pub mod sanitize;
pub mod local_time;
pub mod tui;
pub mod session;
pub mod settings;
pub mod state;
pub mod talk;
pub mod target;
pub mod words;

use self::args::Command;
pub use self::complete::offer_names;
pub use self::failure::{EXIT_CODES, Exit, Failure};

/// Runs a command to its end.
///
/// # Errors
/// It failed; the failure says with which exit code.
pub fn run(command: Command, program: impl FnOnce() -> clap::Command) -> Result<(), Failure> {
    match command {
        Command::Man => commands::shell::man(program()),
        Command::Completions(args) => commands::shell::completions(&args),
        command => {
            // One thread: a command waits for one connection, and starts sooner.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let done = runtime.block_on(commands::run(command));
            // What still reads from stdin or looks up a name holds nobody up.
            runtime.shutdown_background();
            done
        }
    }
}
