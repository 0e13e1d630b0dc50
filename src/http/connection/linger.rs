//! Lingering close: a socket that is closed while something sent to it stands unread is reset, which can take back what was written last.

use std::io::ErrorKind;
use std::net::Shutdown;
use std::sync::Arc;

use socket2::SockRef;
use tokio::net::TcpStream;

use super::course::{LINGER, LINGER_BYTES};
use super::writers::Resting;
use crate::domain::clock::Clock;

/// Closes a connection whose stream has ended: says that nothing follows and, where the other side has sent more than its request, reads and drops what
/// comes, for a while and up to a bound.
pub(super) async fn close(resting: Resting, clock: Arc<dyn Clock>) {
    let socket = &resting.socket;
    if SockRef::from(socket).shutdown(Shutdown::Write).is_err() || matches!(socket.try_read(&mut [0]), Ok(0) | Err(_)) {
        return;
    }
    tokio::select! {
        () = drain(socket) => {}
        () = clock.alarm(clock.now() + LINGER) => {}
    }
}

/// Reads and drops what comes until the other side closes, or has sent too much.
async fn drain(socket: &TcpStream) {
    let (mut space, mut left) = ([0; 4 << 10], LINGER_BYTES);
    while left > 0 && socket.readable().await.is_ok() {
        match socket.try_read(&mut space) {
            Ok(bytes @ 1..) => left = left.saturating_sub(bytes),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return,
        }
    }
}
