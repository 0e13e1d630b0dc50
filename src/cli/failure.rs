//! Why a command failed: an exit code, and one sentence that says what to do.

use std::fmt;
use std::io;

use super::sanitize;
use crate::client::ClientError;
use crate::wire::problem::Problem;

/// The exit codes of all commands, as the help and the manual list them.
pub const EXIT_CODES: &str = "Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  not there, or not allowed
  4  not signed in
  5  server not reached
  6  refused for now: try again later";

/// How a command ends that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It failed.
    Failed = 1,
    /// It was asked for something that makes no sense.
    Usage = 2,
    /// What it needs is not there, or the caller may not.
    NotThere = 3,
    /// It needs an account.
    NotSignedIn = 4,
    /// The server was not reached.
    NotReached = 5,
    /// The server refuses for now.
    Refused = 6,
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// One sentence that says what to do, safe for a terminal; empty where nothing is to be said.
    pub sentence: String,
}

impl Failure {
    /// Creates a failure; the sentence may contain text of others.
    pub fn new(exit: Exit, sentence: impl AsRef<str>) -> Self {
        Self { exit, sentence: sanitize::line(sentence.as_ref()) }
    }

    /// Creates the failure of what needs an account.
    pub fn not_signed_in(server: &str) -> Self {
        Self::new(Exit::NotSignedIn, format!("You are not signed in to {server}: run `parlor login`, or `parlor signup` for a new account."))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // Who reads the results has read enough.
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { exit: Exit::Failed, sentence: String::new() };
        }
        Self::new(Exit::Failed, format!("Reading or writing failed: {error}; check the file or the pipe, and try again."))
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::BadUrl(_) => Self::new(Exit::Usage, format!("{error}.")),
            ClientError::Unreachable { server, reason } => Self::new(
                Exit::NotReached,
                format!("{server} cannot be reached ({reason}): start a server with `parlor serve`, or name another one with --server."),
            ),
            ClientError::Lost { server } => {
                Self::new(Exit::NotReached, format!("The connection to {server} was lost, and the server does not come back: try again later."))
            }
            ClientError::Unexpected { status: 401, server } => Self::not_signed_in(&server),
            ClientError::Unexpected { .. } => Self::new(Exit::Failed, format!("{error}: check --server, and any proxy in between.")),
            ClientError::Problem(problem) => Self::from(*problem),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let exit = match problem.status {
            429 | 503 | 507 => Exit::Refused,
            401 => Exit::NotSignedIn,
            403 | 404 => Exit::NotThere,
            400 | 413 | 422 => Exit::Usage,
            _ => Exit::Failed,
        };
        let detail = problem.detail.trim_end_matches('.');
        let field = problem.field.as_ref().filter(|field| !detail.contains(field.as_str())).map(|field| format!(" ({field})")).unwrap_or_default();
        let names = problem.usernames.as_deref().filter(|names| !names.is_empty()).map(|names| format!(" (@{})", names.join(", @")));
        Self::new(exit, format!("{detail}{field}{}{}.", names.unwrap_or_default(), what_to_do(&problem)))
    }
}

/// Says what to do about a problem, after its detail.
fn what_to_do(problem: &Problem) -> String {
    if let Some(wait) = problem.retry_after_ms {
        return format!(": try again in {}", span(wait.div_ceil(1_000).max(1)));
    }
    let advice = match problem.code.as_str() {
        "not_found" => "check the name or the URL; `parlor chats` lists what is yours",
        "wrong_credentials" => "try again, or create an account with `parlor signup`",
        "invalid_refresh_token" | "unauthenticated" | "invalid_token" => "run `parlor login`",
        "reauthenticate" => "run `parlor login`, then try again within 10 minutes",
        "username_taken" => "choose another username",
        "group_name_taken" => "choose another name",
        "registration_closed" => "ask who runs the server, or give the code with --code",
        "not_accepted" => "become friends first with `parlor friends add`",
        "blocked_by_you" => "unblock first with `parlor block --remove`",
        "already_decided" => "see `parlor door` for who waits now",
        "several_knocked" => "name one with `parlor door --let-in`",
        "chat_full" | "node_full" | "account_full" => "make room, or try again later",
        "owner_cannot_leave" => "close the chat with `parlor close` instead",
        _ => return fallback_advice(problem.status).to_owned(),
    };
    format!(": {advice}")
}

fn fallback_advice(status: u16) -> &'static str {
    match status {
        429 | 500.. => ": try again later",
        400 | 413 | 422 => ": change it, and try again",
        403 => ": ask an owner or admin of the chat",
        _ => ": see `parlor help`",
    }
}

/// Writes a time span in its largest unit.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        7_200..172_800 => format!("{} h", seconds.div_ceil(3_600)),
        _ => format!("{} d", seconds.div_ceil(86_400)),
    }
}
