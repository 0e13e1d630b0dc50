//! What commands print: data on stdout, for people or as JSON lines; talk on stderr.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use super::failure::Failure;

/// Prints the results of a command.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
    color: bool,
}

impl Output {
    /// Creates the output of a command. Colour is for terminals, and goes away where `NO_COLOR` is set.
    pub fn new(json: bool, no_color: bool) -> Self {
        Self { json, color: !json && !no_color && io::stdout().is_terminal() }
    }

    /// Returns true if results are printed as JSON.
    pub fn is_json(self) -> bool {
        self.json
    }

    /// Returns true if colour is wanted.
    pub fn is_colored(self) -> bool {
        self.color
    }

    /// Prints an object of the API: as a line of JSON, or in words, which are safe for a terminal. Nothing is printed for empty words.
    pub fn object(self, object: &impl Serialize, words: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json {
            let line = serde_json::to_string(object).map_err(io::Error::other)?;
            return self.line(&line);
        }
        match words() {
            words if words.is_empty() => Ok(()),
            words => self.line(&words),
        }
    }

    /// Prints a line of data.
    pub fn line(self, line: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).map_err(Failure::from)
    }

    /// Says something to people that is not data; nothing where results are JSON.
    pub fn say(self, sentence: &str) {
        if !self.json {
            self.warn(sentence);
        }
    }

    /// Says something that people should know in any case.
    pub fn warn(self, sentence: &str) {
        // Where stderr is closed, nothing is left to tell it to.
        let _ = writeln!(io::stderr().lock(), "{sentence}");
    }

    /// Emphasises a word on a terminal.
    pub fn strong(self, text: &str) -> String {
        if self.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Makes a word less prominent on a terminal.
    pub fn dim(self, text: &str) -> String {
        if self.color { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Draws what is read by contrast in black and white, if there is colour.
    pub fn black_and_white(self, text: &str) -> String {
        if self.color { format!("\u{1b}[40;97m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
