//! Log lines as JSON, formatted without intermediate values since there is one per request.

use std::fmt;
use std::fmt::{Debug, Display, Write as _};
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::wire::time::Time;

/// Formats an event as an object: `timestamp`, `level`, the event's fields, `target`.
pub(super) struct JsonFormat;

impl<S: Subscriber + for<'a> LookupSpan<'a>, N: for<'a> FormatFields<'a> + 'static> FormatEvent<S, N> for JsonFormat {
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        write!(out, "{{\"timestamp\":\"{}", now())?;
        out.write_str("\",\"level\":\"")?;
        out.write_str(metadata.level().as_str())?;
        out.write_str("\"")?;
        let mut fields = Fields { out: out.by_ref(), result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        out.write_str(",\"target\":\"")?;
        out.write_str(metadata.target())?;
        out.write_str("\"}\n")
    }
}

#[expect(clippy::disallowed_methods, reason = "when a line was written decides nothing")]
fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_millis(i64::try_from(since.as_millis()).unwrap_or_default())
}

/// Writes the fields of an event one after the other.
struct Fields<'a> {
    out: Writer<'a>,
    result: fmt::Result,
}

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let out = &mut self.out;
        let mut written = || {
            out.write_str(",\"")?;
            out.write_str(field.name())?;
            out.write_str("\":")
        };
        self.result = self.result.and(written()).and_then(|()| value(&mut self.out));
    }

    fn put_plain(&mut self, field: &Field, value: impl Display) {
        self.put(field, |out| write!(out, "{value}"));
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, |out| {
            out.write_str("\"")?;
            Escaped(out).write_str(value)?;
            out.write_str("\"")
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, |out| {
            out.write_str("\"")?;
            write!(Escaped(out), "{value:?}")?;
            out.write_str("\"")
        });
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put_plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put_plain(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put_plain(field, value);
    }

    /// JSON has neither infinity nor NaN, which become `null`.
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() { self.put_plain(field, value) } else { self.put_plain(field, "null") }
    }
}

/// Escapes text for the inside of a JSON string.
struct Escaped<'a, W>(&'a mut W);

impl<W: fmt::Write> fmt::Write for Escaped<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
            return self.0.write_str(text);
        }
        let quoted = serde_json::to_string(text).map_err(|_| fmt::Error)?;
        self.0.write_str(&quoted[1..quoted.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use parking_lot::Mutex;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_an_object_whatever_its_fields_say() {
        let log = Log::default();
        let to = log.clone();
        let lines = tracing_subscriber::fmt().with_writer(move || to.clone()).event_format(JsonFormat).finish();
        tracing::subscriber::with_default(lines, || {
            let hostile = "a \"quote\", a \\ and\na line\u{1b}";
            tracing::info!(hostile, broken = "a\nline", quoted = "a \"word\"", shown = %hostile, debugged = ?Some(1), yes = true, count = 7_u64, less = -1, ms = 0.25, never = f64::NAN, "said");
        });
        let line = String::from_utf8(log.0.lock().clone()).unwrap();
        assert!(line.ends_with("}\n") && line.matches('\n').count() == 1, "{line}");
        let mut read: Value = serde_json::from_str(&line).unwrap();
        let timestamp = read.as_object_mut().unwrap().remove("timestamp").unwrap();
        assert!(timestamp.as_str().unwrap().ends_with('Z'), "{line}");
        let hostile = "a \"quote\", a \\ and\na line\u{1b}";
        let wanted = json!({
            "level": "INFO", "message": "said", "hostile": hostile, "broken": "a\nline", "quoted": "a \"word\"", "shown": hostile, "debugged": "Some(1)", "yes": true, "count": 7, "less": -1,
            "ms": 0.25, "never": null, "target": "parlor::telemetry::json_format::tests",
        });
        assert_eq!(read, wanted);
    }
}
