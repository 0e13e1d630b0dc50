//! Connections: what the sockets of the program are set to.

use std::time::Duration;

use parlor::http::connection;
use socket2::SockRef;

use crate::world::{Wire, within};

#[tokio::test]
async fn accepted_sockets_are_set_as_the_listener_is() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let listener = connection::listen(address.parse().unwrap()).unwrap();
        let _client = Wire::to(listener.local_addr().unwrap()).await;
        let (accepted, _) = within(listener.accept()).await.unwrap();
        let socket = SockRef::from(&accepted);
        assert!(socket.tcp_nodelay().unwrap(), "small writes leave at once");
        assert_eq!(socket.send_buffer_size().unwrap(), 2 * (32 << 10), "twice what was asked for, as Linux has it");
        assert_eq!(socket.recv_buffer_size().unwrap(), 2 * (32 << 10));
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(30)));
    }
}
