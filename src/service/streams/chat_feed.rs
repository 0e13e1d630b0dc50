//! One chat in the stream of an account: its events, and why it leaves the stream.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::Stream;

use super::account_event::ChatRemoval;
use super::chat_logs::{ChatLogs, LogNews};
use super::event::StreamEvent;
use super::readiness::Readiness;
use crate::domain::id::ChatId;
use crate::hub::viewer::StreamFate;
use crate::service::error::Result;
use crate::service::stream_permits::StreamPermit;

/// An event of a chat.
#[derive(Debug)]
pub(super) struct FeedEvent {
    /// The chat.
    pub(super) chat: ChatId,
    /// The event.
    pub(super) event: StreamEvent,
    /// The number of the last entry of the conversation that was sent.
    pub(super) position: u64,
    /// Why the chat leaves the stream after this event, if it does.
    pub(super) removal: Option<ChatRemoval>,
}

/// The events of a chat of an account.
pub(super) struct ChatFeed {
    state: State,
    /// Events to send first.
    first: VecDeque<StreamEvent>,
    /// That of the stream.
    permit: Arc<StreamPermit>,
}

/// Logs, and what a store read found.
type Loaded = (ChatLogs, Result<Readiness<LogNews>>);

enum State {
    Reading(ChatLogs),
    /// A store read is in progress.
    Loading(Pin<Box<dyn Future<Output = Loaded> + Send>>),
    Ended,
}

impl ChatFeed {
    pub(super) const fn new(logs: ChatLogs, first: VecDeque<StreamEvent>, permit: Arc<StreamPermit>) -> Self {
        Self { state: State::Reading(logs), first, permit }
    }

    /// Reads from the store, after the door's log was added or dropped if the right to it has changed.
    fn load(&mut self, has_door_changed: bool) {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Reading(mut logs) => State::Loading(Box::pin(async move {
                let followed = if has_door_changed { logs.follow_door_right().await } else { Ok(()) };
                let readiness = match followed {
                    Ok(()) => logs.load().await,
                    Err(error) => Err(error),
                };
                (logs, readiness)
            })),
            other => other,
        };
    }

    fn event_of(&mut self, news: LogNews) -> Option<FeedEvent> {
        let State::Reading(logs) = &self.state else { return None };
        let (chat, position) = (logs.chat(), logs.position().seq);
        let (event, removal) = match news {
            LogNews::Entries(bytes, fate) => {
                if fate == StreamFate::Reauthorized {
                    self.load(true);
                }
                let removal = match fate {
                    StreamFate::Left(reason) => Some(ChatRemoval::from(reason)),
                    StreamFate::GoesOn | StreamFate::Ends | StreamFate::Reauthorized => None,
                };
                (StreamEvent::Entries(bytes), removal)
            }
            LogNews::Gap(log, from, to) => (StreamEvent::Gap(chat, log, from, to), None),
            LogNews::Ended(end) => (StreamEvent::Closed(chat, end), Some(ChatRemoval::from(end))),
        };
        if removal.is_some() {
            self.state = State::Ended;
        }
        Some(FeedEvent { chat, event, position, removal })
    }
}

impl Stream for ChatFeed {
    type Item = Result<FeedEvent>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            let readiness = match &mut this.state {
                State::Ended => return Poll::Ready(None),
                State::Reading(logs) => match this.first.pop_front() {
                    Some(event) => {
                        let (chat, position) = (logs.chat(), logs.position().seq);
                        return Poll::Ready(Some(Ok(FeedEvent { chat, event, position, removal: None })));
                    }
                    None => logs.poll_ready(logs.service.now()),
                },
                State::Loading(loading) => {
                    let (logs, readiness) = ready!(loading.as_mut().poll(cx));
                    this.state = State::Reading(logs);
                    match readiness {
                        Ok(readiness) => readiness,
                        Err(error) => {
                            this.state = State::Ended;
                            return Poll::Ready(Some(Err(error)));
                        }
                    }
                }
            };
            match readiness {
                Readiness::Event(news) => return Poll::Ready(this.event_of(news).map(Ok)),
                Readiness::Ended => return Poll::Ready(None),
                Readiness::NeedsStore => this.load(false),
                Readiness::Pending => {
                    let State::Reading(logs) = &mut this.state else { return Poll::Pending };
                    if let Some(bytes) = logs.next_ephemeral(&this.permit) {
                        let (chat, position) = (logs.chat(), logs.position().seq);
                        return Poll::Ready(Some(Ok(FeedEvent { chat, event: StreamEvent::Ephemeral(bytes), position, removal: None })));
                    }
                    ready!(logs.poll_changed(cx));
                }
            }
        }
    }
}
