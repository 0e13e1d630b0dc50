//! The two stream paths, fan-out writer and hyper, produce the same bytes.

use serde_json::json;

use crate::support::{Chat, Link, Person, RawClient, StreamPath, TestServer, head};

/// A server with a chat, a member and a waiting guest.
struct Fixture {
    server: TestServer,
    ana: Person,
    ben: Person,
    dan: Person,
    chat: Chat,
    link: Link,
}

impl Fixture {
    async fn on(path: StreamPath) -> Self {
        let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
        let (mut ana, mut ben, mut dan) = (server.person(), server.person(), server.person());
        let chat = ana.creates_a_chat().await;
        let auto = ana.shares_so(&chat, json!({"auto_approve": true})).await;
        ben.knocks(&auto, "Ben").await;
        let link = ana.shares(&chat).await;
        dan.knocks(&link, "Dan").await;
        Self { server, ana, ben, dan, chat, link }
    }

    /// Sends a request, lets the chat live and end, and returns everything received, without random parts.
    async fn told(&self, request: &str) -> String {
        let mut connection = RawClient::connect(self.server.address).await;
        connection.send(self.filled(request)).await;
        let first = String::from_utf8(connection.read().await).unwrap();
        let streams = first.contains("text/event-stream") && !request.starts_with("HEAD");
        if !streams {
            connection.send(head("GET", "/healthz", None, &[("Connection", "close")])).await;
        } else if !first.contains("event: hello") {
            connection.read().await;
        }
        let rest = if streams { self.lives_and_ends(&mut connection).await } else { connection.read_to_end().await };
        let text = first + &String::from_utf8(rest).unwrap();
        self.without_chance(&unchunked(&text))
    }

    async fn lives_and_ends(&self, connection: &mut RawClient) -> Vec<u8> {
        let mut text = Vec::new();
        self.ana.says(&self.chat, "Hello").await;
        self.ben.says(&self.chat, "Hello yourself").await;
        self.server.advance(crate::support::seconds(15)).await;
        while !String::from_utf8_lossy(&text).contains("event: heartbeat") {
            let more = connection.read().await;
            assert!(!more.is_empty());
            text.extend(more);
        }
        self.ana.deletes(&self.chat.path).await.is(204);
        connection.send(head("GET", "/healthz", None, &[("Connection", "close")])).await;
        text.extend(connection.read_to_end().await);
        text
    }

    fn filled(&self, request: &str) -> String {
        let token = |person: &Person| person.credential.clone().unwrap();
        // Random ids of chats and links can contain the names, so they come last; credentials have no capital letters.
        request
            .replace("ANA", &token(&self.ana))
            .replace("BEN", &token(&self.ben))
            .replace("DAN", &token(&self.dan))
            .replace("LINK", &self.link.path)
            .replace("CHAT", &self.chat.path)
    }

    fn without_chance(&self, text: &str) -> String {
        let lines = text.split("\r\n").flat_map(|line| line.split('\n')).map(|line| {
            let epoch = text.split_once("\"epoch\":\"").map_or("no epoch", |(_, rest)| &rest[..8]);
            let line =
                line.replace(&self.chat.id, "C").replace(&self.link.id, "L").replace(epoch, "E").replace(&self.server.address.to_string(), "S");
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

/// Joins the chunks of a body; leaves what follows unchanged.
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
        let fanout = Fixture::on(StreamPath::Fanout).await.told(request).await;
        let hyper = Fixture::on(StreamPath::Hyper).await.told(request).await;
        assert!(fanout.starts_with("HTTP/1."), "{request}: {fanout}");
        assert_eq!(fanout, hyper, "{request}");
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
    for path in [StreamPath::Fanout, StreamPath::Hyper] {
        let fixture = Fixture::on(path).await;
        let mut connection = RawClient::connect(fixture.server.address).await;
        connection.send(fixture.filled("GET CHAT/events HTTP/1.0\r\nAuthorization: Bearer BEN\r\n\r\n")).await;
        let first = String::from_utf8(connection.read().await).unwrap();
        assert!(first.starts_with("HTTP/1.0 200 ") && !first.contains("chunked"), "{first}");
        fixture.ana.deletes(&fixture.chat.path).await.is(204);
        assert!(String::from_utf8(connection.read_to_end().await).unwrap().ends_with("\n\n"), "the connection ends with the stream");
    }
}
