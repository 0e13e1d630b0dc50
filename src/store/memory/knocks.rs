//! Knocks in memory: how they arrive, how they are decided.

use async_trait::async_trait;

use super::MemoryStore;
use super::doorway::{Arrived, Holder};
use super::state::{ChatState, Made};
use super::weight::Hefty as _;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, Credential, KnockId, LinkId};
use crate::domain::key::Once;
use crate::domain::knock::{Decision, Knock, KnockSelector, KnockStatus, Knocked};
use crate::domain::page::{Cut, ListPage};
use crate::store::knocks::{Knocks, NewKnock, NotDecided, NotKnocked, NotWithdrawn};
use crate::store::{StoreResult, Write};

#[async_trait]
impl Knocks for MemoryStore {
    async fn knock(&self, new: NewKnock, now: Timestamp) -> Write<Once<Knocked>, NotKnocked> {
        let Some(chat) = self.chat_of(new.link) else { return Ok(Err(NotKnocked::Gone)) };
        Ok(self.write(chat, now, NotKnocked::Gone, |state| {
            if let Some(Made::Knock(knocked)) = state.keys.made(new.key.as_ref(), now)? {
                return Ok(Once::again(*knocked));
            }
            if !self.fill().takes_guests() && state.doorway().linked(new.link).is_some_and(|linked| linked.link.is_live(now)) {
                return Err(NotKnocked::NodeFull);
            }
            let knocked = state.arrive(&new, now, &self.bounds)?;
            state.keys.keep(new.key.as_ref(), || Made::Knock(Box::new(knocked.clone())), now);
            Ok(Once::first(knocked))
        }))
    }

    async fn standing(&self, link: LinkId, client: Credential, now: Timestamp) -> StoreResult<Option<Knocked>> {
        let Some(chat) = self.chat_of(link) else { return Ok(None) };
        Ok(self.read(chat, now, |state| state.knock_of(link, client, now)).flatten())
    }

    async fn only_standing(&self, link: LinkId, now: Timestamp) -> StoreResult<Option<KnockStatus>> {
        let Some(chat) = self.chat_of(link) else { return Ok(None) };
        let standing = self.read(chat, now, |state| {
            state.doorway().linked(link).filter(|linked| linked.knocks == 1)?;
            let only = state.doorway().knocks.values().find(|arrived| arrived.knock.link == link)?;
            Some(only.knock.status_at(now))
        });
        Ok(standing.flatten())
    }

    async fn withdraw_knock(&self, link: LinkId, knock: KnockId, client: Credential, now: Timestamp) -> Write<(), NotWithdrawn> {
        let Some(chat) = self.chat_of(link) else { return Ok(Err(NotWithdrawn::Gone)) };
        Ok(self.write(chat, now, NotWithdrawn::Gone, |state| {
            let known = state.knock_of(link, client, now).filter(|known| known.knock.id == knock).ok_or(NotWithdrawn::Gone)?;
            match known.knock.status {
                KnockStatus::Withdrawn => Ok(()),
                KnockStatus::Pending => {
                    state.end_knock(known.knock.number, KnockStatus::Withdrawn, None, now, &self.bounds);
                    Ok(())
                }
                _ => Err(NotWithdrawn::AlreadyDecided),
            }
        }))
    }

    async fn decide_knocks(&self, decision: Decision, now: Timestamp) -> Write<Vec<KnockId>, NotDecided> {
        let chat = match decision.knocks {
            KnockSelector::InChat(chat, _) => Some(chat),
            KnockSelector::Sole(link) | KnockSelector::OnLink(link, _) => self.chat_of(link),
        };
        let Some(chat) = chat else { return Ok(Err(NotDecided::Gone)) };
        Ok(self.write(chat, now, NotDecided::Gone, |state| state.decide(&decision, now, &self.bounds)))
    }

    async fn knocks(&self, chat: ChatId, status: Option<KnockStatus>, page: ListPage, now: Timestamp) -> StoreResult<Option<Cut<Knock>>> {
        Ok(self.read(chat, now, |state| {
            let later = state.doorway().knocks.range(page.after.saturating_add(1)..).map(|(_, arrived)| &arrived.knock);
            let wanted = later.filter(|knock| status.is_none_or(|status| knock.status_at(now) == status));
            Cut::first(wanted.map(|knock| state.as_owner_sees(knock, now)), page.limit)
        }))
    }
}

impl ChatState {
    /// The knock that came by `link` and whose guest shows `client`, as it stands at `now`.
    fn knock_of(&self, link: LinkId, client: Credential, now: Timestamp) -> Option<Knocked> {
        let number = match self.doorway().holders.get(&client)? {
            Holder::Guest { knock } => *knock,
            Holder::Member(member) => self.seated(*member)?.knock?,
        };
        let arrived = self.doorway().knocks.get(&number).filter(|arrived| arrived.knock.link == link)?;
        let knock = Knock { status: arrived.knock.status_at(now), ..arrived.knock.clone() };
        Some(Knocked { chat: self.chat.id, knock, client })
    }

    /// A knock as it stands at `now`, with the names that are taken now.
    fn as_owner_sees(&self, knock: &Knock, now: Timestamp) -> Knock {
        let waits = knock.status == KnockStatus::Pending;
        let name_taken = if waits { self.is_taken(&knock.called()) } else { knock.name_taken };
        Knock { name_taken, status: knock.status_at(now), ..knock.clone() }
    }

    /// Forgets what came by a link that is forgotten; members stay members.
    pub(super) fn forget_knocks_by(&mut self, link: LinkId) {
        let by_link: Vec<u64> = self.doorway().knocks.iter().filter(|(_, arrived)| arrived.knock.link == link).map(|(number, _)| *number).collect();
        for number in by_link {
            self.forget_knock(number);
        }
        let doorway = self.doorway_mut();
        doorway.ended.retain(|number| doorway.knocks.contains_key(number));
    }

    /// Takes a knock out.
    pub(super) fn take_knock(&mut self, number: u64) -> Option<Arrived> {
        let doorway = self.doorway_mut();
        let arrived = doorway.knocks.remove(&number)?;
        doorway.heft.knocks -= arrived.knock.heft();
        Some(arrived)
    }

    /// Forgets a knock, with its guest's credential unless that is a member's by now.
    pub(super) fn forget_knock(&mut self, number: u64) {
        let Some(arrived) = self.take_knock(number) else { return };
        let holders = &mut self.doorway_mut().holders;
        if let Some(Holder::Guest { .. }) = holders.get(&arrived.client) {
            holders.remove(&arrived.client);
            self.tickets.retain(|ticket| ticket.holder != Some(arrived.client));
            if let Some(scope) = arrived.key {
                self.keys.forget(&scope, |made| matches!(made, Made::Knock(knocked) if knocked.client == arrived.client));
            }
        }
    }
}
