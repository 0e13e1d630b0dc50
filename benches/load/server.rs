//! The servers under test, each in its own process on its own core.

use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::http_client::HttpClient;
use crate::server_kind::Kind;
use crate::system;

/// Flags for every run of the program: limits are evaluated but never reached, and metrics are served.
const COMMON_FLAGS: [&str; 6] = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--rate-factor", "100000"];

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    kind: Kind,
    child: Child,
    address: SocketAddr,
    /// The address of the program's metrics.
    admin: Option<SocketAddr>,
    /// Kept open, so that further output does not fail.
    _printed: BufReader<ChildStdout>,
}

/// A chat with the credentials of its people.
#[derive(Clone, Debug)]
pub(crate) struct Chat {
    /// The path.
    pub(crate) path: String,
    /// The owner's credential.
    pub(crate) owner: Option<String>,
    /// The credential of a guest who was let in.
    pub(crate) guest: Option<String>,
}

impl Server {
    /// Starts a server; `flags` are only for the program.
    pub(crate) fn start(kind: Kind, flags: &[&str]) -> io::Result<Self> {
        let mut command = match kind {
            Kind::Parlor | Kind::ParlorHttp => Command::new(env!("CARGO_BIN_EXE_parlor")),
            _ => Command::new(std::env::current_exe()?),
        };
        match kind {
            Kind::Parlor => command.args(COMMON_FLAGS).args(flags),
            Kind::ParlorHttp => command.args(COMMON_FLAGS).args(["--stream-writer", "http"]).args(flags),
            _ => command.arg(kind.name()),
        };
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
        // The log is written as usual, to where it takes no space.
        command.stderr(if kind.is_ours() { Stdio::null() } else { Stdio::inherit() });
        system::pin(system::SERVER)?;
        let child = command.spawn();
        system::pin(system::LOAD)?;
        let mut child = child?;
        let mut printed = BufReader::new(child.stdout.take().expect("it is piped"));
        let address = place(&mut printed)?;
        let admin = if kind.is_ours() { Some(place(&mut printed)?) } else { None };
        Ok(Self { kind, child, address, admin, _printed: printed })
    }

    /// Returns the address.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the process id.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Returns a metric of the program: the value in the line of `/metrics` that begins with `name`.
    pub(crate) fn number(&self, name: &str) -> io::Result<f64> {
        let admin = self.admin.ok_or_else(|| io::Error::other("a reference counts nothing"))?;
        let text = HttpClient::to(admin)?.read("/metrics")?;
        let number = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        number.ok_or_else(|| io::Error::other(format!("no {name} in /metrics")))
    }

    /// Creates a chat with a member, as far as this server has members.
    pub(crate) fn open(&self, client: &mut HttpClient) -> io::Result<Chat> {
        let opened = client.create("/v1/chats", None, &json!({"name": "Ana"}))?;
        let text = |value: &Value, field: &str| value[field].as_str().map(str::to_owned);
        let path = format!("/v1/chats/{}", text(&opened, "chat_id").ok_or(io::ErrorKind::InvalidData)?);
        if !self.kind.is_ours() {
            return Ok(Chat { path, owner: None, guest: None });
        }
        let owner = text(&opened, "author_id");
        let link = client.create("/v1/links", owner.as_deref(), &json!({"chat_url": path, "auto_approve": true}))?;
        let link = text(&link, "link_id").ok_or(io::ErrorKind::InvalidData)?;
        let knock = client.create(&format!("/v1/links/{link}/knocks"), None, &json!({"name": "Ben"}))?;
        Ok(Chat { path, owner, guest: text(&knock, "client_id") })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Parses the address in the next line of a server's output.
fn place(printed: &mut BufReader<ChildStdout>) -> io::Result<SocketAddr> {
    let mut line = String::new();
    printed.read_line(&mut line)?;
    let address = line.trim_end().rsplit_once("http://").map(|(_, address)| address.trim_end_matches("/metrics"));
    address.and_then(|address| address.parse().ok()).ok_or_else(|| io::Error::other(format!("no address in the line {line:?}")))
}
