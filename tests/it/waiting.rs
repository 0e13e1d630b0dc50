//! A guest who waits: a stream from the knock to its end.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Chat, Event, Hearing, Knock, Link, Person, World, seconds};

/// An owner with a chat and a link, and a guest who has knocked on it.
struct Scene {
    world: World,
    ana: Person,
    chat: Chat,
    link: Link,
    ben: Person,
    knock: Knock,
}

impl Scene {
    async fn opens() -> Self {
        Self::opens_so(json!({"expires_in": 30 * 24 * 3_600})).await
    }

    async fn opens_so(chat: Value) -> Self {
        let world = World::open().await;
        let (mut ana, mut ben) = (world.person(), world.person());
        let chat = ana.creates(chat).await;
        let link = ana.shares_so(&chat, json!({"expires_in": 10 * 24 * 3_600})).await;
        let knock = ben.knocks(&link, "Ben").await;
        Self { world, ana, chat, link, ben, knock }
    }

    /// Ben, who comes back and says what he was told last.
    fn returns(&self, told: &str) -> reqwest::RequestBuilder {
        self.ben.request(Method::GET, &format!("{}/events", self.link.path)).header("Last-Event-ID", told.to_owned())
    }

    /// The knock has ended so: the guest hears of it on every stream, again when they come back, and not if they say that they know.
    async fn ends(&self, waiting: &mut [Hearing], status: &str) -> Event {
        let expected = self.ben.nobody().gets(&format!("{}?client_id={}", self.link.path, self.knock.client)).await.is(200).json;
        assert_eq!(expected["status"], status);
        let heard = self.ends_as(waiting, &expected).await;
        let mut again = self.ben.waits(&self.link).await;
        assert_eq!(again.hello.data, json!({"status": status}));
        self.ends_as(std::slice::from_mut(&mut again), &expected).await;
        let mut unsure = Hearing::open(self.returns("something else")).await;
        self.ends_as(std::slice::from_mut(&mut unsure), &expected).await;
        self.ben.sends(self.returns("decided")).await.is(204);
        self.ben.gets(&format!("{}/events?lastEventId=decided", self.link.path)).await.is(204);
        let mut contrary = Hearing::open(self.ben.request(Method::GET, &format!("{}/events?lastEventId=x", self.link.path))).await;
        self.ends_as(std::slice::from_mut(&mut contrary), &expected).await;
        heard
    }

    async fn ends_as(&self, waiting: &mut [Hearing], expected: &Value) -> Event {
        let mut last = None;
        for hearing in waiting {
            let decided = hearing.hears("knock_decided").await;
            assert_eq!((decided.id.as_deref(), &decided.data), (Some("decided"), expected));
            hearing.ends().await;
            last = Some(decided);
        }
        last.expect("somebody waits")
    }
}

#[tokio::test]
async fn a_waiting_guest_is_greeted_with_how_the_knock_stands() {
    let scene = Scene::opens().await;
    let mut waiting = scene.ben.waits(&scene.link).await;
    assert_eq!((&waiting.hello.data, &waiting.hello.id), (&json!({"status": "pending"}), &None));
    assert!((1_000..=5_000).contains(&waiting.hello.retry.unwrap()));
    scene.world.later(seconds(15)).await;
    let pulse = waiting.beat().await;
    assert_eq!((pulse.name.as_str(), pulse.id, pulse.retry, pulse.data.as_object().unwrap().len()), ("heartbeat", None, None, 1));
}

#[tokio::test]
async fn whoever_did_not_knock_on_that_link_waits_for_nothing() {
    let scene = Scene::opens().await;
    let other = scene.ana.shares(&scene.chat).await;
    let mut eve = scene.world.person();
    eve.knocks(&other, "Eve").await;
    let path = format!("{}/events", scene.link.path);
    for person in [&eve, &scene.ana, &scene.ben.nobody(), &scene.ben.showing("5f0c8f2a-8a34-4b4c-9d0a-0d7d7f3f9b11")] {
        person.gets(&path).await.is_problem(404, "not_found");
    }
    scene.ben.gets(&format!("{}/events", other.path)).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_guest_who_is_let_in_hears_where_the_chat_is() {
    let scene = Scene::opens().await;
    let mut waiting = [scene.ben.waits(&scene.link).await, scene.ben.waits(&scene.link).await];
    scene.ana.lets_in(&scene.link, &scene.knock).await;
    let decided = scene.ends(&mut waiting, "approved").await.data;
    assert_eq!((&decided["approval_status"], &decided["chat_url"]), (&json!(true), &json!(scene.chat.url)));
    assert_eq!((&decided["member"]["name"], &decided["client_id"]), (&json!("Ben"), &json!(scene.knock.client)));
    scene.ben.says(&scene.chat, "Thank you").await;
}

#[tokio::test]
async fn a_guest_who_is_declined_hears_why() {
    let scene = Scene::opens().await;
    let mut waiting = [scene.ben.waits(&scene.link).await];
    let decision = json!({"link_url": scene.link.url, "knock_id": scene.knock.id, "approve": false, "reason": "Not today"});
    scene.ana.posts("/v1/approval", decision).await.is(200);
    let decided = scene.ends(&mut waiting, "declined").await.data;
    assert_eq!((&decided["reason"], &decided["chat_url"], &decided["member"]), (&json!("Not today"), &json!(null), &json!(null)));
}

#[tokio::test]
async fn a_guest_who_goes_away_hears_so_on_the_other_device() {
    let scene = Scene::opens().await;
    let mut waiting = [scene.ben.waits(&scene.link).await];
    scene.ben.deletes(&format!("{}/knocks/{}", scene.link.path, scene.knock.id)).await.is(204);
    scene.ends(&mut waiting, "withdrawn").await;
}

#[tokio::test]
async fn a_guest_whom_nobody_answers_hears_so_after_a_day() {
    let scene = Scene::opens().await;
    let mut waiting = [scene.ben.waits(&scene.link).await];
    scene.world.later(seconds(24 * 3_600 - 1)).await;
    assert_eq!(scene.ben.status(&scene.link, &scene.knock).await, "pending");
    scene.world.later(seconds(1)).await;
    scene.ends(&mut waiting, "expired").await;
}

#[tokio::test]
async fn guests_of_a_revoked_link_are_declined() {
    let scene = Scene::opens().await;
    let mut waiting = [scene.ben.waits(&scene.link).await];
    scene.ana.deletes(&scene.link.path).await.is(204);
    scene.ends(&mut waiting, "declined").await;
}

#[tokio::test]
async fn guests_of_a_chat_that_opens_are_let_in() {
    let scene = Scene::opens().await;
    let mut waiting = [scene.ben.waits(&scene.link).await];
    scene.ana.patches(&scene.chat.path, json!({"admission": "open"})).await.is(200);
    let decided = scene.ends(&mut waiting, "approved").await.data;
    assert_eq!(decided["chat_url"], json!(scene.chat.url));
}

/// With the chat everything of it is gone: the guest hears `expired`, and then the 404.
async fn is_gone(scene: &Scene, waiting: &mut [Hearing]) {
    let mut expected = scene.knock.json.clone();
    expected["status"] = json!("expired");
    scene.ends_as(waiting, &expected).await;
    scene.ben.gets(&format!("{}/events", scene.link.path)).await.is_problem(404, "not_found");
    scene.ben.sends(scene.returns("decided")).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn guests_of_a_closed_chat_hear_that_it_is_over() {
    let scene = Scene::opens().await;
    let mut waiting = [scene.ben.waits(&scene.link).await];
    scene.ana.deletes(&scene.chat.path).await.is(204);
    is_gone(&scene, &mut waiting).await;
}

#[tokio::test]
async fn guests_of_an_expired_chat_hear_that_it_is_over() {
    let scene = Scene::opens_so(json!({"expires_in": 60})).await;
    let mut waiting = [scene.ben.waits(&scene.link).await];
    scene.world.later(seconds(60)).await;
    is_gone(&scene, &mut waiting).await;
}

#[tokio::test]
async fn a_guest_who_says_to_know_before_there_is_anything_to_know_waits_on() {
    let scene = Scene::opens().await;
    let mut waiting = [Hearing::open(scene.returns("decided")).await];
    assert_eq!(waiting[0].hello.data, json!({"status": "pending"}));
    scene.ana.lets_in(&scene.link, &scene.knock).await;
    scene.ends(&mut waiting, "approved").await;
}

#[tokio::test]
async fn one_guests_answer_is_not_told_to_another() {
    let scene = Scene::opens().await;
    let mut eve = scene.world.person();
    let hers = eve.knocks(&scene.link, "Eve").await;
    let (mut bens, mut eves) = (scene.ben.waits(&scene.link).await, eve.waits(&scene.link).await);
    scene.ana.declines(&scene.link, &scene.knock).await;
    assert_eq!(bens.hears("knock_decided").await.data["status"], "declined");
    scene.ana.lets_in(&scene.link, &hers).await;
    assert_eq!(eves.hears("knock_decided").await.data["status"], "approved", "and the first thing she hears is hers");
}

#[tokio::test]
async fn a_guest_admitted_and_removed_meanwhile_is_nobody() {
    let scene = Scene::opens().await;
    scene.ana.lets_in(&scene.link, &scene.knock).await;
    scene.ana.removes(&scene.chat, 2).await.is(204);
    scene.ben.gets(&format!("{}/events", scene.link.path)).await.is_problem(404, "not_found");
    scene.ben.sends(scene.returns("decided")).await.is_problem(404, "not_found");
}
