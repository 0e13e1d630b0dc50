//! The program in a process of its own, so that its memory is nobody else's.

use std::net::SocketAddr;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::{Person, within};

/// A page of memory.
const PAGE: u64 = 4_096;

/// A running program. Dropping it is killing it.
#[derive(Debug)]
pub struct Program {
    pub address: SocketAddr,
    child: Child,
}

impl Program {
    /// Starts it on a free port.
    pub async fn starts(flags: &[&str]) -> Self {
        Self::starts_under(&[], flags).await
    }

    /// Starts it by way of another program, such as one that limits what it may have.
    pub async fn starts_under(wrapper: &[&str], flags: &[&str]) -> Self {
        let words: Vec<&str> = wrapper.iter().copied().chain([env!("CARGO_BIN_EXE_parlor")]).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(["--listen", "127.0.0.1:0", "--log", "error"]).args(flags).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = within(lines.next_line()).await.unwrap().expect("the program says where it is");
        let address = line.rsplit_once("http://").unwrap().1.parse().unwrap();
        Self { address, child }
    }

    /// Somebody who uses it.
    pub fn person(&self) -> Person {
        Person::new(self.address, std::net::Ipv4Addr::LOCALHOST)
    }

    /// Starts it where it gets no more than so many bytes of addresses.
    pub async fn starts_within(addresses: u64, flags: &[&str]) -> Self {
        Self::starts_under(&["prlimit", &format!("--as={addresses}")], flags).await
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends it this signal.
    pub async fn gets_signal(&self, signal: &str) {
        let id = self.child.id().expect("it runs").to_string();
        assert!(within(Command::new("kill").args(["-s", signal, &id]).status()).await.unwrap().success());
    }

    /// Waits for its end; its exit code.
    pub async fn ends(mut self) -> Option<i32> {
        within(self.child.wait()).await.unwrap().code()
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
