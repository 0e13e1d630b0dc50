//! Responses: domain values as JSON, problems, event streams, streamed bodies.

mod code;
pub mod present;
pub mod problem;
pub mod sse;
pub(crate) mod event_stream;
pub(super) mod one_line;
pub(super) mod streamed_json;
mod webhook_body;
