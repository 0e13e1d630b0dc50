//! The numbered rows of the security requirements, each shown from outside.

#![expect(clippy::unwrap_used, reason = "a test fails where it is surprised")]

#[path = "../world/mod.rs"]
mod world;

mod scene;
mod asking;
mod rows;
mod matrix;
mod form;
mod capability;
mod class;
mod links;
mod orders;
mod approval;
mod deciding;
mod flood;
mod leaving;
mod bodies;
mod connections;
mod speaker;
mod http2;
mod limited;
mod misses;
mod overload;
mod memory;
mod bombs;
mod bounds;
mod endings;
mod wire;
mod frames;
mod streams;
mod problems;
mod table;
mod smuggling;
mod methods;
mod paths;
mod headers;
mod redirects;
mod origins;
mod reporting;
mod admin;
mod logs;
mod panics;
mod starting;
