//! HTTP in, HTTP out, no decisions: a handler extracts, calls one use case, presents.

pub mod router;
pub mod answer;
mod headers;
mod host;
mod origins;
pub mod site;
pub mod meter;
pub mod connection;
pub mod address;
pub mod worth;
pub mod load;
pub mod limits;
pub mod table;
pub mod urls;
mod extract;
mod page;
mod parts;
mod one_line;
mod preview;
mod shape;
pub mod present;
pub mod problem;
pub mod sse;
mod handover;
mod chats;
mod transcript;
mod messages;
mod members;
mod links;
mod knocks;
mod tickets;
mod streams;
mod health;
mod metrics;
pub mod admin;
mod web;
mod assets;
mod reporting;
mod docs;
mod follow_ups;
mod forms;

use std::ops::Deref;
use std::sync::Arc;

use self::limits::Limits;
use self::meter::Meter;
use self::present::Present;
use self::site::Site;
use crate::service::Service;

/// What every handler has at hand; many hold it, and it is copied for every request.
#[derive(Clone, Debug)]
pub struct App(Arc<Hand>);

/// What there is at hand.
#[derive(Debug)]
pub struct Hand {
    /// The use cases.
    pub service: Arc<Service>,
    /// How answers are written.
    pub present: Present,
    /// What requests are held to.
    pub limits: Limits,
    /// What is counted of requests.
    pub meter: Arc<Meter>,
    /// How this server is reached from outside.
    pub site: Site,
}

impl From<Hand> for App {
    fn from(hand: Hand) -> Self {
        Self(Arc::new(hand))
    }
}

impl Deref for App {
    type Target = Hand;

    fn deref(&self) -> &Hand {
        &self.0
    }
}
