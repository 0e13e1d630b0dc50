//! Connection limits by address and person, and the idle connection that makes room for a new one.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use ipnet::IpNet;
use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;

use super::peer::PeerKind;
use super::state::ConnectionState;
use crate::config::StreamWriter;
use crate::domain::client_address::ClientAddress;
use crate::domain::person::Person;
use crate::limiter::permits::{KeyedPermits, Permit};

/// Maximum number of connections of a client address on which no credential was shown (API 5), times the rate factor.
pub const MAX_PER_ADDRESS: u32 = 256;
/// Maximum number of connections of a person, times the rate factor. Those beyond it count for their address.
pub const MAX_PER_PERSON: u32 = 32;
/// One address may have this fraction of all connections: one in `ADDRESS_SHARE`.
pub const ADDRESS_SHARE: usize = 2;

/// The connection limits of a server.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// Maximum number of open connections.
    pub total: usize,
    /// Maximum number from one client address without a credential; unlimited if none.
    pub per_address: Option<u32>,
    /// Maximum number of one person; unlimited if none.
    pub per_person: Option<u32>,
    /// Trusted proxies, whose connections carry requests of many clients.
    pub trusted: Vec<IpNet>,
    /// Whether writers or hyper serve streams.
    pub stream_writer: StreamWriter,
}

/// Marks the requests of a connection over its limit: each is refused before anything else is checked.
#[derive(Clone, Copy, Debug)]
pub struct OverConnectionLimit;

/// The permits that a connection holds while it is open.
#[derive(Debug)]
pub(super) struct ConnectionPermits {
    pub(super) peer: PeerKind,
    pub(super) permits: Option<(AddressPermit, Permit<ClientAddress>)>,
    pub(super) _refusal: Option<OwnedSemaphorePermit>,
    pub(super) _free: OwnedSemaphorePermit,
}

impl ConnectionPermits {
    /// Returns the address permit, as long as no person is recognised on the connection.
    pub(super) fn unrecognised(&self) -> Option<AddressPermit> {
        self.permits.as_ref().map(|(permit, _)| permit).filter(|permit| !permit.is_recognised()).cloned()
    }
}

/// A connection without a credential: its id, and its state unless a writer has it.
type Anonymous = (u64, Option<Arc<ConnectionState>>);

/// The connections of each address without a credential, and the number of connections of each person.
pub(super) struct AddressPermits {
    most: Option<u32>,
    next: AtomicU64,
    anonymous: Mutex<HashMap<ClientAddress, Vec<Anonymous>>>,
    hash: RandomState,
    /// By the hash of the person, which is a sixth of its size.
    persons: Arc<KeyedPermits<u64>>,
}

impl fmt::Debug for AddressPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddressPermits").field("most", &self.most).finish_non_exhaustive()
    }
}

impl AddressPermits {
    /// Creates limits for each address and each person; none is unlimited.
    pub(super) fn new(per_address: Option<u32>, per_person: Option<u32>) -> Arc<Self> {
        let (next, anonymous, persons) = (AtomicU64::new(0), Mutex::default(), KeyedPermits::new(per_person));
        Arc::new(Self { most: per_address, next, anonymous, hash: RandomState::new(), persons })
    }

    /// Acquires a permit for a new connection. At the limit of the address, its longest idle connection is closed; none if all are busy.
    pub(super) fn try_acquire(self: &Arc<Self>, address: ClientAddress, state: &Arc<ConnectionState>) -> Option<AddressPermit> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(most) = self.most {
            let mut anonymous = self.anonymous.lock();
            let open = anonymous.entry(address).or_default();
            if open.len() >= most as usize {
                let idle = |(place, (_, state)): (usize, &Anonymous)| Some((state.as_ref()?.idle_since()?, place));
                let (_, place) = open.iter().enumerate().filter_map(idle).min()?;
                if let (_, Some(state)) = open.swap_remove(place) {
                    state.retire();
                }
            }
            open.push((id, Some(state.clone())));
        }
        Some(AddressPermit(Arc::new(Inner { permits: self.clone(), address, id, person: OnceLock::new() })))
    }

    fn release(&self, address: ClientAddress, id: u64) {
        let mut anonymous = self.anonymous.lock();
        let Some(open) = anonymous.get_mut(&address) else { return };
        open.retain(|(one, _)| *one != id);
        if open.is_empty() {
            anonymous.remove(&address);
        }
    }
}

/// Permits a connection, counted for its address or for the first person that is recognised on it. Dropping the last clone releases it.
#[derive(Clone, Debug)]
pub struct AddressPermit(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    permits: Arc<AddressPermits>,
    address: ClientAddress,
    id: u64,
    person: OnceLock<Permit<u64>>,
}

impl AddressPermit {
    /// Returns true if a person was recognised on the connection.
    pub(super) fn is_recognised(&self) -> bool {
        self.0.person.get().is_some()
    }

    /// Counts the connection for this person, unless their limit is reached: then it stays counted for its address.
    pub fn recognise(&self, person: Person) {
        let permits = &self.0.permits;
        if self.is_recognised() {
            return;
        }
        if let Some(permit) = permits.persons.try_acquire(permits.hash.hash_one(person))
            && self.0.person.set(permit).is_ok()
        {
            permits.release(self.0.address, self.0.id);
        }
    }

    /// Marks the connection as busy with a writer.
    pub(super) fn detach(&self) {
        self.follow(None);
    }

    /// Continues with the state of the connection after it came back from a writer.
    pub(super) fn attach(&self, state: &Arc<ConnectionState>) {
        self.follow(Some(state.clone()));
    }

    fn follow(&self, state: Option<Arc<ConnectionState>>) {
        let mut anonymous = self.0.permits.anonymous.lock();
        let open = anonymous.get_mut(&self.0.address);
        if let Some(entry) = open.and_then(|open| open.iter_mut().find(|(id, _)| *id == self.0.id)) {
            entry.1 = state;
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.person.get().is_none() {
            self.permits.release(self.address, self.id);
        }
    }
}
