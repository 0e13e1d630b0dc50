//! Links pasted with trailing text: the 27 characters of the id count, and a longer id is another link.

use reqwest::Method;
use serde_json::json;

use crate::support::{Person, TestServer};

/// Text that a sentence, a mail or a chat appends to an address, as it stands in a path.
const TRAILING_TEXT: [&str; 13] = [".", ",", ")", ").", "%20", "%29.", "%E2%80%8B", "%E2%80%9D", "!%0A", "'", "*", ";", "%2C"];
/// Suffixes that make it another link.
const OTHER_ID: [&str; 9] = ["A", "-", "_", "%41", ".A", "%2D", "%20x", ".json", "%E2%80%8Ba"];

fn plain(coded: &str) -> String {
    let bytes: Vec<u8> = url::form_urlencoded::parse(format!("x={}", coded.replace('+', "%2B").replace(';', "%3B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned().into_bytes())
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

async fn client(guest: &Person, path: &str) -> Person {
    let reply = guest.posts(path, json!({"name": "Ben"})).await.is(201);
    guest.showing(reply.json["client_id"].as_str().unwrap())
}

#[tokio::test]
async fn every_call_takes_a_link_with_what_was_pasted_behind_it() {
    let server = TestServer::with(&["--rate-factor", "0", "--chat-links", "1000"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for behind in TRAILING_TEXT {
        let link = ana.shares(&chat).await;
        let pasted = format!("{}{behind}", link.path);
        let knocked = server.person().gets(&pasted).await.is(200).json;
        assert_eq!((&knocked["status"], &knocked["link_url"]), (&json!("pending"), &json!(link.url)), "{behind:?}");
        let ben = client(&server.person(), &format!("{pasted}/knocks")).await;
        assert_eq!(ben.gets(&pasted).await.is(200).json["status"], json!("pending"));
        assert_eq!(ben.hears(&format!("{pasted}/events")).await.hello.data, json!({"status": "pending"}));
        let browser = server.person();
        let page = browser.sends(browser.request(Method::GET, &pasted).header("Accept", "text/html")).await.is(303);
        assert_eq!(page.header("location"), Some(link.url.as_str()));
        let id = ben.gets(&pasted).await.json["knock_id"].as_str().unwrap().to_owned();
        ben.deletes(&format!("{pasted}/knocks/{id}")).await.is(204);
        ana.deletes(&pasted).await.is(204);
        server.person().gets(&link.path).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn an_address_in_a_query_or_a_body_may_have_the_same_behind_it() {
    let server = TestServer::with(&["--rate-factor", "0", "--chat-links", "1000"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for behind in TRAILING_TEXT {
        let link = ana.shares(&chat).await;
        let ben = client(&server.person(), &format!("{}/knocks", link.path)).await;
        for (before, address) in [("", &link.url), (" ", &link.id), ("\n", &link.path)] {
            for behind in [behind.to_owned(), plain(behind), format!("{} \r\n", plain(behind)), format!("/{behind}")] {
                let pasted = format!("{before}{address}{behind}");
                let url = url::Url::parse_with_params(&format!("http://{}/v1/approval", server.address), [("link_url", &pasted)]).unwrap();
                assert_eq!(ben.gets(url.as_str()).await.is(200).json["status"], json!("pending"), "{pasted:?}");
                ana.posts("/v1/approval", json!({"link_url": pasted, "knock_ids": ["nobody"]})).await.is_problem(404, "not_found");
                ben.posts("/v1/tickets", json!({"link_id": format!("{}{behind}", link.id)})).await.is(201);
                ana.posts("/v1/links", json!({"chat_url": format!("{before}{}{behind}", chat.url)})).await.is(201);
            }
        }
        let decided = ana.posts("/v1/approval", json!({"link_url": format!("{}{behind} ", link.url)})).await.is(200).json;
        assert_eq!(decided["decided"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_has_one_more_character_of_an_id_is_another_link() {
    let server = TestServer::with(&["--rate-factor", "0", "--chat-links", "1000"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let nobody = server.person();
    let nothing = nobody.gets(&format!("/v1/links/{}", "B".repeat(26) + "A")).await.without_request_id();
    for more in OTHER_ID {
        let other = format!("{}{more}", link.path);
        assert_eq!(nobody.gets(&other).await.without_request_id(), nothing, "{more}");
        assert_eq!(nobody.posts(&format!("{other}/knocks"), json!({"name": "Ben"})).await.without_request_id(), nothing);
        assert_eq!(nobody.gets(&format!("/v1/approval?link_url={}{more}", link.url)).await.without_request_id(), nothing);
        assert_eq!(ana.deletes(&other).await.without_request_id(), nothing);
        ana.posts("/v1/links", json!({"chat_url": format!("{}{more}", chat.url)})).await.is_problem(404, "not_found");
    }
    assert!(ana.pending(&chat).await.is_empty());
    assert_eq!(ana.kinds(&chat, "door").await, ["link_created"]);
}
