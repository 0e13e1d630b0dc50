//! Names of groups: how often a group is renamed.

use serde_json::json;

use crate::support::{TestServer, within};

#[tokio::test]
async fn a_group_is_renamed_ten_times_a_day_at_most() {
    let server = TestServer::start().await;
    let ana = server.account("ana").await;
    let created = ana.posts("/v1/groups", json!({"name": "club-0"})).await.is(201).json;
    let chat = format!("/v1/chats/{}", created["chat_id"].as_str().unwrap());
    for number in 0..9 {
        ana.patches(&format!("/v1/groups/club-{number}"), json!({"name": format!("club-{}", number + 1)})).await.is(200);
    }
    ana.patches(&chat, json!({"name": "club-10"})).await.is(200);
    for path in [&chat, "/v1/groups/club-10"] {
        let refused = ana.patches(path, json!({"name": "club-11"})).await.is_problem(429, "too_many_changes");
        assert!(refused.header("retry-after").is_some());
    }
    ana.patches("/v1/me", json!({"name": "Ann"})).await.is_problem(429, "too_many_changes");
    assert_eq!(ana.gets("/v1/groups/club-10").await.is(200).json["name"], "club-10");
    ana.patches("/v1/groups/club-10", json!({"title": "Club"})).await.is(200);
}

/// Groups and direct chats are created while a member gets another name: none of them keeps the old one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_name_reaches_chats_that_are_created_meanwhile() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    for round in 0..60 {
        let (group, name) = (format!("club-{round}"), format!("Ben {round}"));
        let created = async { ana.posts("/v1/groups", json!({"name": group, "members": ["ben"]})).await.is(201) };
        let renamed = async {
            for _ in 0..round % 6 {
                tokio::task::yield_now().await;
            }
            ben.patches("/v1/me", json!({"name": name})).await.is(200)
        };
        let (created, _) = tokio::join!(created, renamed);
        let members = format!("/v1/chats/{}/members", created.json["chat_id"].as_str().unwrap());
        within(async {
            while ana.items(&members).await[1]["name"] != name.as_str() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}
