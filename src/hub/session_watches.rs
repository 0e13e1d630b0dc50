//! Which streams belong to which session, so that they end with it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::domain::event_log::Topic;
use crate::domain::id::SessionId;
use crate::domain::session::SessionEnd;

/// One stream of a session.
#[derive(Debug)]
struct Watched {
    topic: Topic,
    end: OnceLock<SessionEnd>,
}

type Sessions = Mutex<HashMap<SessionId, Vec<Arc<Watched>>>>;

/// The open streams of all sessions.
#[derive(Debug, Default)]
pub(super) struct SessionWatches(Arc<Sessions>);

impl SessionWatches {
    /// Registers a stream of a session, which listens to `topic`.
    pub(super) fn watch(&self, session: SessionId, topic: Topic) -> SessionWatch {
        let watched = Arc::new(Watched { topic, end: OnceLock::new() });
        self.0.lock().entry(session).or_default().push(watched.clone());
        SessionWatch { sessions: self.0.clone(), session, watched }
    }

    /// Marks the streams of a session as ended. Returns the logs whose subscribers must be woken.
    pub(super) fn end(&self, session: SessionId, end: SessionEnd) -> Vec<Topic> {
        let sessions = self.0.lock();
        let streams = sessions.get(&session).map_or(&[][..], Vec::as_slice);
        streams.iter().filter(|stream| stream.end.set(end).is_ok()).map(|stream| stream.topic).collect()
    }

    /// Returns the sessions that have streams.
    pub(super) fn sessions(&self) -> Vec<SessionId> {
        self.0.lock().keys().copied().collect()
    }
}

/// A stream's view of its session. Dropping it ends the registration.
#[derive(Debug)]
pub struct SessionWatch {
    sessions: Arc<Sessions>,
    session: SessionId,
    watched: Arc<Watched>,
}

impl SessionWatch {
    /// Returns why the session ended, if it has.
    #[must_use]
    pub fn end(&self) -> Option<SessionEnd> {
        self.watched.end.get().copied()
    }
}

impl Drop for SessionWatch {
    fn drop(&mut self) {
        let mut sessions = self.sessions.lock();
        if let Some(streams) = sessions.get_mut(&self.session) {
            streams.retain(|stream| !Arc::ptr_eq(stream, &self.watched));
            if streams.is_empty() {
                sessions.remove(&self.session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ChatId;
    use crate::domain::random::SystemRandom;

    #[test]
    fn the_streams_of_a_session_end_with_it_and_those_of_others_go_on() {
        let (watches, random) = (SessionWatches::default(), &SystemRandom);
        let (mine, other) = (SessionId::random(random), SessionId::random(random));
        let topics = [(); 2].map(|()| Topic::Conversation(ChatId::random(random)));
        let streams = [watches.watch(mine, topics[0]), watches.watch(mine, topics[1]), watches.watch(other, topics[0])];
        assert_eq!(watches.end(mine, SessionEnd::Ended), topics);
        assert_eq!(streams.each_ref().map(SessionWatch::end), [Some(SessionEnd::Ended), Some(SessionEnd::Ended), None]);
        assert!(watches.end(mine, SessionEnd::Deleted).is_empty(), "it has ended already");
        drop(streams);
        assert!(watches.sessions().is_empty(), "a session without streams is forgotten");
    }
}
