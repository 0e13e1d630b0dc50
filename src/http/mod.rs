//! The HTTP layer. A handler extracts, calls one use case and presents; it decides nothing.

pub mod app;
pub mod router;
pub mod operations;
pub mod limits_table;
mod api;
pub mod socket;
pub mod extract;
pub mod respond;
pub mod middleware;
mod openapi;
pub mod site;
pub mod admin;
