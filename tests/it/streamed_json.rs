//! Long responses: the same JSON in one piece and in chunks.

use parlor::wire::chats::ChatPage;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Chat, Person, Reply, TestServer, within};

/// A message of 8 KiB whose JSON is six times as long.
fn bulky(number: usize) -> String {
    format!("{number:04}{}", "\u{1}".repeat(8_188))
}

/// Creates a chat with this many large messages.
async fn a_long_chat(server: &TestServer, messages: usize) -> (Person, Chat) {
    let mut ana = server.person();
    let chat = ana.creates(json!({"name": "Ana", "title": r#"a "messages":[] in a title"#})).await;
    for number in 0..messages {
        ana.says(&chat, &bulky(number)).await;
        ana.says(&chat, "short").await;
    }
    (ana, chat)
}

/// Fails unless the text equals this page serialized in one piece.
fn is_written_as_ever(reply: &Reply) {
    let page: ChatPage = serde_json::from_str(&reply.text).unwrap();
    assert!(serde_json::to_string(&page).unwrap() == reply.text, "{} bytes differ", reply.text.len());
}

#[tokio::test]
async fn a_chat_that_arrives_in_parts_is_the_same_json() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (ana, chat) = a_long_chat(&server, 20).await;
    let whole = ana.gets(&chat.path).await.is(200);
    assert_eq!((whole.header("content-length"), whole.header("content-type")), (None, Some("application/json")));
    assert!(whole.text.len() > 900_000, "{}", whole.text.len());
    is_written_as_ever(&whole);
    let all = whole.json["messages"].as_array().unwrap();
    assert_eq!(all.len(), 40);
    let pages: [(&str, std::ops::Range<usize>, bool); 6] = [
        ("limit=200", 0..40, false),
        ("limit=10", 30..40, true),
        ("limit=9&before=30", 19..28, true),
        ("after=5&limit=7", 4..11, true),
        ("after=5&before=12", 4..10, false),
        ("after=41", 40..40, false),
    ];
    for (query, wanted, has_more) in pages {
        let page = ana.gets(&format!("{}?{query}", chat.path)).await.is(200);
        is_written_as_ever(&page);
        assert_eq!((&page.json["messages"], &page.json["has_more"]), (&json!(all[wanted]), &json!(has_more)), "{query}");
        assert_eq!((&page.json["chat"], &page.json["head"]), (&whole.json["chat"], &json!(41)));
    }
    let short = ana.gets(&format!("{}?limit=1", chat.path)).await.is(200);
    assert_eq!(short.header("content-length"), Some(short.text.len().to_string().as_str()), "a short response is one chunk");
    is_written_as_ever(&short);
}

#[tokio::test]
async fn whoever_joined_late_gets_their_part_in_parts() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"history": "since_join"})).await;
    let link = ana.shares(&chat).await;
    for number in 0..5 {
        ana.says(&chat, &bulky(number)).await;
    }
    let mut ben = server.person();
    ben.enters(&ana, &link, "Ben").await;
    for number in 5..10 {
        ana.says(&chat, &bulky(number)).await;
    }
    let reply = ben.gets(&chat.path).await.is(200);
    is_written_as_ever(&reply);
    let texts: Vec<&str> = reply.json["messages"].as_array().unwrap().iter().map(|message| &message["text"].as_str().unwrap()[..4]).collect();
    assert_eq!(texts, ["0005", "0006", "0007", "0008", "0009"]);
    let lines: Vec<Value> =
        ben.gets(&format!("{}/export", chat.path)).await.is(200).text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<_> = lines[1..].iter().map(|line| line["data"]["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (7..=12).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_answer_breaks_off_where_its_reader_is_removed() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (ana, chat) = a_long_chat(&server, 300).await;
    let link = ana.shares(&chat).await;
    let mut ben = server.person();
    let id = ben.enters(&ana, &link, "Ben").await;
    let paths = [chat.path.clone(), format!("{}/export", chat.path)];
    let mut halves = Vec::new();
    for path in &paths {
        let mut half = within(ben.request(Method::GET, path).send()).await.unwrap();
        assert_eq!(half.status(), 200);
        within(half.chunk()).await.unwrap().unwrap();
        halves.push(half);
    }
    ana.removes(&chat, id).await.is(204);
    for (path, half) in paths.iter().zip(halves) {
        let whole = ana.gets(path).await.is(200).text.len();
        let (some, report_failure) = drained(half).await;
        assert!(report_failure && some < whole, "{path}: {some} of {whole} bytes");
    }
}

/// Returns how many further bytes arrive, and whether they stop before the end.
async fn drained(mut response: reqwest::Response) -> (usize, bool) {
    let mut bytes = 0;
    loop {
        match within(response.chunk()).await {
            Ok(Some(chunk)) => bytes += chunk.len(),
            Ok(None) => return (bytes, false),
            Err(_) => return (bytes, true),
        }
    }
}

#[tokio::test]
async fn lists_end_where_they_become_long_and_say_so() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for _ in 0..5 {
        let link = ana.shares_so(&chat, json!({"label": "\u{1f600}".repeat(60)})).await;
        for name in 0..20 {
            let body = json!({"name": format!("{name:02}{}", "\u{1f600}".repeat(38)), "note": "\u{1f600}".repeat(280)});
            server.person().posts(&format!("{}/knocks", link.path), body).await.is(201);
        }
    }
    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = ana.gets(&format!("{}/knocks?limit=200{cursor}", chat.path)).await.is(200);
        assert!(page.text.len() <= 60_000, "{}", page.text.len());
        seen.extend(page.json["items"].as_array().unwrap().iter().map(|knock| knock["knock_id"].clone()));
        pages += 1;
        let Some(next) = page.json["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let (all, distinct) = (seen.len(), seen.iter().map(Value::to_string).collect::<std::collections::BTreeSet<_>>().len());
    assert!(pages > 1 && (all, distinct) == (100, 100), "{pages} pages, {all} items, {distinct} of them distinct");
    let numbers = |page: &Reply| page.json["items"].as_array().unwrap().iter().map(|entry| entry["seq"].as_u64().unwrap()).collect::<Vec<_>>();
    let (mut read, mut after) = (Vec::new(), 0);
    loop {
        let page = ana.gets(&format!("{}/activity?log=door&after={after}", chat.path)).await.is(200);
        assert!(page.text.len() <= 60_000, "{}", page.text.len());
        read.extend(numbers(&page));
        after = *read.last().unwrap();
        if page.json["has_more"] == json!(false) {
            break;
        }
    }
    assert_eq!(read, (1..=105).collect::<Vec<_>>());
    let latest = ana.gets(&format!("{}/activity?log=door", chat.path)).await.is(200);
    let latest_numbers = numbers(&latest);
    assert_eq!((latest_numbers.last(), &latest.json["has_more"]), (Some(&105), &json!(true)));
    let before = ana.gets(&format!("{}/activity?log=door&before={}", chat.path, latest_numbers[0])).await.is(200);
    assert_eq!(numbers(&before).last(), Some(&(latest_numbers[0] - 1)));
}
