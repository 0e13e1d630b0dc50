//! The whole program over real sockets: a world with people in it.

#[path = "../world/mod.rs"]
mod world;

mod chats;
mod members;
mod messages;
