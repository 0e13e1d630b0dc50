//! A typed client of the API: requests, streams of events that go on over lost connections, errors. It knows the wire types and nothing of the server.

pub mod credentials;
pub mod error;
mod connection;
pub mod http;
pub mod incoming;
pub mod events;

pub use self::credentials::{Credentials, FixedCredential};
pub use self::error::ClientError;
pub use self::events::{EventStream, StreamItem};
pub use self::http::Client;
pub use self::incoming::{Event, Incoming};
