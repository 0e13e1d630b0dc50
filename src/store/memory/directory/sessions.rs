//! State of all sessions in memory, found by id and by the family of their refresh tokens.

use std::collections::{BTreeSet, HashMap};

use super::account_tickets::AccountTickets;
use crate::domain::capacity::MemoryUsage;
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, SessionId, TicketId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::limits::MAX_ACCOUNT_TICKETS;
use crate::domain::secret_token::TokenDigest;
use crate::domain::session::{EndedSession, LAST_USE_STEP, MAX_SESSIONS, REFRESH_GRACE, Session, SessionEnd, SessionLifetimes};
use crate::domain::ticket::{OpenedTicket, Ticket, TicketStream};
use crate::store::memory::allocation::{MemoryCost, block, shared, table_slots, tree, trim, vec};
use crate::store::sessions::{NewSession, NoSession, RefreshDigests, Refreshed};
use crate::store::tickets::{NotAdmitted, NotIssued};

/// A session with the data that only the store uses.
#[derive(Debug)]
struct SessionRecord {
    session: Session,
    family: TokenDigest,
    current: TokenDigest,
    /// Tokens spent within the grace period, with the time of their first use.
    spent: Vec<(TokenDigest, Timestamp)>,
    /// Where its timer stands; it may fire early, since refreshing does not move it.
    timer_at: Timestamp,
}

/// The slots of a session in the tables of the node, and the list of its account, as if it were the only one there.
const SESSION: u64 = table_slots::<(SessionId, SessionRecord)>(1)
    + table_slots::<(TokenDigest, SessionId)>(1)
    + table_slots::<(AccountId, Vec<SessionId>)>(1)
    + block(FIRST_SESSIONS * size_of::<SessionId>());

/// The sessions for which the first allocation of an account's list has room.
const FIRST_SESSIONS: usize = 4;

impl MemoryCost for SessionRecord {
    fn bytes(&self) -> u64 {
        self.session.device.as_ref().map_or(0, |device| shared(device.as_str())) + vec::<(TokenDigest, Timestamp)>(self.spent.capacity())
    }
}

/// The sessions of all accounts.
#[derive(Debug)]
pub(in crate::store::memory) struct SessionTable {
    lifetimes: SessionLifetimes,
    sessions: HashMap<SessionId, SessionRecord>,
    families: HashMap<TokenDigest, SessionId>,
    by_account: HashMap<AccountId, Vec<SessionId>>,
    timers: BTreeSet<(Timestamp, SessionId)>,
    tickets: AccountTickets,
    /// The heap memory of all sessions, in bytes.
    session_bytes: u64,
}

impl SessionTable {
    pub(super) fn new(lifetimes: SessionLifetimes) -> Self {
        Self {
            lifetimes,
            sessions: HashMap::new(),
            families: HashMap::new(),
            by_account: HashMap::new(),
            timers: BTreeSet::new(),
            tickets: AccountTickets::default(),
            session_bytes: 0,
        }
    }

    /// Adds a session. Returns those that ended to make room: first one past its lifetime, then the longest unused.
    pub(in crate::store::memory) fn insert(&mut self, new: NewSession, now: Timestamp) -> Vec<EndedSession> {
        let NewSession { session, refresh } = new;
        let (id, account, timer_at) = (session.id, session.account, session.expires_at(self.lifetimes));
        let mut ended = Vec::new();
        while self.by_account.get(&account).is_some_and(|own| own.len() >= MAX_SESSIONS) {
            let own = self.ids_of(account).filter_map(|id| self.sessions.get(id));
            let order = |session: &&Session| (session.expires_at(self.lifetimes) > now, session.last_used_at, session.created_at);
            let Some(first) = own.map(|record| &record.session).min_by_key(order) else { break };
            let end = if first.expires_at(self.lifetimes) > now { SessionEnd::Ended } else { SessionEnd::Expired };
            ended.extend(self.end(first.id, end));
        }
        self.families.insert(refresh.family, id);
        self.by_account.entry(account).or_default().push(id);
        self.timers.insert((timer_at, id));
        let record = SessionRecord { session, family: refresh.family, current: refresh.token, spent: Vec::new(), timer_at };
        self.session_bytes += record.bytes();
        self.sessions.insert(id, record);
        ended
    }

    /// Returns a session that lives.
    pub(in crate::store::memory) fn get(&self, id: SessionId, now: Timestamp) -> Option<&Session> {
        self.sessions.get(&id).map(|record| &record.session).filter(|session| session.expires_at(self.lifetimes) > now)
    }

    /// Records that a session is used, if its last use was recorded a step ago.
    pub(in crate::store::memory) fn touch(&mut self, id: SessionId, now: Timestamp) {
        if let Some(record) = self.sessions.get_mut(&id) {
            record.session.last_used_at = now;
        }
    }

    /// Returns true if the last use is recorded closely enough.
    pub(in crate::store::memory) fn is_recorded(session: &Session, now: Timestamp) -> bool {
        now < session.last_used_at + LAST_USE_STEP
    }

    /// Returns the sessions of an account that live, the newest first.
    pub(in crate::store::memory) fn of_account(&self, account: AccountId, now: Timestamp) -> Vec<Session> {
        self.ids_of(account).rev().filter_map(|id| self.get(*id, now)).cloned().collect()
    }

    /// Returns the sessions of an account in order of creation, also those whose end was not recorded yet.
    pub(super) fn ids_of(&self, account: AccountId) -> impl DoubleEndedIterator<Item = &SessionId> {
        self.by_account.get(&account).into_iter().flatten()
    }

    /// Spends a refresh token. Returns the session if it was the current one or is within its grace period; else the session ends.
    pub(in crate::store::memory) fn refresh(
        &mut self,
        presented: RefreshDigests,
        successor: TokenDigest,
        now: Timestamp,
    ) -> Result<(Refreshed, Vec<EndedSession>), NoSession> {
        let id = *self.families.get(&presented.family).ok_or(NoSession)?;
        let lifetimes = self.lifetimes;
        let record = self.sessions.get_mut(&id).filter(|record| record.session.expires_at(lifetimes) > now).ok_or(NoSession)?;
        record.spent.retain(|(_, at)| now < *at + REFRESH_GRACE);
        if record.current == presented.token {
            let before = record.bytes();
            record.spent.push((presented.token, now));
            self.session_bytes = self.session_bytes + record.bytes() - before;
            record.current = successor;
            (record.session.refreshed_at, record.session.last_used_at) = (now, now);
        } else if !record.spent.iter().any(|(token, _)| *token == presented.token) {
            let ended = self.end(id, SessionEnd::Ended);
            return Ok((Refreshed::Reused, ended.into_iter().collect()));
        }
        Ok((Refreshed::Current(record.session.clone()), Vec::new()))
    }

    /// Ends a session of any account.
    pub(in crate::store::memory) fn end(&mut self, id: SessionId, end: SessionEnd) -> Option<EndedSession> {
        let record = self.sessions.remove(&id)?;
        let account = record.session.account;
        self.session_bytes -= record.bytes();
        self.families.remove(&record.family);
        self.tickets.end_session(id);
        self.timers.remove(&(record.timer_at, id));
        if let Some(own) = self.by_account.get_mut(&account) {
            own.retain(|one| *one != id);
            if own.is_empty() {
                self.by_account.remove(&account);
            }
        }
        trim(&mut self.sessions);
        trim(&mut self.families);
        trim(&mut self.by_account);
        Some(EndedSession { session: id, account, end })
    }

    /// Ends all sessions of an account but `kept`.
    pub(in crate::store::memory) fn end_all(&mut self, account: AccountId, kept: Option<SessionId>, end: SessionEnd) -> Vec<EndedSession> {
        let own = self.by_account.get(&account).cloned().unwrap_or_default();
        own.into_iter().filter(|id| Some(*id) != kept).filter_map(|id| self.end(id, end)).collect()
    }

    /// Ends up to `max` sessions past their lifetime, and forgets the tickets past theirs.
    pub(in crate::store::memory) fn expire(&mut self, now: Timestamp, max: usize) -> Vec<EndedSession> {
        self.tickets.expire(now);
        let mut ended = Vec::new();
        while ended.len() < max && self.timers.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, id)) = self.timers.pop_first() else { break };
            let Some(record) = self.sessions.get_mut(&id) else { continue };
            record.timer_at = record.session.expires_at(self.lifetimes);
            if record.timer_at > now {
                self.timers.insert((record.timer_at, id));
            } else {
                ended.extend(self.end(id, SessionEnd::Expired));
            }
        }
        ended
    }

    /// Returns the memory that sessions and tickets use, in bytes.
    pub(super) fn memory_bytes(&self) -> u64 {
        self.sessions.len() as u64 * SESSION + tree::<(Timestamp, SessionId)>(self.timers.len()) + self.session_bytes + self.tickets.memory_bytes()
    }

    /// Returns how many sessions there are.
    pub(in crate::store::memory) fn len(&self) -> usize {
        self.sessions.len()
    }
}

impl SessionTable {
    /// Issues a ticket in the session of its holder.
    pub(in crate::store::memory) fn issue_ticket(
        &mut self,
        ticket: Ticket,
        key: Option<&IdempotencyKey>,
        usage: MemoryUsage,
        now: Timestamp,
    ) -> Result<Idempotent<Ticket>, NotIssued> {
        let session = ticket.holder.session.and_then(|session| self.get(session, now)).ok_or(NotIssued::SignedOut)?;
        let (session, account) = (session.id, session.account);
        self.tickets.expire(now);
        if let Some(ticket) = self.tickets.lookup(session, key, now)? {
            return Ok(Idempotent::replayed(ticket));
        }
        if usage.is_exhausted() {
            return Err(NotIssued::NodeFull);
        }
        let held: usize = self.ids_of(account).map(|session| self.tickets.count(*session)).sum();
        if held >= MAX_ACCOUNT_TICKETS {
            return Err(NotIssued::TooMany);
        }
        self.tickets.insert(session, ticket.clone(), key, now);
        Ok(Idempotent::new(ticket))
    }

    /// Marks the stream of a ticket as open.
    pub(in crate::store::memory) fn open_ticket(&mut self, stream: TicketStream, id: TicketId, now: Timestamp) -> Result<OpenedTicket, NotAdmitted> {
        let session = self.tickets.session_of(id).ok_or(NotAdmitted::Gone)?;
        self.get(session, now).ok_or(NotAdmitted::Gone)?;
        let opened = self.tickets.change_ticket(id, |ticket| {
            if ticket.stream != stream || ticket.is_expired(now) {
                return Err(NotAdmitted::Gone);
            }
            ticket.open().map_err(|_| NotAdmitted::StreamOpen)
        });
        opened.unwrap_or(Err(NotAdmitted::Gone))
    }

    /// Marks the stream of a ticket as interrupted.
    pub(in crate::store::memory) fn interrupt_ticket(&mut self, id: TicketId, now: Timestamp) {
        self.tickets.change_ticket(id, |ticket| ticket.interrupt(now));
    }
}
