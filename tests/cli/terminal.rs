//! A person at a terminal: runs commands with a directory of their own for settings and state.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::support::within;

/// Directories of this process: no two terminals share one.
static TERMINALS: AtomicU32 = AtomicU32::new(0);

/// A person at a terminal, with a server that `PARLOR_SERVER` names.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    pub(crate) directory: PathBuf,
    pub(crate) server: String,
}

/// What a command left.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Terminal {
    pub(crate) fn new(server: impl std::fmt::Display) -> Self {
        let number = TERMINALS.fetch_add(1, Ordering::Relaxed);
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        Self { directory, server: format!("http://{server}") }
    }

    /// Returns a terminal of the same person with another server.
    pub(crate) fn with_server(&self, server: impl std::fmt::Display) -> Self {
        Self { server: format!("http://{server}"), ..self.clone() }
    }

    /// Prepares a command.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
        command.env_clear().env("PARLOR_SERVER", &self.server).env("HOME", &self.directory);
        command.env("XDG_STATE_HOME", self.directory.join("state")).env("XDG_CONFIG_HOME", self.directory.join("config"));
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Starts a command; its stdin stays open.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    /// Runs a command with this stdin.
    pub(crate) async fn run_with(&self, stdin: &str, args: &[&str]) -> Done {
        let mut child = self.start(args);
        // A command that reads nothing may have ended.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes()).await;
        let output = within(child.wait_with_output()).await.unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        Done { code: output.status.code(), out, err }
    }

    /// Runs a command.
    pub(crate) async fn run(&self, args: &[&str]) -> Done {
        self.run_with("", args).await
    }

    /// Runs a command that succeeds; returns what it printed.
    pub(crate) async fn does(&self, args: &[&str]) -> String {
        self.run(args).await.is(0).out
    }

    /// Runs a command that succeeds with `--json`; returns the objects.
    pub(crate) async fn json(&self, args: &[&str]) -> Vec<Value> {
        objects(&self.does(&[args, &["--json"]].concat()).await)
    }

    /// Signs up with this username.
    pub(crate) async fn signs_up(&self, username: &str) {
        self.run_with("seven green lanterns\n", &["signup", username]).await.is(0);
    }
}

impl Done {
    /// Fails unless this is the exit code.
    #[track_caller]
    pub(crate) fn is(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// Fails unless the command ended with this code, printed no data, and said one sentence with these words.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &str) {
        assert_eq!((self.code, self.out.as_str()), (Some(code), ""), "{self:?}");
        assert!(self.err.starts_with("parlor: ") && self.err.ends_with(".\n") && self.err.lines().count() == 1, "{self:?}");
        assert!(self.err.contains(words), "{words:?}: {self:?}");
    }
}

/// Reads one object a line.
pub(crate) fn objects(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// Two people at terminals of their own, who are friends.
pub(crate) async fn friends(server: impl std::fmt::Display, [one, other]: [&str; 2]) -> [Terminal; 2] {
    let people = [Terminal::new(&server), Terminal::new(&server)];
    people[0].signs_up(one).await;
    people[1].signs_up(other).await;
    people[0].does(&["friends", "add", other]).await;
    people[1].does(&["friends", "accept", one]).await;
    people
}
