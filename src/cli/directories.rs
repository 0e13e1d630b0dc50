//! Where settings and state are kept: the directories of the XDG base directory specification.

use std::path::PathBuf;

use super::failure::{Exit, Failure};

/// The directory of the settings file.
pub fn config() -> Result<PathBuf, Failure> {
    below("XDG_CONFIG_HOME", ".config")
}

/// The directory of credentials.
pub fn state() -> Result<PathBuf, Failure> {
    below("XDG_STATE_HOME", ".local/state")
}

/// Returns true if colour is not wanted (no-color.org).
pub fn no_color() -> bool {
    variable("NO_COLOR").is_some()
}

/// Returns our directory below that of a variable. Relative paths are to be ignored, as the specification says.
fn below(name: &str, default: &str) -> Result<PathBuf, Failure> {
    let base = variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = base.or_else(|| Some(PathBuf::from(variable("HOME")?).join(default)));
    let base = base.ok_or_else(|| Failure::new(Exit::Failed, format!("There is no place for credentials: set HOME, or {name}.")))?;
    Ok(base.join("parlor"))
}

#[expect(clippy::disallowed_methods, reason = "these variables belong to the desktop, not to the settings of the server")]
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
