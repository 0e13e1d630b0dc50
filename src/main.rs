//! Parses the command line, runs one command, answers with an exit code: 0 done, 1 failed, 2 for what cannot be.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use parlor::config::Config;
use parlor::http::connection;
use parlor::server::{Parts, Server};
use parlor::shutdown::Shutdown;
use parlor::{http, telemetry};
use tokio::net::TcpListener;

/// Link-based, ephemeral chat that asks before it lets anyone in.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves chats, as `parlor` alone does.
    Serve(Box<Config>),
    /// Prints the `OpenAPI` document.
    Openapi,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => serve(&cli.config),
        Some(Command::Serve(config)) => serve(&config),
        Some(Command::Openapi) => print_document(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(config: &Config) -> io::Result<()> {
    let _log = match config.check().and_then(|()| telemetry::start(config)) {
        Ok(log) => log,
        Err(line) => Cli::command().error(ErrorKind::ValueValidation, line).exit(),
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let shutdown = Shutdown::default();
        tokio::spawn(shutdown.listen()?);
        let listener = listen(config.listen)?;
        let address = listener.local_addr()?;
        let server = Server::build(config, address, Parts::in_memory(config));
        let admin = config.admin_listen.map(listen).transpose()?;
        let mut lines = format!("Parlor is open at http://{address}\n");
        if let Some(admin) = admin {
            lines = format!("{lines}Metrics are at http://{}/metrics\n", admin.local_addr()?);
            tokio::spawn(server.watch(admin));
        }
        // In one piece: whoever only waits for the first line may be gone at the second.
        io::stdout().write_all(lines.as_bytes())?;
        server.run(listener, shutdown).await;
        Ok(())
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    connection::listen(address).map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
}

fn print_document() -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &http::router::document())?;
    writeln!(out)
}
