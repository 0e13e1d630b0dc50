//! SEC-111, 112: how many chats an address creates, and how many messages members, visitors and chats post.

use crate::rate_limits::{exceeds, opens, posts, succeed};
use crate::support::{TestServer, seconds};

#[tokio::test]
async fn sec_111_an_address_opens_30_chats_and_then_30_an_hour() {
    let server = TestServer::start().await;
    let eve = server.person();
    let (count, reply) = succeed(201, || opens(&eve)).await;
    assert_eq!((count, exceeds(&reply, "too_many_chats", "new_chats")), (30, seconds(120)));
    opens(&server.person()).await.is(201);
    server.clock.advance(seconds(119));
    exceeds(&opens(&eve).await, "too_many_chats", "new_chats");
    server.clock.advance(seconds(1));
    assert_eq!(succeed(201, || opens(&eve)).await.0, 1);
    server.clock.advance(seconds(3_600));
    assert_eq!(succeed(201, || opens(&eve)).await.0, 30);
}

#[tokio::test]
async fn sec_112_a_member_says_30_at_once_and_10_a_second_wherever_they_are() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let (count, reply) = succeed(201, || posts(&ben, &chat)).await;
    assert_eq!((count, exceeds(&reply, "too_many_posts", "posts").as_millis()), (30, 100));
    let elsewhere = server.person().showing(ben.credential.as_ref().unwrap());
    exceeds(&posts(&elsewhere, &chat).await, "too_many_posts", "posts");
    ana.says(&chat, "Others go on").await;
    let mut other = ben.nobody();
    let another = other.creates_a_chat().await;
    other.says(&another, "and so does the same address elsewhere").await;
    server.clock.advance(seconds(1));
    assert_eq!(succeed(201, || posts(&ben, &chat)).await.0, 10);
    assert_eq!(ana.texts(&chat).await.len(), 41);
}

#[tokio::test]
async fn sec_112_a_visitor_of_an_open_chat_is_counted_by_address() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let (chat, other) = (ana.creates_an_open_chat().await, ana.creates_an_open_chat().await);
    let eve = server.person();
    assert_eq!(succeed(201, || posts(&eve, &chat)).await.0, 30);
    exceeds(&posts(&eve, &chat).await, "too_many_posts", "posts");
    posts(&server.person(), &chat).await.is(201);
    posts(&eve, &other).await.is(201);
    posts(&eve.showing(&chat.author), &chat).await.is(201);
}

#[tokio::test]
async fn sec_112_a_chat_takes_1_000_posts_at_once_and_200_a_second() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let (chat, other) = (ana.creates_an_open_chat().await, ana.creates_an_open_chat().await);
    let mut said = 0;
    for _ in 0..33 {
        said += succeed(201, {
            let visitor = server.person();
            let chat = &chat;
            move || {
                let visitor = visitor.clone();
                async move { posts(&visitor, chat).await }
            }
        })
        .await
        .0;
    }
    let last = server.person();
    let (count, reply) = succeed(201, || posts(&last, &chat)).await;
    assert_eq!((said + count, exceeds(&reply, "chat_busy", "chat_posts").as_millis()), (1_000, 5));
    posts(&last, &other).await.is(201);
    server.clock.advance(seconds(1));
    posts(&ana.showing(&chat.author), &chat).await.is(201);
}
