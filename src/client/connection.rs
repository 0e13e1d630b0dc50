//! Connections to one server: TCP, with TLS where the URL says https, and one idle HTTP/1.1 connection that the next request uses again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use url::Url;

use super::error::ClientError;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What sends requests over a connection.
pub(super) type Sender = SendRequest<Full<Bytes>>;

/// A server, and the connection to it that is idle.
#[derive(Debug)]
pub(super) struct Connections {
    base: Url,
    idle: Mutex<Option<Sender>>,
}

impl Connections {
    /// Reads the base URL of a server, with the path under which it is hosted.
    pub(super) fn to(base: &str) -> Result<Self, ClientError> {
        let url = Url::parse(base).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let mut base = url.ok_or_else(|| ClientError::BadUrl(base.to_owned()))?;
        base.set_query(None);
        base.set_fragment(None);
        Ok(Self { base, idle: Mutex::default() })
    }

    /// The base URL without a slash at its end.
    pub(super) fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The path of the base URL without a slash at its end.
    pub(super) fn path(&self) -> &str {
        self.base.path().trim_end_matches('/')
    }

    /// The value of the `Host` header.
    pub(super) fn host(&self) -> &str {
        &self.base[url::Position::BeforeHost..url::Position::AfterPort]
    }

    /// Takes the idle connection, or connects.
    pub(super) async fn take(&self) -> Result<Sender, ClientError> {
        let idle = self.idle.lock().take().filter(Sender::is_ready);
        match idle {
            Some(sender) => Ok(sender),
            None => self.connect().await,
        }
    }

    /// Keeps a connection whose answer was read to its end.
    pub(super) fn keep(&self, sender: Sender) {
        *self.idle.lock() = Some(sender);
    }

    async fn connect(&self) -> Result<Sender, ClientError> {
        let unreachable = |reason: String| ClientError::Unreachable { server: self.base().to_owned(), reason };
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, self.connect_stream()).await;
        connected.unwrap_or_else(|_| Err("it does not answer".into())).map_err(unreachable)
    }

    async fn connect_stream(&self) -> Result<Sender, String> {
        let host = self.base.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = self.base.port_or_known_default().unwrap_or(80);
        let stream = TcpStream::connect((host, port)).await.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        if self.base.scheme() == "http" {
            return start(stream).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        start(tls()?.connect(name, stream).await.map_err(|error| error.to_string())?).await
    }
}

/// Begins HTTP/1.1 on a stream.
async fn start(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Sender, String> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

/// Prepares TLS with the certificates that the system trusts: only where it is needed, since it takes longer than a request.
fn tls() -> Result<TlsConnector, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().and_then(BuilderVerifierExt::with_platform_verifier);
    Ok(TlsConnector::from(Arc::new(builder.map_err(|error| error.to_string())?.with_no_client_auth())))
}
