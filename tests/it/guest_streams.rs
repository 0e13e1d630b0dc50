//! The stream of a waiting guest, from the knock to the decision.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Chat, Event, EventStream, Knock, Link, Person, StreamPath, TestServer, on_both_paths, seconds};

/// An owner with a chat and a link, and a guest who has knocked.
struct Fixture {
    server: TestServer,
    ana: Person,
    chat: Chat,
    link: Link,
    ben: Person,
    knock: Knock,
}

impl Fixture {
    async fn on(path: StreamPath) -> Self {
        Self::on_so(path, json!({"expires_in": 30 * 24 * 3_600})).await
    }

    async fn on_so(path: StreamPath, chat: Value) -> Self {
        let server = TestServer::on(path).await;
        let (mut ana, mut ben) = (server.person(), server.person());
        let chat = ana.creates(chat).await;
        let link = ana.shares_so(&chat, json!({"expires_in": 10 * 24 * 3_600})).await;
        let knock = ben.knocks(&link, "Ben").await;
        Self { server, ana, chat, link, ben, knock }
    }

    /// Ben reconnects with the last event he received.
    fn returns(&self, told: &str) -> reqwest::RequestBuilder {
        self.ben.request(Method::GET, &format!("{}/events", self.link.path)).header("Last-Event-ID", told.to_owned())
    }

    /// Expects this outcome on every stream of the guest, again after a reconnect, and not for a guest who has already seen it.
    async fn ends(&self, waiting: &mut [EventStream], status: &str) -> Event {
        let expected = self.ben.nobody().gets(&format!("{}?client_id={}", self.link.path, self.knock.client)).await.is(200).json;
        assert_eq!(expected["status"], status);
        let heard = self.ends_as(waiting, &expected).await;
        let mut again = self.ben.waits(&self.link).await;
        assert_eq!(again.hello.data, json!({"status": status}));
        self.ends_as(std::slice::from_mut(&mut again), &expected).await;
        let mut unsure = EventStream::open(self.returns("something else")).await;
        self.ends_as(std::slice::from_mut(&mut unsure), &expected).await;
        self.ben.sends(self.returns("decided")).await.is(204);
        self.ben.gets(&format!("{}/events?lastEventId=decided", self.link.path)).await.is(204);
        let mut contrary = EventStream::open(self.ben.request(Method::GET, &format!("{}/events?lastEventId=x", self.link.path))).await;
        self.ends_as(std::slice::from_mut(&mut contrary), &expected).await;
        heard
    }

    async fn ends_as(&self, waiting: &mut [EventStream], expected: &Value) -> Event {
        let mut last = None;
        for stream in waiting {
            let decided = stream.expect("knock_decided").await;
            assert_eq!((decided.id.as_deref(), &decided.data), (Some("decided"), expected));
            stream.expect_end().await;
            last = Some(decided);
        }
        last.expect("a guest is waiting")
    }
}

async fn a_waiting_guest_is_greeted_with_how_the_knock_stands(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let mut waiting = fixture.ben.waits(&fixture.link).await;
    assert_eq!((&waiting.hello.data, &waiting.hello.id), (&json!({"status": "pending"}), &None));
    assert!((1_000..=5_000).contains(&waiting.hello.retry.unwrap()));
    fixture.server.advance(seconds(15)).await;
    let pulse = waiting.next_any().await;
    assert_eq!((pulse.name.as_str(), pulse.id, pulse.retry, pulse.data.as_object().unwrap().len()), ("heartbeat", None, None, 1));
}

async fn whoever_did_not_knock_on_that_link_waits_for_nothing(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let other = fixture.ana.shares(&fixture.chat).await;
    let mut eve = fixture.server.person();
    eve.knocks(&other, "Eve").await;
    let path = format!("{}/events", fixture.link.path);
    for person in [&eve, &fixture.ana, &fixture.ben.nobody(), &fixture.ben.showing("5f0c8f2a-8a34-4b4c-9d0a-0d7d7f3f9b11")] {
        person.gets(&path).await.is_problem(404, "not_found");
    }
    fixture.ben.gets(&format!("{}/events", other.path)).await.is_problem(404, "not_found");
}

async fn a_guest_who_is_let_in_hears_where_the_chat_is(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let mut waiting = [fixture.ben.waits(&fixture.link).await, fixture.ben.waits(&fixture.link).await];
    fixture.ana.lets_in(&fixture.link, &fixture.knock).await;
    let decided = fixture.ends(&mut waiting, "approved").await.data;
    assert_eq!((&decided["approval_status"], &decided["chat_url"]), (&json!(true), &json!(fixture.chat.url)));
    assert_eq!((&decided["member"]["name"], &decided["client_id"]), (&json!("Ben"), &json!(fixture.knock.client)));
    fixture.ben.says(&fixture.chat, "Thank you").await;
}

async fn a_guest_who_is_declined_hears_why(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let mut waiting = [fixture.ben.waits(&fixture.link).await];
    let decision = json!({"link_url": fixture.link.url, "knock_id": fixture.knock.id, "approve": false, "reason": "Not today"});
    fixture.ana.posts("/v1/approval", decision).await.is(200);
    let decided = fixture.ends(&mut waiting, "declined").await.data;
    assert_eq!((&decided["reason"], &decided["chat_url"], &decided["member"]), (&json!("Not today"), &json!(null), &json!(null)));
}

async fn a_guest_who_goes_away_hears_so_on_the_other_device(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let mut waiting = [fixture.ben.waits(&fixture.link).await];
    fixture.ben.deletes(&format!("{}/knocks/{}", fixture.link.path, fixture.knock.id)).await.is(204);
    fixture.ends(&mut waiting, "withdrawn").await;
}

async fn a_guest_whom_nobody_answers_hears_so_after_a_day(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let mut waiting = [fixture.ben.waits(&fixture.link).await];
    fixture.server.advance(seconds(24 * 3_600 - 1)).await;
    assert_eq!(fixture.ben.status(&fixture.link, &fixture.knock).await, "pending");
    fixture.server.advance(seconds(1)).await;
    fixture.ends(&mut waiting, "expired").await;
}

async fn guests_of_a_revoked_link_are_declined(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let mut waiting = [fixture.ben.waits(&fixture.link).await];
    fixture.ana.deletes(&fixture.link.path).await.is(204);
    fixture.ends(&mut waiting, "declined").await;
}

async fn guests_of_a_chat_that_opens_are_let_in(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let mut waiting = [fixture.ben.waits(&fixture.link).await];
    fixture.ana.patches(&fixture.chat.path, json!({"admission": "open"})).await.is(200);
    let decided = fixture.ends(&mut waiting, "approved").await.data;
    assert_eq!(decided["chat_url"], json!(fixture.chat.url));
}

/// The guest's stream ends with the chat: `expired`, then 404.
async fn is_gone(fixture: &Fixture, waiting: &mut [EventStream]) {
    let mut expected = fixture.knock.json.clone();
    expected["status"] = json!("expired");
    fixture.ends_as(waiting, &expected).await;
    fixture.ben.gets(&format!("{}/events", fixture.link.path)).await.is_problem(404, "not_found");
    fixture.ben.sends(fixture.returns("decided")).await.is_problem(404, "not_found");
}

async fn guests_of_a_closed_chat_hear_that_it_is_over(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let mut waiting = [fixture.ben.waits(&fixture.link).await];
    fixture.ana.deletes(&fixture.chat.path).await.is(204);
    is_gone(&fixture, &mut waiting).await;
}

async fn guests_of_an_expired_chat_hear_that_it_is_over(path: StreamPath) {
    let fixture = Fixture::on_so(path, json!({"expires_in": 60})).await;
    let mut waiting = [fixture.ben.waits(&fixture.link).await];
    fixture.server.advance(seconds(60)).await;
    is_gone(&fixture, &mut waiting).await;
}

async fn a_guest_who_says_to_know_before_there_is_anything_to_know_waits_on(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let mut waiting = [EventStream::open(fixture.returns("decided")).await];
    assert_eq!(waiting[0].hello.data, json!({"status": "pending"}));
    fixture.ana.lets_in(&fixture.link, &fixture.knock).await;
    fixture.ends(&mut waiting, "approved").await;
}

async fn one_guests_answer_is_not_told_to_another(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let mut eve = fixture.server.person();
    let hers = eve.knocks(&fixture.link, "Eve").await;
    let (mut bens, mut eves) = (fixture.ben.waits(&fixture.link).await, eve.waits(&fixture.link).await);
    fixture.ana.declines(&fixture.link, &fixture.knock).await;
    assert_eq!(bens.expect("knock_decided").await.data["status"], "declined");
    fixture.ana.lets_in(&fixture.link, &hers).await;
    assert_eq!(eves.expect("knock_decided").await.data["status"], "approved", "her first event is her own decision");
}

async fn a_guest_admitted_and_removed_meanwhile_is_nobody(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    fixture.ana.lets_in(&fixture.link, &fixture.knock).await;
    fixture.ana.removes(&fixture.chat, 2).await.is(204);
    fixture.ben.gets(&format!("{}/events", fixture.link.path)).await.is_problem(404, "not_found");
    fixture.ben.sends(fixture.returns("decided")).await.is_problem(404, "not_found");
}

on_both_paths!(
    a_waiting_guest_is_greeted_with_how_the_knock_stands,
    whoever_did_not_knock_on_that_link_waits_for_nothing,
    a_guest_who_is_let_in_hears_where_the_chat_is,
    a_guest_who_is_declined_hears_why,
    a_guest_who_goes_away_hears_so_on_the_other_device,
    a_guest_whom_nobody_answers_hears_so_after_a_day,
    guests_of_a_revoked_link_are_declined,
    guests_of_a_chat_that_opens_are_let_in,
    guests_of_a_closed_chat_hear_that_it_is_over,
    guests_of_an_expired_chat_hear_that_it_is_over,
    a_guest_who_says_to_know_before_there_is_anything_to_know_waits_on,
    one_guests_answer_is_not_told_to_another,
    a_guest_admitted_and_removed_meanwhile_is_nobody,
);
