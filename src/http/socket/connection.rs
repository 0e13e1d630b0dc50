//! The WebSocket of a session: its bounds, slow clients, the closing handshake.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{MAX_MESSAGE_BYTES, SLOW_TIMEOUT};
use crate::domain::person::Person;
use crate::service::Service;
use crate::transport::upgrade::{StallWatch, UpgradedSocket};

/// Size of the buffer for input, in bytes: most commands fit. It is allocated for every socket, and the largest part of an idle one; the default is 128 KiB.
const READ_BUFFER: usize = 1 << 9;
/// Number of bytes of events that are written together.
const WRITE_BUFFER: usize = 16 << 10;
/// Maximum number of bytes that are not written. No event is added to more than [`WRITE_BUFFER`], and the largest is the state of an account.
const MAX_WRITE_BUFFER: usize = 4 << 20;
/// Time that a client has to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Why nothing more can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The connection is closed.
    Gone,
    /// The client reads nothing.
    Slow,
}

/// What a client sent.
pub(super) enum Received {
    /// A text message.
    Text(String),
    /// A message that is not text.
    Binary,
    /// The answer to a ping.
    Pong,
    /// A frame that the protocol handles, such as a ping.
    Other,
    /// A frame that the protocol does not allow.
    Violation(CloseFrame),
    /// The closing handshake. The answer is queued.
    Close,
    /// The connection is closed.
    End,
}

/// The WebSocket of a session.
pub(super) struct Connection {
    socket: WebSocketStream<UpgradedSocket>,
    stall: StallWatch,
    service: Arc<Service>,
}

impl Connection {
    pub(super) async fn new(socket: UpgradedSocket, service: Arc<Service>) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_write_buffer_size(MAX_WRITE_BUFFER)
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES));
        let stall = socket.stall_watch();
        Self { socket: WebSocketStream::from_raw_socket(socket, Role::Server, Some(config)).await, stall, service }
    }

    /// Counts the connection for this person.
    pub(super) fn recognise(&self, person: Person) {
        self.socket.get_ref().recognise(person);
    }

    /// Returns what the client sends next. Dropping the future loses nothing.
    pub(super) async fn receive(&mut self) -> Received {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => Received::Text(text.as_str().to_owned()),
            Some(Ok(Message::Binary(_))) => Received::Binary,
            Some(Ok(Message::Pong(_))) => Received::Pong,
            Some(Ok(Message::Ping(_) | Message::Frame(_))) => Received::Other,
            Some(Ok(Message::Close(_))) => Received::Close,
            Some(Err(error)) => violation(&error).map_or(Received::End, Received::Violation),
            None => Received::End,
        }
    }

    /// Writes a text frame; it is sent with the next flush at the latest.
    pub(super) async fn feed(&mut self, frame: String) -> Result<(), Lost> {
        let (socket, service, stall) = (&mut self.socket, &self.service, &self.stall);
        unless_slow(service, stall, socket.feed(Message::Text(frame.into()))).await
    }

    /// Sends what was written.
    pub(super) async fn flush(&mut self) -> Result<(), Lost> {
        unless_slow(&self.service, &self.stall, self.socket.flush()).await
    }

    /// Sends a ping.
    pub(super) async fn ping(&mut self) -> Result<(), Lost> {
        unless_slow(&self.service, &self.stall, self.socket.send(Message::Ping(bytes::Bytes::new()))).await
    }

    /// Closes the connection with this frame. Reads on until the client has closed its side: closing a socket with unread input resets it, and the client
    /// would lose the frame.
    pub(super) async fn close(mut self, frame: CloseFrame) {
        if self.socket.close(Some(frame)).await.is_err() {
            return;
        }
        let until = self.service.sleep_until(self.service.now() + CLOSE_TIMEOUT);
        tokio::select! {
            () = async { while let Some(Ok(_)) = self.socket.next().await {} } => {}
            () = until => {}
        }
    }
}

/// Awaits a write, unless the client reads nothing for [`SLOW_TIMEOUT`] meanwhile.
async fn unless_slow(service: &Service, stall: &StallWatch, write: impl Future<Output = Result<(), Error>>) -> Result<(), Lost> {
    // Polled only while the write is pending, so that its timer is rarely made.
    let slow = async {
        loop {
            let now = service.now();
            match stall.since().map(|since| since + SLOW_TIMEOUT) {
                Some(until) if now >= until => return,
                until => service.sleep_until(until.unwrap_or(now + SLOW_TIMEOUT)).await,
            }
        }
    };
    tokio::select! {
        biased;
        written = write => written.map_err(|error| if is_timeout(&error) { Lost::Slow } else { Lost::Gone }),
        () = slow => Err(Lost::Slow),
    }
}

fn is_timeout(error: &Error) -> bool {
    matches!(error, Error::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

/// Returns the close frame for what the protocol does not allow (RFC 6455, 7.4.1); none if the connection is closed.
fn violation(error: &Error) -> Option<CloseFrame> {
    let (code, reason) = match error {
        Error::Protocol(tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => return None,
        Error::Protocol(_) => (CloseCode::Protocol, "protocol error"),
        Error::Utf8(_) => (CloseCode::Invalid, "not UTF-8"),
        Error::Capacity(_) => (CloseCode::Size, "larger than 64 KiB"),
        _ => return None,
    };
    Some(CloseFrame { code, reason: reason.into() })
}
