//! Passwords: typed without echo on a terminal, else the first line of stdin.

use std::io::{self, BufRead as _, IsTerminal as _};

use crate::cli::failure::{Exit, Failure};
use crate::wire::secret::Secret;

/// Asks for a password.
pub fn ask(prompt: &str) -> Result<Secret, Failure> {
    if io::stdin().is_terminal() {
        return Ok(Secret::new(rpassword::prompt_password(prompt)?));
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    match line.trim_end_matches(['\n', '\r']) {
        "" => Err(Failure::new(Exit::Usage, "There is no password: type it on a terminal, or pipe it in.")),
        password => Ok(Secret::new(password)),
    }
}

/// Asks for a new password; twice on a terminal, where it cannot be seen.
pub fn choose() -> Result<Secret, Failure> {
    let password = ask("Password: ")?;
    if io::stdin().is_terminal() && ask("Again: ")? != password {
        return Err(Failure::new(Exit::Usage, "These are two different passwords: try again."));
    }
    Ok(password)
}

/// Returns the username that was given, or asks for one.
pub fn username(given: Option<String>) -> Result<String, Failure> {
    if let Some(name) = given {
        return Ok(bare(&name, '@'));
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "There is no username: give it as an argument."));
    }
    eprint!("Username: ");
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Returns a name without the mark that a target has.
pub fn bare(name: &str, mark: char) -> String {
    name.strip_prefix(mark).unwrap_or(name).to_owned()
}
