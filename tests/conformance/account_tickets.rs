//! Tickets for the streams of accounts: how long they last, and that they end with their session.

use std::time::Duration;

use parlor::domain::account::Account;
use parlor::domain::id::{SessionId, TicketId};
use parlor::domain::idempotency::{IdempotencyKey, Idempotent};
use parlor::domain::limits::{Limits, MAX_ACCOUNT_TICKETS, TICKET_FIRST_USE_TIMEOUT, TICKET_NEXT_USE_TIMEOUT};
use parlor::domain::password::PasswordHash;
use parlor::domain::session::SessionLifetimes;
use parlor::domain::ticket::{Ticket, TicketHolder, TicketStream};
use parlor::store::accounts::Standing;
use parlor::store::tickets::{NotAdmitted, NotIssued};

use crate::backends::Backend;
use crate::fixture::{Fixture, done, key};
use crate::people::{SignedIn, principal};

const MILLISECOND: Duration = Duration::from_millis(1);

const fn holder(account: &Account, session: SessionId) -> TicketHolder {
    TicketHolder { principal: Some(principal(account)), session: Some(session) }
}

impl Fixture {
    async fn issues_keyed(&self, account: &Account, session: &SignedIn, key: Option<IdempotencyKey>) -> Result<Idempotent<Ticket>, NotIssued> {
        let ticket = Ticket::new(self.ticket_id(), TicketStream::Account, holder(account, session.id), self.now());
        done(self.store.issue_ticket(ticket, key, self.now()).await)
    }

    async fn tries_to_issue_for(&self, account: &Account, session: &SignedIn) -> Result<TicketId, NotIssued> {
        self.issues_keyed(account, session, None).await.map(|once| once.value.id)
    }

    /// Issues a ticket in a session.
    pub(crate) async fn issues_for(&self, account: &Account, session: &SignedIn) -> TicketId {
        self.tries_to_issue_for(account, session).await.unwrap()
    }

    async fn opens_account(&self, ticket: TicketId) -> Result<TicketHolder, NotAdmitted> {
        done(self.store.open_ticket(TicketStream::Account, ticket, self.now()).await).map(|opened| opened.holder)
    }

    async fn interrupts_account(&self, ticket: TicketId) {
        self.store.interrupt_ticket(TicketStream::Account, ticket, self.now()).await.unwrap().into_parts();
    }
}

async fn a_ticket_opens_the_stream_of_the_account_that_asked(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    let (anas, bens) = (fixture.signs_in(&ana).await, fixture.signs_in(&ben).await);
    let (first, second) = (fixture.issues_for(&ana, &anas).await, fixture.issues_for(&ben, &bens).await);
    let chat = fixture.opens_as(&ana).await;
    let elsewhere = done(fixture.store.open_ticket(TicketStream::Chat(chat.id), first, fixture.now()).await);
    assert_eq!(elsewhere, Err(NotAdmitted::Gone));
    assert_eq!(fixture.opens_account(first).await, Ok(holder(&ana, anas.id)));
    assert_eq!(fixture.opens_account(second).await, Ok(holder(&ben, bens.id)));
    assert_eq!(fixture.opens_account(fixture.ticket_id()).await, Err(NotAdmitted::Gone));
    let of_chat = Ticket::new(fixture.ticket_id(), TicketStream::Chat(chat.id), holder(&ana, anas.id), fixture.now());
    let of_chat = done(fixture.store.issue_ticket(of_chat, None, fixture.now()).await).unwrap().value.id;
    assert_eq!(fixture.opens_account(of_chat).await, Err(NotAdmitted::Gone), "one for a chat opens no account");
}

async fn a_ticket_for_an_account_lasts_as_long_as_others(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let session = fixture.signs_in(&ana).await;
    let (used, late) = (fixture.issues_for(&ana, &session).await, fixture.issues_for(&ana, &session).await);
    fixture.later(TICKET_FIRST_USE_TIMEOUT.saturating_sub(MILLISECOND));
    fixture.opens_account(used).await.unwrap();
    fixture.later(MILLISECOND);
    assert_eq!(fixture.opens_account(late).await, Err(NotAdmitted::Gone));
    for _ in 0..3 {
        fixture.later(Duration::from_hours(1));
        assert_eq!(fixture.opens_account(used).await, Err(NotAdmitted::StreamOpen));
        fixture.interrupts_account(used).await;
        fixture.later(TICKET_NEXT_USE_TIMEOUT.saturating_sub(MILLISECOND));
        fixture.opens_account(used).await.unwrap();
    }
    fixture.interrupts_account(used).await;
    fixture.later(TICKET_NEXT_USE_TIMEOUT);
    assert_eq!(fixture.opens_account(used).await, Err(NotAdmitted::Gone));
}

async fn a_ticket_for_an_account_ends_with_its_session(backend: Backend) {
    for end in ["signs out", "signs out everywhere", "new password", "suspended", "deleted"] {
        let fixture = Fixture::set(backend).await;
        let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
        let (own, other, bens) = (fixture.signs_in(&ana).await, fixture.signs_in(&ana).await, fixture.signs_in(&ben).await);
        let (unused, open) = (fixture.issues_for(&ana, &own).await, fixture.issues_for(&ana, &own).await);
        let (of_other, of_ben) = (fixture.issues_for(&ana, &other).await, fixture.issues_for(&ben, &bens).await);
        fixture.opens_account(open).await.unwrap();
        let (store, now) = (&fixture.store, fixture.now());
        match end {
            "signs out" => drop(store.end_session(ana.id, own.id, now).await.unwrap().unwrap().into_parts()),
            "signs out everywhere" => drop(store.end_sessions(ana.id, None, now).await.unwrap().into_parts()),
            "new password" => {
                drop(store.set_password(ana.id, PasswordHash::from_phc("second"), Some(other.id), now).await.unwrap().unwrap().into_parts());
            }
            "suspended" => drop(store.set_standing(ana.id, Standing::Suspended, now).await.unwrap().unwrap().into_parts()),
            _ => drop(fixture.deletes(&ana).await),
        }
        fixture.interrupts_account(open).await;
        for ticket in [unused, open] {
            assert_eq!(fixture.opens_account(ticket).await, Err(NotAdmitted::Gone), "{end}");
        }
        let others = fixture.opens_account(of_other).await.is_ok();
        assert_eq!(others, ["signs out", "new password"].contains(&end), "{end}");
        assert_eq!(fixture.opens_account(of_ben).await, Ok(holder(&ben, bens.id)));
        assert_eq!(fixture.tries_to_issue_for(&ana, &own).await, Err(NotIssued::SignedOut));
    }
}

async fn no_ticket_is_issued_or_opened_past_the_lifetime_of_its_session(backend: Backend) {
    let sessions = SessionLifetimes { idle: Duration::from_secs(40), ..SessionLifetimes::default() };
    let fixture = Fixture::within(backend, Limits { sessions, ..Limits::default() }).await;
    let ana = fixture.signs_up("ana").await;
    let session = fixture.signs_in(&ana).await;
    fixture.later(Duration::from_secs(20));
    let ticket = fixture.issues_for(&ana, &session).await;
    fixture.later(Duration::from_secs(20));
    assert_eq!(fixture.opens_account(ticket).await, Err(NotAdmitted::Gone));
    assert_eq!(fixture.tries_to_issue_for(&ana, &session).await, Err(NotIssued::SignedOut));
}

async fn an_account_has_so_many_tickets_in_all_its_sessions(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    let (own, other, bens) = (fixture.signs_in(&ana).await, fixture.signs_in(&ana).await, fixture.signs_in(&ben).await);
    let open = fixture.issues_for(&ana, &own).await;
    fixture.opens_account(open).await.unwrap();
    for number in 1..MAX_ACCOUNT_TICKETS {
        fixture.issues_for(&ana, if number % 2 == 0 { &own } else { &other }).await;
    }
    for session in [&own, &other] {
        assert_eq!(fixture.tries_to_issue_for(&ana, session).await, Err(NotIssued::TooMany));
    }
    fixture.issues_for(&ben, &bens).await;
    fixture.later(TICKET_FIRST_USE_TIMEOUT);
    fixture.issues_for(&ana, &own).await;
    assert_eq!(fixture.opens_account(open).await, Err(NotAdmitted::StreamOpen), "a ticket in use is kept");
}

async fn the_same_key_issues_one_ticket_a_session(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let (own, other) = (fixture.signs_in(&ana).await, fixture.signs_in(&ana).await);
    let issues = async |session, body| fixture.issues_keyed(&ana, session, Some(key("a", body))).await;
    let (first, again) = (issues(&own, "1").await.unwrap(), issues(&own, "1").await.unwrap());
    assert_eq!((first.replayed, again.replayed, again.value.id), (false, true, first.value.id));
    assert_eq!(issues(&own, "2").await.unwrap_err(), NotIssued::KeyReused);
    let others = issues(&other, "1").await.unwrap();
    assert!(!others.replayed && others.value.id != first.value.id, "a ticket of another session would not outlive that");
}

async fn a_ticket_for_a_socket_opens_no_stream_and_one_for_a_stream_no_socket(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let session = fixture.signs_in(&ana).await;
    let socket = Ticket::new(fixture.ticket_id(), TicketStream::Socket(None), holder(&ana, session.id), fixture.now());
    let socket = done(fixture.store.issue_ticket(socket, None, fixture.now()).await).unwrap().value.id;
    let stream = fixture.issues_for(&ana, &session).await;
    assert_eq!(fixture.opens_account(socket).await, Err(NotAdmitted::Gone));
    let opens = async |ticket| done(fixture.store.open_ticket(TicketStream::Socket(None), ticket, fixture.now()).await);
    assert_eq!(opens(stream).await, Err(NotAdmitted::Gone));
    assert_eq!(opens(socket).await.map(|opened| opened.holder), Ok(holder(&ana, session.id)));
    assert_eq!(opens(socket).await, Err(NotAdmitted::StreamOpen));
    assert_eq!(fixture.opens_account(stream).await, Ok(holder(&ana, session.id)), "a failed attempt does not use the ticket");
}

checks!(
    a_ticket_opens_the_stream_of_the_account_that_asked,
    a_ticket_for_a_socket_opens_no_stream_and_one_for_a_stream_no_socket,
    a_ticket_for_an_account_lasts_as_long_as_others,
    a_ticket_for_an_account_ends_with_its_session,
    no_ticket_is_issued_or_opened_past_the_lifetime_of_its_session,
    an_account_has_so_many_tickets_in_all_its_sessions,
    the_same_key_issues_one_ticket_a_session,
);
