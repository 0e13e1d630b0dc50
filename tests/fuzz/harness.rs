//! A server called without a socket and replaced before it reaches a limit.

use std::cell::RefCell;
use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, header};
use parlor::http::router::Root;
use parlor::server::{Dependencies, Server};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use crate::support::{config, openapi_check};

/// Requests per server.
const REQUESTS_PER_SERVER: usize = 400;

/// A response.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

/// A server with a chat and a waiting guest.
pub(crate) struct Fixture {
    root: Root,
    runtime: Runtime,
    asked: usize,
    pub(crate) chat: String,
    pub(crate) owner: String,
    pub(crate) link: String,
    pub(crate) guest: String,
    pub(crate) knock: String,
    access: String,
}

thread_local! {
    static FIXTURE: RefCell<Option<Fixture>> = const { RefCell::new(None) };
}

/// Runs `act` with a fixture that is not used up.
pub(crate) fn with_scene<T>(act: impl FnOnce(&mut Fixture) -> T) -> T {
    // Taken out while in use, so that a check that fails half-way leaves no used fixture behind.
    let kept = FIXTURE.take().filter(|fixture| fixture.asked < REQUESTS_PER_SERVER);
    let mut fixture = kept.unwrap_or_else(Fixture::opens);
    let done = act(&mut fixture);
    FIXTURE.set(Some(fixture));
    done
}

impl Fixture {
    fn opens() -> Self {
        let config = config(&["--rate-factor", "0"]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let root = runtime.block_on(async { Server::build(&config, "127.0.0.1:8080".parse().unwrap(), Dependencies::in_memory(&config)).root() });
        let empty = String::new;
        let mut fixture =
            Self { root, runtime, asked: 0, chat: empty(), owner: empty(), link: empty(), guest: empty(), knock: empty(), access: empty() };
        let text = |answer: &Answer, field: &str| answer.json[field].as_str().unwrap().to_owned();
        let opened = fixture.says("POST", "/v1/chats", None, &json!({}));
        (fixture.chat, fixture.owner) = (text(&opened, "chat_id"), text(&opened, "author_id"));
        let owner = fixture.owner.clone();
        let made = fixture.says("POST", "/v1/links", Some(&owner), &json!({"chat_url": fixture.chat}));
        fixture.link = text(&made, "link_id");
        let knocked = fixture.says("POST", &format!("/v1/links/{}/knocks", fixture.link), None, &json!({}));
        (fixture.guest, fixture.knock) = (text(&knocked, "client_id"), text(&knocked, "knock_id"));
        fixture
    }

    /// Returns the access token of an account, which a request may have deleted since.
    pub(crate) fn account(&mut self) -> String {
        if self.access.is_empty() {
            let person = json!({"username": "ana", "password": "plum-tree-42"});
            self.says("POST", "/v1/users", None, &person);
            let session = self.says("POST", "/v1/sessions", None, &person);
            session.json["access_token"].as_str().unwrap().clone_into(&mut self.access);
        }
        self.access.clone()
    }

    fn says(&mut self, method: &str, path: &str, credential: Option<&str>, body: &Value) -> Answer {
        self.asks(method, path, credential, Request::builder().header(header::CONTENT_TYPE, "application/json"), body.to_string().into_bytes())
    }

    /// Sends a request; its response is checked against the OpenAPI document.
    pub(crate) fn asks(&mut self, method: &str, path: &str, credential: Option<&str>, like: axum::http::request::Builder, body: Vec<u8>) -> Answer {
        self.asked += 1;
        let mut request = like.method(method).uri(path).body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
        request.headers_mut().insert(header::HOST, "parlor".parse().unwrap());
        if let Some(credential) = credential {
            request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {credential}").parse().unwrap());
        }
        let root = self.root.clone();
        self.runtime.block_on(async {
            let answer = root.oneshot(request).await.unwrap();
            let (parts, body) = answer.into_parts();
            let text = String::from_utf8(to_bytes(body, 1 << 22).await.unwrap().to_vec()).unwrap();
            let json = serde_json::from_str(&text).unwrap_or(Value::Null);
            let kind = parts.headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap());
            openapi_check::check_response(method, path, parts.status.as_u16(), kind, &json);
            Answer { status: parts.status.as_u16(), headers: parts.headers, text, json }
        })
    }
}
