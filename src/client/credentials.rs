//! What a client shows with its requests: nothing, the credential of one chat, or a session that is renewed.

use std::fmt::Debug;

use async_trait::async_trait;

use super::error::ClientError;
use crate::wire::secret::Secret;

/// Returns the credential of each request, and renews it.
#[async_trait]
pub trait Credentials: Debug + Send + Sync {
    /// Returns what to send as `Authorization: Bearer …`; none for a request without a credential.
    async fn current(&self) -> Option<Secret>;

    /// Returns another credential after the server answered `invalid_token` to this one; none if there is none.
    ///
    /// # Errors
    /// The renewal was not possible now.
    async fn renew(&self, refused: &Secret) -> Result<Option<Secret>, ClientError>;
}

/// A credential that does not change, or none.
#[derive(Debug)]
pub struct FixedCredential(pub Option<Secret>);

#[async_trait]
impl Credentials for FixedCredential {
    async fn current(&self) -> Option<Secret> {
        self.0.clone()
    }

    async fn renew(&self, _: &Secret) -> Result<Option<Secret>, ClientError> {
        Ok(None)
    }
}
