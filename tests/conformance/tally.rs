//! The tally: what a store keeps, as numbers, and that nothing is left of it when everything has ended.

use std::time::Duration;

use parlor::domain::bounds::Bounds;
use parlor::domain::id::MemberId;

use crate::scene::{Scene, key};
use crate::subject::Subject;

impl Scene {
    /// Chats, members, bytes held.
    async fn tally(&self) -> (u64, u64, u64) {
        let tally = self.store.tally().await.unwrap();
        (tally.chats, tally.members, tally.held)
    }
}

async fn chats_and_members_are_counted_while_they_are_there(subject: Subject) {
    let bounds = Bounds::default();
    let most = bounds.total_content;
    let scene = Scene::within(subject, bounds).await;
    let (first, second) = (scene.opens().await, scene.opens_for(60).await);
    let link = scene.shares(&first).await;
    let (ben, _) = scene.enters(&link, "Ben").await;
    scene.enters(&link, "Cleo").await;
    let tally = scene.store.tally().await.unwrap();
    assert_eq!((tally.chats, tally.members, tally.most), (2, 4, most));
    scene.removes(&first, ben.id, MemberId::OWNER).await.unwrap();
    assert_eq!(scene.store.tally().await.unwrap().members, 3);
    scene.says(&second, "Hello").await;
    scene.later(Duration::from_mins(1));
    scene.clears(100).await;
    let tally = scene.store.tally().await.unwrap();
    assert_eq!((tally.chats, tally.members), (1, 2));
}

async fn nothing_is_held_of_what_has_ended(subject: Subject) {
    let scene = Scene::set(subject).await;
    let before = scene.tally().await;
    let mut new = scene.new_chat();
    new.key = Some(key("opened with a key", "{}"));
    scene.creates(new.clone()).await.unwrap();
    let (closes, expires) = (scene.opens().await, scene.opens_for(60).await);
    let link = scene.shares(&closes).await;
    scene.enters(&link, "Ben").await;
    scene.knocks(&link, "Cleo").await;
    scene.says(&expires, "Hello").await;
    let (chats, members, held) = scene.tally().await;
    assert_eq!((chats, members), (3, 4));
    assert!(held > before.2, "{held}");
    scene.closes(&closes).await.unwrap();
    scene.later(Duration::from_hours(24));
    scene.clears(100).await;
    assert_eq!(scene.tally().await, before);
}

checks!(chats_and_members_are_counted_while_they_are_there, nothing_is_held_of_what_has_ended);
