//! The settings file of the client: a server for each profile.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use super::failure::{Exit, Failure};

/// The server of a profile without settings.
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";

/// The settings file, such as:
///
/// ```toml
/// profile = "work"
///
/// [profiles.work]
/// server = "https://chat.example.org"
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The profile to use where none is named.
    pub profile: Option<String>,
    /// The profiles by their names.
    #[serde(default)]
    pub profiles: BTreeMap<String, ProfileSettings>,
}

/// The settings of a profile.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileSettings {
    /// The base URL of the server.
    pub server: Option<String>,
}

impl Settings {
    /// Reads the settings file in a directory; without one, all settings have their defaults.
    pub fn read(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join("config.toml");
        let wrong = |error: &dyn std::fmt::Display| Failure::new(Exit::Usage, format!("{} cannot be read ({error}): correct it.", path.display()));
        match std::fs::read_to_string(&path) {
            Ok(text) => basic_toml::from_str(&text).map_err(|error| wrong(&error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(wrong(&error)),
        }
    }

    /// Returns the server of a profile.
    #[must_use]
    pub fn server(&self, profile: &str) -> String {
        self.profiles.get(profile).and_then(|profile| profile.server.clone()).unwrap_or_else(|| DEFAULT_SERVER.to_owned())
    }
}
