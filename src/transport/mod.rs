//! Connections: sockets, their time limits, HTTP/1.1 and HTTP/2 on them, and the fan-out of streams past hyper. Nothing here knows the API.

pub mod server;
pub mod admission;
pub mod body;
mod connection;
mod deadline;
mod detachable;
mod exchange;
mod fanout;
pub mod handover;
mod http2;
mod lingering_close;
mod peer;
mod listen;
mod preface;
pub mod refusals;
mod state;
pub mod timeouts;
mod timeout_stream;
pub mod upgrade;
