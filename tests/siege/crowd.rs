//! A crowd: bare connections from many addresses, so that none has more than it may.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpSocket;

use crate::world::{Chat, Wire, head};

/// How many of a crowd come from one address.
const FROM_ONE: usize = 50;

/// How its owner asks for a chat's events.
pub(crate) fn asks(chat: &Chat) -> String {
    head("GET", &format!("{}/events", chat.path), Some(&chat.author), &[])
}

/// The connection with this number, which has said `first`.
pub(crate) async fn comes(server: SocketAddr, number: usize, first: impl AsRef<[u8]>) -> Wire {
    comes_on(TcpSocket::new_v4().unwrap(), server, number, first).await
}

/// The same with a small buffer, so that little waits on this side.
pub(crate) async fn comes_narrow(server: SocketAddr, number: usize, first: impl AsRef<[u8]>) -> Wire {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 << 10).unwrap();
    comes_on(socket, server, number, first).await
}

async fn comes_on(socket: TcpSocket, server: SocketAddr, number: usize, first: impl AsRef<[u8]>) -> Wire {
    let [.., middle, low] = u32::try_from(number / FROM_ONE).unwrap().to_be_bytes();
    socket.bind((Ipv4Addr::new(127, 77, middle, low + 1), 0).into()).unwrap();
    let mut wire = Wire::on(socket, server).await;
    assert!(wire.sends(first).await);
    wire
}

/// Reads up to the end, whatever comes and however long it takes.
pub(crate) async fn is_cut(mut wire: Wire) {
    let mut space = [0; 1_024];
    while wire.0.read(&mut space).await.is_ok_and(|got| got > 0) {}
}
