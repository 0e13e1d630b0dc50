//! Tickets: what they open, for whom, for how long.

use std::time::Duration;

use parlor::domain::bounds::{Bounds, TICKET_FIRST_USE, TICKET_NEXT_USE, TICKETS};
use parlor::domain::id::{Credential, MemberId, TicketId};
use parlor::domain::key::Once;
use parlor::domain::knock::Verdict;
use parlor::domain::ticket::{Ticket, TicketStream};
use parlor::store::tickets::{NotAdmitted, NotIssued};

use crate::scene::{Hosted, Scene, done, key, these};
use crate::subject::Subject;

const MILLISECOND: Duration = Duration::from_millis(1);

impl Scene {
    async fn issues(&self, chat: &Hosted, stream: TicketStream, holder: Option<Credential>) -> TicketId {
        self.tries_to_issue(chat, stream, holder).await.unwrap()
    }

    async fn tries_to_issue(&self, chat: &Hosted, stream: TicketStream, holder: Option<Credential>) -> Result<TicketId, NotIssued> {
        let ticket = Ticket::new(self.ticket_id(), stream, holder, self.now());
        done(self.store.issue_ticket(chat.id, ticket, None, self.now()).await).map(|once| once.made.id)
    }

    async fn admits(&self, chat: &Hosted, stream: TicketStream, ticket: TicketId) -> Result<Option<Credential>, NotAdmitted> {
        done(self.store.open_ticket(chat.id, stream, ticket, self.now()).await)
    }

    async fn interrupts(&self, chat: &Hosted, ticket: TicketId) {
        self.store.interrupt_ticket(chat.id, ticket, self.now()).await.unwrap().into_parts();
    }
}

async fn a_ticket_opens_its_stream_for_its_holder(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (chat, open) = (scene.opens().await, scene.opens_to_all().await);
    let ticket = scene.issues(&chat, TicketStream::Chat, Some(chat.author)).await;
    assert_eq!(scene.admits(&chat, TicketStream::Chat, ticket).await, Ok(Some(chat.author)));
    let nobodys = scene.issues(&open, TicketStream::Chat, None).await;
    assert_eq!(scene.admits(&open, TicketStream::Chat, nobodys).await, Ok(None));
}

async fn a_ticket_opens_no_other_stream(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (chat, other) = (scene.opens().await, scene.opens().await);
    let (link, second) = (scene.shares(&chat).await, scene.shares(&chat).await);
    let guest = scene.knocks(&link, "Ben").await;
    let chats = scene.issues(&chat, TicketStream::Chat, Some(chat.author)).await;
    let links = scene.issues(&chat, TicketStream::Link(link.id), Some(guest.client)).await;
    let refused = Err(NotAdmitted::Gone);
    assert_eq!(scene.admits(&chat, TicketStream::Link(link.id), chats).await, refused);
    assert_eq!(scene.admits(&other, TicketStream::Chat, chats).await, refused);
    assert_eq!(scene.admits(&chat, TicketStream::Chat, links).await, refused);
    assert_eq!(scene.admits(&chat, TicketStream::Link(second.id), links).await, refused);
    assert_eq!(scene.admits(&chat, TicketStream::Chat, scene.ticket_id()).await, refused);
    assert_eq!(scene.admits(&chat, TicketStream::Link(link.id), links).await, Ok(Some(guest.client)), "a wrong try spends nothing");
}

async fn a_ticket_lies_thirty_seconds(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let (used, late) =
        (scene.issues(&chat, TicketStream::Chat, Some(chat.author)).await, scene.issues(&chat, TicketStream::Chat, Some(chat.author)).await);
    scene.later(TICKET_FIRST_USE.saturating_sub(MILLISECOND));
    scene.admits(&chat, TicketStream::Chat, used).await.unwrap();
    scene.later(MILLISECOND);
    assert_eq!(scene.admits(&chat, TicketStream::Chat, late).await, Err(NotAdmitted::Gone));
}

async fn a_ticket_opens_one_stream_at_a_time_and_again_for_a_minute(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let ticket = scene.issues(&chat, TicketStream::Chat, Some(chat.author)).await;
    scene.admits(&chat, TicketStream::Chat, ticket).await.unwrap();
    for _ in 0..3 {
        scene.later(Duration::from_hours(1));
        assert_eq!(scene.admits(&chat, TicketStream::Chat, ticket).await, Err(NotAdmitted::StreamOpen));
        scene.interrupts(&chat, ticket).await;
        scene.later(TICKET_NEXT_USE.saturating_sub(MILLISECOND));
        assert_eq!(scene.admits(&chat, TicketStream::Chat, ticket).await, Ok(Some(chat.author)));
    }
    scene.interrupts(&chat, ticket).await;
    scene.later(TICKET_NEXT_USE);
    assert_eq!(scene.admits(&chat, TicketStream::Chat, ticket).await, Err(NotAdmitted::Gone));
}

async fn a_ticket_goes_with_its_holder(subject: Subject) {
    let scene = Scene::within(subject, Bounds { ended_knocks: 1, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let (ben, bens) = scene.enters(&link, "Ben").await;
    let (_, cleos) = scene.enters(&link, "Cleo").await;
    let lying = scene.issues(&chat, TicketStream::Chat, Some(bens)).await;
    let open = scene.issues(&chat, TicketStream::Chat, Some(bens)).await;
    let stays = scene.issues(&chat, TicketStream::Chat, Some(cleos)).await;
    scene.admits(&chat, TicketStream::Chat, open).await.unwrap();
    scene.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    scene.interrupts(&chat, open).await;
    for ticket in [lying, open] {
        assert_eq!(scene.admits(&chat, TicketStream::Chat, ticket).await, Err(NotAdmitted::Gone));
    }
    assert_eq!(scene.admits(&chat, TicketStream::Chat, stays).await, Ok(Some(cleos)));
    let (dan, eve) = (scene.knocks(&link, "Dan").await, scene.knocks(&link, "Eve").await);
    let waiting = scene.issues(&chat, TicketStream::Link(link.id), Some(dan.client)).await;
    scene.decides(&link, these([&dan, &eve]), Verdict::Decline).await.unwrap();
    assert_eq!(scene.admits(&chat, TicketStream::Link(link.id), waiting).await, Err(NotAdmitted::Gone), "Dan is forgotten");
}

async fn a_chat_has_so_many_tickets(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (chat, other) = (scene.opens().await, scene.opens().await);
    let open = scene.issues(&chat, TicketStream::Chat, Some(chat.author)).await;
    scene.admits(&chat, TicketStream::Chat, open).await.unwrap();
    for _ in 1..TICKETS {
        scene.issues(&chat, TicketStream::Chat, Some(chat.author)).await;
    }
    assert_eq!(scene.tries_to_issue(&chat, TicketStream::Chat, None).await.unwrap_err(), NotIssued::TooMany);
    scene.issues(&other, TicketStream::Chat, Some(other.author)).await;
    scene.later(TICKET_FIRST_USE);
    scene.issues(&chat, TicketStream::Chat, Some(chat.author)).await;
    assert_eq!(scene.admits(&chat, TicketStream::Chat, open).await, Err(NotAdmitted::StreamOpen), "an open one is kept");
}

async fn the_same_key_issues_one_ticket(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let issues = async |body| {
        let ticket = Ticket::new(scene.ticket_id(), TicketStream::Chat, Some(chat.author), scene.now());
        done(scene.store.issue_ticket(chat.id, ticket, Some(key("a", body)), scene.now()).await)
    };
    let (first, again): (Once<Ticket>, Once<Ticket>) = (issues("1").await.unwrap(), issues("1").await.unwrap());
    assert_eq!((first.replayed, again.replayed, again.made.id), (false, true, first.made.id));
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
