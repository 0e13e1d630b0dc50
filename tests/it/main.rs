//! The whole program over real sockets: a world with people in it.

#[path = "../world/mod.rs"]
mod world;

mod approval;
mod bounds;
mod chats;
mod crowded_doors;
mod errors;
mod expiry;
mod export;
mod flags;
mod health;
mod idempotency;
mod knocks;
mod links;
mod members;
mod messages;
mod open_chats;
mod pages;
mod previews;
mod texts;
