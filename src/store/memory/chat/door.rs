//! The door of a chat, created with its first link: links, knocks, credentials, cool-downs, the owner's log.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, LazyLock};

use super::deliveries::ChatWebhooks;
use super::pending_knocks::PendingKnocks;
use crate::domain::client_address::ClientAddress;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::{AccountId, KnockId, LinkId, MemberId};
use crate::domain::knock::{Knock, Verdict};
use crate::domain::link::Link;
use crate::domain::member::Member;
use crate::domain::principal::Principal;
use crate::domain::username::Username;
use crate::store::memory::allocation::{MemoryCost as _, boxed_texts};

/// Who a credential belongs to.
#[derive(Clone, Copy, Debug)]
pub(in crate::store::memory) enum CredentialOwner {
    Member(MemberId),
    Guest { knock: u64 },
}

/// Whether the owner of the chat sees a knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::memory) enum KnockVisibility {
    Shown,
    /// The owner blocks the account that knocked: for the owner the knock does not exist.
    Hidden,
}

/// A knock with the data that only the store uses.
#[derive(Debug)]
pub(in crate::store::memory) struct KnockRecord {
    pub(in crate::store::memory) knock: Knock,
    pub(in crate::store::memory) visibility: KnockVisibility,
    pub(in crate::store::memory) client: Principal,
    pub(in crate::store::memory) address: ClientAddress,
    pub(in crate::store::memory) key: Option<[u8; 32]>,
}

impl KnockRecord {
    pub(in crate::store::memory) fn is_shown(&self) -> bool {
        self.visibility == KnockVisibility::Shown
    }
}

/// A link with the data that only the store uses.
#[derive(Debug)]
pub(in crate::store::memory) struct LinkRecord {
    pub(in crate::store::memory) link: Link,
    /// The knocks ever made on it, hidden ones included.
    pub(in crate::store::memory) knocks: u64,
    pub(in crate::store::memory) hidden_knocks: u64,
    pub(in crate::store::memory) last_decision: Option<(Verdict, Vec<KnockId>)>,
}

/// Whom a decline keeps from knocking on a link for a while.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::store::memory) enum Barred {
    /// Guests of this address with this name.
    Guest(ClientAddress, Box<str>),
    /// An account.
    Account(AccountId),
}

impl Barred {
    pub(in crate::store::memory) fn is_account(&self, account: AccountId) -> bool {
        matches!(self, Self::Account(barred) if *barred == account)
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Guest(_, name) => Some(name),
            Self::Account(_) => None,
        }
    }
}

/// How long somebody may not knock on a link.
#[derive(Clone, Copy, Debug)]
pub(in crate::store::memory) struct Cooldown {
    pub(in crate::store::memory) until: Timestamp,
    pub(in crate::store::memory) times: u32,
}

/// Running sums of the heap bytes held by a door's collections, adjusted on every insertion and removal.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct ByteCounts {
    pub(in crate::store::memory) log: u64,
    pub(in crate::store::memory) names: u64,
    pub(in crate::store::memory) links: u64,
    pub(in crate::store::memory) knocks: u64,
    pub(in crate::store::memory) cooldowns: u64,
}

/// Everything that admission to a chat needs. A chat without one has a single member, its owner.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct Door {
    /// The door's log.
    pub(in crate::store::memory) log: VecDeque<Arc<Entry>>,
    pub(in crate::store::memory) new_in_log: usize,
    /// A hidden knock ended, which the log does not tell its waiting guest.
    pub(in crate::store::memory) changed_unlogged: bool,
    /// The confusable keys of the members' names; no two members share one.
    pub(in crate::store::memory) names: HashSet<Box<str>>,
    pub(in crate::store::memory) credentials: HashMap<Principal, CredentialOwner>,
    pub(in crate::store::memory) links: Vec<LinkRecord>,
    /// The link that stands for the name of a group. It is not listed, and never dies.
    pub(in crate::store::memory) name_link: Option<Box<LinkRecord>>,
    pub(in crate::store::memory) dropped_links: Vec<LinkId>,
    pub(in crate::store::memory) last_link: u64,
    pub(in crate::store::memory) knocks: BTreeMap<u64, KnockRecord>,
    pub(in crate::store::memory) pending: PendingKnocks,
    pub(in crate::store::memory) ended: VecDeque<u64>,
    pub(in crate::store::memory) last_knock: u64,
    pub(in crate::store::memory) cooldowns: HashMap<(LinkId, Barred), Cooldown>,
    pub(in crate::store::memory) bytes: ByteCounts,
    /// Created with the first webhook.
    pub(in crate::store::memory) webhooks: Option<Box<ChatWebhooks>>,
}

impl LinkRecord {
    pub(in crate::store::memory) const fn shown_knocks(&self) -> u64 {
        self.knocks - self.hidden_knocks
    }
}

impl Door {
    /// Returns an empty door, for chats that have none.
    pub(in crate::store::memory) fn none() -> &'static Self {
        static NONE: LazyLock<Door> = LazyLock::new(Door::default);
        &NONE
    }

    /// Creates a door for the first link, with the owner as the only member.
    pub(in crate::store::memory) fn for_owner(owner: &Member, credential: Principal) -> Self {
        let mut door = Self { links: Vec::with_capacity(1), ..Self::default() };
        door.add_name(owner, credential);
        door
    }

    /// Registers a member's name and credential.
    pub(in crate::store::memory) fn add_name(&mut self, member: &Member, credential: Principal) {
        for key in member.name.confusable_keys() {
            let bytes = boxed_texts([&*key]);
            self.bytes.names += if self.names.insert(key) { bytes } else { 0 };
        }
        self.credentials.insert(credential, CredentialOwner::Member(member.id));
    }

    /// Removes a member's name and credential.
    pub(in crate::store::memory) fn remove_name(&mut self, member: &Member, credential: Principal) {
        for key in member.name.confusable_keys() {
            self.bytes.names -= if self.names.remove(&key) { boxed_texts([&*key]) } else { 0 };
        }
        self.credentials.remove(&credential);
    }

    pub(in crate::store::memory) fn link(&self, id: LinkId) -> Option<&LinkRecord> {
        self.links.iter().chain(self.name_link.as_deref()).find(|record| record.link.id == id)
    }

    pub(in crate::store::memory) fn link_mut(&mut self, id: LinkId) -> Option<&mut LinkRecord> {
        self.links.iter_mut().chain(self.name_link.as_deref_mut()).find(|record| record.link.id == id)
    }

    /// Returns the pending knocks that the owner sees.
    pub(in crate::store::memory) fn shown_pending(&self) -> impl Iterator<Item = &KnockRecord> {
        self.pending.iter().filter_map(|number| self.knocks.get(&number)).filter(|record| record.is_shown())
    }

    /// Writes the username of the account that a knock's guest turned out to be into the knock's entry, so that the entry is erased with the account.
    pub(in crate::store::memory) fn sign_knock(&mut self, id: KnockId, username: &Username) {
        for entry in &mut self.log {
            let Event::Knock(knock) = &entry.event else { continue };
            if knock.id == id {
                let (before, signed) = (entry.bytes(), Box::new(Knock { username: Some(username.clone()), ..(**knock).clone() }));
                *entry = Arc::new(Entry { event: Event::Knock(signed), ..(**entry).clone() });
                self.bytes.log = self.bytes.log + entry.bytes() - before;
            }
        }
    }

    /// Recomputes the bytes of the cool-downs after a change.
    pub(in crate::store::memory) fn count_cooldown_bytes(&mut self) {
        self.bytes.cooldowns = boxed_texts(self.cooldowns.keys().filter_map(|(_, barred)| barred.name()));
    }

    /// Returns when the first pending knock expires.
    pub(in crate::store::memory) fn next_expiry(&self) -> Timestamp {
        self.pending.iter().next().and_then(|number| self.knocks.get(&number)).map_or(Timestamp::NEVER, |first| first.knock.expires_at)
    }
}
