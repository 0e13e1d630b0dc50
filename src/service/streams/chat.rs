//! The event stream of a chat, from `hello` to its end, polled by hyper's body or by a fan-out writer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use super::event::{EventSource, StreamEvent};
use super::reader::ChatReader;
use super::readiness::Readiness;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Topic;
use crate::hub::Subscription;

/// One client's stream of a chat. Dropping it closes the stream.
pub struct ChatStream {
    state: State,
    /// Its own waker and heartbeat timer are off: [`EventSource::wake`] and [`EventSource::request_heartbeat`] replace them.
    is_detached: bool,
    heartbeat_due: bool,
    /// Its log changed while a store read was in progress.
    changed_while_loading: bool,
}

#[expect(clippy::large_enum_variant, reason = "nearly all are the large one, and every message of a large room reads it")]
enum State {
    Reading(ChatReader),
    /// A store read is in progress.
    Loading(Pin<Box<dyn Future<Output = (ChatReader, Readiness<StreamEvent>)> + Send>>),
    Ended,
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatStream").field("is_detached", &self.is_detached).finish_non_exhaustive()
    }
}

impl ChatStream {
    pub(super) const fn new(reader: ChatReader) -> Self {
        Self { state: State::Reading(reader), is_detached: false, heartbeat_due: false, changed_while_loading: false }
    }

    fn reader(&self) -> Option<&ChatReader> {
        match &self.state {
            State::Reading(reader) => Some(reader),
            _ => None,
        }
    }

    fn load(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Reading(mut reader) => State::Loading(Box::pin(async move {
                let readiness = reader.load().await;
                (reader, readiness)
            })),
            other => other,
        };
    }

    /// Polls while no event is ready: returns a heartbeat if one is due, or `None` if its logs have changed meanwhile.
    fn poll_idle(&mut self, waker: &dyn Fn() -> Waker) -> Poll<Option<StreamEvent>> {
        let State::Reading(reader) = &mut self.state else { return Poll::Pending };
        if self.is_detached {
            if std::mem::take(&mut self.changed_while_loading) {
                return Poll::Ready(None);
            }
            return if std::mem::take(&mut self.heartbeat_due) { Poll::Ready(Some(reader.heartbeat())) } else { Poll::Pending };
        }
        let (waker, mut changed) = (waker(), false);
        let mut cx = Context::from_waker(&waker);
        while reader.poll_changed(&mut cx).is_ready() {
            changed = true;
        }
        if changed {
            return Poll::Ready(None);
        }
        ready!(reader.poll_heartbeat(&mut cx));
        Poll::Ready(Some(reader.heartbeat()))
    }
}

impl EventSource for ChatStream {
    fn topic(&self) -> Option<Topic> {
        self.reader()?.sole_topic()
    }

    fn subscription(&self) -> Option<Subscription> {
        self.reader().map(ChatReader::sibling)
    }

    fn detach_waker(&mut self) {
        if let State::Reading(reader) = &mut self.state
            && reader.sole_topic().is_some()
        {
            reader.detach_waker();
            self.is_detached = true;
        }
    }

    fn wake(&mut self) -> bool {
        self.changed_while_loading = matches!(self.state, State::Loading(_));
        !self.changed_while_loading
    }

    fn heartbeat_at(&self) -> Option<Timestamp> {
        self.reader().filter(|_| self.is_detached && !self.heartbeat_due).map(ChatReader::heartbeat_at)
    }

    fn request_heartbeat(&mut self) {
        self.heartbeat_due = true;
    }

    fn poll_next(&mut self, now: Timestamp, waker: &dyn Fn() -> Waker) -> Poll<Option<StreamEvent>> {
        loop {
            let readiness = match &mut self.state {
                State::Ended => return Poll::Ready(None),
                State::Reading(reader) => reader.poll_ready(now),
                State::Loading(loading) => {
                    let (reader, readiness) = ready!(loading.as_mut().poll(&mut Context::from_waker(&waker())));
                    self.state = State::Reading(reader);
                    readiness
                }
            };
            match readiness {
                Readiness::Event(event) => return Poll::Ready(Some(event)),
                Readiness::Ended => return Poll::Ready(None),
                Readiness::NeedsStore => self.load(),
                Readiness::Pending => {
                    if let Some(heartbeat) = ready!(self.poll_idle(waker)) {
                        return Poll::Ready(Some(heartbeat));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use clap::Parser as _;
    use tokio::sync::oneshot;

    use super::*;
    use crate::config::Config;
    use crate::domain::chat::{Admission, HistoryVisibility, Lifetime};
    use crate::domain::id::ChatId;
    use crate::domain::message::MessageDraft;
    use crate::domain::text::MessageText;
    use crate::server::{Dependencies, Server};
    use crate::service::Service;
    use crate::service::authorization::Caller;
    use crate::service::charge::{Charge, Metering};
    use crate::service::chats::NewChatParams;
    use crate::service::streams::position::{Resume, StreamAuth};

    #[derive(clap::Parser)]
    struct Flags {
        #[command(flatten)]
        config: Config,
    }

    fn visitor() -> Caller {
        Caller::anonymous(Charge::new(IpAddr::V4(Ipv4Addr::LOCALHOST).into(), Metering::Metered))
    }

    /// Creates an open chat on a server of its own.
    async fn a_chat() -> (Arc<Service>, ChatId) {
        let config = Flags::parse_from(["parlor"]).config;
        let service = Server::build(&config, config.listen, Dependencies::in_memory(&config)).service().clone();
        let params =
            NewChatParams { name: None, title: None, admission: Admission::Open, history: HistoryVisibility::All, expires_in: Lifetime::DEFAULT };
        let chat = service.open_chat(&visitor(), params, None).await.unwrap().value.chat.id;
        (service, chat)
    }

    #[tokio::test]
    async fn what_comes_while_the_store_is_asked_is_not_missed() {
        let (service, chat) = a_chat().await;
        let mut stream = service.open_chat_stream(chat, StreamAuth::Caller(visitor()), Resume::AtHead).await.unwrap();
        let next = |stream: &mut ChatStream| stream.poll_next(service.now(), &|| Waker::noop().clone());
        assert!(matches!(next(&mut stream), Poll::Ready(Some(StreamEvent::Hello { .. }))));
        let _group = stream.subscription();
        stream.detach_waker();
        let State::Reading(reader) = std::mem::replace(&mut stream.state, State::Ended) else { panic!("it reads") };
        let (answer, answered) = oneshot::channel::<()>();
        stream.state = State::Loading(Box::pin(async move {
            answered.await.unwrap();
            (reader, Readiness::Pending)
        }));
        assert!(next(&mut stream).is_pending());
        service.post_message(chat, &visitor(), MessageDraft::of_text(MessageText::parse("Meanwhile").unwrap()), None).await.unwrap();
        assert!(next(&mut stream).is_pending());
        assert!(!stream.wake(), "the store is asked");
        answer.send(()).unwrap();
        let Poll::Ready(Some(StreamEvent::Entries(bytes))) = next(&mut stream) else { panic!("it was missed") };
        assert!(String::from_utf8_lossy(&bytes).contains("Meanwhile"));
    }
}
