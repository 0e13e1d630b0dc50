//! The limits of sockets.

use super::units::{number, size, span};
use super::{ANONYMOUS, CONNECTION, FACTOR, LimitRow, refused};
use crate::http::respond::problem::Code;
use crate::http::socket::{AUTHENTICATION_TIMEOUT, MAX_CREDENTIALS, MAX_MESSAGE_BYTES, MAX_SUBSCRIPTIONS, PING_INTERVAL, PONG_TIMEOUT};
use crate::service::stream_permits::UNPROVEN_SOCKETS;
use crate::transport::timeouts::WRITE_TIMEOUT;

const SOCKET: &str = "socket: each has a fixed maximum cost";

/// Returns the limits of sockets.
pub(super) fn of_sockets() -> Vec<LimitRow> {
    vec![
        LimitRow::new("Sockets on which no credential has proved valid so far", ANONYMOUS, number(UNPROVEN_SOCKETS), refused(Code::TooManyStreams))
            .set_by(FACTOR),
        LimitRow::new("Time until a socket shows its first credential", CONNECTION, span(AUTHENTICATION_TIMEOUT), "closed with 4501"),
        LimitRow::new("Message on a socket", SOCKET, size(MAX_MESSAGE_BYTES), "closed with 1009"),
        LimitRow::new("Credentials of a socket", SOCKET, number(u32::try_from(MAX_CREDENTIALS).unwrap_or(u32::MAX)), refused(Code::Invalid)),
        LimitRow::new(
            "Subscriptions of a socket",
            SOCKET,
            number(u32::try_from(MAX_SUBSCRIPTIONS).unwrap_or(u32::MAX)),
            refused(Code::TooManyStreams),
        ),
        LimitRow::new(
            "Time without a pong on a socket",
            CONNECTION,
            format!("{}, with a ping every {}", span(PONG_TIMEOUT), span(PING_INTERVAL)),
            "closed with 4003",
        ),
        LimitRow::new("Time during which a socket reads nothing", CONNECTION, span(WRITE_TIMEOUT), "closed with 4002 a second earlier, then reset"),
    ]
}
