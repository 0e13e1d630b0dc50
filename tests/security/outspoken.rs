//! The program in a process of its own: what it prints, what it logs, how it ends.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::task::JoinHandle;

use crate::world::{Person, within};

/// A running program. Dropping it is killing it.
#[derive(Debug)]
pub(crate) struct Outspoken {
    pub(crate) address: SocketAddr,
    /// Where it serves numbers, if it does.
    pub(crate) admin: Option<SocketAddr>,
    printed: String,
    child: Child,
    out: BufReader<ChildStdout>,
    log: Option<ChildStderr>,
}

/// What a program that ended has said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) printed: String,
    pub(crate) logged: String,
}

impl Outspoken {
    /// Starts it on a port of its own. Nobody reads its log before it ends.
    pub(crate) async fn starts(flags: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
        command.env_clear().args(["--listen", "127.0.0.1:0"]).args(flags);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let log = child.stderr.take();
        let mut printed = String::new();
        within(out.read_line(&mut printed)).await.unwrap();
        let address = printed.trim().strip_prefix("Parlor is open at http://").unwrap().parse().unwrap();
        let mut admin = None;
        if flags.contains(&"--admin-listen") {
            let mut second = String::new();
            within(out.read_line(&mut second)).await.unwrap();
            let place = second.trim().strip_prefix("Metrics are at http://").and_then(|rest| rest.strip_suffix("/metrics"));
            admin = Some(place.unwrap_or_else(|| panic!("{second}")).parse().unwrap());
            printed += &second;
        }
        Self { address, admin, printed, child, out, log }
    }

    /// Somebody who comes from this address.
    pub(crate) fn person(&self, from: [u8; 4]) -> Person {
        Person::new(self.address, Ipv4Addr::from(from))
    }

    /// Whoever runs it, with a client for its numbers.
    pub(crate) fn runner(&self) -> Person {
        Person::new(self.admin.expect("it was started with --admin-listen"), Ipv4Addr::LOCALHOST)
    }

    /// Reads the log from now on, until the program ends.
    pub(crate) fn is_read(&mut self) -> JoinHandle<String> {
        let mut log = self.log.take().expect("the log is read once");
        tokio::spawn(async move {
            let mut logged = String::new();
            log.read_to_string(&mut logged).await.unwrap();
            logged
        })
    }

    /// Asks it to end, and waits until it has; somebody else may be reading the log.
    pub(crate) async fn ends(mut self) -> Said {
        let id = self.child.id().unwrap().to_string();
        assert!(within(Command::new("kill").args(["-s", "TERM", &id]).status()).await.unwrap().success());
        assert_eq!(within(self.child.wait()).await.unwrap().code(), Some(0));
        let (mut printed, mut logged) = (self.printed, String::new());
        within(self.out.read_to_string(&mut printed)).await.unwrap();
        if let Some(mut log) = self.log {
            within(log.read_to_string(&mut logged)).await.unwrap();
        }
        Said { printed, logged }
    }
}
