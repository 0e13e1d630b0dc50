//! Servers to measure against: what they have in common is the tiny part of the API that the load program speaks.

pub(crate) mod axum;
pub(crate) mod chat;
pub(crate) mod raw;

use std::io::{self, Write as _};
use std::net::SocketAddr;

/// Says where it listens, as the program does.
fn tell(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "The reference is open at http://{address}")?;
    out.flush()
}
