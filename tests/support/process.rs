//! The program in its own process: output, log, resource use, exit.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::task::JoinHandle;

use super::{Person, within};

/// The size of a memory page.
const PAGE: u64 = 4_096;

/// A running program. Dropping it kills it.
#[derive(Debug)]
pub struct Program {
    pub address: SocketAddr,
    /// The address of the admin listener, if a flag asked for one.
    pub admin: Option<SocketAddr>,
    child: Child,
    printed: JoinHandle<String>,
    log: Log,
}

/// The output and the exit code of a program that has ended.
#[derive(Debug)]
pub struct ProgramOutput {
    pub code: Option<i32>,
    pub printed: String,
    pub logged: String,
}

#[derive(Debug)]
enum Log {
    /// Read continuously, so that the pipe never fills.
    Read(JoinHandle<String>),
    /// Read after the program has ended.
    Left(ChildStderr),
}

impl Program {
    /// Prepares the program with these flags; does not start it.
    pub fn command(flags: &[&str]) -> Command {
        prepared(Command::new(env!("CARGO_BIN_EXE_parlor")), flags)
    }

    /// Starts the program on a free port.
    pub async fn start(flags: &[&str]) -> Self {
        Self::start_command(&mut Self::command(&on_a_free_port(flags))).await
    }

    /// Starts the program on a free port through a wrapper command, such as one that sets resource limits.
    #[expect(clippy::disallowed_methods, reason = "the wrapper is found through PATH")]
    pub async fn start_under(wrapper: &[&str], flags: &[&str]) -> Self {
        let (first, words) = wrapper.split_first().expect("the wrapper names a program");
        let words = [words, &[env!("CARGO_BIN_EXE_parlor")], &on_a_free_port(flags)].concat();
        let mut command = prepared(Command::new(first), &words);
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        Self::start_command(&mut command).await
    }

    /// Starts the program on a free port. Its log is not read before it ends.
    pub async fn start_unread(flags: &[&str]) -> Self {
        Self::begins(&mut Self::command(&on_a_free_port(flags)), Log::Left).await
    }

    /// Starts a command prepared by [`Program::command`].
    pub async fn start_command(command: &mut Command) -> Self {
        Self::begins(command, |stderr| Log::Read(tokio::spawn(all_of(stderr)))).await
    }

    async fn begins(command: &mut Command, log: fn(ChildStderr) -> Log) -> Self {
        let counts = command.as_std().get_args().any(|flag| flag == "--admin-listen");
        let mut child = command.spawn().unwrap();
        let log = log(child.stderr.take().unwrap());
        let (mut out, mut printed) = (BufReader::new(child.stdout.take().unwrap()), String::new());
        let Some(address) = place(&mut out, &mut printed, ["Parlor is open at http://", ""]).await else {
            panic!("the program does not print its address: {printed}{}", log.whole().await);
        };
        let mut admin = None;
        if counts {
            admin = place(&mut out, &mut printed, ["Metrics are at http://", "/metrics"]).await;
            assert!(admin.is_some(), "the program does not print its admin address: {printed}");
        }
        let printed = tokio::spawn(async move { printed + &all_of(out).await });
        Self { address, admin, child, printed, log }
    }

    /// Returns a person who uses the program.
    pub fn person(&self) -> Person {
        self.person_from(Ipv4Addr::LOCALHOST)
    }

    /// Returns a person who connects from this address.
    pub fn person_from(&self, address: impl Into<Ipv4Addr>) -> Person {
        Person::new(self.address, address.into()).patient()
    }

    /// Returns the operator, with a client for the admin listener.
    pub fn operator(&self) -> Person {
        Person::new(self.admin.expect("the program was started with --admin-listen"), Ipv4Addr::LOCALHOST)
    }

    /// Sends this signal to the program.
    pub async fn signal(&self, signal: &str) {
        let id = self.child.id().expect("it runs").to_string();
        assert!(within(Command::new("kill").args(["-s", signal, &id]).status()).await.unwrap().success());
    }

    /// Waits for the program to end; returns everything it wrote.
    pub async fn wait(mut self) -> ProgramOutput {
        let code = within(self.child.wait()).await.unwrap().code();
        ProgramOutput { code, printed: within(self.printed).await.unwrap(), logged: self.log.whole().await }
    }

    /// Sends this signal and expects exit code 0.
    pub async fn stop(self, signal: &str) -> ProgramOutput {
        self.signal(signal).await;
        let said = self.wait().await;
        assert_eq!(said.code, Some(0), "{}", said.logged);
        said
    }

    /// Returns the processor time used so far, in hundredths of a second.
    pub fn cpu_time(&self) -> u64 {
        let pid = self.child.id().expect("it runs");
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        [11, 12].iter().map(|field| fields[*field].parse::<u64>().unwrap()).sum()
    }

    /// Returns the resident memory in bytes.
    pub fn memory(&self) -> u64 {
        let pid = self.child.id().expect("it runs");
        let pages = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
        pages.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * PAGE
    }
}

impl Log {
    async fn whole(self) -> String {
        match self {
            Self::Read(reading) => within(reading).await.unwrap(),
            Self::Left(stderr) => within(all_of(stderr)).await,
        }
    }
}

/// Clears the environment and captures all output.
fn prepared(mut command: Command, words: &[&str]) -> Command {
    command.env_clear().args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

fn on_a_free_port<'a>(flags: &[&'a str]) -> Vec<&'a str> {
    [&["--listen", "127.0.0.1:0"], flags].concat()
}

async fn all_of(mut pipe: impl AsyncRead + Unpin) -> String {
    let mut all = String::new();
    pipe.read_to_string(&mut all).await.unwrap();
    all
}

/// Reads the next line; returns the address between these words, or `None` for any other line.
async fn place(out: &mut BufReader<ChildStdout>, printed: &mut String, [before, after]: [&str; 2]) -> Option<SocketAddr> {
    let mut line = String::new();
    within(out.read_line(&mut line)).await.unwrap();
    printed.push_str(&line);
    line.trim_end().strip_prefix(before)?.strip_suffix(after)?.parse().ok()
}
