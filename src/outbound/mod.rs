//! Requests to the servers of others, on behalf of users: to public addresses only, without redirects, short, few at one time.

pub mod client;
pub mod resolver;
mod exchange;
mod hosts;
mod tls;
