//! The numbered rows of the security requirements, each shown from outside.

#[path = "../world/mod.rs"]
mod world;

mod scene;
mod asking;
mod rows;
mod matrix;
mod form;
mod capability;
mod links;
mod orders;
mod approval;
mod deciding;
mod leaving;
mod bodies;
mod quiet;
