//! Chats: opening, reading, changing, closing.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn two_people_talk_once_the_owner_lets_the_other_in() {
    let world = World::open().await;
    let (mut ana, mut ben) = (world.person(), world.person());
    let chat = ana.creates_a_chat().await;
    let mut hearing = ana.follows(&chat).await;
    let link = ana.shares(&chat).await;
    hearing.hears("link_created").await;
    let knock = ben.knocks(&link, "Ben").await;
    let told = hearing.hears("knock").await;
    assert_eq!(told.data["knock"]["name"], "Ben");
    assert_eq!(told.data["knock"]["code"], knock.json["code"]);
    let mut waiting = ben.waits(&link).await;
    assert_eq!(waiting.hello.data, json!({"status": "pending"}));
    ben.gets(&chat.path).await.is_problem(404, "not_found");
    ana.lets_in(&link, &knock).await;
    let decided = waiting.hears("knock_decided").await;
    assert_eq!(decided.data["chat_url"], json!(chat.url));
    waiting.ends().await;
    let mut bens = ben.follows(&chat).await;
    let seq = ana.says(&chat, "Welcome").await;
    let heard = bens.hears("message").await;
    assert_eq!((heard.data["seq"].as_u64(), heard.data["text"].as_str()), (Some(seq), Some("Welcome")));
    ben.says(&chat, "Thank you").await;
    bens.hears("message").await;
}
