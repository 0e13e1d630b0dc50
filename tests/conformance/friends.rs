//! Friends: requests, their answers, friendships.

use std::sync::Arc;
use std::time::Duration;

use parlor::domain::account_log::AccountEvent;
use parlor::domain::friendship::{Answer, FriendRequestStatus, Friendship, MAX_FRIENDS, MAX_PENDING_REQUESTS, REJECTION_COOL_DOWN};
use parlor::domain::pagination::{NamedPage, PageRequest};
use parlor::domain::username::Username;
use parlor::store::friends::{NewFriendRequest, NotAnswered, NotRequested, RequestNotWithdrawn, Requested};
use tokio::task::JoinSet;

use crate::account_fixture::{INCOMING, OUTGOING, pair};
use crate::assertions::ALL;
use crate::backends::Backend;
use crate::fixture::{Fixture, key};

const MILLISECOND: Duration = Duration::from_millis(1);

async fn a_request_is_there_for_both_until_it_is_answered(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let request = fixture.asks(ana, ben).await;
    assert_eq!(fixture.requests(ana, OUTGOING).await, [request.clone()]);
    assert_eq!(fixture.requests(ben, INCOMING).await, [request.clone()]);
    assert_eq!((fixture.requests(ana, INCOMING).await.len(), fixture.requests(ben, OUTGOING).await.len()), (0, 0));
    assert_eq!((fixture.friendship(ana, ben).await, fixture.friendship(ben, ana).await), (Friendship::Outgoing, Friendship::Incoming));
    assert_eq!(fixture.tries_to_ask(ana, ben).await, Ok(Requested::Same(request.clone())), "the same again changes nothing");
    fixture.later(MILLISECOND);
    let accepted = fixture.answers(&request, ben, Answer::Accept).await.unwrap();
    assert_eq!((accepted.status, accepted.answered_at), (FriendRequestStatus::Accepted, Some(fixture.now())));
    assert_eq!((fixture.friends(ana).await, fixture.friends(ben).await), (vec!["ben".into()], vec!["ana".into()]));
    assert_eq!((fixture.friendship(ana, ben).await, fixture.friendship(ana, ana).await), (Friendship::Friends, Friendship::Oneself));
    assert_eq!(fixture.tries_to_ask(ben, ana).await, Err(NotRequested::AlreadyFriends));
}

async fn an_answer_holds_and_only_the_receiver_gives_it(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let eve = fixture.registers("eve").await;
    let request = fixture.asks(ana, ben).await;
    assert_eq!(fixture.answers(&request, ana, Answer::Accept).await, Err(NotAnswered::NotReceiver));
    assert_eq!(fixture.answers(&request, eve, Answer::Accept).await, Err(NotAnswered::Gone));
    assert_eq!(fixture.takes_back(&request, ben).await, Err(RequestNotWithdrawn::NotSender));
    assert_eq!(fixture.takes_back(&request, eve).await, Err(RequestNotWithdrawn::Gone));
    let rejected = fixture.answers(&request, ben, Answer::Reject).await.unwrap();
    fixture.later(MILLISECOND);
    assert_eq!(fixture.answers(&request, ben, Answer::Reject).await, Ok(rejected));
    assert_eq!(fixture.answers(&request, ben, Answer::Accept).await, Err(NotAnswered::AlreadyAnswered));
    assert_eq!(fixture.takes_back(&request, ana).await, Err(RequestNotWithdrawn::AlreadyAnswered));
    assert!(fixture.friends(ana).await.is_empty());
}

async fn a_rejected_sender_waits_but_the_receiver_may_ask(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let request = fixture.asks(ana, ben).await;
    fixture.answers(&request, ben, Answer::Reject).await.unwrap();
    let until = fixture.now() + REJECTION_COOL_DOWN;
    fixture.later(REJECTION_COOL_DOWN.saturating_sub(MILLISECOND));
    assert_eq!(fixture.tries_to_ask(ana, ben).await, Err(NotRequested::RejectedRecently { until }));
    let other_way = fixture.asks(ben, ana).await;
    fixture.takes_back(&other_way, ben).await.unwrap();
    fixture.later(MILLISECOND);
    let again = fixture.asks(ana, ben).await;
    let listed = [FriendRequestStatus::Pending, FriendRequestStatus::Rejected];
    assert_eq!(fixture.requests(ben, INCOMING).await.iter().map(|one| one.status).collect::<Vec<_>>(), listed, "the newest is first");
    fixture.answers(&again, ben, Answer::Reject).await.unwrap();
    fixture.befriend(ben, ana).await;
    fixture.unfriends(ana, ben).await;
    fixture.asks(ana, ben).await;
}

async fn crossing_requests_make_friends(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let request = fixture.asks(ana, ben).await;
    let Ok(Requested::Crossed(crossed)) = fixture.tries_to_ask(ben, ana).await else { panic!("it crosses") };
    assert_eq!((crossed.id, crossed.status), (request.id, FriendRequestStatus::Accepted));
    assert_eq!((fixture.friends(ana).await, fixture.requests(ben, None).await), (vec!["ben".into()], vec![crossed]));
}

async fn requests_that_cross_at_once_make_one_friendship(backend: Backend) {
    let fixture = Arc::new(Fixture::set(backend).await);
    for round in 0..50 {
        let (ana, ben) = (fixture.registers(&format!("ana{round}")).await, fixture.registers(&format!("ben{round}")).await);
        let tasks: JoinSet<_> = (0..8)
            .map(|number| {
                let (fixture, (from, to)) = (fixture.clone(), if number % 2 == 0 { (ana, ben) } else { (ben, ana) });
                async move { fixture.tries_to_ask(from, to).await }
            })
            .collect();
        let results = tasks.join_all().await;
        let count = |wanted: fn(&Result<Requested, NotRequested>) -> bool| results.iter().filter(|result| wanted(result)).count();
        assert_eq!(count(|result| matches!(result, Ok(Requested::Created(_)))), 1, "{results:?}");
        assert_eq!(count(|result| matches!(result, Ok(Requested::Crossed(_)))), 1, "{results:?}");
        assert_eq!((fixture.requests(ana, None).await.len(), fixture.friends(ana).await.len(), fixture.friends(ben).await.len()), (1, 1, 1));
        let began = fixture.events(ana).await.iter().filter(|event| matches!(event, AccountEvent::FriendshipBegan(..))).count();
        assert_eq!(began, 1);
    }
}

async fn a_withdrawn_request_is_gone_for_both(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let request = fixture.asks(ana, ben).await;
    fixture.takes_back(&request, ana).await.unwrap();
    assert!(fixture.requests(ana, None).await.is_empty() && fixture.requests(ben, None).await.is_empty());
    assert_eq!(fixture.takes_back(&request, ana).await, Err(RequestNotWithdrawn::Gone));
    assert_eq!(fixture.answers(&request, ben, Answer::Accept).await, Err(NotAnswered::Gone));
    assert_eq!(fixture.friendship(ben, ana).await, Friendship::None);
}

async fn unfriending_keeps_the_request(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let request = fixture.befriend(ana, ben).await;
    fixture.unfriends(ben, ana).await;
    fixture.unfriends(ben, ana).await;
    assert!(fixture.friends(ana).await.is_empty() && fixture.friends(ben).await.is_empty());
    assert_eq!(fixture.answers(&request, ben, Answer::Accept).await, Ok(request.clone()), "an old answer again makes no friends");
    assert!(fixture.friends(ana).await.is_empty());
    fixture.asks(ben, ana).await;
    assert_eq!(fixture.requests(ana, OUTGOING).await, [request]);
}

async fn requests_are_listed_newest_first_in_pages(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let mut sent = vec![fixture.befriend(ana, ben).await];
    for name in ["c1", "c2", "c3"] {
        let other = fixture.registers(name).await;
        sent.insert(0, fixture.asks(ana, other).await);
    }
    let to_ana = fixture.asks(fixture.registers("c4").await, ana).await;
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = fixture.store.list_requests(ana, OUTGOING, None, PageRequest { after, limit: 2 }).await.unwrap();
        after = page.items.last().unwrap().position();
        seen.extend(page.items);
        if !page.has_more {
            break;
        }
    }
    assert_eq!(seen, sent);
    let pending = fixture.store.list_requests(ana, OUTGOING, Some(FriendRequestStatus::Pending), ALL).await.unwrap().items;
    assert_eq!(pending, sent[..3]);
    sent.insert(0, to_ana);
    assert_eq!(fixture.requests(ana, None).await, sent, "both directions together");
}

async fn friends_are_listed_by_username_in_pages(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    for name in ["zoe", "carl", "mia"] {
        let other = fixture.registers(name).await;
        fixture.befriend(other, ana).await;
    }
    fixture.befriend(ana, ben).await;
    assert_eq!(fixture.friends(ana).await, ["ben", "carl", "mia", "zoe"]);
    let page = NamedPage { after: Some(Username::parse("ben").unwrap()), limit: 2 };
    let page = fixture.store.list_friends(ana, page).await.unwrap();
    assert_eq!(page.items.iter().map(|friend| friend.account.username.as_str()).collect::<Vec<_>>(), ["carl", "mia"]);
    assert!(page.has_more);
}

async fn requests_and_friends_have_limits(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let unadmitted = NewFriendRequest { is_admitted: false, ..fixture.new_request(ana, ben) };
    assert_eq!(fixture.sends(unadmitted).await, Err(NotRequested::NotAdmitted));
    let request = fixture.asks(ana, ben).await;
    let unadmitted = NewFriendRequest { is_admitted: false, ..fixture.new_request(ana, ben) };
    assert_eq!(fixture.sends(unadmitted).await, Ok(Requested::Same(request.clone())), "it needs no new one");
    for number in 1..MAX_PENDING_REQUESTS {
        let other = fixture.registers(&format!("u{number}")).await;
        fixture.asks(ana, other).await;
    }
    let one_more = fixture.registers("onemore").await;
    assert_eq!(fixture.tries_to_ask(ana, one_more).await, Err(NotRequested::TooManyPending));
    fixture.takes_back(&request, ana).await.unwrap();
    fixture.asks(ana, one_more).await;
    for number in 0..MAX_FRIENDS {
        let other = fixture.registers(&format!("f{number}")).await;
        fixture.befriend(other, ben).await;
    }
    let late = fixture.asks(fixture.registers("late").await, ben).await;
    assert_eq!(fixture.answers(&late, ben, Answer::Accept).await, Err(NotAnswered::Full));
    assert_eq!(fixture.tries_to_ask(ben, late.from).await, Err(NotRequested::Full), "crossing would be accepting");
    assert_eq!(fixture.requests(late.from, OUTGOING).await, [late], "it is still pending");
}

async fn a_keyed_request_is_sent_once(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let keyed = |body| NewFriendRequest { key: Some(key("once", body)), ..fixture.new_request(ana, ben) };
    let first = fixture.sends(keyed("a")).await;
    let Ok(Requested::Created(request)) = &first else { panic!("{first:?}") };
    fixture.answers(request, ben, Answer::Reject).await.unwrap();
    assert_eq!(fixture.sends(keyed("a")).await, first, "the first result, although the request was rejected since");
    assert_eq!(fixture.sends(keyed("b")).await, Err(NotRequested::KeyReused));
}

checks!(
    a_request_is_there_for_both_until_it_is_answered,
    an_answer_holds_and_only_the_receiver_gives_it,
    a_rejected_sender_waits_but_the_receiver_may_ask,
    crossing_requests_make_friends,
    requests_that_cross_at_once_make_one_friendship,
    a_withdrawn_request_is_gone_for_both,
    unfriending_keeps_the_request,
    requests_are_listed_newest_first_in_pages,
    friends_are_listed_by_username_in_pages,
    requests_and_friends_have_limits,
    a_keyed_request_is_sent_once,
);
