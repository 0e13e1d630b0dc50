//! The whole program over real sockets: a world with people in it.

#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "../world/mod.rs"]
mod world;

mod approval;
mod assets;
mod bounds;
mod chats;
mod clocks;
mod connections;
mod crowded_doors;
mod errors;
mod expiry;
mod export;
mod flags;
mod health;
mod hosted;
mod idempotency;
mod knocks;
mod links;
mod members;
mod messages;
mod open_chats;
mod pages;
mod pasted;
mod previews;
mod texts;
mod streams;
mod ends;
mod resume;
mod cuts;
mod crowds;
mod listeners;
mod both_ways;
mod waiting;
mod tickets;
mod frames;
mod parts;
