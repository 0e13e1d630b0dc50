//! Changes of friend requests in memory: sending, answering, withdrawing.

use super::friends::{AccountEvents, FriendTable, RequestRecord, TooManyFriends};
use crate::domain::account_log::AccountEvent;
use crate::domain::capacity::MemoryUsage;
use crate::domain::clock::Timestamp;
use crate::domain::friendship::{Answer, FriendRequest, MAX_ANSWERED_REQUESTS, MAX_PENDING_REQUESTS};
use crate::domain::id::{AccountId, FriendRequestId};
use crate::store::friends::{NewFriendRequest, NotAnswered, NotRequested, RequestNotWithdrawn, Requested};

impl FriendTable {
    /// Sends a request, unless the same is pending already, or one that it crosses.
    pub(in crate::store::memory) fn request(
        &mut self,
        new: NewFriendRequest,
        usage: MemoryUsage,
        now: Timestamp,
    ) -> Result<(Requested, AccountEvents), NotRequested> {
        let NewFriendRequest { mut request, is_admitted, .. } = new;
        let (from, to) = (request.from, request.to);
        if self.are_friends(from, to) {
            return Err(NotRequested::AlreadyFriends);
        }
        if self.blocks(from, to) {
            return Err(NotRequested::BlockedBySender);
        }
        if let Some(same) = self.pending(from, to) {
            return Ok((Requested::Same(same.request.clone()), Vec::new()));
        }
        if let Some(crossed) = self.pending(to, from).map(|record| record.request.clone()) {
            let (request, events) = self.accept(crossed, now)?;
            return Ok((Requested::Crossed(request), events));
        }
        let cool_down = self.unaccepted(from, to).and_then(|record| record.request.cool_down_until());
        if let Some(until) = cool_down.filter(|until| now < *until) {
            return Err(NotRequested::RejectedRecently { until });
        }
        self.make_room(from)?;
        if !is_admitted {
            return Err(NotRequested::NotAdmitted);
        }
        if !usage.accepts_new_guests() {
            return Err(NotRequested::NodeFull);
        }
        self.last_number += 1;
        request.number = self.last_number;
        let is_hidden = self.blocks(to, from);
        let events = if is_hidden { Vec::new() } else { vec![(to, AccountEvent::FriendRequest(request.clone()))] };
        self.insert(RequestRecord { request: request.clone(), is_hidden });
        Ok((Requested::Created(request), events))
    }

    /// Returns a pending request that its receiver sees.
    pub(in crate::store::memory) fn pending_for(&self, id: FriendRequestId, to: AccountId) -> Option<&FriendRequest> {
        self.visible(id, to).map(|record| &record.request).filter(|request| request.to == to && request.is_pending())
    }

    /// Checks the limit of pending requests, and forgets the oldest answered one beyond the limit of those.
    fn make_room(&mut self, from: AccountId) -> Result<(), NotRequested> {
        let Some(ties) = self.ties_of(from) else { return Ok(()) };
        let sent = ties.sent.values().rev().filter_map(|id| self.requests.get(id)).map(|record| &record.request);
        let (pending, answered): (Vec<_>, Vec<_>) = sent.partition(|request| request.is_pending());
        if pending.len() >= MAX_PENDING_REQUESTS {
            return Err(NotRequested::TooManyPending);
        }
        let oldest = answered.first().filter(|_| answered.len() >= MAX_ANSWERED_REQUESTS).map(|request| request.id);
        if let Some(oldest) = oldest {
            self.remove(oldest);
        }
        Ok(())
    }

    /// Answers a request as its receiver.
    pub(in crate::store::memory) fn answer(
        &mut self,
        id: FriendRequestId,
        by: AccountId,
        answer: Answer,
        now: Timestamp,
    ) -> Result<(FriendRequest, AccountEvents), NotAnswered> {
        let request = self.visible(id, by).ok_or(NotAnswered::Gone)?.request.clone();
        if request.from == by {
            return Err(NotAnswered::NotReceiver);
        }
        match answer {
            _ if request.status == answer.status() => Ok((request, Vec::new())),
            _ if !request.is_pending() => Err(NotAnswered::AlreadyAnswered),
            Answer::Accept => Ok(self.accept(request, now)?),
            Answer::Reject => Ok((self.close(request, answer, now), Vec::new())),
        }
    }

    /// Accepts a pending request.
    fn accept(&mut self, request: FriendRequest, now: Timestamp) -> Result<(FriendRequest, AccountEvents), TooManyFriends> {
        let befriended = self.befriend(request.from, request.to, now)?;
        let request = self.close(request, Answer::Accept, now);
        let accepted = [request.from, request.to].map(|account| (account, AccountEvent::FriendRequest(request.clone())));
        Ok((request, accepted.into_iter().chain(befriended).collect()))
    }

    /// Stores the answer to a pending request. Both see it from now on.
    fn close(&mut self, mut request: FriendRequest, answer: Answer, now: Timestamp) -> FriendRequest {
        (request.status, request.answered_at) = (answer.status(), Some(now));
        self.requests.insert(request.id, RequestRecord { request: request.clone(), is_hidden: false });
        request
    }

    /// Withdraws a pending request as its sender.
    pub(in crate::store::memory) fn withdraw_as(&mut self, id: FriendRequestId, by: AccountId) -> Result<AccountEvents, RequestNotWithdrawn> {
        let request = &self.visible(id, by).ok_or(RequestNotWithdrawn::Gone)?.request;
        if request.from != by {
            return Err(RequestNotWithdrawn::NotSender);
        }
        if !request.is_pending() {
            return Err(RequestNotWithdrawn::AlreadyAnswered);
        }
        Ok(self.withdraw(id).into_iter().collect())
    }
}

impl From<TooManyFriends> for NotRequested {
    fn from(_: TooManyFriends) -> Self {
        Self::Full
    }
}

impl From<TooManyFriends> for NotAnswered {
    fn from(_: TooManyFriends) -> Self {
        Self::Full
    }
}
