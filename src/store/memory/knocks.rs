//! Knocks in memory: creation, withdrawal, decision.

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::door::{CredentialOwner, KnockRecord, KnockVisibility};
use super::chat::{ChatState, StoredOutcome};
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, ChatId, KnockId, LinkId};
use crate::domain::idempotency::Idempotent;
use crate::domain::knock::{Decision, GuestKnock, Knock, KnockSelector, KnockStatus};
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::principal::Principal;
use crate::store::accounts::Accounts as _;
use crate::store::knocks::{KnockReader, Knocks, NewKnock, NotDecided, NotKnocked, NotWithdrawn};
use crate::store::memory::allocation::MemoryCost as _;
use crate::store::{StoreResult, WriteResult};

#[async_trait]
impl Knocks for MemoryStore {
    async fn knock(&self, new: NewKnock, now: Timestamp) -> WriteResult<Idempotent<GuestKnock>, NotKnocked> {
        let Some(chat) = self.chat_of(new.link) else { return Ok(Err(NotKnocked::Gone)) };
        Ok(self.write(chat, now, NotKnocked::Gone, |state| {
            if let Some(StoredOutcome::Knock(guest_knock)) = state.keys.lookup(new.key.as_ref(), now)? {
                return Ok(Idempotent::replayed(*guest_knock));
            }
            if !self.memory_usage().accepts_new_guests() && state.door().link(new.link).is_some_and(|record| record.link.is_live(now)) {
                return Err(NotKnocked::NodeFull);
            }
            if !self.enter_chat(chat, new.client) {
                return Err(NotKnocked::AccountFull);
            }
            let visibility = self.knock_visibility(state, new.client);
            let guest_knock = state.add_knock(&new, visibility, now, &self.limits).inspect_err(|_| self.stay_out(state, new.client))?;
            state.keys.insert(new.key.as_ref(), || StoredOutcome::Knock(Box::new(guest_knock.clone())), now);
            Ok(Idempotent::new(guest_knock))
        }))
    }

    async fn find_knock(&self, link: LinkId, client: Principal, now: Timestamp) -> StoreResult<Option<GuestKnock>> {
        let Some(chat) = self.chat_of(link) else { return Ok(None) };
        Ok(self.read(chat, now, |state| state.knock_of(link, client, now)).flatten())
    }

    async fn sole_knock_status(&self, link: LinkId, reader: KnockReader, now: Timestamp) -> StoreResult<Option<KnockStatus>> {
        let Some(chat) = self.chat_of(link) else { return Ok(None) };
        let status = self.read(chat, now, |state| {
            let record = state.door().link(link)?;
            let made = if reader == KnockReader::Owner { record.shown_knocks() } else { record.knocks };
            let is_seen = |record: &&KnockRecord| record.knock.link == link && (reader == KnockReader::Anyone || record.is_shown());
            let only = state.door().knocks.values().filter(|_| made == 1).find(is_seen)?;
            Some(only.knock.status_at(now))
        });
        Ok(status.flatten())
    }

    async fn pending_knocks_of(&self, account: AccountId, now: Timestamp) -> StoreResult<Vec<GuestKnock>> {
        let chats = self.chats_of(account).await?;
        Ok(chats.iter().filter_map(|chat| self.read(*chat, now, |state| state.pending_knock_of(account, now)).flatten()).collect())
    }

    async fn withdraw_knock(&self, link: LinkId, knock: KnockId, client: Principal, now: Timestamp) -> WriteResult<(), NotWithdrawn> {
        let Some(chat) = self.chat_of(link) else { return Ok(Err(NotWithdrawn::Gone)) };
        Ok(self.write(chat, now, NotWithdrawn::Gone, |state| {
            let own = state.knock_of(link, client, now).filter(|own| own.knock.id == knock).ok_or(NotWithdrawn::Gone)?;
            match own.knock.status {
                KnockStatus::Withdrawn => Ok(()),
                KnockStatus::Pending => {
                    state.end_knock(own.knock.number, KnockStatus::Withdrawn, None, now, &self.limits);
                    Ok(())
                }
                _ => Err(NotWithdrawn::AlreadyDecided),
            }
        }))
    }

    async fn decide_knocks(&self, decision: Decision, now: Timestamp) -> WriteResult<Vec<KnockId>, NotDecided> {
        let chat = match decision.knocks {
            KnockSelector::InChat(chat, _) => Some(chat),
            KnockSelector::Sole(link) | KnockSelector::OnLink(link, _) => self.chat_of(link),
        };
        let Some(chat) = chat else { return Ok(Err(NotDecided::Gone)) };
        Ok(self.write(chat, now, NotDecided::Gone, |state| state.decide(&decision, now, &self.limits)))
    }

    async fn list_knocks(&self, chat: ChatId, status: Option<KnockStatus>, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<Knock>>> {
        Ok(self.read(chat, now, |state| {
            let later = state.door().knocks.range(page.after.saturating_add(1)..).map(|(_, record)| record).filter(|record| record.is_shown());
            let wanted = later.map(|record| &record.knock).filter(|knock| status.is_none_or(|status| knock.status_at(now) == status));
            Page::first(wanted.map(|knock| state.as_owner_sees(knock, now)), page.limit)
        }))
    }
}

impl MemoryStore {
    /// Returns whether the owner sees a knock of `client`.
    fn knock_visibility(&self, state: &ChatState, client: Principal) -> KnockVisibility {
        let (Some(guest), owner) = (client.account(), state.owner_account()) else { return KnockVisibility::Shown };
        let is_blocked = owner.is_some_and(|owner| self.directory.read().friends.blocks(owner, guest));
        if is_blocked { KnockVisibility::Hidden } else { KnockVisibility::Shown }
    }
}

impl ChatState {
    /// Returns the knock made on `link` with the credential `client`, as of `now`.
    fn knock_of(&self, link: LinkId, client: Principal, now: Timestamp) -> Option<GuestKnock> {
        let number = match self.door().credentials.get(&client)? {
            CredentialOwner::Guest { knock } => *knock,
            CredentialOwner::Member(member) => self.member(*member)?.knock?.get(),
        };
        let found = |record: &&KnockRecord| record.knock.link == link || (client.account().is_some() && record.knock.status == KnockStatus::Pending);
        let record = self.door().knocks.get(&number).filter(found)?;
        let knock = Knock { status: record.knock.status_at(now), ..record.knock.clone() };
        Some(GuestKnock { chat: self.chat.id, knock, client })
    }

    /// Returns the knock of an account that is pending.
    fn pending_knock_of(&self, account: AccountId, now: Timestamp) -> Option<GuestKnock> {
        let client = Principal::Account(account);
        let CredentialOwner::Guest { knock } = self.door().credentials.get(&client)? else { return None };
        let knock = &self.door().knocks.get(knock)?.knock;
        let is_pending = knock.status_at(now) == KnockStatus::Pending;
        is_pending.then(|| GuestKnock { chat: self.chat.id, knock: knock.clone(), client })
    }

    /// Returns a knock as of `now`, with `name_taken` evaluated against the current members while it is pending.
    fn as_owner_sees(&self, knock: &Knock, now: Timestamp) -> Knock {
        let is_pending = knock.status == KnockStatus::Pending;
        let name_taken = if is_pending { self.is_name_taken(&knock.display_name()) } else { knock.name_taken };
        Knock { name_taken, status: knock.status_at(now), ..knock.clone() }
    }

    /// Drops the knocks made on a dropped link; members stay members.
    pub(super) fn forget_knocks_by(&mut self, link: LinkId) {
        let by_link: Vec<u64> = self.door().knocks.iter().filter(|(_, record)| record.knock.link == link).map(|(number, _)| *number).collect();
        for number in by_link {
            self.forget_knock(number);
        }
        let door = self.door_mut();
        door.ended.retain(|number| door.knocks.contains_key(number));
    }

    /// Removes a knock.
    pub(super) fn remove_knock(&mut self, number: u64) -> Option<KnockRecord> {
        let door = self.door_mut();
        let record = door.knocks.remove(&number)?;
        door.bytes.knocks -= record.knock.bytes();
        Some(record)
    }

    /// Drops a knock, and its guest's credential unless that belongs to a member by now.
    pub(super) fn forget_knock(&mut self, number: u64) {
        let Some(record) = self.remove_knock(number) else { return };
        let credentials = &mut self.door_mut().credentials;
        // An account may have knocked again since.
        if let Some(CredentialOwner::Guest { knock }) = credentials.get(&record.client)
            && *knock == number
        {
            credentials.remove(&record.client);
            self.drop_tickets_of(record.client);
            if let Some(scope) = record.key {
                self.keys.forget(&scope, |result| matches!(result, StoredOutcome::Knock(guest_knock) if guest_knock.client == record.client));
            }
        }
    }
}
