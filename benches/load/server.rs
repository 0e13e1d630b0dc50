//! The servers that are measured, each in a process of its own on a core of its own.

use std::fmt;
use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::machine;

/// Which server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// The program, as it is released.
    #[default]
    #[serde(rename = "parlor")]
    Parlor,
    /// The same, with all streams kept in the HTTP machinery.
    #[serde(rename = "parlor-http")]
    ParlorHttp,
    /// The least that a server can do, one write for each listener and message.
    #[serde(rename = "raw1")]
    Raw1,
    /// The same, one write for each listener and wake-up.
    #[serde(rename = "raw1-coalesce")]
    Raw1Coalesce,
    /// The idiomatic hour's work.
    #[serde(rename = "axum-ref")]
    AxumRef,
}

impl Kind {
    /// The name in tables, and the hidden subcommand of a reference.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Parlor => "parlor",
            Self::ParlorHttp => "parlor-http",
            Self::Raw1 => "raw1",
            Self::Raw1Coalesce => "raw1-coalesce",
            Self::AxumRef => "axum-ref",
        }
    }
}

impl Kind {
    /// Whether it is the program, and no reference.
    pub(crate) const fn is_ours(self) -> bool {
        matches!(self, Self::Parlor | Self::ParlorHttp)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What the program is always told: its limits are evaluated and never reached, and its numbers are served.
const ALWAYS: [&str; 6] = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--rate-factor", "100000"];

/// A running server. Dropping it is killing it.
#[derive(Debug)]
pub(crate) struct Server {
    kind: Kind,
    child: Child,
    address: SocketAddr,
    /// Where the program serves its numbers.
    admin: Option<SocketAddr>,
    /// Kept open, so that whatever is printed has somewhere to go.
    _printed: BufReader<ChildStdout>,
}

/// A chat with what its people show.
#[derive(Clone, Debug)]
pub(crate) struct Chat {
    /// Its path.
    pub(crate) path: String,
    /// The owner's credential.
    pub(crate) owner: Option<String>,
    /// The credential of a guest whom the owner let in.
    pub(crate) guest: Option<String>,
}

impl Server {
    /// Starts one; `flags` are for the program alone.
    pub(crate) fn starts(kind: Kind, flags: &[&str]) -> io::Result<Self> {
        let mut command = match kind {
            Kind::Parlor | Kind::ParlorHttp => Command::new(env!("CARGO_BIN_EXE_parlor")),
            _ => Command::new(std::env::current_exe()?),
        };
        match kind {
            Kind::Parlor => command.args(ALWAYS).args(flags),
            Kind::ParlorHttp => command.args(ALWAYS).args(["--listener-path", "http"]).args(flags),
            _ => command.arg(kind.name()),
        };
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
        // The log is written, line by line as always, to where it takes no room.
        command.stderr(if kind.is_ours() { Stdio::null() } else { Stdio::inherit() });
        machine::pin(machine::SERVER)?;
        let child = command.spawn();
        machine::pin(machine::LOAD)?;
        let mut child = child?;
        let mut printed = BufReader::new(child.stdout.take().expect("it is piped"));
        let address = place(&mut printed)?;
        let admin = if kind.is_ours() { Some(place(&mut printed)?) } else { None };
        Ok(Self { kind, child, address, admin, _printed: printed })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// What one of the program's numbers stands at: the line of `/metrics` that begins with `name`.
    pub(crate) fn number(&self, name: &str) -> io::Result<f64> {
        let admin = self.admin.ok_or_else(|| io::Error::other("a reference counts nothing"))?;
        let text = Caller::to(admin)?.reads("/metrics")?;
        let number = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        number.ok_or_else(|| io::Error::other(format!("no {name} in /metrics")))
    }

    /// Opens a chat that somebody was let into, as far as this server knows of such things.
    pub(crate) fn opens(&self, caller: &mut Caller) -> io::Result<Chat> {
        let opened = caller.creates("/v1/chats", None, &json!({"name": "Ana"}))?;
        let text = |value: &Value, field: &str| value[field].as_str().map(str::to_owned);
        let path = format!("/v1/chats/{}", text(&opened, "chat_id").ok_or(io::ErrorKind::InvalidData)?);
        if !self.kind.is_ours() {
            return Ok(Chat { path, owner: None, guest: None });
        }
        let owner = text(&opened, "author_id");
        let link = caller.creates("/v1/links", owner.as_deref(), &json!({"chat_url": path, "auto_approve": true}))?;
        let link = text(&link, "link_id").ok_or(io::ErrorKind::InvalidData)?;
        let knock = caller.creates(&format!("/v1/links/{link}/knocks"), None, &json!({"name": "Ben"}))?;
        Ok(Chat { path, owner, guest: text(&knock, "client_id") })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in the next line that a server prints.
fn place(printed: &mut BufReader<ChildStdout>) -> io::Result<SocketAddr> {
    let mut line = String::new();
    printed.read_line(&mut line)?;
    let address = line.trim_end().rsplit_once("http://").map(|(_, address)| address.trim_end_matches("/metrics"));
    address.and_then(|address| address.parse().ok()).ok_or_else(|| io::Error::other(format!("no address in the line {line:?}")))
}
