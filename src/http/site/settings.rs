//! Settings of the public site: URL, CORS, security contact.

use tower_http::cors::CorsLayer;

use crate::config::{Config, Contact, PublicUrl};
use crate::http::middleware::cors;

/// The public URL of this server, its CORS layer and its security contact.
#[derive(Clone, Debug)]
pub struct PublicSite {
    url: PublicUrl,
    named: Option<PublicUrl>,
    contact: Option<Contact>,
    cors: Option<CorsLayer>,
}

impl PublicSite {
    /// Builds the settings from the configuration; `url` is the prefix of URLs in responses.
    #[must_use]
    pub fn new(config: &Config, url: PublicUrl) -> Self {
        Self { url, named: config.public_url.clone(), contact: config.security_contact.clone(), cors: cors::layer(&config.cors_origin) }
    }

    /// Returns true if the configured public URL uses TLS.
    pub(in crate::http) fn has_tls(&self) -> bool {
        self.named.as_ref().is_some_and(PublicUrl::has_tls)
    }

    /// Returns the CORS layer, if any other origin is allowed.
    pub(in crate::http) const fn cors(&self) -> Option<&CorsLayer> {
        self.cors.as_ref()
    }

    /// Returns the contact for security reports: the configured one, else the URL of `/security`.
    pub(in crate::http) fn contact(&self) -> String {
        self.contact.as_ref().map_or_else(|| format!("{}/security", self.url), ToString::to_string)
    }

    /// Returns the path prefix of a reverse proxy; empty if the server has the whole origin.
    pub(in crate::http) fn base(&self) -> &str {
        self.url.path()
    }

    /// Returns the public URL, if it is configured.
    pub(in crate::http) fn named(&self) -> Option<&PublicUrl> {
        self.named.as_ref()
    }
}
