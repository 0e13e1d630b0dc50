//! Logging: lines on stderr, without secrets and without bodies.

mod json_format;

use std::fmt::Write as _;
use std::io;
use std::io::{BufWriter, IsTerminal as _, Write};
use std::time::Duration;

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use self::json_format::JsonFormat;
use crate::config::Config;

/// The most lines waiting to be written; further lines are dropped.
const MAX_QUEUED_LINES: usize = 8_192;
/// How long lines are collected after a write: a write per line costs more than formatting the line.
const BATCH_INTERVAL: Duration = Duration::from_millis(10);

/// Starts logging as configured: JSON, or text for a terminal.
///
/// Dropping the returned guard waits until the queued lines are written, but not for a reader that does not consume them.
///
/// # Errors
/// A line for the operator.
pub fn start(config: &Config) -> Result<WorkerGuard, String> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| format!("--log {}: {error}", config.log))?;
    let lines = BatchingWriter(BufWriter::new(io::stderr()));
    let (queue, guard) = NonBlockingBuilder::default().buffered_lines_limit(MAX_QUEUED_LINES).lossy(true).thread_name("log").finish(lines);
    // Colours use control characters, all of which are escaped.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(EscapingWriter(queue)).with_ansi(false);
    let initialised = if io::stderr().is_terminal() { lines.try_init() } else { lines.event_format(JsonFormat).try_init() };
    initialised.map_err(|error| error.to_string())?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // The panic message may contain user text, for instance a string that was sliced at a wrong index.
        tracing::error!(place, "a panic");
    }));
    Ok(guard)
}

/// Batches lines that follow each other closely; a single line is written at once.
struct BatchingWriter<W: Write>(BufWriter<W>);

impl<W: Write> Write for BatchingWriter<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write(line)
    }

    /// Called by the log thread when the queue is empty.
    #[expect(clippy::disallowed_methods, reason = "the thread has nothing else to do, and no clock of ours decides what it writes")]
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        std::thread::sleep(BATCH_INTERVAL);
        Ok(())
    }
}

/// Writes lines without control characters, so that no text can control a terminal or a line-based reader.
struct EscapingWriter<W>(W);

impl<'a> MakeWriter<'a> for EscapingWriter<NonBlocking> {
    type Writer = EscapingWriter<NonBlocking>;

    fn make_writer(&'a self) -> Self::Writer {
        EscapingWriter(self.0.clone())
    }
}

impl<W: Write> Write for EscapingWriter<W> {
    /// Writes one whole line, as the formatter provides it.
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

/// Returns true if a line needs no escaping, which holds for almost all lines.
fn is_plain(line: &[u8]) -> bool {
    line.strip_suffix(b"\n").unwrap_or(line).iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Escapes control characters and bidirectional controls in a line, in the form that JSON uses too.
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
        EscapingWriter(&mut out).write_all(hostile.as_bytes()).unwrap();
        assert_eq!(out, escaped(hostile).into_bytes());
    }
}
