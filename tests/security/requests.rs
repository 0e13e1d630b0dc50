//! The requests of the access matrix, and the uniform 404.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::fixture::{Names, absent};
use crate::support::{Person, Reply, TestServer, openapi_check, within};

/// A request of one operation, independent of its caller.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

impl Ask {
    pub(crate) fn get(path: String) -> Self {
        Self { method: "GET", path, body: None }
    }

    pub(crate) fn delete(path: String) -> Self {
        Self { method: "DELETE", path, body: None }
    }

    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: "POST", path: path.into(), body: Some(body) }
    }

    pub(crate) fn put(path: String) -> Self {
        Self { method: "PUT", path, body: None }
    }

    pub(crate) fn put_json(path: String, body: Value) -> Self {
        Self { method: "PUT", path, body: Some(body) }
    }

    pub(crate) fn patch(path: String, body: Value) -> Self {
        Self { method: "PATCH", path, body: Some(body) }
    }

    /// Builds the request as this person sends it.
    pub(crate) fn by(&self, person: &Person) -> RequestBuilder {
        let request = person.request(Method::from_bytes(self.method.as_bytes()).unwrap(), &self.path);
        match &self.body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    /// Returns the same with the credential in a field of the body or the query instead of the header.
    pub(crate) fn naming(&self, field: &str, credential: &str) -> Self {
        let mut ask = self.clone();
        if let Some(body) = &mut ask.body {
            body[field] = json!(credential);
        } else {
            let joint = if ask.path.contains('?') { '&' } else { '?' };
            ask.path = format!("{}{joint}{field}={credential}", ask.path);
        }
        ask
    }
}

/// Sends a request; reads only the head of a stream.
pub(crate) async fn sends(request: RequestBuilder) -> Reply {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (request.method().to_string(), request.url().path().to_owned());
    let response = within(client.execute(request)).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let text = if kind.starts_with("text/event-stream") { String::new() } else { within(response.text()).await.unwrap() };
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    openapi_check::check_response(&method, &path, status, Some(&kind), &json);
    Reply { status, headers, text, json }
}

/// Returns everything about a response except its date and its request id.
pub(crate) fn bare(reply: &Reply) -> String {
    let id = reply.header("x-request-id").expect("every response has a request id");
    assert!(reply.json["request_id"].is_null() || reply.json["request_id"] == json!(id));
    let told = reply.headers.iter().filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
    let mut headers: Vec<_> = told.map(|pair| format!("{pair:?}")).collect();
    headers.sort();
    format!("{} {headers:?} {}", reply.status, reply.text.replace(id, ""))
}

/// Returns the uniform 404: the response to an unknown caller who requests a chat that never existed.
pub(crate) async fn nothing_here(server: &TestServer) -> String {
    let Names { chat, .. } = absent();
    bare(&server.person().gets(&format!("/v1/chats/{chat}")).await.is_problem(404, "not_found"))
}
