//! TLS to the servers of others, with the certificates that the system trusts. It is prepared by the first connection, so that it costs nothing before.

use std::sync::Arc;

use rustls_platform_verifier::BuilderVerifierExt;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;

use crate::error_chain::error_chain;

/// Connects over TLS.
#[derive(Debug, Default)]
pub(super) struct Tls(OnceCell<Arc<ClientConfig>>);

impl Tls {
    /// Returns what connects over TLS; none if the system has no certificates, which the next call tries again.
    pub(super) async fn connector(&self) -> Option<TlsConnector> {
        // Certificates are read from files.
        let prepare = || async { tokio::task::spawn_blocking(client_config).await.map_err(|error| error.to_string())? };
        match self.0.get_or_try_init(prepare).await {
            Ok(config) => Some(TlsConnector::from(config.clone())),
            Err(error) => {
                tracing::error!(error, "no webhook can be sent over TLS");
                None
            }
        }
    }
}

fn client_config() -> Result<Arc<ClientConfig>, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().and_then(BuilderVerifierExt::with_platform_verifier);
    let builder = builder.map_err(|error| error_chain(&error))?;
    Ok(Arc::new(builder.with_no_client_auth()))
}
