//! Tickets for the streams of accounts in memory: kept with the session that they were issued in, and ended with it.

use std::collections::{BTreeSet, HashMap};

use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, TicketId};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ticket::Ticket;
use crate::store::memory::allocation::{MemoryCost, table_slots, tree, trim, vec};
use crate::store::memory::chat::idempotency::IdempotencyCache;
use crate::store::tickets::NotIssued;

/// The tickets of one session, and the keys of the requests for them.
#[derive(Debug)]
struct SessionTickets {
    tickets: Vec<Ticket>,
    keys: IdempotencyCache<Ticket>,
    /// When something of it expires next.
    timer_at: Timestamp,
}

impl MemoryCost for SessionTickets {
    fn bytes(&self) -> u64 {
        vec::<Ticket>(self.tickets.capacity()) + self.tickets.iter().map(MemoryCost::bytes).sum::<u64>() + self.keys.memory_bytes()
    }
}

impl SessionTickets {
    const fn new() -> Self {
        Self { tickets: Vec::new(), keys: IdempotencyCache::new(), timer_at: Timestamp::NEVER }
    }

    fn due(&self) -> Timestamp {
        self.tickets.iter().map(Ticket::expires_at).fold(self.keys.due(), Timestamp::min)
    }

    fn is_empty(&self) -> bool {
        self.tickets.is_empty() && self.keys.is_empty()
    }
}

/// The tickets of all sessions. A session without tickets has no entry.
#[derive(Debug, Default)]
pub(super) struct AccountTickets {
    by_session: HashMap<SessionId, SessionTickets>,
    sessions: HashMap<TicketId, SessionId>,
    timers: BTreeSet<(Timestamp, SessionId)>,
    /// The heap memory of all tickets and keys, in bytes.
    ticket_bytes: u64,
}

impl AccountTickets {
    /// Forgets the tickets and the keys that have expired.
    pub(super) fn expire(&mut self, now: Timestamp) {
        while let Some((_, session)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            let expired = self.change(session, |kept| {
                kept.keys.expire(now);
                kept.tickets.extract_if(.., |ticket| ticket.is_expired(now)).map(|ticket| ticket.id).collect::<Vec<_>>()
            });
            for ticket in expired.into_iter().flatten() {
                self.sessions.remove(&ticket);
            }
        }
    }

    /// Forgets the tickets of a session that has ended.
    pub(super) fn end_session(&mut self, session: SessionId) {
        let Some(kept) = self.by_session.remove(&session) else { return };
        self.ticket_bytes -= kept.bytes();
        self.timers.remove(&(kept.timer_at, session));
        for ticket in kept.tickets {
            self.sessions.remove(&ticket.id);
        }
    }

    /// Returns the memory that all tickets use, in bytes.
    pub(super) fn memory_bytes(&self) -> u64 {
        let tables = table_slots::<(SessionId, SessionTickets)>(self.by_session.len()) + table_slots::<(TicketId, SessionId)>(self.sessions.len());
        tables + tree::<(Timestamp, SessionId)>(self.timers.len()) + self.ticket_bytes
    }

    pub(super) fn count(&self, session: SessionId) -> usize {
        self.by_session.get(&session).map_or(0, |kept| kept.tickets.len())
    }

    pub(super) fn lookup(&mut self, session: SessionId, key: Option<&IdempotencyKey>, now: Timestamp) -> Result<Option<Ticket>, NotIssued> {
        let Some(kept) = self.by_session.get_mut(&session) else { return Ok(None) };
        let before = kept.bytes();
        let stored = kept.keys.lookup(key, now);
        self.ticket_bytes = self.ticket_bytes + kept.bytes() - before;
        Ok(stored?)
    }

    pub(super) fn insert(&mut self, session: SessionId, ticket: Ticket, key: Option<&IdempotencyKey>, now: Timestamp) {
        self.sessions.insert(ticket.id, session);
        self.by_session.entry(session).or_insert_with(SessionTickets::new);
        self.change(session, |kept| {
            kept.keys.insert(key, || ticket.clone(), now);
            kept.tickets.push(ticket);
        });
    }

    /// Returns the session of a ticket that was not forgotten.
    pub(super) fn session_of(&self, id: TicketId) -> Option<SessionId> {
        self.sessions.get(&id).copied()
    }

    /// Changes a ticket that was not forgotten.
    pub(super) fn change_ticket<T>(&mut self, id: TicketId, change: impl FnOnce(&mut Ticket) -> T) -> Option<T> {
        let session = *self.sessions.get(&id)?;
        self.change(session, |kept| kept.tickets.iter_mut().find(|ticket| ticket.id == id).map(change))?
    }

    /// Changes the tickets of a session, then sets their timer, or drops the entry if it is empty.
    fn change<T>(&mut self, session: SessionId, change: impl FnOnce(&mut SessionTickets) -> T) -> Option<T> {
        let kept = self.by_session.get_mut(&session)?;
        let before = kept.bytes();
        let changed = change(kept);
        self.ticket_bytes = self.ticket_bytes + kept.bytes() - before;
        self.timers.remove(&(kept.timer_at, session));
        if kept.is_empty() {
            self.ticket_bytes -= kept.bytes();
            self.by_session.remove(&session);
            trim(&mut self.by_session);
            trim(&mut self.sessions);
        } else {
            kept.timer_at = kept.due();
            self.timers.insert((kept.timer_at, session));
        }
        Some(changed)
    }
}
