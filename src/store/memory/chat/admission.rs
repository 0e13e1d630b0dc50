//! Admission to one chat in memory: creating, expiring and ending knocks, cool-downs.

use std::collections::HashMap;
use std::sync::Arc;

use super::ChatState;
use super::door::{Barred, Cooldown, CredentialOwner, KnockRecord, KnockVisibility};
use super::group::Coming;
use super::idempotency::impl_from_key_error;
use crate::domain::account_log::AccountEvent;
use crate::domain::chat::Admission;
use crate::domain::client_address::ClientAddress;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Event;
use crate::domain::id::{AccountId, KnockId, LinkId};
use crate::domain::knock::{GuestKnock, Knock, KnockStatus, Verdict, cooldown_after};
use crate::domain::limits::{Limits, MAX_COOLDOWN, MAX_COOLDOWNS};
use crate::domain::link::Link;
use crate::domain::member::Member;
use crate::domain::principal::Principal;
use crate::domain::text::Name;
use crate::store::knocks::{NewKnock, NotKnocked};
use crate::store::memory::allocation::MemoryCost as _;

impl_from_key_error!(NotKnocked);

impl ChatState {
    /// Adds a knock: it stays pending, or its guest is admitted at once and the knock's entry says so. One that is to be hidden has no entry and
    /// stays pending, unless the chat is open.
    pub(in crate::store::memory) fn add_knock(
        &mut self,
        new: &NewKnock,
        visibility: KnockVisibility,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<GuestKnock, NotKnocked> {
        let link = self.door().link(new.link).map(|record| record.link.clone()).filter(|link| link.is_live(now)).ok_or(NotKnocked::Gone)?;
        let visibility = if self.chat.admits_visitors() { KnockVisibility::Shown } else { visibility };
        let is_shown = visibility == KnockVisibility::Shown;
        let by_name = self.is_name_link(link.id);
        if by_name && self.chat.admission == Admission::Invite {
            return Err(NotKnocked::Gone);
        }
        let admits = link.auto_approve || (by_name && self.chat.admission == Admission::Open);
        let at_once = self.chat.admits_visitors() || (admits && is_shown);
        if self.is_inside(new.client) {
            return Err(NotKnocked::AlreadyInside);
        }
        if !self.may_come(new.client, Coming::ByItself) {
            return Err(NotKnocked::NotAccepted);
        }
        self.check_knock(new, at_once, now, limits)?;
        self.note_account(new.client);
        let (number, client) = (self.door().last_knock + 1, new.client);
        let mut knock = self.knock_from(new, &link, number, now);
        if at_once {
            (knock.status, knock.ended_at) = (KnockStatus::Approved, Some(now));
        }
        let door = self.door_mut();
        door.last_knock = number;
        door.credentials.insert(client, CredentialOwner::Guest { knock: number });
        door.bytes.knocks += knock.bytes();
        let key = new.key.map(|key| key.scope);
        door.knocks.insert(number, KnockRecord { knock: knock.clone(), visibility, client, address: new.address, key });
        if let Some(record) = door.link_mut(new.link) {
            record.knocks += 1;
            record.hidden_knocks += u64::from(!is_shown);
        }
        if is_shown {
            self.append_door(Event::Knock(Box::new(knock)), now, limits);
        }
        if at_once {
            self.admit(number, None, now);
        } else {
            self.door_mut().pending.insert(number, new.link, new.address);
        }
        let knock = self.door().knocks[&number].knock.clone();
        Ok(GuestKnock { chat: self.chat.id, knock, client })
    }

    /// Tells the account that knocked how its knock ended.
    fn tell_knock_ended(&mut self, number: u64) {
        let Some(record) = self.door().knocks.get(&number).filter(|record| record.client.account().is_some()) else { return };
        let (client, knock) = (record.client, record.knock.clone());
        self.tell(client, AccountEvent::KnockEnded(Box::new(GuestKnock { chat: self.chat.id, knock, client })));
    }

    /// Returns the pending knocks of accounts as they end with the chat.
    pub(in crate::store::memory) fn knocks_ended_with_chat(&self) -> Vec<(AccountId, AccountEvent)> {
        let pending = self.door().pending.iter().filter_map(|number| self.door().knocks.get(&number));
        let ended = |record: &KnockRecord| {
            let knock = Knock { status: KnockStatus::Expired, ..record.knock.clone() };
            let ended = GuestKnock { chat: self.chat.id, knock, client: record.client };
            Some((record.client.account()?, AccountEvent::KnockEnded(Box::new(ended))))
        };
        pending.filter_map(ended).collect()
    }

    fn is_name_link(&self, link: LinkId) -> bool {
        self.door().name_link.as_ref().is_some_and(|record| record.link.id == link)
    }

    /// Returns true for an account that is a member, or has a knock pending on any link.
    fn is_inside(&self, client: Principal) -> bool {
        if client.account().is_none() {
            return false;
        }
        let pending = |knock: &u64| self.door().knocks.get(knock).is_some_and(|record| record.knock.status == KnockStatus::Pending);
        match self.door().credentials.get(&client) {
            Some(CredentialOwner::Guest { knock }) => pending(knock),
            Some(CredentialOwner::Member(_)) => true,
            None => false,
        }
    }

    fn knock_from(&self, new: &NewKnock, link: &Link, number: u64, now: Timestamp) -> Knock {
        let name = new.name.clone().unwrap_or_else(Name::guest);
        Knock {
            id: new.id,
            number,
            link: link.id,
            is_by_name: self.is_name_link(link.id),
            label: link.label.clone(),
            name_taken: self.is_name_taken(&name),
            name: new.name.clone(),
            username: new.username.clone(),
            note: new.note.clone(),
            status: KnockStatus::Pending,
            reason: None,
            created_at: now,
            expires_at: Knock::expires_at_for(now),
            ended_at: None,
            member: None,
        }
    }

    fn check_knock(&self, new: &NewKnock, at_once: bool, now: Timestamp, limits: &Limits) -> Result<(), NotKnocked> {
        let door = self.door();
        if let Some(cooldown) = door.cooldowns.get(&cooldown_key(new)).filter(|cooldown| cooldown.until > now) {
            return Err(NotKnocked::Barred { until: cooldown.until });
        }
        if !self.has_room(1, limits) || (at_once && self.members.len() >= limits.members) {
            return Err(NotKnocked::Full);
        }
        if at_once {
            return Ok(());
        }
        let pending = &door.pending;
        let full = pending.len() >= limits.chat_knocks
            || pending.on_link(new.link) >= limits.link_knocks
            || pending.on_link_from(new.link, new.address) >= limits.address_knocks();
        if full { Err(NotKnocked::TooManyPending { until: door.next_expiry() }) } else { Ok(()) }
    }

    /// Ends a knock, appends that to the door's log unless the knock is hidden, and admits an approved guest.
    pub(in crate::store::memory) fn end_knock(
        &mut self,
        number: u64,
        status: KnockStatus,
        by: Option<&Arc<Member>>,
        now: Timestamp,
        limits: &Limits,
    ) {
        let door = self.door_mut();
        let Some(record) = door.knocks.get_mut(&number) else { return };
        if record.knock.end(status, now).is_err() {
            return;
        }
        let (knock, is_shown) = (record.knock.id, record.is_shown());
        door.pending.remove(number);
        if is_shown {
            self.append_door(Event::KnockDecided { knock, status, by: by.cloned() }, now, limits);
        } else {
            door.changed_unlogged = true;
        }
        if status == KnockStatus::Approved {
            self.admit(number, by.cloned(), now);
        }
        self.tell_knock_ended(number);
        if status == KnockStatus::Approved {
            return;
        }
        self.door_mut().ended.push_back(number);
        while self.door().ended.len() > limits.ended_knocks {
            if let Some(oldest) = self.door_mut().ended.pop_front() {
                self.forget_knock(oldest);
            }
        }
    }

    /// Ends the knocks that have expired.
    pub(in crate::store::memory) fn expire_knocks(&mut self, now: Timestamp, limits: &Limits) {
        loop {
            let first = self.door().pending.iter().next();
            let Some(number) = first else { break };
            if self.door().knocks.get(&number).is_some_and(|record| record.knock.expires_at > now) {
                break;
            }
            self.door_mut().pending.remove(number);
            self.end_knock(number, KnockStatus::Expired, None, now, limits);
        }
    }

    /// Applies a verdict to all pending knocks in order of arrival, on one link or on all. Hidden ones are declined with the others, but not approved.
    pub(in crate::store::memory) fn decide_all(&mut self, on: Option<LinkId>, verdict: Verdict, now: Timestamp, limits: &Limits) {
        let owner = self.owner();
        let mut decided: HashMap<LinkId, Vec<KnockId>> = HashMap::new();
        let pending: Vec<u64> = self.door().pending.iter().collect();
        for number in pending {
            let Some(record) = self.door().knocks.get(&number) else { continue };
            let (link, id, is_shown) = (record.knock.link, record.knock.id, record.is_shown());
            if on.is_none_or(|only| only == link) && (is_shown || verdict == Verdict::Decline) {
                self.end_knock(number, verdict.status(), Some(&owner), now, limits);
                if is_shown {
                    decided.entry(link).or_default().push(id);
                }
            }
        }
        for (link, ids) in decided {
            self.remember_decision(link, verdict, ids);
        }
    }

    /// Starts cool-downs for the declined guests on the links they used.
    pub(in crate::store::memory) fn start_cooldowns(&mut self, declined: &[u64], now: Timestamp) {
        self.door_mut().cooldowns.retain(|_, cooldown| cooldown.until + MAX_COOLDOWN > now);
        for number in declined {
            self.start_cooldown(*number, now);
        }
        self.door_mut().count_cooldown_bytes();
    }

    /// Starts a cool-down for the declined guest's address and name on that link, twice as long each time.
    fn start_cooldown(&mut self, number: u64, now: Timestamp) {
        let door = self.door_mut();
        let Some(record) = door.knocks.get(&number) else { return };
        let key = (record.knock.link, barred(record.client, record.address, &record.knock.display_name()));
        let times = door.cooldowns.get(&key).map_or(1, |cooldown| cooldown.times.saturating_add(1));
        if door.cooldowns.len() >= MAX_COOLDOWNS && !door.cooldowns.contains_key(&key) {
            let first = door.cooldowns.iter().min_by_key(|(_, cooldown)| cooldown.until).map(|(key, _)| key.clone());
            first.and_then(|key| door.cooldowns.remove(&key));
        }
        door.cooldowns.insert(key, Cooldown { until: now + cooldown_after(times), times });
    }
}

fn cooldown_key(new: &NewKnock) -> (LinkId, Barred) {
    (new.link, barred(new.client, new.address, &new.name.clone().unwrap_or_else(Name::guest)))
}

/// Returns whom a decline bars.
fn barred(client: Principal, address: ClientAddress, name: &Name) -> Barred {
    client.account().map_or_else(|| Barred::Guest(address, name.canonical()), Barred::Account)
}
