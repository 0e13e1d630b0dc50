//! Command line: runs one command and returns its exit code: 0 for success, 1 for failure, 2 for invalid arguments, others for commands that use a server.

use std::io;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use parlor::config::Config;
use parlor::server::{Dependencies, Server};
use parlor::shutdown::Shutdown;
use parlor::transport::server;
use parlor::{http, telemetry};
use tokio::net::TcpListener;

/// Link-based, ephemeral chat that asks before it lets anyone in.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
#[cfg_attr(feature = "cli", command(after_help = parlor::cli::EXIT_CODES))]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves chats; the default command.
    Serve(Box<Config>),
    /// Prints the `OpenAPI` document.
    Openapi,
    #[cfg(feature = "cli")]
    #[command(flatten)]
    Client(parlor::cli::args::Command),
}

fn main() -> ExitCode {
    #[cfg(feature = "cli")]
    parlor::cli::offer_names(Cli::command);
    let cli = Cli::parse();
    let result = match cli.command {
        None => serve(&cli.config),
        Some(Command::Serve(config)) => serve(&config),
        Some(Command::Openapi) => print_document(),
        #[cfg(feature = "cli")]
        Some(Command::Client(command)) => return run_client(command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlor: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command that uses a server.
#[cfg(feature = "cli")]
fn run_client(command: parlor::cli::args::Command) -> ExitCode {
    match parlor::cli::run(command, Cli::command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.sentence.is_empty() {
                eprintln!("parlor: {failure}");
            }
            ExitCode::from(failure.exit as u8)
        }
    }
}

fn serve(config: &Config) -> io::Result<()> {
    let _log = match config.check().and_then(|()| telemetry::start(config)) {
        Ok(log) => log,
        Err(message) => Cli::command().error(ErrorKind::ValueValidation, message).exit(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let shutdown = Shutdown::default();
        tokio::spawn(shutdown.listen()?);
        let listener = listen(config.listen)?;
        let address = listener.local_addr()?;
        let server = Server::build(config, address, Dependencies::in_memory(config));
        let admin = config.admin_listen.map(listen).transpose()?;
        let mut lines = format!("Parlor is open at http://{address}\n");
        if let Some(admin) = admin {
            lines = format!("{lines}Metrics are at http://{}/metrics\n", admin.local_addr()?);
            tokio::spawn(server.serve_admin(admin));
        }
        // In one write: a parent process that waits only for the first line may have closed the pipe before the second.
        io::stdout().write_all(lines.as_bytes())?;
        server.run(listener, shutdown).await;
        Ok(())
    });
    // A name that is still being looked up holds nobody up.
    runtime.shutdown_background();
    served
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    server::listen(address).map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
}

fn print_document() -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &http::router::document())?;
    writeln!(out)
}
