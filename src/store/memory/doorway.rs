//! What a chat keeps from its first link on: who knocked, by which link, what its owner was told.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, LazyLock};

use super::waiting::Waiting;
use super::weight::words;
use crate::domain::address::ClientAddress;
use crate::domain::clock::Timestamp;
use crate::domain::entry::Entry;
use crate::domain::id::{Credential, KnockId, LinkId, MemberId};
use crate::domain::knock::{Knock, Verdict};
use crate::domain::link::Link;
use crate::domain::member::Member;

/// Whose a credential is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holder {
    Member(MemberId),
    Guest { knock: u64 },
}

/// A knock with what only the store knows of it.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) knock: Knock,
    pub(super) client: Credential,
    pub(super) address: ClientAddress,
    pub(super) key: Option<[u8; 32]>,
}

/// A link with what only the store knows of it.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) link: Link,
    pub(super) knocks: u64,
    pub(super) last_decision: Option<(Verdict, Vec<KnockId>)>,
}

/// How long somebody is barred from a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bar {
    pub(super) until: Timestamp,
    pub(super) times: u32,
}

/// Bytes of what hangs on the slots of a doorway, as running sums: each is moved where something is put there or taken away.
#[derive(Debug, Default)]
pub(super) struct Heft {
    pub(super) log: u64,
    pub(super) names: u64,
    pub(super) links: u64,
    pub(super) knocks: u64,
    pub(super) bars: u64,
}

/// By it people get in. A chat that has none yet has one member, its owner.
#[derive(Debug, Default)]
pub(super) struct Doorway {
    /// The door's log.
    pub(super) log: VecDeque<Arc<Entry>>,
    pub(super) new_in_log: usize,
    /// What the members' names could be taken for; no two of them share any.
    pub(super) names: HashSet<Box<str>>,
    pub(super) holders: HashMap<Credential, Holder>,
    pub(super) links: Vec<Linked>,
    pub(super) dropped_links: Vec<LinkId>,
    pub(super) last_link: u64,
    pub(super) knocks: BTreeMap<u64, Arrived>,
    pub(super) pending: Waiting,
    pub(super) ended: VecDeque<u64>,
    pub(super) last_knock: u64,
    pub(super) bars: HashMap<(LinkId, ClientAddress, Box<str>), Bar>,
    pub(super) heft: Heft,
}

impl Doorway {
    /// As it looks to a chat that has none.
    pub(super) fn none() -> &'static Self {
        static NONE: LazyLock<Doorway> = LazyLock::new(Doorway::default);
        &NONE
    }

    /// One for the first link; behind it is the owner.
    pub(super) fn before(owner: &Member, credential: Credential) -> Self {
        let mut doorway = Self { links: Vec::with_capacity(1), ..Self::default() };
        doorway.enrol(owner, credential);
        doorway
    }

    /// Remembers a member's name and credential.
    pub(super) fn enrol(&mut self, member: &Member, credential: Credential) {
        for guise in member.name.guises() {
            let weight = words([&guise]);
            self.heft.names += if self.names.insert(guise) { weight } else { 0 };
        }
        self.holders.insert(credential, Holder::Member(member.id));
    }

    /// Forgets them.
    pub(super) fn strike(&mut self, member: &Member, credential: Credential) {
        for guise in member.name.guises() {
            self.heft.names -= if self.names.remove(&guise) { words([&guise]) } else { 0 };
        }
        self.holders.remove(&credential);
    }

    pub(super) fn linked(&self, id: LinkId) -> Option<&Linked> {
        self.links.iter().find(|linked| linked.link.id == id)
    }

    pub(super) fn linked_mut(&mut self, id: LinkId) -> Option<&mut Linked> {
        self.links.iter_mut().find(|linked| linked.link.id == id)
    }

    pub(super) fn pending_on(&self, link: LinkId) -> Vec<u64> {
        let on_link = |number: &u64| self.knocks.get(number).is_some_and(|arrived| arrived.knock.link == link);
        self.pending.iter().filter(on_link).collect()
    }

    /// Counts the bars anew, after some were put there or taken away.
    pub(super) fn weigh_bars(&mut self) {
        self.heft.bars = words(self.bars.keys().map(|(.., name)| name));
    }

    /// When the first of those who wait will have waited long enough.
    pub(super) fn patience(&self) -> Timestamp {
        self.pending.iter().next().and_then(|number| self.knocks.get(&number)).map_or(Timestamp::NEVER, |first| first.knock.expires_at)
    }
}
