//! The numbered rows of the security requirements, each verified from outside.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod fixture;
mod requests;
mod access_matrix;
mod access_control;
mod account_matrix;
mod account_streams;
mod validation_order;
mod capability;
mod shared_address;
mod links;
mod call_order;
mod approval;
mod knock_decisions;
mod knock_flood;
mod revocation;
mod bodies;
mod connections;
mod h2_client;
mod http2;
mod rate_limits;
mod stream_limits;
mod write_limits;
mod id_guessing;
mod overload;
mod memory;
mod resource_exhaustion;
mod limits;
mod erasure;
mod raw_http;
mod event_framing;
mod streams;
mod socket;
mod socket_frames;
mod problems;
mod requirements;
mod smuggling;
mod methods;
mod paths;
mod headers;
mod redirects;
mod origins;
mod vulnerability_reports;
mod admin;
mod logs;
mod mail;
mod panics;
mod startup;
mod sessions;
mod sign_in;
mod hashing;
mod friends;
mod groups;
mod receipts;
mod presence;
mod messages;
mod outbound;
mod webhooks;
mod push;
