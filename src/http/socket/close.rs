//! Why the server closes a socket: a client comes back after the first codes, and does not after the second.

use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// Why the server closes a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// The server shuts down: come back in 1–10 s.
    Bye,
    /// The client read nothing for too long.
    Slow,
    /// The client did not answer pings.
    NoPong,
    /// No credential was shown in time.
    Unauthenticated,
    /// The client sent something else than a command.
    NotACommand,
    /// The session of its only credential has ended.
    SignedOut,
    /// Newer streams or sockets of the person took its place.
    MadeRoom,
}

impl Close {
    /// Returns the frame that says so.
    pub(super) fn frame(self) -> CloseFrame {
        let (code, reason) = match self {
            Self::Bye => (4001, "bye"),
            Self::Slow => (4002, "slow"),
            Self::NoPong => (4003, "no pong"),
            Self::Unauthenticated => (4501, "unauthenticated"),
            Self::NotACommand => (4502, "not a command"),
            Self::SignedOut => (4503, "signed out"),
            Self::MadeRoom => (4504, "made room"),
        };
        CloseFrame { code: code.into(), reason: reason.into() }
    }
}
