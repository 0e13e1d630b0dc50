//! Listening: what every accepted socket takes over, and for how many there are files.

use std::io;
use std::net::SocketAddr;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;

use super::course::STALLED;

/// How many bytes of answers the kernel keeps for a connection, before it doubles them for its own needs.
const SEND_BUFFER: u32 = 32 << 10;
/// How many bytes of requests the kernel keeps for a connection, before it doubles them for its own needs.
const RECEIVE_BUFFER: u32 = 32 << 10;
/// How many connections wait to be accepted.
const BACKLOG: u32 = 4_096;
/// How many files stay free for everything that is no connection, where there are not few of them anyway.
const SPARE_FILES: u64 = 128;

/// Listens, with the buffers and time-outs that every accepted socket takes over.
///
/// # Errors
/// When the address cannot be listened on.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    SockRef::from(&socket).set_tcp_user_timeout(Some(STALLED))?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// How many connections fit into the files that this process may open, which are made as many as the system lets it.
#[must_use]
pub fn most_connections() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1_024);
    let spare = SPARE_FILES.min(files / 4);
    usize::try_from((files - spare).max(1)).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS)
}
