//! A guest's waiting: a stream from the knock to its end.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::Service;
use super::access::Caller;
use super::error::{Error, Result, chain};
use super::figures::OpenStream;
use super::knocks::person;
use super::moment::{HEARTBEAT, Moment, Moments};
use super::stream::Pass;
use super::stream_permits::StreamPermit;
use super::tickets::TicketHold;
use crate::domain::clock::Alarm;
use crate::domain::entry::Topic;
use crate::domain::id::LinkId;
use crate::domain::knock::{KnockStatus, Knocked};
use crate::domain::ticket::TicketStream;
use crate::live::Listener;

/// Whether a guest was told how their knock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// They were.
    Already,
    /// They were not, as far as they say.
    NotYet,
}

/// What a guest gets who wants to wait.
#[derive(Debug)]
pub enum Wait {
    /// Nothing: the knock has ended, and they know how.
    Over,
    /// A stream.
    Stream(Box<Waiting>),
}

impl Service {
    /// How the knock stands of the guest whom `link` issued their credential.
    pub async fn guest_status(&self, link: LinkId, caller: &Caller) -> Result<KnockStatus> {
        let client = caller.credential().ok_or(Error::NotFound)?;
        let known = self.store.standing(link, client, self.now()).await?.ok_or(Error::NotFound)?;
        self.charge_person(caller.charge(), person(&known))?;
        Ok(known.knock.status)
    }

    /// Waits with the guest whom `link` issued their credential.
    pub async fn wait(self: &Arc<Self>, link: LinkId, pass: Pass, told: Told) -> Result<Wait> {
        let (client, charge, hold) = match pass {
            Pass::Caller(caller) => (caller.credential(), caller.charge().clone(), None),
            Pass::Ticket(ticket, charge) => {
                let (chat, _) = self.store.find_link(link, self.now()).await?.ok_or(Error::NotFound)?;
                let (credential, hold) = self.take_ticket(chat, TicketStream::Link(link), ticket).await?;
                (credential, charge, Some(hold))
            }
        };
        let client = client.ok_or(Error::NotFound)?;
        let known = self.store.standing(link, client, self.now()).await?.ok_or(Error::NotFound)?;
        self.charge_person(&charge, person(&known))?;
        let listener = self.live.join(Topic::Door(known.chat));
        let status = known.knock.status;
        if told == Told::Already && status != KnockStatus::Pending {
            return Ok(Wait::Over);
        }
        let first = VecDeque::from([Moment::Waiting(status)]);
        let heartbeat = self.clock.alarm(self.now() + HEARTBEAT);
        let (permit, open) = (self.permit_stream(&charge, listener.room().topic())?, self.open_stream());
        let waiting = Waiting { service: self.clone(), known, listener, first, heartbeat, over: false, permit, _hold: hold, _open: open };
        Ok(Wait::Stream(Box::new(waiting)))
    }
}

/// One guest's stream. Dropping it is hanging up.
pub struct Waiting {
    service: Arc<Service>,
    known: Knocked,
    listener: Listener,
    first: VecDeque<Moment>,
    heartbeat: Alarm,
    over: bool,
    permit: StreamPermit,
    _hold: Option<TicketHold>,
    _open: OpenStream,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("over", &self.over).finish_non_exhaustive()
    }
}

impl Waiting {
    async fn step(&mut self) -> Result<Option<Moment>> {
        loop {
            match self.standing().await? {
                Some(known) if known.knock.status == KnockStatus::Pending => {}
                known => return Ok(known.map(|known| Moment::Decided(Box::new(known)))),
            }
            if self.service.closing.is_cancelled() || self.permit.is_displaced() {
                return Ok(Some(self.service.bye()));
            }
            tokio::select! {
                () = self.listener.woken() => {}
                () = &mut self.heartbeat => {
                    let now = self.service.now();
                    self.heartbeat = self.service.clock.alarm(now + HEARTBEAT);
                    return Ok(Some(Moment::Pulse(now)));
                }
            }
        }
    }

    /// How the knock stands. Where the chat went away meanwhile, nobody decided in time; where only the knock is forgotten, there is nothing to say.
    async fn standing(&self) -> Result<Option<Knocked>> {
        let (link, client, now) = (self.known.knock.link, self.known.client, self.service.now());
        let standing = self.service.store.standing(link, client, now).await?;
        let chat = [self.listener.room().topic()];
        if standing.is_some() || self.service.store.heads(&chat, now).await?.iter().any(Option::is_some) {
            return Ok(standing);
        }
        let mut known = self.known.clone();
        known.knock.status = KnockStatus::Expired;
        Ok(Some(known))
    }
}

impl Moments for Waiting {
    async fn next(&mut self) -> Option<Moment> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        if self.over {
            return None;
        }
        let moment = self.step().await.unwrap_or_else(|error| {
            tracing::error!(error = chain(&error), "a guest's stream broke off");
            None
        });
        self.over = !matches!(moment, Some(Moment::Pulse(_)));
        moment
    }
}
