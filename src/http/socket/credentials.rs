//! The credentials that a socket has shown, each with the permit that it acquired when it proved valid.

use std::future::poll_fn;
use std::task::Poll;

use super::MAX_CREDENTIALS;
use crate::domain::id::ChatId;
use crate::http::app::AppState;
use crate::http::respond::problem::Problem;
use crate::service::authorization::Caller;
use crate::service::charge::Charge;
use crate::service::error::Error;
use crate::service::sockets::{SocketEnd, SocketPermit};

/// One credential of a socket.
struct Credential {
    number: u64,
    caller: Caller,
    /// None until it has proved valid.
    permit: Option<SocketPermit>,
}

/// The credentials of a socket.
#[derive(Default)]
pub(super) struct Credentials {
    shown: Vec<Credential>,
    next: u64,
}

/// A credential of a socket, as it is named there.
pub(super) type CredentialNumber = u64;

impl Credentials {
    pub(super) const fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Adds the credential of a caller. An account proves valid at once, and what it is charged for is charged to it. The same one again changes nothing.
    pub(super) async fn add(&mut self, app: &AppState, caller: Caller) -> Result<(), Problem> {
        if caller.principal().is_none() {
            return Err(Error::Unauthenticated.into());
        }
        if caller.account().is_some() {
            app.service.admit_account(&caller)?;
        }
        if self.shown.iter().any(|one| one.caller.is_same(&caller)) {
            return Ok(());
        }
        if self.shown.len() >= MAX_CREDENTIALS {
            return Err(Problem::invalid("credential", &format!("must be one of at most {MAX_CREDENTIALS} on a socket")));
        }
        let permit = if caller.account().is_some() { Some(app.service.permit_socket(&caller, None).await?) } else { None };
        self.next += 1;
        // Most sockets have one.
        self.shown.reserve_exact(1);
        self.shown.push(Credential { number: self.next, caller, permit });
        Ok(())
    }

    /// Returns the credential that fits a chat: one of a member, else an account, else any.
    pub(super) async fn fitting(&self, app: &AppState, chat: ChatId, charge: Charge) -> Result<(CredentialNumber, Caller), Problem> {
        let callers: Vec<Caller> = self.shown.iter().map(|one| one.caller.clone()).collect();
        let member = if callers.len() > 1 { app.service.fitting_caller(chat, &callers).await? } else { None };
        let account = || callers.iter().position(|caller| caller.account().is_some());
        let place = member.or_else(account).unwrap_or_default();
        self.charged(place, charge)
    }

    /// Returns the first account.
    pub(super) fn account(&self, charge: Charge) -> Result<(CredentialNumber, Caller), Problem> {
        let place = self.shown.iter().position(|one| one.caller.account().is_some()).ok_or(Error::Unauthenticated)?;
        self.charged(place, charge)
    }

    fn charged(&self, place: usize, charge: Charge) -> Result<(CredentialNumber, Caller), Problem> {
        let one = self.shown.get(place).ok_or(Error::Unauthenticated)?;
        Ok((one.number, one.caller.charged_to(charge)))
    }

    /// Acquires the permit of a credential that has proved valid, in this chat.
    pub(super) async fn prove(&mut self, app: &AppState, number: CredentialNumber, caller: &Caller, chat: Option<ChatId>) -> Result<(), Problem> {
        let unproven = self.shown.iter_mut().find(|one| one.number == number && one.permit.is_none());
        let (Some(unproven), Some(_)) = (unproven, caller.charge().person()) else { return Ok(()) };
        unproven.permit = Some(app.service.permit_socket(caller, chat).await?);
        Ok(())
    }

    /// Completes when a credential ends.
    pub(super) async fn end(&mut self) -> (CredentialNumber, SocketEnd) {
        poll_fn(|cx| {
            let mut ended = None;
            for one in &mut self.shown {
                if let Some(Poll::Ready(end)) = one.permit.as_mut().map(|permit| permit.poll_end(cx)) {
                    ended.get_or_insert((one.number, end));
                }
            }
            ended.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Removes a credential.
    pub(super) fn remove(&mut self, number: CredentialNumber) {
        self.shown.retain(|one| one.number != number);
    }
}
