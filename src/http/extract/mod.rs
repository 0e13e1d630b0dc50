//! Extractors of requests, one per file. They reject with a problem.

pub(in crate::http) mod bearer;
mod client_addr;
mod handover_slot;
mod headers;
pub(in crate::http) mod idempotency_key;
pub(in crate::http) mod json;
pub(in crate::http) mod json_limits;
pub(super) mod link_preview;
pub(super) mod pagination;
pub(super) mod path;
mod query;
pub mod urls;

pub(super) use self::bearer::{AccountBearer, Anonymous, Bearer};
pub(super) use self::client_addr::ClientAddr;
pub(super) use self::handover_slot::HandoverSlot;
pub(super) use self::headers::Headers;
pub(super) use self::idempotency_key::{IDEMPOTENCY_KEY, IdempotencyHeader, REPLAYED, replay_header};
pub(super) use self::json::{Json, JsonOrDefault, MAX_BODY_BYTES, OptionalJson};
pub(super) use self::path::Path;
pub(super) use self::query::Query;
