//! Tickets: what they open, for whom, for how long.

use std::time::Duration;

use parlor::domain::id::{LinkId, MemberId, TicketId};
use parlor::domain::idempotency::Idempotent;
use parlor::domain::knock::Verdict;
use parlor::domain::limits::{Limits, MAX_TICKETS, TICKET_FIRST_USE_TIMEOUT, TICKET_NEXT_USE_TIMEOUT};
use parlor::domain::principal::Principal;
use parlor::domain::ticket::{Ticket, TicketStream};
use parlor::store::tickets::{NotAdmitted, NotIssued};

use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done, held_by, key, these};

const MILLISECOND: Duration = Duration::from_millis(1);

/// The stream of a chat that a ticket is for.
#[derive(Clone, Copy)]
enum Stream {
    Chat,
    Link(LinkId),
    Socket,
}

impl Stream {
    const fn of(self, chat: &Hosted) -> TicketStream {
        match self {
            Self::Chat => TicketStream::Chat(chat.id),
            Self::Link(link) => TicketStream::Link(chat.id, link),
            Self::Socket => TicketStream::Socket(Some(chat.id)),
        }
    }
}

impl Fixture {
    async fn issues(&self, chat: &Hosted, stream: Stream, holder: Option<Principal>) -> TicketId {
        self.tries_to_issue(chat, stream, holder).await.unwrap()
    }

    async fn tries_to_issue(&self, chat: &Hosted, stream: Stream, holder: Option<Principal>) -> Result<TicketId, NotIssued> {
        let ticket = Ticket::new(self.ticket_id(), stream.of(chat), held_by(holder), self.now());
        done(self.store.issue_ticket(ticket, None, self.now()).await).map(|once| once.value.id)
    }

    async fn admits(&self, chat: &Hosted, stream: Stream, ticket: TicketId) -> Result<Option<Principal>, NotAdmitted> {
        done(self.store.open_ticket(stream.of(chat), ticket, self.now()).await).map(|opened| opened.holder.principal)
    }

    async fn interrupts(&self, chat: &Hosted, ticket: TicketId) {
        self.store.interrupt_ticket(TicketStream::Chat(chat.id), ticket, self.now()).await.unwrap().into_parts();
    }
}

async fn a_ticket_opens_its_stream_for_its_holder(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, open) = (fixture.opens().await, fixture.opens_to_all().await);
    let ticket = fixture.issues(&chat, Stream::Chat, Some(chat.author)).await;
    assert_eq!(fixture.admits(&chat, Stream::Chat, ticket).await, Ok(Some(chat.author)));
    let nobodys = fixture.issues(&open, Stream::Chat, None).await;
    assert_eq!(fixture.admits(&open, Stream::Chat, nobodys).await, Ok(None));
}

async fn a_ticket_opens_no_other_stream(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, other) = (fixture.opens().await, fixture.opens().await);
    let (link, second) = (fixture.shares(&chat).await, fixture.shares(&chat).await);
    let guest = fixture.knocks(&link, "Ben").await;
    let chats = fixture.issues(&chat, Stream::Chat, Some(chat.author)).await;
    let links = fixture.issues(&chat, Stream::Link(link.id), Some(guest.client)).await;
    let sockets = fixture.issues(&chat, Stream::Socket, Some(chat.author)).await;
    let refused = Err(NotAdmitted::Gone);
    assert_eq!(fixture.admits(&chat, Stream::Socket, chats).await, refused);
    assert_eq!(fixture.admits(&chat, Stream::Chat, sockets).await, refused);
    assert_eq!(fixture.admits(&chat, Stream::Socket, sockets).await, Ok(Some(chat.author)));
    assert_eq!(fixture.admits(&chat, Stream::Link(link.id), chats).await, refused);
    assert_eq!(fixture.admits(&other, Stream::Chat, chats).await, refused);
    assert_eq!(fixture.admits(&chat, Stream::Chat, links).await, refused);
    assert_eq!(fixture.admits(&chat, Stream::Link(second.id), links).await, refused);
    assert_eq!(fixture.admits(&chat, Stream::Chat, fixture.ticket_id()).await, refused);
    assert_eq!(fixture.admits(&chat, Stream::Link(link.id), links).await, Ok(Some(guest.client)), "a failed attempt does not use the ticket");
}

async fn a_ticket_lies_thirty_seconds(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let (used, late) = (fixture.issues(&chat, Stream::Chat, Some(chat.author)).await, fixture.issues(&chat, Stream::Chat, Some(chat.author)).await);
    fixture.later(TICKET_FIRST_USE_TIMEOUT.saturating_sub(MILLISECOND));
    fixture.admits(&chat, Stream::Chat, used).await.unwrap();
    fixture.later(MILLISECOND);
    assert_eq!(fixture.admits(&chat, Stream::Chat, late).await, Err(NotAdmitted::Gone));
}

async fn a_ticket_opens_one_stream_at_a_time_and_again_for_a_minute(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let ticket = fixture.issues(&chat, Stream::Chat, Some(chat.author)).await;
    fixture.admits(&chat, Stream::Chat, ticket).await.unwrap();
    for _ in 0..3 {
        fixture.later(Duration::from_hours(1));
        assert_eq!(fixture.admits(&chat, Stream::Chat, ticket).await, Err(NotAdmitted::StreamOpen));
        fixture.interrupts(&chat, ticket).await;
        fixture.later(TICKET_NEXT_USE_TIMEOUT.saturating_sub(MILLISECOND));
        assert_eq!(fixture.admits(&chat, Stream::Chat, ticket).await, Ok(Some(chat.author)));
    }
    fixture.interrupts(&chat, ticket).await;
    fixture.later(TICKET_NEXT_USE_TIMEOUT);
    assert_eq!(fixture.admits(&chat, Stream::Chat, ticket).await, Err(NotAdmitted::Gone));
}

async fn a_ticket_goes_with_its_holder(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { ended_knocks: 1, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, bens) = fixture.enters(&link, "Ben").await;
    let (_, cleos) = fixture.enters(&link, "Cleo").await;
    let lying = fixture.issues(&chat, Stream::Chat, Some(bens)).await;
    let open = fixture.issues(&chat, Stream::Chat, Some(bens)).await;
    let stays = fixture.issues(&chat, Stream::Chat, Some(cleos)).await;
    fixture.admits(&chat, Stream::Chat, open).await.unwrap();
    fixture.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    fixture.interrupts(&chat, open).await;
    for ticket in [lying, open] {
        assert_eq!(fixture.admits(&chat, Stream::Chat, ticket).await, Err(NotAdmitted::Gone));
    }
    assert_eq!(fixture.admits(&chat, Stream::Chat, stays).await, Ok(Some(cleos)));
    let (dan, eve) = (fixture.knocks(&link, "Dan").await, fixture.knocks(&link, "Eve").await);
    let waiting = fixture.issues(&chat, Stream::Link(link.id), Some(dan.client)).await;
    fixture.decides(&link, these([&dan, &eve]), Verdict::Decline).await.unwrap();
    assert_eq!(fixture.admits(&chat, Stream::Link(link.id), waiting).await, Err(NotAdmitted::Gone), "Dan is forgotten");
}

async fn a_chat_has_so_many_tickets(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, other) = (fixture.opens().await, fixture.opens().await);
    let open = fixture.issues(&chat, Stream::Chat, Some(chat.author)).await;
    fixture.admits(&chat, Stream::Chat, open).await.unwrap();
    for _ in 1..MAX_TICKETS {
        fixture.issues(&chat, Stream::Chat, Some(chat.author)).await;
    }
    assert_eq!(fixture.tries_to_issue(&chat, Stream::Chat, None).await.unwrap_err(), NotIssued::TooMany);
    fixture.issues(&other, Stream::Chat, Some(other.author)).await;
    fixture.later(TICKET_FIRST_USE_TIMEOUT);
    fixture.issues(&chat, Stream::Chat, Some(chat.author)).await;
    assert_eq!(fixture.admits(&chat, Stream::Chat, open).await, Err(NotAdmitted::StreamOpen), "a ticket in use is kept");
}

async fn the_same_key_issues_one_ticket(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let issues = async |body| {
        let ticket = Ticket::new(fixture.ticket_id(), Stream::Chat.of(&chat), held_by(Some(chat.author)), fixture.now());
        done(fixture.store.issue_ticket(ticket, Some(key("a", body)), fixture.now()).await)
    };
    let (first, again): (Idempotent<Ticket>, Idempotent<Ticket>) = (issues("1").await.unwrap(), issues("1").await.unwrap());
    assert_eq!((first.replayed, again.replayed, again.value.id), (false, true, first.value.id));
    assert_eq!(issues("2").await.unwrap_err(), NotIssued::KeyReused);
}

checks!(
    a_ticket_opens_its_stream_for_its_holder,
    a_ticket_opens_no_other_stream,
    a_ticket_lies_thirty_seconds,
    a_ticket_opens_one_stream_at_a_time_and_again_for_a_minute,
    a_ticket_goes_with_its_holder,
    a_chat_has_so_many_tickets,
    the_same_key_issues_one_ticket,
);
