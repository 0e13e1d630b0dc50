//! The log: lines on stderr, without secrets, without bodies.

mod json;

use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::time::Duration;

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use self::json::Json;
use crate::config::Config;

/// How many lines wait for whoever reads them; those beyond are dropped.
const LINES: usize = 8_192;
/// How long lines gather after some were written: a write for each line costs more than the line.
const GATHER: Duration = Duration::from_millis(10);

/// Starts logging as the settings say: JSON, or text for a terminal. Whoever drops what it returns waits until the lines at hand are written, but not for
/// somebody who does not read them.
///
/// # Errors
/// A line for the person who started the program.
pub fn start(config: &Config) -> Result<WorkerGuard, String> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| format!("--log {}: {error}", config.log))?;
    let lines = Together(BufWriter::new(io::stderr()));
    let (queue, guard) = NonBlockingBuilder::default().buffered_lines_limit(LINES).lossy(true).thread_name("log").finish(lines);
    // Colours are control characters, and of those none is let through.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Plain(queue)).with_ansi(false);
    let started = if io::stderr().is_terminal() { lines.try_init() } else { lines.event_format(Json).try_init() };
    started.map_err(|error| error.to_string())?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // What a panic says may hold what people wrote: text that was sliced in the wrong place stands in it.
        tracing::error!(place, "a panic");
    }));
    Ok(guard)
}

/// Writes lines together that come shortly one after the other; one that comes alone is written at once.
struct Together<W: Write>(BufWriter<W>);

impl<W: Write> Write for Together<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write(line)
    }

    /// Called by the thread of the log, when no line is left.
    #[expect(clippy::disallowed_methods, reason = "the thread has nothing else to do, and no clock of ours decides what it writes")]
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        std::thread::sleep(GATHER);
        Ok(())
    }
}

/// Writes lines in which no control character is left, so that no text can make a terminal or a reader of lines do anything.
struct Plain<W>(W);

impl<'a> MakeWriter<'a> for Plain<NonBlocking> {
    type Writer = Plain<NonBlocking>;

    fn make_writer(&'a self) -> Self::Writer {
        Plain(self.0.clone())
    }
}

impl<W: Write> Write for Plain<W> {
    /// Takes a whole line, as the log hands them over.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if is_plain(line) {
            self.0.write_all(line)?;
        } else {
            self.0.write_all(escaped(&String::from_utf8_lossy(line)).as_bytes())?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Whether nothing in a line must be written out: almost all of them are so.
fn is_plain(line: &[u8]) -> bool {
    line.strip_suffix(b"\n").unwrap_or(line).iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The line with its control characters, and those that turn the direction of text, written out; in the form in which JSON has them too.
fn escaped(line: &str) -> String {
    let (inner, end) = line.strip_suffix('\n').map_or((line, ""), |inner| (inner, "\n"));
    let mut plain = String::with_capacity(line.len());
    for c in inner.chars() {
        if c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            write!(plain, "\\u{:04x}", u32::from(c)).expect("writing into memory succeeds");
        } else {
            plain.push(c);
        }
    }
    plain + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_control_characters_but_its_end() {
        assert_eq!(escaped("{\"a\":\"b\"}\n"), "{\"a\":\"b\"}\n");
        let hostile = "one\ntwo\r\u{1b}[2J\u{7f}\u{9b}31m\u{202e}\u{0}\n";
        assert_eq!(escaped(hostile), "one\\u000atwo\\u000d\\u001b[2J\\u007f\\u009b31m\\u202e\\u0000\n");
        let mut out = Vec::new();
        Plain(&mut out).write_all(hostile.as_bytes()).unwrap();
        assert_eq!(out, escaped(hostile).into_bytes());
    }
}
