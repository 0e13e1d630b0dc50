//! The event stream of an account: what its own log reports, and the events of all its chats.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::account_reader::AccountReader;
use super::event::{EventSource, StreamEvent};
use super::open::Authorized;
use super::position::{Resume, StreamAuth};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Topic;
use crate::domain::ticket::{ChatCursor, TicketStream};
use crate::service::Service;
use crate::service::authorization::SignedIn;
use crate::service::error::{Error, Result};
use crate::service::tickets::OpenTicket;

impl Service {
    /// Opens the stream of the caller's account. It goes on at these positions; with a ticket, where the ticket says.
    pub async fn open_account_stream(self: &Arc<Self>, auth: StreamAuth, cursors: &[ChatCursor]) -> Result<AccountStream> {
        let Authorized { caller, ticket, carrier } = self.authorize_stream(auth, TicketStream::Account).await?;
        let SignedIn { account, .. } = self.require_account(&caller)?;
        // The head is read after subscribing and before the state, so that nothing is missed; what happened in between is told twice.
        let log = self.subscribe(Topic::Account(account)).await?.ok_or(Error::NotFound)?;
        let permit = self.permit_carrier(&caller, Topic::Account(account), carrier).await?;
        let cursors = ticket.as_ref().map_or(cursors, OpenTicket::cursors);
        let positions: HashMap<_, _> = cursors.iter().map(|cursor| (cursor.chat, Resume::from(cursor.at))).collect();
        let mut reader = AccountReader::new(self.clone(), account, log.subscription, permit, ticket);
        reader.begin(&positions).await?;
        Ok(AccountStream(stream::unfold(reader, async |mut reader| Some((reader.next().await?, reader))).boxed()))
    }
}

/// The stream of an account. Dropping it closes the stream.
pub struct AccountStream(BoxStream<'static, StreamEvent>);

impl fmt::Debug for AccountStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountStream").finish_non_exhaustive()
    }
}

impl EventSource for AccountStream {
    fn poll_next(&mut self, _: Timestamp, waker: &dyn Fn() -> Waker) -> Poll<Option<StreamEvent>> {
        self.0.poll_next_unpin(&mut Context::from_waker(&waker()))
    }
}
