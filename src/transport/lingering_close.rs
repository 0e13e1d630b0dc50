//! Lingering close: a socket that is closed with unread input is reset, which can destroy output that the client has not received.

use std::io::ErrorKind;
use std::net::Shutdown;
use std::sync::Arc;

use socket2::SockRef;
use tokio::net::TcpStream;

use super::handover::DetachedConnection;
use super::timeouts::{LINGERING_CLOSE_BYTES, LINGERING_CLOSE_TIMEOUT};
use crate::domain::clock::Clock;

/// Closes a connection whose stream has ended: shuts down the sending side, then reads and discards input for a while, up to a number of
/// bytes.
pub(super) async fn close(connection: DetachedConnection, clock: Arc<dyn Clock>) {
    let socket = &connection.socket;
    if SockRef::from(socket).shutdown(Shutdown::Write).is_err() || matches!(socket.try_read(&mut [0]), Ok(0) | Err(_)) {
        return;
    }
    tokio::select! {
        () = drain(socket) => {}
        () = clock.sleep_until(clock.now() + LINGERING_CLOSE_TIMEOUT) => {}
    }
}

/// Reads and discards input until the client closes the connection or the limit is reached.
async fn drain(socket: &TcpStream) {
    let (mut space, mut left) = ([0; 4 << 10], LINGERING_CLOSE_BYTES);
    while left > 0 && socket.readable().await.is_ok() {
        match socket.try_read(&mut space) {
            Ok(bytes @ 1..) => left = left.saturating_sub(bytes),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return,
        }
    }
}
