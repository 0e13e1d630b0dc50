//! The subscriptions of a socket: streams of chats and of an account, polled when they have news.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::future::AbortHandle;
use futures_util::stream::{self, BoxStream, SelectAll, StreamExt as _};

use super::credentials::CredentialNumber;
use crate::domain::id::ChatId;
use crate::service::Service;
use crate::service::streams::event::{EventSource, StreamEvent};

/// What a subscription follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A chat.
    Chat(ChatId),
    /// The account.
    Account,
}

/// News of a subscription: an event, or nothing when it has ended.
pub(super) type News = (Subject, Option<StreamEvent>);

/// A subscription that is open.
struct Open {
    subject: Subject,
    /// Distinguishes it from one to the same subject before it.
    number: u64,
    credential: CredentialNumber,
    handle: AbortHandle,
    /// Whether its last event told the client that it ends.
    is_told: bool,
}

/// The subscriptions of a socket.
#[derive(Default)]
pub(super) struct Subscriptions {
    /// One a subject, 100 at most.
    open: Vec<Open>,
    streams: SelectAll<BoxStream<'static, (u64, Subject, Option<StreamEvent>)>>,
    next: u64,
}

impl Subscriptions {
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn contains(&self, subject: Subject) -> bool {
        self.find(subject).is_some()
    }

    fn find(&self, subject: Subject) -> Option<&Open> {
        self.open.iter().find(|open| open.subject == subject)
    }

    /// Adds a stream. It replaces the one of the same subject.
    pub(super) fn add(&mut self, service: Arc<Service>, subject: Subject, credential: CredentialNumber, mut source: impl EventSource + 'static) {
        self.next += 1;
        let (number, mut is_over) = (self.next, false);
        let events = stream::poll_fn(move |cx| {
            if is_over {
                return Poll::Ready(None);
            }
            let event = ready!(poll(&service, &mut source, cx));
            is_over = event.is_none();
            Poll::Ready(Some((number, subject, event)))
        });
        let (events, handle) = stream::abortable(events);
        self.streams.push(events.boxed());
        self.remove(subject);
        // Most sockets have one.
        self.open.reserve_exact(1);
        self.open.push(Open { subject, number, credential, handle, is_told: false });
    }

    /// Ends a subscription without an event.
    pub(super) fn remove(&mut self, subject: Subject) {
        if let Some(place) = self.open.iter().position(|open| open.subject == subject) {
            self.open.swap_remove(place).handle.abort();
        }
    }

    /// Ends the subscriptions of a credential. Returns their subjects.
    pub(super) fn remove_of(&mut self, credential: CredentialNumber) -> Vec<Subject> {
        let subjects: Vec<_> = self.open.iter().filter(|open| open.credential == credential).map(|open| open.subject).collect();
        for subject in &subjects {
            self.remove(*subject);
        }
        subjects
    }

    /// Returns the credential of a subscription.
    pub(super) fn credential(&self, subject: Subject) -> Option<CredentialNumber> {
        self.find(subject).map(|open| open.credential)
    }

    /// Notes whether the last event of a subscription told the client that it ends.
    pub(super) fn told(&mut self, subject: Subject, is_told: bool) {
        if let Some(open) = self.open.iter_mut().find(|open| open.subject == subject) {
            open.is_told = is_told;
        }
    }

    /// Returns whether the client was told that a subscription ends.
    pub(super) fn is_told(&self, subject: Subject) -> bool {
        self.find(subject).is_none_or(|open| open.is_told)
    }

    /// Completes with the next news.
    pub(super) async fn next(&mut self) -> News {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<News> {
        // Streams that were removed are polled once more, and dropped.
        while let Poll::Ready(Some((number, subject, event))) = self.streams.poll_next_unpin(cx) {
            if self.find(subject).is_some_and(|open| open.number == number) {
                return Poll::Ready((subject, event));
            }
        }
        Poll::Pending
    }
}

/// Returns the first event of a stream.
pub(super) async fn first(service: &Service, source: &mut impl EventSource) -> Option<StreamEvent> {
    poll_fn(|cx| poll(service, source, cx)).await
}

fn poll(service: &Service, source: &mut impl EventSource, cx: &mut Context<'_>) -> Poll<Option<StreamEvent>> {
    source.poll_next(service.now(), &|| cx.waker().clone())
}
