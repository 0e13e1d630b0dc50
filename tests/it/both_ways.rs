//! A stream past the HTTP machinery and one through it: nobody can tell them apart.

use serde_json::json;

use crate::world::{Chat, Link, Person, Wire, World, head};

/// A world with a chat, somebody in it, and somebody who waits.
struct Scene {
    world: World,
    ana: Person,
    ben: Person,
    dan: Person,
    chat: Chat,
    link: Link,
}

impl Scene {
    async fn opens(path: &str) -> Self {
        let world = World::with(&["--rate-factor", "0", "--listener-path", path]).await;
        let (mut ana, mut ben, mut dan) = (world.person(), world.person(), world.person());
        let chat = ana.creates_a_chat().await;
        let auto = ana.shares_so(&chat, json!({"auto_approve": true})).await;
        ben.knocks(&auto, "Ben").await;
        let link = ana.shares(&chat).await;
        dan.knocks(&link, "Dan").await;
        Self { world, ana, ben, dan, chat, link }
    }

    /// Everything that comes back on a connection on which this is sent, while the chat lives and ends; without what differs by chance.
    async fn told(&self, request: &str) -> String {
        let mut wire = Wire::to(self.world.address).await;
        wire.sends(self.filled(request)).await;
        let first = String::from_utf8(wire.reads().await).unwrap();
        let streams = first.contains("text/event-stream") && !request.starts_with("HEAD");
        if !streams {
            wire.sends(head("GET", "/healthz", None, &[("Connection", "close")])).await;
        } else if !first.contains("event: hello") {
            wire.reads().await;
        }
        let rest = if streams { self.lives_and_ends(&mut wire).await } else { wire.rest().await };
        let text = first + &String::from_utf8(rest).unwrap();
        self.without_chance(&unchunked(&text))
    }

    async fn lives_and_ends(&self, wire: &mut Wire) -> Vec<u8> {
        let mut text = Vec::new();
        self.ana.says(&self.chat, "Hello").await;
        self.ben.says(&self.chat, "Hello yourself").await;
        self.world.later(crate::world::seconds(15)).await;
        while !String::from_utf8_lossy(&text).contains("event: heartbeat") {
            let more = wire.reads().await;
            assert!(!more.is_empty());
            text.extend(more);
        }
        self.ana.deletes(&self.chat.path).await.is(204);
        wire.sends(head("GET", "/healthz", None, &[("Connection", "close")])).await;
        text.extend(wire.rest().await);
        text
    }

    fn filled(&self, request: &str) -> String {
        let token = |person: &Person| person.credential.clone().unwrap();
        request
            .replace("CHAT", &self.chat.path)
            .replace("LINK", &self.link.path)
            .replace("ANA", &token(&self.ana))
            .replace("BEN", &token(&self.ben))
            .replace("DAN", &token(&self.dan))
    }

    fn without_chance(&self, text: &str) -> String {
        let lines = text.split("\r\n").flat_map(|line| line.split('\n')).map(|line| {
            let epoch = text.split_once("\"epoch\":\"").map_or("no epoch", |(_, rest)| &rest[..8]);
            let line = line.replace(&self.chat.id, "C").replace(&self.link.id, "L").replace(epoch, "E").replace(&self.world.address.to_string(), "S");
            match line.split_once(": ") {
                Some((name @ ("x-request-id" | "date" | "retry"), _)) => format!("{name}: ?"),
                _ if line.contains("\"request_id\"") => line.split_once("\"request_id\"").unwrap().0.to_owned(),
                _ if line.contains("\"knock_id\"") => "a knock".to_owned(),
                _ => line,
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The same, its chunks joined; whatever follows them as it is.
fn unchunked(text: &str) -> String {
    let Some((head, mut rest)) = text.split_once("\r\n\r\n").filter(|(head, _)| head.contains("chunked")) else { return text.to_owned() };
    let mut body = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        body.push_str(&after[..length]);
        rest = after[length..].strip_prefix("\r\n").unwrap();
        if length == 0 {
            break;
        }
    }
    format!("{head}\r\n\r\n{body}{rest}")
}

async fn are_told_the_same(requests: &[&str]) {
    for request in requests {
        let (past, through) = (Scene::opens("auto").await.told(request).await, Scene::opens("http").await.told(request).await);
        assert!(past.starts_with("HTTP/1."), "{request}: {past}");
        assert_eq!(past, through, "{request}");
    }
}

#[tokio::test]
async fn streams_are_told_the_same_to_the_byte() {
    are_told_the_same(&[
        "GET CHAT/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer ANA\r\n\r\n",
        "GET CHAT/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\n\r\n",
        "GET CHAT/events?after=0 HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\nOrigin: https://a.example\r\n\r\n",
        "GET CHAT/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\nLast-Event-ID: x\r\nConnection: keep-alive\r\n\r\n",
        "GET LINK/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer DAN\r\n\r\n",
    ])
    .await;
}

#[tokio::test]
async fn whatever_is_no_stream_is_told_the_same_to_the_byte() {
    are_told_the_same(&[
        "GET CHAT/events HTTP/1.1\r\nHost: parlor\r\n\r\n",
        "GET CHAT/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Basic x\r\n\r\n",
        "GET CHAT/events?after=0&after=1 HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\n\r\n",
        "GET CHAT/events?ticket=x HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\n\r\n",
        "GET CHAT/events?ticket=x HTTP/1.1\r\nHost: parlor\r\n\r\n",
        "GET /v1/chats/x/events HTTP/1.1\r\nHost: parlor\r\n\r\n",
        "GET LINK/events HTTP/1.1\r\nHost: parlor\r\n\r\n",
        "HEAD CHAT/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\n\r\n",
        "POST CHAT/events HTTP/1.1\r\nHost: parlor\r\nContent-Length: 0\r\n\r\n",
        "GET CHAT/events HTTP/1.1\r\nHost: parlor\r\nBad Name: x\r\n\r\n",
    ])
    .await;
}

#[tokio::test]
async fn unusual_requests_for_a_stream_are_told_the_same_to_the_byte() {
    are_told_the_same(&[
        "GET http://parlorCHAT/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\n\r\n",
        "GET CHAT/events/ HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\n\r\n",
        "GET CHAT/%65vents HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\n\r\n",
        "GET CHAT/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\nConnection: close\r\n\r\n",
        "GET CHAT/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\nExpect: 100-continue\r\n\r\n",
        "GET CHAT/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\nContent-Length: 2\r\n\r\n{}",
        "GET CHAT/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\n\r\nGET CHAT/members HTTP/1.1\r\nHost: parlor\r\n\r\n",
        "\r\nGET CHAT/events HTTP/1.1\r\nHost: parlor\r\nAuthorization: Bearer BEN\r\n\r\n",
    ])
    .await;
}

#[tokio::test]
async fn a_stream_over_http_1_0_has_no_chunks_either_way() {
    for path in ["auto", "http"] {
        let scene = Scene::opens(path).await;
        let mut wire = Wire::to(scene.world.address).await;
        wire.sends(scene.filled("GET CHAT/events HTTP/1.0\r\nAuthorization: Bearer BEN\r\n\r\n")).await;
        let first = String::from_utf8(wire.reads().await).unwrap();
        assert!(first.starts_with("HTTP/1.0 200 ") && !first.contains("chunked"), "{first}");
        scene.ana.deletes(&scene.chat.path).await.is(204);
        assert!(String::from_utf8(wire.rest().await).unwrap().ends_with("\n\n"), "the connection ends with it");
    }
}
