//! What the settings say of this server to browsers, and to whoever looks for a way to report a flaw.

use tower_http::cors::CorsLayer;

use super::origins;
use crate::config::{Config, Contact, Origin};

/// How this server is reached from outside.
#[derive(Clone, Debug)]
pub struct Site {
    origin: Origin,
    named: Option<Origin>,
    contact: Option<Contact>,
    cors: Option<CorsLayer>,
}

impl Site {
    /// As the settings say; `origin` is what addresses in answers start with.
    #[must_use]
    pub fn new(config: &Config, origin: Origin) -> Self {
        Self { origin, named: config.public_url.clone(), contact: config.security_contact.clone(), cors: origins::layer(&config.cors_origin) }
    }

    /// Whether browsers reach it by TLS: whoever runs it says so.
    pub(super) fn has_tls(&self) -> bool {
        self.named.as_ref().is_some_and(Origin::has_tls)
    }

    /// What lets other origins' pages use the API, where any may.
    pub(super) const fn cors(&self) -> Option<&CorsLayer> {
        self.cors.as_ref()
    }

    /// Where whoever found a flaw turns to: an address that was set, else the page that says whom to ask.
    pub(super) fn contact(&self) -> String {
        self.contact.as_ref().map_or_else(|| format!("{}/security", self.origin), ToString::to_string)
    }

    /// The origin that whoever runs the server named.
    pub(super) fn named(&self) -> Option<&Origin> {
        self.named.as_ref()
    }
}
