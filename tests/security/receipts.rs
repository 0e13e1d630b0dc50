//! SEC-067: receipts are one's own, within the log, and not for those who hide theirs; SEC-106: how often they move.

use serde_json::json;

use crate::rate_limits::{exceeds, posts, succeed};
use crate::support::{TestServer, seconds};

#[tokio::test]
async fn sec_067_a_receipt_is_ones_own_and_within_the_log() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.account("ana").await, server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let (own, all) = (format!("{}/receipt", chat.path), format!("{}/receipts", chat.path));
    for beyond in [4, 1_000_000_000_000_000_000_u64, u64::MAX] {
        ben.puts(&own, json!({"read": beyond})).await.is_problem(422, "invalid");
        ben.puts(&own, json!({"delivered": beyond})).await.is_problem(422, "invalid");
    }
    for others in [json!({"read": 2, "member_id": 1}), json!({"read": 2, "member": {"id": 1}}), json!({"read": 2, "user_id": chat.author})] {
        ben.puts(&own, others).await.is_problem(422, "invalid");
    }
    ana.says(&chat, "Hello").await;
    ben.puts(&own, json!({"read": 3})).await.is(200);
    assert_eq!(ana.items(&all).await[0]["read"], json!(1), "that of another is where it was");
    assert_eq!(ana.items(&all).await[1]["read"], json!(3));
    ana.patches("/v1/me", json!({"read_receipts": false})).await.is(200);
    let seen = ana.items(&all).await;
    assert_eq!((&seen[0]["read"], &seen[1]["read"]), (&json!(1), &json!(null)), "who hides theirs does not see that of others");
    let recipient = &ana.items(&format!("{}/messages/3/receipts", chat.path)).await[0];
    assert_eq!((&recipient["delivered"], &recipient["read"], &recipient["read_at"]), (&json!(true), &json!(null), &json!(null)));
    assert_eq!(ben.items(&all).await[0]["read"], json!(null));
}

#[tokio::test]
async fn sec_106_a_receipt_moves_20_times_at_once_and_5_times_a_second_and_counts_as_no_other_request() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let path = format!("{}/receipt", chat.path);
    let moves = || async { ben.puts(&path, json!({"read": 2})).await };
    let (count, reply) = succeed(200, &moves).await;
    assert_eq!((count, exceeds(&reply, "too_many_receipts", "receipts").as_millis()), (20, 200));
    ana.puts(&path, json!({"read": 2})).await.is(200);
    posts(&ben, &chat).await.is(201);
    server.clock.advance(seconds(1));
    assert_eq!(succeed(200, &moves).await.0, 5);
    for _ in 0..20 {
        server.clock.advance(seconds(4));
        assert_eq!(succeed(200, &moves).await.0, 20);
    }
}
