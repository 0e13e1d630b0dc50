//! Reference servers: they implement the small part of the API that the load program uses.

pub(crate) mod axum;
pub(crate) mod chat;
pub(crate) mod raw;

use std::io::{self, Write as _};
use std::net::SocketAddr;

/// Prints the address, as the program does.
fn print_address(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "The reference is open at http://{address}")?;
    out.flush()
}
