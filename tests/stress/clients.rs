//! Bare connections from many addresses, so that none reaches its limit.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpSocket;

use crate::support::{Chat, RawClient, head};

/// Connections per address.
const CONNECTIONS_PER_ADDRESS: usize = 50;

/// Returns the owner's request for a chat's stream.
pub(crate) fn stream_request(chat: &Chat) -> String {
    head("GET", &format!("{}/events", chat.path), Some(&chat.author), &[])
}

/// Opens the connection with this number and sends `first`.
pub(crate) async fn connect(server: SocketAddr, number: usize, first: impl AsRef<[u8]>) -> RawClient {
    connect_with(TcpSocket::new_v4().unwrap(), server, number, first).await
}

/// Does the same with a small receive buffer.
pub(crate) async fn connect_narrow(server: SocketAddr, number: usize, first: impl AsRef<[u8]>) -> RawClient {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 << 10).unwrap();
    connect_with(socket, server, number, first).await
}

async fn connect_with(socket: TcpSocket, server: SocketAddr, number: usize, first: impl AsRef<[u8]>) -> RawClient {
    let [.., middle, low] = u32::try_from(number / CONNECTIONS_PER_ADDRESS).unwrap().to_be_bytes();
    socket.bind((Ipv4Addr::new(127, 77, middle, low + 1), 0).into()).unwrap();
    let mut connection = RawClient::connect_with(socket, server).await;
    assert!(connection.send(first).await);
    connection
}

/// Reads until the connection is closed, however long that takes.
pub(crate) async fn read_to_close(mut connection: RawClient) {
    let mut space = [0; 1_024];
    while connection.0.read(&mut space).await.is_ok_and(|got| got > 0) {}
}
