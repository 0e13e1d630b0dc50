//! Looks up the addresses of hosts, few at one time.

use std::fmt::Debug;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;

/// The most names that are looked up at one time. A look-up that is not waited for any more goes on, and counts until it ends.
const MAX_LOOKUPS: usize = 64;

/// Looks up the addresses of hosts.
#[async_trait]
pub trait Resolver: Send + Sync + Debug {
    /// Returns the addresses of a host.
    ///
    /// # Errors
    /// [`io::ErrorKind::ResourceBusy`] if too many names are being looked up; any other error if the host has no address.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the system.
#[derive(Debug)]
pub struct SystemResolver {
    lookups: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self { lookups: Arc::new(Semaphore::new(MAX_LOOKUPS)) }
    }
}

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let permit = self.lookups.clone().try_acquire_owned().map_err(|_| io::Error::from(io::ErrorKind::ResourceBusy))?;
        let host = host.to_owned();
        let lookup = async move {
            let found = tokio::net::lookup_host((host, 0)).await.map(|addresses| addresses.map(|address| address.ip()).collect());
            drop(permit);
            found
        };
        tokio::spawn(lookup).await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_are_looked_up_unless_too_many_are() {
        let resolver = SystemResolver::default();
        assert!(resolver.resolve("localhost").await.unwrap().iter().all(IpAddr::is_loopback));
        let all = resolver.lookups.clone().try_acquire_many_owned(u32::try_from(MAX_LOOKUPS).unwrap()).unwrap();
        assert_eq!(resolver.resolve("localhost").await.unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        drop(all);
        resolver.resolve("localhost").await.unwrap();
    }
}
