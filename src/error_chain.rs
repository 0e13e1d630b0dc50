//! Formats an error with its sources in one line for the log.

use std::error::Error;
use std::iter::successors;

/// Returns the error and all its sources, outermost first, separated by colons.
#[must_use]
pub fn error_chain(error: &dyn Error) -> String {
    let sources = successors(error.source(), |error| (*error).source());
    std::iter::once(error.to_string()).chain(sources.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}
