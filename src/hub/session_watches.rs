//! Which streams belong to which session: they end with it, and follow a setting of its account.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::domain::event_log::Topic;
use crate::domain::id::{AccountId, SessionId};
use crate::domain::session::SessionEnd;

/// One stream of a session.
#[derive(Debug)]
struct Watched {
    topic: Topic,
    account: AccountId,
    end: OnceLock<SessionEnd>,
    /// Whether the account shows what it has read, once that is known.
    shows_read: Mutex<Option<bool>>,
}

type Sessions = Mutex<HashMap<SessionId, Vec<Arc<Watched>>>>;

/// The open streams of all sessions.
#[derive(Debug, Default)]
pub(super) struct SessionWatches(Arc<Sessions>);

impl SessionWatches {
    /// Registers a stream of a session of an account, which listens to `topic`.
    pub(super) fn watch(&self, session: SessionId, account: AccountId, topic: Topic) -> SessionWatch {
        let watched = Arc::new(Watched { topic, account, end: OnceLock::new(), shows_read: Mutex::default() });
        self.0.lock().entry(session).or_default().push(watched.clone());
        SessionWatch { sessions: self.0.clone(), session, watched }
    }

    /// Marks the streams of a session as ended. Returns the logs whose subscribers must be woken.
    pub(super) fn end(&self, session: SessionId, end: SessionEnd) -> Vec<Topic> {
        let sessions = self.0.lock();
        let streams = sessions.get(&session).map_or(&[][..], Vec::as_slice);
        streams.iter().filter(|stream| stream.end.set(end).is_ok()).map(|stream| stream.topic).collect()
    }

    /// Tells the streams of accounts whether these show what they have read.
    pub(super) fn set_read_receipts(&self, shown: &HashMap<AccountId, bool>) {
        for stream in self.0.lock().values().flatten() {
            if let Some(shown) = shown.get(&stream.account) {
                *stream.shows_read.lock() = Some(*shown);
            }
        }
    }

    /// Returns the accounts that have streams, each once.
    pub(super) fn accounts(&self) -> Vec<AccountId> {
        let accounts: HashSet<AccountId> = self.0.lock().values().flatten().map(|stream| stream.account).collect();
        accounts.into_iter().collect()
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

    /// Sets whether the account shows what it has read, as the store said after the registration. What was announced since is newer.
    pub fn begin_with(&self, shows_read: bool) {
        self.watched.shows_read.lock().get_or_insert(shows_read);
    }

    /// Returns true if the account shows what it has read.
    #[must_use]
    pub fn shows_read(&self) -> bool {
        self.watched.shows_read.lock().unwrap_or(false)
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
        let account = AccountId::random(random);
        let streams = [(mine, 0), (mine, 1), (other, 0)].map(|(session, topic)| watches.watch(session, account, topics[topic]));
        assert_eq!(watches.end(mine, SessionEnd::Ended), topics);
        assert_eq!(streams.each_ref().map(SessionWatch::end), [Some(SessionEnd::Ended), Some(SessionEnd::Ended), None]);
        assert!(watches.end(mine, SessionEnd::Deleted).is_empty(), "it has ended already");
        drop(streams);
        assert!(watches.sessions().is_empty(), "a session without streams is forgotten");
    }

    #[test]
    fn the_streams_of_an_account_follow_its_setting_and_those_of_others_do_not() {
        let (watches, random) = (SessionWatches::default(), &SystemRandom);
        let (ana, ben, topic) = (AccountId::random(random), AccountId::random(random), Topic::Conversation(ChatId::random(random)));
        let streams = [ana, ana, ben].map(|account| watches.watch(SessionId::random(random), account, topic));
        let shown = || streams.each_ref().map(SessionWatch::shows_read);
        assert_eq!(shown(), [false; 3], "nothing is shown before the setting is known");
        streams[1..].iter().for_each(|stream| stream.begin_with(true));
        watches.set_read_receipts(&HashMap::from([(ana, false)]));
        streams[0].begin_with(true);
        assert_eq!(shown(), [false, false, true], "what was announced is newer than what was read before");
        watches.set_read_receipts(&HashMap::from([(ana, true)]));
        assert_eq!(shown(), [true; 3]);
    }
}
