//! The whole program over real sockets: a world with people in it.

#[path = "../world/mod.rs"]
mod world;

mod approval;
mod chats;
mod crowded_doors;
mod errors;
mod idempotency;
mod knocks;
mod links;
mod members;
mod messages;
mod open_chats;
mod previews;
mod texts;
