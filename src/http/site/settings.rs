//! Settings of the public site: URL, CORS, security contact.

use tower_http::cors::CorsLayer;

use crate::config::{Config, Contact, Origin, PublicUrl};
use crate::http::middleware::cors;

/// The public URL of this server, its CORS layer and its security contact.
#[derive(Clone, Debug)]
pub struct PublicSite {
    url: PublicUrl,
    named: Option<PublicUrl>,
    contact: Option<Contact>,
    cors: Option<CorsLayer>,
    /// The origins of pages that may open a socket.
    origins: Vec<String>,
}

/// Returns the origins of the server's own pages: without a configured URL, by each name of the loopback address.
fn own_origins(url: &PublicUrl, is_named: bool) -> Vec<String> {
    let own = url.origin();
    let port = own.rsplit_once(':').map_or("", |(_, port)| port);
    let local = ["127.0.0.1", "[::1]", "localhost"].map(|host| format!("http://{host}:{port}"));
    if is_named || !local.iter().any(|one| one == own) { vec![own.to_owned()] } else { local.to_vec() }
}

impl PublicSite {
    /// Builds the settings from the configuration; `url` is the prefix of URLs in responses.
    #[must_use]
    pub fn new(config: &Config, url: PublicUrl) -> Self {
        let named = config.public_url.clone();
        let origins = own_origins(&url, named.is_some()).into_iter().chain(config.cors_origin.iter().map(Origin::to_string)).collect();
        Self { url, named, contact: config.security_contact.clone(), cors: cors::layer(&config.cors_origin), origins }
    }

    /// Returns true if pages of this origin, as a browser names it, may open a socket: the server's own and those of `--cors-origin`.
    pub(in crate::http) fn admits_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|one| one == origin)
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
