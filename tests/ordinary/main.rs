//! Every test of streams again, with streams kept in the HTTP machinery (`--listener-path http`).

#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "../world/mod.rs"]
mod world;

#[path = "../it/streams.rs"]
mod streams;
#[path = "../it/ends.rs"]
mod ends;
#[path = "../it/resume.rs"]
mod resume;
#[path = "../it/cuts.rs"]
mod cuts;
#[path = "../it/crowds.rs"]
mod crowds;
#[path = "../it/waiting.rs"]
mod waiting;
#[path = "../it/tickets.rs"]
mod tickets;
#[path = "../it/frames.rs"]
mod frames;
#[path = "../it/expiry.rs"]
mod expiry;
#[path = "../it/open_chats.rs"]
mod open_chats;
#[path = "../it/crowded_doors.rs"]
mod crowded_doors;
#[path = "../it/listeners.rs"]
mod listeners;

#[path = "../security/scene.rs"]
mod scene;
#[path = "../security/asking.rs"]
mod asking;
#[path = "../security/rows.rs"]
mod rows;
#[path = "../security/wire.rs"]
mod wire;
#[path = "../security/matrix.rs"]
mod matrix;
#[path = "../security/leaving.rs"]
mod leaving;
#[path = "../security/bodies.rs"]
mod bodies;
#[path = "../security/connections.rs"]
mod connections;
#[path = "../security/limited.rs"]
mod limited;
#[path = "../security/misses.rs"]
mod misses;
#[path = "../security/overload.rs"]
mod overload;
#[path = "../security/memory.rs"]
mod memory;
#[path = "../security/endings.rs"]
mod endings;
#[path = "../security/frames.rs"]
mod sec_frames;
#[path = "../security/streams.rs"]
mod sec_streams;
#[path = "../security/problems.rs"]
mod problems;
#[path = "../security/headers.rs"]
mod headers;
#[path = "../security/methods.rs"]
mod methods;
#[path = "../security/origins.rs"]
mod origins;
#[path = "../security/admin.rs"]
mod admin;
#[path = "../security/logs.rs"]
mod logs;
