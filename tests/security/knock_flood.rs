//! SEC-025: a flood of knocks does not delay the conversation, which has its own log.

use serde_json::json;

use crate::support::{EventStream, TestServer};

#[tokio::test]
async fn sec_025_a_flood_of_knocks_does_not_hold_up_the_conversation() {
    let server = TestServer::with(&["--rate-factor", "0", "--link-knocks", "20", "--chat-knocks", "100"]).await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let first = ana.shares(&chat).await;
    let knock = ben.knocks(&first, "Ben").await;
    ana.lets_in(&first, &knock).await;
    let (mut hers, mut his) = (ana.follows(&chat).await, ben.follows(&chat).await);
    let mut links = Vec::new();
    for _ in 0..6 {
        links.push(ana.shares(&chat).await);
    }
    let (mut said, mut waiting) = (Vec::new(), 0);
    for turn in 0..120 {
        let name = json!({"name": format!("Flood {turn}")});
        let reply = server.person().posts(&format!("{}/knocks", links[turn % 6].path), name).await;
        waiting += usize::from(reply.status == 201);
        assert!(reply.status == 201 || reply.status == 429, "{}", reply.text);
        if turn % 10 == 9 {
            said.push(ben.says(&chat, "Do you hear me?").await);
        }
    }
    assert_eq!(waiting, 100, "the limit of waiting guests is reached");
    let numbers: Vec<u64> = (said[0]..).take(said.len()).collect();
    assert_eq!(said, numbers, "knocks do not consume sequence numbers of the conversation");
    for number in &said {
        let heard = his.next().await;
        assert_eq!((heard.name.as_str(), &heard.data["seq"]), ("message", &json!(number)), "a member hears nothing of the door");
    }
    let knocks = knocks_between(&mut hers, &said).await;
    assert!(knocks <= 100, "{knocks}");
}

/// Returns how many knocks an owner receives before the last of these messages, all of which arrive in order.
async fn knocks_between(stream: &mut EventStream, messages: &[u64]) -> usize {
    let mut knocks = 0;
    for number in messages {
        loop {
            let heard = stream.next().await;
            if heard.name == "message" {
                assert_eq!(heard.data["seq"], json!(number));
                break;
            }
            knocks += usize::from(heard.name == "knock");
        }
    }
    knocks
}
