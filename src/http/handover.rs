//! What a stream's answer hands over, where whoever asked can take it: words that are polled by hand, instead of a body.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Context, Poll, ready};

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use hyper::body::Frame;
use parking_lot::Mutex;

use super::present::Present;
use super::sse::say;
use crate::domain::clock::Timestamp;
use crate::domain::entry::Topic;
use crate::service::follower::{Follower, Look, Waker};
use crate::service::moment::{Moment, Moments};
use crate::service::waiting::Waiting;

/// Marks a request whose answer, if it is a stream, may be handed over here.
#[derive(Clone, Default)]
pub(super) struct Handover(Arc<Mutex<Option<Listening>>>);

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover").finish_non_exhaustive()
    }
}

impl Handover {
    /// What was handed over, if anything was.
    pub(super) fn take(&self) -> Option<Listening> {
        self.0.lock().take()
    }

    /// Hands this over; the answer's body only holds what is held as long as the stream lasts.
    pub(super) fn put(&self, listening: Listening) -> Body {
        *self.0.lock() = Some(listening);
        Body::new(Elsewhere)
    }
}

/// The mark of a request, if it has one.
#[derive(Debug)]
pub(super) struct Mark(pub(super) Option<Handover>);

impl<S: Send + Sync> FromRequestParts<S> for Mark {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().cloned()))
    }
}

/// A body that is written by somebody else.
struct Elsewhere;

impl hyper::body::Body for Elsewhere {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// Whoever speaks on a stream.
#[expect(clippy::large_enum_variant, reason = "most are the large one, which every message of a large room looks at")]
pub(super) enum Words {
    /// A follower who is woken with all others of the one log that it follows.
    Shared(Follower),
    /// The same, while the store is asked.
    Asking(Pin<Box<dyn Future<Output = (Follower, Look)> + Send>>),
    /// Somebody who wakes by themselves.
    Own(BoxStream<'static, Moment>),
    /// Nobody any more.
    Silent,
}

impl Words {
    fn own(moments: impl Moments + 'static) -> Self {
        Self::Own(stream::unfold(moments, async |mut moments| moments.next().await.map(|moment| (moment, moments))).boxed())
    }
}

impl From<Follower> for Words {
    fn from(follower: Follower) -> Self {
        if follower.follows_one().is_some() { Self::Shared(follower) } else { Self::own(follower) }
    }
}

impl From<Waiting> for Words {
    fn from(waiting: Waiting) -> Self {
        Self::own(waiting)
    }
}

/// A stream as whoever took it has it.
pub(super) struct Listening {
    present: Present,
    /// What its first words tell besides.
    retry: Option<u64>,
    words: Words,
    /// Whether it is time to say that it is alive.
    beats: bool,
    /// Whether its log woke somebody while the store was asked.
    again: bool,
}

impl Listening {
    pub(super) const fn new(present: Present, retry: u64, words: Words) -> Self {
        Self { present, retry: Some(retry), words, beats: false, again: false }
    }

    /// The log with which it is to be woken; none for a stream that wakes by itself.
    pub(super) fn topic(&self) -> Option<Topic> {
        self.follower()?.follows_one()
    }

    /// Somebody who is woken for all who listen to the same log.
    pub(super) fn waker(&self) -> Option<Waker> {
        self.follower().map(Follower::waker)
    }

    /// From now on it is woken by whoever calls [`Listening::wake`].
    pub(super) fn rests(&mut self) {
        if let Words::Shared(follower) = &mut self.words {
            follower.rests();
        }
    }

    /// Its log has changed. Says whether it can be polled for what follows.
    pub(super) fn wake(&mut self) -> bool {
        self.again = matches!(self.words, Words::Asking(_));
        !self.again
    }

    /// When it is to say that it is alive; never for one that does so by itself, or is about to.
    pub(super) fn beats_at(&self) -> Option<Timestamp> {
        self.follower().filter(|_| !self.beats).map(Follower::beats_at)
    }

    /// It is time to say that it is alive, as soon as there is nothing else to say.
    pub(super) fn beat(&mut self) {
        self.beats = true;
    }

    /// What it says next, written down; `None` after its end. Whoever `bell` makes is told when there is more.
    pub(super) fn poll_next(&mut self, now: Timestamp, bell: impl Fn() -> task::Waker) -> Poll<Option<Bytes>> {
        let moment = ready!(self.poll_moment(now, bell));
        Poll::Ready(moment.map(|moment| say(&self.present, moment, self.retry.take())))
    }

    fn poll_moment(&mut self, now: Timestamp, bell: impl Fn() -> task::Waker) -> Poll<Option<Moment>> {
        loop {
            let look = match &mut self.words {
                Words::Silent => return Poll::Ready(None),
                Words::Own(moments) => return moments.poll_next_unpin(&mut Context::from_waker(&bell())),
                Words::Shared(follower) => follower.look(now),
                Words::Asking(asking) => {
                    let (follower, look) = ready!(asking.as_mut().poll(&mut Context::from_waker(&bell())));
                    self.words = Words::Shared(follower);
                    look
                }
            };
            match look {
                Look::Says(moment) => return Poll::Ready(Some(moment)),
                Look::IsOver => return Poll::Ready(None),
                Look::Asks => self.ask(),
                Look::Waits if self.again => self.again = false,
                Look::Waits => return self.beats_if_due(),
            }
        }
    }

    fn ask(&mut self) {
        self.words = match std::mem::replace(&mut self.words, Words::Silent) {
            Words::Shared(mut follower) => Words::Asking(Box::pin(async move {
                let look = follower.ask().await;
                (follower, look)
            })),
            other => other,
        };
    }

    fn beats_if_due(&mut self) -> Poll<Option<Moment>> {
        match &mut self.words {
            Words::Shared(follower) if std::mem::take(&mut self.beats) => Poll::Ready(Some(follower.beat())),
            _ => Poll::Pending,
        }
    }

    fn follower(&self) -> Option<&Follower> {
        match &self.words {
            Words::Shared(follower) => Some(follower),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use clap::Parser as _;
    use tokio::sync::oneshot;

    use super::*;
    use crate::config::{Config, PublicUrl};
    use crate::domain::chat::{Admission, History, Lifetime};
    use crate::domain::id::ChatId;
    use crate::domain::text::MessageText;
    use crate::server::{Parts as World, Server};
    use crate::service::Service;
    use crate::service::access::Caller;
    use crate::service::charge::{Charge, Metering};
    use crate::service::chats::Opening;
    use crate::service::clock::SystemClock;
    use crate::service::stream::{Pass, Resume};

    #[derive(clap::Parser)]
    struct Flags {
        #[command(flatten)]
        config: Config,
    }

    /// Somebody who shows nothing.
    fn visitor() -> Caller {
        Charge::new(IpAddr::V4(Ipv4Addr::LOCALHOST).into(), Metering::Metered).anonymous()
    }

    /// An open chat on a server of its own.
    async fn a_chat() -> (Arc<Service>, ChatId) {
        let config = Flags::parse_from(["parlor"]).config;
        let service = Server::build(&config, config.listen, World::in_memory(&config)).service().clone();
        let opening = Opening { name: None, title: None, admission: Admission::Open, history: History::All, expires_in: Lifetime::DEFAULT };
        let chat = service.open_chat(opening, IpAddr::V4(Ipv4Addr::LOCALHOST).into(), None).await.unwrap().made.chat.id;
        (service, chat)
    }

    #[tokio::test]
    async fn what_comes_while_the_store_is_asked_is_not_missed() {
        let (service, chat) = a_chat().await;
        let mut follower = service.follow(chat, Pass::Caller(visitor()), Resume::AtHead).await.unwrap();
        assert!(matches!(follower.look(service.now()), Look::Says(Moment::Hello { .. })));
        let (answer, answered) = oneshot::channel::<()>();
        let asking = Words::Asking(Box::pin(async move {
            answered.await.unwrap();
            (follower, Look::Waits)
        }));
        let present = Present::new(&PublicUrl::of(([127, 0, 0, 1], 80).into()), Arc::new(SystemClock::default()));
        let mut listening = Listening::new(present, 1_000, asking);
        let mut polled = || listening.poll_next(service.now(), || task::Waker::noop().clone());
        assert!(polled().is_pending());
        let text = MessageText::parse("Meanwhile").unwrap();
        service.post_message(chat, &visitor(), text, None, None).await.unwrap();
        assert!(polled().is_pending());
        assert!(!listening.wake(), "it is asking");
        answer.send(()).unwrap();
        let Poll::Ready(Some(said)) = listening.poll_next(service.now(), || task::Waker::noop().clone()) else { panic!("it was missed") };
        assert!(String::from_utf8_lossy(&said).contains("Meanwhile"));
    }
}
