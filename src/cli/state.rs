//! Credentials and what else is kept between commands: one file a profile, for its owner only, replaced as a whole, changed under a lock.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::failure::{Exit, Failure};
use crate::wire::secret::Secret;

/// What is kept of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// By the base URL of the server: a credential is shown to no other.
    #[serde(default)]
    pub servers: BTreeMap<String, SavedServer>,
    /// The chat that was used last.
    #[serde(default)]
    pub last: Option<LastChat>,
}

/// What is kept of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedServer {
    /// The session of the account.
    #[serde(default)]
    pub session: Option<SavedSession>,
    /// Link chats by their ids.
    #[serde(default)]
    pub chats: BTreeMap<String, SavedChat>,
    /// Knocks by the ids of their links.
    #[serde(default)]
    pub knocks: BTreeMap<String, SavedKnock>,
    /// The ids of the knocks that `parlor door` listed last, by chat: its numbers keep their meaning when a guest withdraws.
    #[serde(default)]
    pub doors: BTreeMap<String, Vec<String>>,
}

/// The session of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSession {
    /// The username.
    pub username: String,
    /// The access token, expired or not.
    pub access_token: Secret,
    /// What renews it, once.
    pub refresh_token: Secret,
}

/// A link chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedChat {
    /// The `author_id` or `client_id`.
    pub credential: Secret,
    /// The title when it was last seen.
    pub title: Option<String>,
}

/// A knock on a link, or a link of our own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedKnock {
    /// The credential; none for the knock of an account, and for links of our own.
    #[serde(default)]
    pub client_id: Option<Secret>,
    /// The chat, once it is known.
    #[serde(default)]
    pub chat_id: Option<String>,
}

/// The chat that was used last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastChat {
    /// The base URL of the server.
    pub server: String,
    /// The id.
    pub chat_id: String,
}

/// The state file of a profile.
#[derive(Clone, Debug)]
pub struct State {
    directory: PathBuf,
    profile: String,
}

/// The lock on a state file; dropping it unlocks.
#[derive(Debug)]
pub struct Locked {
    state: State,
    _lock: File,
}

impl State {
    /// Names the state file of a profile; nothing is read or written yet.
    pub fn new(directory: PathBuf, profile: &str) -> Result<Self, Failure> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if profile.is_empty() || profile.starts_with('.') || !profile.chars().all(is_name) {
            return Err(Failure::new(Exit::Usage, format!("{profile:?} cannot name a profile: use letters, digits, - and _.")));
        }
        Ok(Self { directory, profile: profile.to_owned() })
    }

    /// Reads what is kept; nothing, where there is no file.
    pub fn read(&self) -> Result<Saved, Failure> {
        let path = self.path("json");
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| Failure::new(Exit::Failed, format!("{} cannot be read ({error}): remove it, and sign in again.", path.display()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Saved::default()),
            Err(error) => Err(Failure::new(Exit::Failed, format!("{} cannot be read ({error}): check its permissions.", path.display()))),
        }
    }

    /// Changes what is kept, while no other command does.
    pub fn update(&self, change: impl FnOnce(&mut Saved)) -> Result<(), Failure> {
        self.lock()?.update(change)
    }

    /// Waits until no other command changes the file.
    pub fn lock(&self) -> Result<Locked, Failure> {
        let lock = || {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
            let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(self.path("lock"))?;
            file.lock()?;
            Ok::<_, io::Error>(file)
        };
        match lock() {
            Ok(file) => Ok(Locked { state: self.clone(), _lock: file }),
            Err(error) => Err(self.not_written(&error)),
        }
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.directory.join(format!("{}.{extension}", self.profile))
    }

    fn not_written(&self, error: &io::Error) -> Failure {
        let directory = self.directory.display();
        Failure::new(Exit::Failed, format!("Credentials cannot be kept in {directory} ({error}): make it writable, or set XDG_STATE_HOME."))
    }
}

impl Locked {
    /// Reads what is kept.
    pub fn read(&self) -> Result<Saved, Failure> {
        self.state.read()
    }

    /// Changes what is kept.
    pub fn update(&self, change: impl FnOnce(&mut Saved)) -> Result<(), Failure> {
        let before = self.read()?;
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(());
        }
        self.write(&after).map_err(|error| self.state.not_written(&error))
    }

    /// Replaces the file by a new one, so that readers see the old or the new state.
    fn write(&self, saved: &Saved) -> io::Result<()> {
        let new = self.state.path("new");
        match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&new)?;
        file.write_all(&serde_json::to_vec(saved)?)?;
        file.sync_data()?;
        fs::rename(new, self.state.path("json"))
    }
}
