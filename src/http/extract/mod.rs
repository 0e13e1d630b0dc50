//! Extractors of requests, one per file. They reject with a problem.

mod bearer;
mod client_addr;
mod handover_slot;
mod headers;
mod idempotency_key;
mod json;
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
