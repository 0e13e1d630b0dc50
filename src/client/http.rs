//! Requests: JSON in, JSON out, sent again where a connection was lost and a repetition changes nothing.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, USER_AGENT};
use hyper::{Method, Request, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::connection::{Connections, Sender};
use super::credentials::{Credentials, FixedCredential};
use super::error::ClientError;
use crate::wire::problem::Problem;
use crate::wire::secret::Secret;

/// How long the head of an answer may take, and its body after that.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The pauses before a request is sent again whose connection was lost, in milliseconds.
const RETRY_PAUSES: [u64; 7] = [100, 200, 400, 800, 1_600, 3_200, 5_000];
/// The header that makes a request happen once.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// What a segment of a path, or a value in a query, does not hold as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A client of one server. Clones share the connection; each has one credential.
#[derive(Clone, Debug)]
pub struct Client {
    connections: Arc<Connections>,
    credentials: Arc<dyn Credentials>,
}

/// What a request consists of besides the credential.
#[derive(Debug)]
struct Call<'a> {
    method: Method,
    path: &'a str,
    body: Option<Bytes>,
    key: Option<String>,
}

impl Client {
    /// Creates a client without a credential for a server, by its base URL. Nothing is connected before the first request.
    ///
    /// # Errors
    /// The URL is not one of a server.
    pub fn new(base: &str) -> Result<Self, ClientError> {
        Ok(Self { connections: Arc::new(Connections::to(base)?), credentials: Arc::new(FixedCredential(None)) })
    }

    /// Returns a client of the same server with other credentials.
    #[must_use]
    pub fn with_credentials(&self, credentials: Arc<dyn Credentials>) -> Self {
        Self { connections: self.connections.clone(), credentials }
    }

    /// Returns a client of the same server with this credential of a chat, or with none.
    #[must_use]
    pub fn with_credential(&self, credential: Option<Secret>) -> Self {
        self.with_credentials(Arc::new(FixedCredential(credential)))
    }

    /// The base URL of the server, without a slash at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        self.connections.base()
    }

    /// Reads `path`, which begins with a slash and is below the base URL.
    ///
    /// # Errors
    /// See [`ClientError`]; so for all requests.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.call(Call { method: Method::GET, path, body: None, key: None }).await
    }

    /// Sends a request that creates something, with an idempotency key: it happens once, also if it is sent again over a lost connection.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn create<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        self.create_keyed(path, body, &new_key()).await
    }

    /// Sends a request that creates something under a key that the caller keeps, to send it again later: with the same key it happens once.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn create_keyed<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize, key: &str) -> Result<T, ClientError> {
        self.call(Call { method: Method::POST, path, body: Some(json(body)), key: Some(key.to_owned()) }).await
    }

    /// Sends a POST that is not repeated over a lost connection.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        self.call(Call { method: Method::POST, path, body: Some(json(body)), key: None }).await
    }

    /// Changes something. A repetition changes nothing more.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn patch<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        self.call(Call { method: Method::PATCH, path, body: Some(json(body)), key: None }).await
    }

    /// Puts something; without a body if `body` is `()`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        let body = Some(json(body)).filter(|body| body.as_ref() != b"null");
        self.call(Call { method: Method::PUT, path, body, key: None }).await
    }

    /// Deletes something.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn delete(&self, path: &str) -> Result<(), ClientError> {
        self.call(Call { method: Method::DELETE, path, body: None, key: None }).await
    }

    async fn call<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ClientError> {
        let (status, body) = self.call_until_answered(&call).await?;
        let body = if body.is_empty() { Bytes::from_static(b"null") } else { body };
        serde_json::from_slice(&body).map_err(|_| self.unexpected(status))
    }

    /// Sends a request, and sends it again while its connection is lost.
    async fn call_until_answered(&self, call: &Call<'_>) -> Result<(u16, Bytes), ClientError> {
        let mut pauses = RETRY_PAUSES.into_iter().take(if call.may_repeat() { RETRY_PAUSES.len() } else { 0 });
        let mut was_lost = false;
        loop {
            let error = match self.call_once(call).await {
                Err(error) => error,
                answered => return answered,
            };
            was_lost |= matches!(error, ClientError::Lost { .. });
            match pauses.next() {
                Some(pause) if was_lost && matches!(error, ClientError::Lost { .. } | ClientError::Unreachable { .. }) => {
                    wait(Duration::from_millis(pause)).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// Sends a request once, or twice if the credential was renewed in between.
    async fn call_once(&self, call: &Call<'_>) -> Result<(u16, Bytes), ClientError> {
        let headers = [(ACCEPT, "application/json")];
        let shown = self.credentials.current().await;
        match self.exchange(call, &headers, shown.as_ref()).await {
            Err(error) if error.code() == Some("invalid_token") => match self.renewed(shown, error).await? {
                renewed @ Some(_) => self.exchange(call, &headers, renewed.as_ref()).await,
                None => Err(self.unexpected(401)),
            },
            answered => answered,
        }
    }

    /// Renews a credential that was refused; fails with the refusal if that is not possible.
    async fn renewed(&self, refused: Option<Secret>, error: ClientError) -> Result<Option<Secret>, ClientError> {
        let Some(refused) = refused else { return Err(error) };
        let renewed = self.credentials.renew(&refused).await?;
        renewed.map(Some).ok_or(error)
    }

    async fn exchange(&self, call: &Call<'_>, headers: &[(HeaderName, &str)], shown: Option<&Secret>) -> Result<(u16, Bytes), ClientError> {
        let (sender, response) = self.send(call, headers, shown).await?;
        let status = response.status().as_u16();
        let body = tokio::time::timeout(ANSWER_TIMEOUT, response.into_body().collect()).await;
        let body = body.ok().and_then(Result::ok).ok_or_else(|| self.lost())?.to_bytes();
        self.connections.keep(sender);
        if status < 400 { Ok((status, body)) } else { Err(self.refusal(status, &body)) }
    }

    /// Sends a request and reads the head of its answer.
    async fn send(
        &self,
        call: &Call<'_>,
        headers: &[(HeaderName, &str)],
        shown: Option<&Secret>,
    ) -> Result<(Sender, Response<Incoming>), ClientError> {
        let request = self.build(call, headers, shown)?;
        let mut sender = self.connections.take().await?;
        let response = tokio::time::timeout(ANSWER_TIMEOUT, sender.send_request(request)).await;
        let response = response.ok().and_then(Result::ok).ok_or_else(|| self.lost())?;
        Ok((sender, response))
    }

    fn build(&self, call: &Call<'_>, headers: &[(HeaderName, &str)], shown: Option<&Secret>) -> Result<Request<Full<Bytes>>, ClientError> {
        let target = format!("{}{}", self.connections.path(), call.path);
        let mut builder = Request::builder().method(call.method.clone()).uri(target).header(HOST, self.connections.host());
        builder = builder.header(USER_AGENT, concat!("parlor/", env!("CARGO_PKG_VERSION")));
        builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(name, *value));
        if let Some(secret) = shown {
            builder = builder.header(AUTHORIZATION, format!("Bearer {}", secret.expose()));
        }
        if let Some(key) = &call.key {
            builder = builder.header(IDEMPOTENCY_KEY, key);
        }
        if call.body.is_some() {
            builder = builder.header(CONTENT_TYPE, "application/json");
        }
        builder.body(Full::new(call.body.clone().unwrap_or_default())).map_err(|_| ClientError::BadUrl(call.path.to_owned()))
    }

    /// Opens a stream of events; the credential is renewed where that is needed.
    pub(super) async fn open_stream(&self, path: &str, headers: &[(HeaderName, &str)]) -> Result<Incoming, ClientError> {
        let call = Call { method: Method::GET, path, body: None, key: None };
        let shown = self.credentials.current().await;
        match self.open_once(&call, headers, shown.as_ref()).await {
            Err(error) if error.code() == Some("invalid_token") => {
                let renewed = self.renewed(shown, error).await?;
                self.open_once(&call, headers, renewed.as_ref()).await
            }
            opened => opened,
        }
    }

    async fn open_once(&self, call: &Call<'_>, headers: &[(HeaderName, &str)], shown: Option<&Secret>) -> Result<Incoming, ClientError> {
        let headers = [&[(ACCEPT, "text/event-stream")], headers].concat();
        let (_, response) = self.send(call, &headers, shown).await?;
        let status = response.status().as_u16();
        if status == 200 {
            return Ok(response.into_body());
        }
        let body = tokio::time::timeout(ANSWER_TIMEOUT, response.into_body().collect()).await;
        let body = body.ok().and_then(Result::ok).ok_or_else(|| self.lost())?.to_bytes();
        Err(self.refusal(status, &body))
    }

    fn refusal(&self, status: u16, body: &[u8]) -> ClientError {
        serde_json::from_slice::<Problem>(body).map_or_else(|_| self.unexpected(status), |problem| ClientError::Problem(Box::new(problem)))
    }

    fn unexpected(&self, status: u16) -> ClientError {
        ClientError::Unexpected { server: self.base().to_owned(), status }
    }

    pub(super) fn lost(&self) -> ClientError {
        ClientError::Lost { server: self.base().to_owned() }
    }
}

impl Call<'_> {
    /// Returns true if a repetition changes nothing more.
    fn may_repeat(&self) -> bool {
        self.key.is_some() || self.method != Method::POST
    }
}

fn json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}

/// Draws an idempotency key: unguessable, since it is all that tells callers without a credential apart.
#[expect(clippy::disallowed_methods, reason = "the client is not driven by the server's source of randomness")]
pub fn new_key() -> String {
    Uuid::new_v4().to_string()
}

/// Waits; the client has no clock of its own.
#[expect(clippy::disallowed_methods, reason = "the client is not driven by the server's clock")]
pub(super) async fn wait(span: Duration) {
    tokio::time::sleep(span).await;
}

/// Encodes a name as one segment of a path.
#[must_use]
pub fn segment(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, SEGMENT).to_string()
}
