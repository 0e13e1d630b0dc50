//! The program in a process of its own, so that its memory is nobody else's.

use std::net::SocketAddr;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::world::{Person, within};

/// A page of memory.
const PAGE: u64 = 4_096;

/// A running program. Dropping it is killing it.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Program {
    /// Starts it on a free port.
    pub(crate) async fn starts(flags: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
        command.args(["--listen", "127.0.0.1:0", "--log", "error"]).args(flags).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = within(lines.next_line()).await.unwrap().expect("the program says where it is");
        let address = line.rsplit_once("http://").unwrap().1.parse().unwrap();
        Self { address, child }
    }

    /// Somebody who uses it.
    pub(crate) fn person(&self) -> Person {
        Person::new(self.address, std::net::Ipv4Addr::LOCALHOST)
    }

    /// How many bytes of memory it has.
    pub(crate) fn memory(&self) -> u64 {
        let pid = self.child.id().expect("it runs");
        let pages = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
        pages.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * PAGE
    }
}
