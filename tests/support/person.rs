//! A person with an HTTP client: what they do, in words; every response is checked against the OpenAPI document.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, redirect};
use serde_json::{Value, json};

use super::event_stream::EventStream;
use super::openapi_check;
use super::within;

/// A response.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Reply {
    /// Returns the response if it has this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Returns the response if it is this problem.
    #[track_caller]
    #[expect(clippy::wrong_self_convention, reason = "it reads as an assertion and returns the response")]
    pub fn is_problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.json["code"].as_str()), (status, Some(code)), "{}", self.text);
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Returns everything that must not differ between what is hidden and what never existed.
    pub fn without_request_id(&self) -> String {
        let id = self.header("x-request-id").unwrap();
        let mut headers: Vec<_> = self.headers.iter().filter(|(name, _)| *name != "date").map(|pair| format!("{pair:?}")).collect();
        headers.sort();
        format!("{} {headers:?} {}", self.status, self.text).replace(id, "")
    }
}

/// A chat as its owner received it.
#[derive(Clone, Debug)]
pub struct Chat {
    pub id: String,
    pub url: String,
    pub path: String,
    pub author: String,
    pub json: Value,
}

/// A link as its creator received it.
#[derive(Clone, Debug)]
pub struct Link {
    pub id: String,
    pub url: String,
    pub path: String,
    pub json: Value,
}

/// A knock as its guest received it.
#[derive(Clone, Debug)]
pub struct Knock {
    pub id: String,
    pub client: String,
    pub json: Value,
}

/// A person with an HTTP client and, once they have one, a credential.
#[derive(Clone, Debug)]
pub struct Person {
    pub server: SocketAddr,
    pub credential: Option<String>,
    http: Client,
    /// Retries when the server is overloaded, as a client does, instead of returning that response.
    patient: bool,
}

impl Person {
    pub fn new(server: SocketAddr, from: Ipv4Addr) -> Self {
        // Connections are not pooled: advancing the clock closes idle ones.
        let http = Client::builder().redirect(redirect::Policy::none()).no_proxy().pool_max_idle_per_host(0);
        // A socket that is bound takes its port from all servers alike, for a minute beyond its end: thousands of them leave none.
        let http = if from == Ipv4Addr::LOCALHOST { http } else { http.local_address(IpAddr::V4(from)) };
        let http = http.build().unwrap();
        Self { server, credential: None, http, patient: false }
    }

    /// Returns the same person, who retries when the server is overloaded, which can happen on a busy machine.
    pub fn patient(self) -> Self {
        Self { patient: true, ..self }
    }

    /// Returns the same person with another credential.
    pub fn showing(&self, credential: &str) -> Self {
        Self { credential: Some(credential.into()), ..self.clone() }
    }

    /// Returns the same person without a credential.
    pub fn nobody(&self) -> Self {
        Self { credential: None, ..self.clone() }
    }

    /// Builds a request to a path or to a complete URL.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("http://{}{path}", self.server) };
        let request = self.http.request(method, url);
        match &self.credential {
            Some(credential) => request.bearer_auth(credential),
            None => request,
        }
    }

    /// Sends a request; checks its response against the OpenAPI document.
    #[expect(clippy::disallowed_methods, reason = "a separate process runs in real time")]
    pub async fn sends(&self, request: reqwest::RequestBuilder) -> Reply {
        let mut request = request.build().unwrap();
        loop {
            let again = request.try_clone().filter(|_| self.patient);
            let reply = self.sends_once(request).await;
            match again {
                Some(again) if reply.json["code"] == "overloaded" => {
                    tokio::time::sleep(Duration::from_millis(reply.json["retry_after_ms"].as_u64().unwrap())).await;
                    request = again;
                }
                _ => return reply,
            }
        }
    }

    async fn sends_once(&self, request: reqwest::Request) -> Reply {
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let response = within(self.http.execute(request)).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = within(response.text()).await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        openapi_check::check_response(&method, &path, status, content_type, &json);
        Reply { status, headers, text, json }
    }

    pub async fn gets(&self, path: &str) -> Reply {
        self.sends(self.request(Method::GET, path)).await
    }

    pub async fn posts(&self, path: &str, body: Value) -> Reply {
        self.sends(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn posts_keyed(&self, path: &str, key: &str, body: Value) -> Reply {
        self.sends(self.request(Method::POST, path).header("Idempotency-Key", key).json(&body)).await
    }

    pub async fn puts(&self, path: &str, body: Value) -> Reply {
        self.sends(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patches(&self, path: &str, body: Value) -> Reply {
        self.sends(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn puts_bare(&self, path: &str) -> Reply {
        self.sends(self.request(Method::PUT, path)).await
    }

    pub async fn deletes(&self, path: &str) -> Reply {
        self.sends(self.request(Method::DELETE, path)).await
    }

    /// Creates a chat with knocking and uses its credential from now on.
    pub async fn creates_a_chat(&mut self) -> Chat {
        self.creates(json!({"name": "Ana"})).await
    }

    /// Creates an open chat.
    pub async fn creates_an_open_chat(&mut self) -> Chat {
        self.creates(json!({"name": "Ana", "admission": "open"})).await
    }

    /// Creates a chat from this body.
    pub async fn creates(&mut self, body: Value) -> Chat {
        let json = self.posts("/v1/chats", body).await.is(201).json;
        let id = text(&json, "chat_id");
        let chat = Chat { path: format!("/v1/chats/{id}"), id, url: text(&json, "chat_url"), author: self.secret(&json, "author_id"), json };
        self.credential = Some(chat.author.clone());
        chat
    }

    /// Returns a credential of the chat; a signed-in person has none, and goes on with the access token.
    fn secret(&self, json: &Value, field: &str) -> String {
        json[field].as_str().or(self.credential.as_deref()).unwrap_or_else(|| panic!("{field} in {json}")).to_owned()
    }

    /// Creates a link.
    pub async fn shares(&self, chat: &Chat) -> Link {
        self.shares_so(chat, json!({})).await
    }

    /// Creates a link from this body.
    pub async fn shares_so(&self, chat: &Chat, mut body: Value) -> Link {
        body["chat_url"] = json!(chat.url);
        let json = self.posts("/v1/links", body).await.is(201).json;
        let id = text(&json, "link_id");
        Link { path: format!("/v1/links/{id}"), id, url: text(&json, "link_url"), json }
    }

    /// Knocks with a name and uses the knock's credential from now on.
    pub async fn knocks(&mut self, link: &Link, name: &str) -> Knock {
        let json = self.posts(&format!("{}/knocks", link.path), json!({"name": name})).await.is(201).json;
        let knock = Knock { id: text(&json, "knock_id"), client: self.secret(&json, "client_id"), json };
        self.credential = Some(knock.client.clone());
        knock
    }

    /// Approves a knock.
    pub async fn lets_in(&self, link: &Link, knock: &Knock) {
        self.decides(link, knock, true).await.is(200);
    }

    /// Declines a knock.
    pub async fn declines(&self, link: &Link, knock: &Knock) {
        self.decides(link, knock, false).await.is(200);
    }

    pub async fn decides(&self, link: &Link, knock: &Knock, approve: bool) -> Reply {
        self.posts("/v1/approval", json!({"link_url": link.url, "knock_id": knock.id, "approve": approve})).await
    }

    /// Posts a message; returns its sequence number.
    pub async fn says(&self, chat: &Chat, text: &str) -> u64 {
        self.posts(&chat.path, json!({"text": text})).await.is(201).json["seq"].as_u64().unwrap()
    }

    /// Removes a member, or leaves.
    pub async fn removes(&self, chat: &Chat, member: u64) -> Reply {
        self.deletes(&format!("{}/members/{member}", chat.path)).await
    }

    /// Returns the status of a knock.
    pub async fn status(&self, link: &Link, knock: &Knock) -> String {
        text(&self.nobody().gets(&format!("{}?client_id={}", link.path, knock.client)).await.is(200).json, "status")
    }

    /// Opens a chat's stream at its head.
    pub async fn follows(&self, chat: &Chat) -> EventStream {
        self.hears(&format!("{}/events", chat.path)).await
    }

    /// Opens a chat's stream at a position.
    pub async fn follows_from(&self, chat: &Chat, last_event_id: &str) -> EventStream {
        let request = self.request(Method::GET, &format!("{}/events", chat.path)).header("Last-Event-ID", last_event_id);
        EventStream::open(request).await
    }

    /// Opens a link's stream, to wait for the decision.
    pub async fn waits(&self, link: &Link) -> EventStream {
        self.hears(&format!("{}/events", link.path)).await
    }

    /// Opens a stream.
    pub async fn hears(&self, path: &str) -> EventStream {
        EventStream::open(self.request(Method::GET, path)).await
    }
}

pub(super) fn text(json: &Value, field: &str) -> String {
    json[field].as_str().unwrap_or_else(|| panic!("{field} in {json}")).to_owned()
}
