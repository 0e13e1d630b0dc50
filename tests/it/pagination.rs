//! Pagination of long lists.

use serde_json::{Value, json};

use crate::support::{Chat, Person, TestServer, each};

/// Creates a chat in which nine messages follow the owner's entry: numbers 2 to 10.
async fn talk(server: &TestServer) -> (Person, Chat) {
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for number in 2..=10 {
        assert_eq!(ana.says(&chat, &number.to_string()).await, number);
    }
    (ana, chat)
}

fn numbers(items: &Value) -> Vec<u64> {
    items.as_array().unwrap().iter().map(|item| item["seq"].as_u64().unwrap()).collect()
}

/// What each query selects of the numbers 1 to 10, and whether there is more.
const PARTS: [(&str, &[u64], bool); 14] = [
    ("?limit=3", &[8, 9, 10], true),
    ("?limit=200", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false),
    ("?limit=99999999999999999999", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false),
    ("?before=5", &[1, 2, 3, 4], false),
    ("?before=5&limit=2", &[3, 4], true),
    ("?before=1", &[], false),
    ("?before=0", &[], false),
    ("?before=3&limit=2", &[1, 2], false),
    ("?after=7", &[8, 9, 10], false),
    ("?after=4&limit=2", &[5, 6], true),
    ("?after=8&limit=2", &[9, 10], false),
    ("?after=10", &[], false),
    ("?after=4&before=9&limit=3", &[5, 6, 7], true),
    ("?after=99999999999999999999&limit=1", &[], false),
];

#[tokio::test]
async fn a_log_is_paged_by_its_own_numbers() {
    let server = TestServer::start().await;
    let (ana, chat) = talk(&server).await;
    for (query, expected, has_more) in PARTS {
        let page = ana.gets(&format!("{}/activity{query}", chat.path)).await.is(200).json;
        assert_eq!((numbers(&page["items"]).as_slice(), &page["has_more"]), (expected, &json!(has_more)), "{query}");
    }
    let messages: Vec<u64> = (2..=10).collect();
    for (query, expected, has_more) in [
        ("", messages.as_slice(), false),
        ("?limit=3", &[8, 9, 10], true),
        ("?before=5&limit=2", &[3, 4], true),
        ("?before=4&limit=2", &[2, 3], false),
        ("?after=0&limit=2", &[2, 3], true),
        ("?after=1&before=4", &[2, 3], false),
        ("?after=8", &[9, 10], false),
        ("?after=10&limit=1", &[], false),
    ] {
        let page = ana.gets(&format!("{}{query}", chat.path)).await.is(200).json;
        assert_eq!((numbers(&page["messages"]).as_slice(), &page["has_more"]), (expected, &json!(has_more)), "{query}");
        assert_eq!(page["head"], json!(10));
    }
}

#[tokio::test]
async fn a_page_has_at_most_two_hundred_but_a_chat_is_read_whole() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for number in 0..205 {
        ana.says(&chat, &number.to_string()).await;
    }
    for query in ["?limit=201", "?limit=1000", "?before=9999", "?after=0"] {
        let page = ana.gets(&format!("{}{query}", chat.path)).await.is(200).json;
        assert_eq!((page["messages"].as_array().unwrap().len(), &page["has_more"]), (200, &json!(true)), "{query}");
    }
    assert_eq!(ana.items(&format!("{}/activity", chat.path)).await.len(), 200);
    let whole = ana.reads(&chat).await;
    assert_eq!((whole["messages"].as_array().unwrap().len(), &whole["has_more"]), (205, &json!(false)));
}

#[tokio::test]
async fn the_door_has_numbers_of_its_own() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let (one, two) = (server.person().knocks(&link, "Ben").await, server.person().knocks(&link, "Cem").await);
    ana.says(&chat, "hm").await;
    ana.lets_in(&link, &one).await;
    ana.declines(&link, &two).await;
    ana.deletes(&link.path).await.is(204);
    let door = format!("{}/activity?log=door", chat.path);
    let page = ana.gets(&door).await.is(200).json;
    assert_eq!(numbers(&page["items"]), [1, 2, 3, 4, 5, 6]);
    let items = page["items"].as_array().unwrap();
    assert_eq!(each(items, "kind"), ["link_created", "knock", "knock", "knock_decided", "knock_decided", "link_revoked"]);
    assert_eq!((&items[1]["knock"]["knock_id"], &items[1]["knock"]["code"]), (&json!(one.id), &one.json["code"]));
    assert_eq!((&items[3]["knock_id"], &items[3]["status"], &items[3]["by"]["name"]), (&json!(one.id), &json!("approved"), &json!("Ana")));
    assert_eq!((&items[4]["knock_id"], &items[4]["status"]), (&json!(two.id), &json!("declined")));
    let part = ana.gets(&format!("{door}&after=2&limit=2")).await.is(200).json;
    assert_eq!((numbers(&part["items"]), &part["has_more"]), (vec![3, 4], &json!(true)));
    assert_eq!(ana.kinds(&chat, "chat").await, ["member_joined", "message", "member_joined"]);
}

#[tokio::test]
async fn the_doors_log_keeps_its_last_entries() {
    let server = TestServer::with(&["--chat-door", "3"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for _ in 0..5 {
        ana.shares(&chat).await;
    }
    let page = ana.gets(&format!("{}/activity?log=door&after=0", chat.path)).await.is(200).json;
    assert_eq!(numbers(&page["items"]), [3, 4, 5]);
}

#[tokio::test]
async fn lists_go_on_with_an_opaque_cursor() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut links = Vec::new();
    for _ in 0..5 {
        links.push(ana.shares(&chat).await);
    }
    let auto = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    for link in &links[..4] {
        server.person().knocks(link, "Guest").await;
        server.person().knocks(&auto, "Member").await;
    }
    for (list, field, count) in [("links", "link_id", 6), ("knocks?status=pending", "knock_id", 4), ("knocks", "knock_id", 8), ("members", "name", 5)]
    {
        let path = format!("{}/{list}", chat.path);
        let join = if list.contains('?') { '&' } else { '?' };
        let whole = ana.gets(&path).await.is(200).json;
        assert!(whole["has_more"] == json!(false) && whole.get("cursor").is_none(), "{whole}");
        let whole = each(whole["items"].as_array().unwrap(), field);
        assert_eq!(whole.len(), count, "{list}");
        for limit in 1..=count {
            let (mut read, mut query) = (Vec::new(), format!("{join}limit={limit}"));
            loop {
                let page = ana.gets(&format!("{path}{query}")).await.is(200).json;
                let items = each(page["items"].as_array().unwrap(), field);
                assert!(!items.is_empty() && items.len() <= limit);
                read.extend(items);
                assert_eq!(page["has_more"], json!(page.get("cursor").is_some()));
                let Some(cursor) = page["cursor"].as_str() else { break };
                query = format!("{join}limit={limit}&cursor={cursor}");
            }
            assert_eq!(read, whole, "{list} by {limit}");
        }
    }
}

#[tokio::test]
async fn a_cursor_holds_its_place_while_things_come_and_go() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    for name in ["b", "c", "d", "e"] {
        server.person().knocks(&link, name).await;
    }
    let members = format!("{}/members?limit=2", chat.path);
    let page = ana.gets(&members).await.is(200).json;
    assert_eq!(each(page["items"].as_array().unwrap(), "name"), ["Ana", "b"]);
    ana.removes(&chat, 2).await.is(204);
    let rest = ana.items(&format!("{members}&cursor={}", page["cursor"].as_str().unwrap())).await;
    assert_eq!(each(&rest, "name"), ["c", "d"], "a removal does not shift the next page");
}

#[tokio::test]
async fn what_names_no_page_is_refused() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for path in ["", "/activity", "/activity?log=door"] {
        for (field, values) in [
            ("limit", ["0", "-1", "", "x", "1.5", "%2b1"]),
            ("after", ["-1", "", "x", "1-2", "1.0", "%201"]),
            ("before", ["-1", "", "x", "1,2", "null", "1e3"]),
        ] {
            for value in values {
                let join = if path.contains('?') { '&' } else { '?' };
                let reply = ana.gets(&format!("{}{path}{join}{field}={value}", chat.path)).await.is_problem(422, "invalid");
                assert_eq!(reply.json["field"], json!(field), "{path} {value}");
            }
        }
    }
    for path in ["/members", "/links", "/knocks"] {
        for (field, values) in [("limit", ["0", "-1", "", "x"]), ("cursor", ["", "x", "1", "AAAAAAAAAAA="])] {
            for value in values {
                let reply = ana.gets(&format!("{}{path}?{field}={value}", chat.path)).await.is_problem(422, "invalid");
                assert_eq!(reply.json["field"], json!(field), "{path} {value}");
            }
        }
    }
    ana.gets(&format!("{}?limit=1&limit=2", chat.path)).await.is_problem(422, "invalid");
}
