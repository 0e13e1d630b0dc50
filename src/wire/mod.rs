//! JSON as others see it: the shapes of requests, answers, events, shared by server, clients, tests.
//!
//! Names are those of the contract and final. What is sent to Parlor refuses unknown fields; what Parlor sends may grow.

pub mod time;
mod number;
pub mod secret;
pub mod lists;
pub mod chats;
pub mod messages;
pub mod members;
pub mod links;
pub mod knocks;
pub mod tickets;
pub mod events;
pub mod problem;
