//! The listening socket, whose options accepted sockets inherit, and the number of connections that the file limit allows.

use std::io;
use std::net::SocketAddr;

use super::timeouts::WRITE_TIMEOUT;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;

/// Send buffer of a connection in bytes; the kernel doubles it for its own bookkeeping.
const SEND_BUFFER: u32 = 32 << 10;
/// Receive buffer of a connection in bytes; the kernel doubles it for its own bookkeeping.
const RECEIVE_BUFFER: u32 = 32 << 10;
/// Maximum number of connections that wait to be accepted.
const BACKLOG: u32 = 4_096;
/// Number of file descriptors that are reserved for everything but connections.
const RESERVED_FILES: u64 = 128;

/// Listens with the buffers and timeouts that accepted sockets inherit.
///
/// # Errors
/// When the address cannot be listened on.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    SockRef::from(&socket).set_tcp_user_timeout(Some(WRITE_TIMEOUT))?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Raises the file limit of the process as far as it may, and returns how many connections it allows.
#[must_use]
pub fn max_connections() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1_024);
    let spare = RESERVED_FILES.min(files / 4);
    usize::try_from((files - spare).max(1)).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS)
}
