//! How many connections an address and a person have, and which idle one makes room for another.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::course::Course;
use crate::domain::address::ClientAddress;
use crate::service::charge::Person;
use crate::service::permits::{KeyedPermits, Permit};

/// A connection on which nobody has shown a credential; without its course while a writer has it.
type Anonymous = (u64, Option<Arc<Course>>);

/// The connections of each address on which nobody has shown a credential, and how many each person has.
pub(super) struct AddressPermits {
    most: Option<u32>,
    next: AtomicU64,
    anonymous: Mutex<HashMap<ClientAddress, Vec<Anonymous>>>,
    hash: RandomState,
    /// By the person's hash, which is a sixth of the person.
    persons: Arc<KeyedPermits<u64>>,
}

impl fmt::Debug for AddressPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddressPermits").field("most", &self.most).finish_non_exhaustive()
    }
}

impl AddressPermits {
    /// So many connections of each address, and of each person; without a number, without limit.
    pub(super) fn new(per_address: Option<u32>, per_person: Option<u32>) -> Arc<Self> {
        let (next, anonymous, persons) = (AtomicU64::new(0), Mutex::default(), KeyedPermits::new(per_person));
        Arc::new(Self { most: per_address, next, anonymous, hash: RandomState::new(), persons })
    }

    /// A permit for a connection that begins. Where the address has as many as it may, the one that has been idle longest ends; none where all are busy.
    pub(super) fn try_acquire(self: &Arc<Self>, address: ClientAddress, course: &Arc<Course>) -> Option<AddressPermit> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(most) = self.most {
            let mut anonymous = self.anonymous.lock();
            let open = anonymous.entry(address).or_default();
            if open.len() >= most as usize {
                let idle = |(place, (_, course)): (usize, &Anonymous)| Some((course.as_ref()?.idle_since()?, place));
                let (_, place) = open.iter().enumerate().filter_map(idle).min()?;
                if let (_, Some(course)) = open.swap_remove(place) {
                    course.retire();
                }
            }
            open.push((id, Some(course.clone())));
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

/// Lets a connection be open, as its address's, or as that of the first person who is recognised on it. The last clone that is dropped gives it back.
#[derive(Clone, Debug)]
pub(in crate::http) struct AddressPermit(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    permits: Arc<AddressPermits>,
    address: ClientAddress,
    id: u64,
    person: OnceLock<Permit<u64>>,
}

impl AddressPermit {
    /// Whether a person was recognised on the connection.
    pub(super) fn is_recognised(&self) -> bool {
        self.0.person.get().is_some()
    }

    /// Counts the connection as this person's, unless they have as many as they may: those beyond stay their address's.
    pub(in crate::http) fn recognise(&self, person: Person) {
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

    /// A writer has the connection, and keeps it busy.
    pub(super) fn detach(&self) {
        self.follow(None);
    }

    /// The connection goes on along this course.
    pub(super) fn attach(&self, course: &Arc<Course>) {
        self.follow(Some(course.clone()));
    }

    fn follow(&self, course: Option<Arc<Course>>) {
        let mut anonymous = self.0.permits.anonymous.lock();
        let open = anonymous.get_mut(&self.0.address);
        if let Some(entry) = open.and_then(|open| open.iter_mut().find(|(id, _)| *id == self.0.id)) {
            entry.1 = course;
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
