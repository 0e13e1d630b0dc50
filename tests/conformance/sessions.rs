//! Sessions: sign-in, use, refresh, end.

use std::sync::Arc;
use std::time::Duration;

use parlor::domain::id::{AccountId, SessionId};
use parlor::domain::limits::Limits;
use parlor::domain::secret_token::RefreshToken;
use parlor::domain::session::{LAST_USE_STEP, MAX_SESSIONS, REFRESH_GRACE, SessionEnd, SessionLifetimes};
use parlor::store::sessions::{NoSession, NotSignedIn, Refreshed};
use tokio::task::JoinSet;

use crate::backends::Backend;
use crate::fixture::{Fixture, done};
use crate::people::{SignedIn, digests, ends};

const MILLISECOND: Duration = Duration::from_millis(1);
/// From which successors are derived.
const SECRET: [u8; 32] = [7; 32];
const HOUR: Duration = Duration::from_hours(1);

/// Returns limits with sessions that end 2 hours after the last refresh and 6 hours after the sign-in.
fn short() -> Limits {
    Limits { sessions: SessionLifetimes { idle: HOUR * 2, life: HOUR * 6 }, ..Limits::default() }
}

/// The result of a refresh in words, with the sessions that it ended.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Current(SessionId),
    Reused(Vec<(SessionId, SessionEnd)>),
    Unknown,
}

impl Fixture {
    async fn refreshes(&self, token: &RefreshToken) -> Outcome {
        let refreshed = self.store.refresh_session(digests(token), token.successor(&SECRET).digest(), self.now()).await.unwrap();
        match refreshed.map(parlor::store::Committed::into_parts) {
            Ok((Refreshed::Current(session), updates)) => {
                assert!(updates.is_empty());
                Outcome::Current(session.id)
            }
            Ok((Refreshed::Reused, updates)) => Outcome::Reused(ends(&updates)),
            Err(NoSession) => Outcome::Unknown,
        }
    }

    async fn is_live(&self, session: &SignedIn) -> bool {
        let found = self.store.find_session(session.id, self.now()).await.unwrap().is_some();
        let live = self.store.live_sessions(&[SessionId::NIL, session.id], self.now()).await.unwrap();
        assert_eq!(live, [false, found]);
        assert_eq!(self.store.use_session(session.id, self.now()).await.unwrap().is_some(), found);
        found
    }

    /// Runs the expiry job for up to `max` sessions; returns those that ended.
    async fn expires(&self, max: usize) -> Vec<(SessionId, SessionEnd)> {
        let expired = self.store.expire_sessions(self.now(), max).await.unwrap();
        expired.into_iter().flat_map(|committed| ends(&committed.into_parts().1)).collect()
    }
}

async fn a_session_belongs_to_its_account_and_is_listed_newest_first(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    let (first, second, bens) = (fixture.signs_in(&ana).await, fixture.signs_in(&ana).await, fixture.signs_in(&ben).await);
    assert_eq!(fixture.sessions(&ana).await, [second.id, first.id]);
    assert_eq!(fixture.store.use_session(first.id, fixture.now()).await.unwrap(), Some(ana.id));
    assert_eq!(fixture.store.find_session(bens.id, fixture.now()).await.unwrap().unwrap().account, ben.id);
    assert_eq!(fixture.store.live_sessions(&[first.id, SessionId::NIL, bens.id], fixture.now()).await.unwrap(), [true, false, true]);
    assert_eq!(fixture.tries_to_sign_in(AccountId::NIL).await.unwrap_err(), NotSignedIn::Gone);
}

async fn a_use_is_recorded_to_the_minute(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let session = fixture.signs_in(&ana).await;
    let signed_in = fixture.now();
    let used = async || {
        fixture.store.use_session(session.id, fixture.now()).await.unwrap();
        let account = fixture.store.find_account(ana.id).await.unwrap().unwrap();
        (fixture.store.find_session(session.id, fixture.now()).await.unwrap().unwrap().last_used_at, account.last_seen_at)
    };
    fixture.later(LAST_USE_STEP.saturating_sub(MILLISECOND));
    assert_eq!(used().await, (signed_in, signed_in));
    fixture.later(MILLISECOND);
    assert_eq!(used().await, (fixture.now(), fixture.now()));
}

async fn the_longest_unused_gives_way_to_the_twenty_first(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let mut sessions = Vec::new();
    for _ in 0..MAX_SESSIONS {
        sessions.push(fixture.signs_in(&ana).await);
        fixture.later(LAST_USE_STEP);
    }
    fixture.store.use_session(sessions[0].id, fixture.now()).await.unwrap();
    let (newest, updates) = fixture.tries_to_sign_in(ana.id).await.unwrap();
    assert_eq!(ends(&updates), [(sessions[1].id, SessionEnd::Ended)]);
    let own = fixture.sessions(&ana).await;
    assert_eq!((own.len(), own[0]), (MAX_SESSIONS, newest.id));
    assert!(fixture.is_live(&sessions[0]).await && !fixture.is_live(&sessions[1]).await);
}

async fn one_past_its_lifetime_gives_way_before_one_that_lives(backend: Backend) {
    let fixture = Fixture::within(backend, short()).await;
    let ana = fixture.signs_up("ana").await;
    let oldest = fixture.signs_in(&ana).await;
    let mut token = oldest.token.clone();
    for _ in 0..4 {
        fixture.later(HOUR);
        assert_eq!(fixture.refreshes(&token).await, Outcome::Current(oldest.id));
        token = token.successor(&SECRET);
    }
    fixture.later(HOUR / 2);
    for _ in 1..MAX_SESSIONS {
        fixture.signs_in(&ana).await;
    }
    fixture.later(HOUR / 2);
    fixture.store.use_session(oldest.id, fixture.now()).await.unwrap();
    fixture.later(HOUR);
    assert!(!fixture.is_live(&oldest).await);
    let (_, updates) = fixture.tries_to_sign_in(ana.id).await.unwrap();
    assert!(ends(&updates).iter().all(|(session, end)| (*session, *end) == (oldest.id, SessionEnd::Expired)), "{updates:?}");
    assert_eq!(fixture.sessions(&ana).await.len(), MAX_SESSIONS);
}

async fn a_refresh_token_is_spent_by_its_use(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let (session, other) = (fixture.signs_in(&ana).await, fixture.signs_in(&ana).await);
    let next = session.token.successor(&SECRET);
    assert_eq!(fixture.refreshes(&next).await, Outcome::Reused(vec![(session.id, SessionEnd::Ended)]), "a token before its time is not ours");
    assert_eq!(fixture.refreshes(&session.token).await, Outcome::Unknown);
    let next = other.token.successor(&SECRET);
    assert_eq!(fixture.refreshes(&other.token).await, Outcome::Current(other.id));
    assert_eq!(fixture.refreshes(&next).await, Outcome::Current(other.id));
    fixture.later(REFRESH_GRACE);
    assert_eq!(fixture.refreshes(&next).await, Outcome::Reused(vec![(other.id, SessionEnd::Ended)]));
    assert!(!fixture.is_live(&other).await && fixture.sessions(&ana).await.is_empty());
    for token in [&other.token, &next, &next.successor(&SECRET), &RefreshToken::random(&fixture.dice)] {
        assert_eq!(fixture.refreshes(token).await, Outcome::Unknown);
    }
}

async fn twenty_tabs_that_refresh_at_once_get_the_same_successor(backend: Backend) {
    let fixture = Arc::new(Fixture::set(backend).await);
    let session = fixture.signs_in(&fixture.signs_up("ana").await).await;
    let tabs = (0..20).map(|_| {
        let (fixture, token) = (fixture.clone(), session.token.clone());
        async move { fixture.refreshes(&token).await }
    });
    let outcomes = tabs.collect::<JoinSet<_>>().join_all().await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Current(session.id)), "{outcomes:?}");
    fixture.later(REFRESH_GRACE.saturating_sub(MILLISECOND));
    assert_eq!(fixture.refreshes(&session.token).await, Outcome::Current(session.id));
    let next = session.token.successor(&SECRET);
    assert_eq!(fixture.refreshes(&next).await, Outcome::Current(session.id), "the successor is current");
    fixture.later(MILLISECOND);
    assert_eq!(fixture.refreshes(&session.token).await, Outcome::Reused(vec![(session.id, SessionEnd::Ended)]));
}

async fn a_session_ends_when_it_is_idle_or_has_lived(backend: Backend) {
    let fixture = Fixture::within(backend, short()).await;
    let ana = fixture.signs_up("ana").await;
    let (idle, lives) = (fixture.signs_in(&ana).await, fixture.signs_in(&ana).await);
    let mut token = lives.token.clone();
    fixture.later((HOUR * 2).saturating_sub(MILLISECOND));
    assert_eq!(fixture.refreshes(&token).await, Outcome::Current(lives.id));
    assert!(fixture.is_live(&idle).await);
    fixture.later(MILLISECOND);
    assert!(!fixture.is_live(&idle).await && fixture.is_live(&lives).await, "only a refresh renews");
    assert_eq!(fixture.sessions(&ana).await, [lives.id]);
    assert_eq!(fixture.refreshes(&idle.token).await, Outcome::Unknown);
    assert_eq!(done(fixture.store.end_session(ana.id, idle.id, fixture.now()).await), Err(NoSession));
    for _ in 0..3 {
        fixture.later(HOUR);
        token = token.successor(&SECRET);
        assert_eq!(fixture.refreshes(&token).await, Outcome::Current(lives.id));
    }
    fixture.later(HOUR.saturating_sub(MILLISECOND));
    assert!(fixture.is_live(&lives).await);
    fixture.later(MILLISECOND);
    assert!(!fixture.is_live(&lives).await);
    assert_eq!(fixture.refreshes(&token.successor(&SECRET)).await, Outcome::Unknown);
}

async fn the_expiry_job_ends_what_is_past_its_lifetime_in_batches(backend: Backend) {
    let fixture = Fixture::within(backend, short()).await;
    let ana = fixture.signs_up("ana").await;
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.push(fixture.signs_in(&ana).await);
    }
    fixture.later(HOUR);
    assert_eq!(fixture.refreshes(&sessions[0].token).await, Outcome::Current(sessions[0].id));
    assert!(fixture.expires(9).await.is_empty());
    fixture.later(HOUR);
    let mut ended = fixture.expires(3).await;
    assert_eq!(ended.len(), 3);
    ended.extend(fixture.expires(3).await);
    ended.sort_by_key(|(session, _)| *session);
    let mut idle: Vec<_> = sessions[1..].iter().map(|session| (session.id, SessionEnd::Expired)).collect();
    idle.sort_by_key(|(session, _)| *session);
    assert_eq!(ended, idle);
    assert_eq!(fixture.sessions(&ana).await, [sessions[0].id]);
    fixture.later(HOUR);
    assert_eq!(fixture.expires(3).await, [(sessions[0].id, SessionEnd::Expired)]);
    assert!(fixture.expires(3).await.is_empty());
}

async fn an_account_ends_its_own_sessions(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    let [a, b, c] = [fixture.signs_in(&ana).await, fixture.signs_in(&ana).await, fixture.signs_in(&ana).await];
    let bens = fixture.signs_in(&ben).await;
    let end = async |session: &SignedIn| fixture.store.end_session(ana.id, session.id, fixture.now()).await.unwrap();
    assert_eq!(ends(&end(&a).await.unwrap().into_parts().1), [(a.id, SessionEnd::Ended)]);
    assert_eq!(end(&a).await.map(drop), Err(NoSession));
    assert_eq!(end(&bens).await.map(drop), Err(NoSession), "it is another account's");
    let end_all = async |kept| ends(&fixture.store.end_sessions(ana.id, kept, fixture.now()).await.unwrap().into_parts().1);
    assert_eq!(end_all(Some(b.id)).await, [(c.id, SessionEnd::Ended)]);
    assert_eq!(end_all(None).await, [(b.id, SessionEnd::Ended)]);
    assert!(end_all(None).await.is_empty());
    assert_eq!(fixture.refreshes(&b.token).await, Outcome::Unknown);
    assert!(fixture.is_live(&bens).await);
}

checks!(
    a_session_belongs_to_its_account_and_is_listed_newest_first,
    a_use_is_recorded_to_the_minute,
    the_longest_unused_gives_way_to_the_twenty_first,
    one_past_its_lifetime_gives_way_before_one_that_lives,
    a_refresh_token_is_spent_by_its_use,
    twenty_tabs_that_refresh_at_once_get_the_same_successor,
    a_session_ends_when_it_is_idle_or_has_lived,
    the_expiry_job_ends_what_is_past_its_lifetime_in_batches,
    an_account_ends_its_own_sessions,
);
