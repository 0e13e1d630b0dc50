//! What the settings say of this server to browsers, and to whoever looks for a way to report a flaw.

use tower_http::cors::CorsLayer;

use super::origins;
use crate::config::{Config, Contact, PublicUrl};

/// How this server is reached from outside.
#[derive(Clone, Debug)]
pub struct Site {
    url: PublicUrl,
    named: Option<PublicUrl>,
    contact: Option<Contact>,
    cors: Option<CorsLayer>,
}

impl Site {
    /// As the settings say; `url` is what addresses in answers start with.
    #[must_use]
    pub fn new(config: &Config, url: PublicUrl) -> Self {
        Self { url, named: config.public_url.clone(), contact: config.security_contact.clone(), cors: origins::layer(&config.cors_origin) }
    }

    /// Whether browsers reach it by TLS: whoever runs it says so.
    pub(super) fn has_tls(&self) -> bool {
        self.named.as_ref().is_some_and(PublicUrl::has_tls)
    }

    /// What lets other origins' pages use the API, where any may.
    pub(super) const fn cors(&self) -> Option<&CorsLayer> {
        self.cors.as_ref()
    }

    /// Where whoever found a flaw turns to: an address that was set, else the page that says whom to ask.
    pub(super) fn contact(&self) -> String {
        self.contact.as_ref().map_or_else(|| format!("{}/security", self.url), ToString::to_string)
    }

    /// The path below which a proxy serves it; empty where it has the whole origin.
    pub(super) fn base(&self) -> &str {
        self.url.path()
    }

    /// What whoever runs the server named it.
    pub(super) fn named(&self) -> Option<&PublicUrl> {
        self.named.as_ref()
    }
}
