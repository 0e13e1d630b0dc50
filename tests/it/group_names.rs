//! Names of groups: how often a group is renamed.

use serde_json::json;

use crate::support::TestServer;

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
