//! Words and rules of a chat that asks before it lets anyone in: values, states, moves.
//!
//! Nothing here does I/O, waits, or is serialised. What can be judged on a value that was read a moment ago is a function here; what must hold at the
//! instant of writing is a condition of a store method.

pub mod id;
pub mod clock;
pub mod dice;
pub mod address;
mod characters;
pub mod text;
pub mod bounds;
pub mod fill;
pub mod rate;
pub mod chat;
pub mod member;
pub mod message;
pub mod link;
pub mod knock;
pub mod entry;
pub mod ticket;
pub mod key;
pub mod page;
