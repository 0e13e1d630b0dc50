//! The program in a process of its own: what it prints and logs, what it costs, how it ends.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::task::JoinHandle;

use super::{Person, within};

/// A page of memory.
const PAGE: u64 = 4_096;

/// A running program. Dropping it is killing it.
#[derive(Debug)]
pub struct Program {
    pub address: SocketAddr,
    /// Where it serves numbers, if a flag asked for that.
    pub admin: Option<SocketAddr>,
    child: Child,
    printed: JoinHandle<String>,
    log: Log,
}

/// What a program that ended has said, and the code with which it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub printed: String,
    pub logged: String,
}

#[derive(Debug)]
enum Log {
    /// Read all the time, so that it never fills the pipe.
    Read(JoinHandle<String>),
    /// Read when the program has ended.
    Left(ChildStderr),
}

impl Program {
    /// The program with these flags alone, before it is started.
    pub fn command(flags: &[&str]) -> Command {
        prepared(Command::new(env!("CARGO_BIN_EXE_parlor")), flags)
    }

    /// Starts it on a free port.
    pub async fn starts(flags: &[&str]) -> Self {
        Self::starts_as(&mut Self::command(&on_a_free_port(flags))).await
    }

    /// Starts it on a free port by way of another program, such as one that limits what it may have.
    #[expect(clippy::disallowed_methods, reason = "the other program is looked for where programs are")]
    pub async fn starts_under(wrapper: &[&str], flags: &[&str]) -> Self {
        let (first, words) = wrapper.split_first().expect("there is another program");
        let words = [words, &[env!("CARGO_BIN_EXE_parlor")], &on_a_free_port(flags)].concat();
        let mut command = prepared(Command::new(first), &words);
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        Self::starts_as(&mut command).await
    }

    /// Starts it on a free port. Nobody reads its log before it ends.
    pub async fn starts_unread(flags: &[&str]) -> Self {
        Self::begins(&mut Self::command(&on_a_free_port(flags)), Log::Left).await
    }

    /// Starts what was made of [`Program::command`].
    pub async fn starts_as(command: &mut Command) -> Self {
        Self::begins(command, |stderr| Log::Read(tokio::spawn(all_of(stderr)))).await
    }

    async fn begins(command: &mut Command, log: fn(ChildStderr) -> Log) -> Self {
        let counts = command.as_std().get_args().any(|flag| flag == "--admin-listen");
        let mut child = command.spawn().unwrap();
        let log = log(child.stderr.take().unwrap());
        let (mut out, mut printed) = (BufReader::new(child.stdout.take().unwrap()), String::new());
        let Some(address) = place(&mut out, &mut printed, ["Parlor is open at http://", ""]).await else {
            panic!("it does not say where it is open: {printed}{}", log.whole().await);
        };
        let mut admin = None;
        if counts {
            admin = place(&mut out, &mut printed, ["Metrics are at http://", "/metrics"]).await;
            assert!(admin.is_some(), "it does not say where its numbers are: {printed}");
        }
        let printed = tokio::spawn(async move { printed + &all_of(out).await });
        Self { address, admin, child, printed, log }
    }

    /// Somebody who uses it.
    pub fn person(&self) -> Person {
        self.person_from(Ipv4Addr::LOCALHOST)
    }

    /// Somebody who comes from this address.
    pub fn person_from(&self, address: impl Into<Ipv4Addr>) -> Person {
        Person::new(self.address, address.into()).patient()
    }

    /// Whoever runs it, with a client for its numbers.
    pub fn runner(&self) -> Person {
        Person::new(self.admin.expect("it was started with --admin-listen"), Ipv4Addr::LOCALHOST)
    }

    /// Sends it this signal.
    pub async fn gets_signal(&self, signal: &str) {
        let id = self.child.id().expect("it runs").to_string();
        assert!(within(Command::new("kill").args(["-s", signal, &id]).status()).await.unwrap().success());
    }

    /// Waits for its end, and for all that it has said.
    pub async fn ends(mut self) -> Said {
        let code = within(self.child.wait()).await.unwrap().code();
        Said { code, printed: within(self.printed).await.unwrap(), logged: self.log.whole().await }
    }

    /// Sends it this signal, upon which it must end well.
    pub async fn ends_on(self, signal: &str) -> Said {
        self.gets_signal(signal).await;
        let said = self.ends().await;
        assert_eq!(said.code, Some(0), "{}", said.logged);
        said
    }

    /// How much time of a processor it has taken so far, in hundredths of a second.
    pub fn work(&self) -> u64 {
        let pid = self.child.id().expect("it runs");
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        [11, 12].iter().map(|field| fields[*field].parse::<u64>().unwrap()).sum()
    }

    /// How many bytes of memory it has.
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

/// Nothing of who runs the test reaches it, and all that it says is read here.
fn prepared(mut command: Command, words: &[&str]) -> Command {
    command.env_clear().args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

fn on_a_free_port<'a>(flags: &[&'a str]) -> Vec<&'a str> {
    [&["--listen", "127.0.0.1:0"], super::by_this_path(flags).as_slice()].concat()
}

async fn all_of(mut pipe: impl AsyncRead + Unpin) -> String {
    let mut all = String::new();
    pipe.read_to_string(&mut all).await.unwrap();
    all
}

/// The address that stands between these words in the next line; none where the line is another.
async fn place(out: &mut BufReader<ChildStdout>, printed: &mut String, [before, after]: [&str; 2]) -> Option<SocketAddr> {
    let mut line = String::new();
    within(out.read_line(&mut line)).await.unwrap();
    printed.push_str(&line);
    line.trim_end().strip_prefix(before)?.strip_suffix(after)?.parse().ok()
}
