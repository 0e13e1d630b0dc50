//! The `OpenAPI` document, served with Swagger UI.

use std::future::ready;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{constraints, links};
use crate::domain::idempotency::IdempotencyKey;
use crate::http::app::AppState;
use crate::http::operations::{self, CredentialUse, Operation};
use crate::http::respond::problem::Code;
use crate::wire;

/// The strictest content security policy that Swagger UI works with: it sets inline styles and uses data URLs for images.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'",
);

/// Caching for the documentation, which does not depend on the caller.
const PUBLIC_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=3600");

#[derive(OpenApi)]
#[openapi(
    info(title = "Parlor", description = "Link-based, ephemeral chat that asks before it lets anyone in.\n\nOpen a chat (`POST /v1/chats`) and keep `author_id`; \
        create a link (`POST /v1/links`) and share it; a guest who knocks on it (`POST /v1/links/{link_id}/knocks`) waits with their `client_id` until you admit \
        them (`POST /v1/approval`). Send your credential in the header `Authorization: Bearer …`: press *Authorize* to try it out as one person, then as the \
        other. Anyone without access to a chat gets the same 404, whether it exists or not."),
    servers((url = "/")),
    tags(
        (name = "chats", description = "Create, read, update and close chats"),
        (name = "messages", description = "Post messages"),
        (name = "members", description = "List and remove members"),
        (name = "groups", description = "Create, find, join and lead groups"),
        (name = "receipts", description = "Say what you have received and read, and see it of others"),
        (name = "presence", description = "Say that you type; who types and who is online is told on streams"),
        (name = "links", description = "Create, list and revoke links"),
        (name = "knocks", description = "Ask to be admitted, and decide"),
        (name = "push", description = "Be told by push notifications while you have nothing open"),
        (name = "webhooks", description = "Send knocks and messages to other servers"),
        (name = "streams", description = "Receive events as they happen"),
        (name = "accounts", description = "Sign up, edit your profile, find people, delete your account"),
        (name = "friends", description = "Ask to be friends, answer, list and end friendships, block"),
        (name = "sessions", description = "Sign in, refresh, list and end sessions"),
        (name = "health", description = "Health checks"),
    ),
    components(schemas(
        wire::problem::Problem, wire::stream_events::Hello, wire::stream_events::WaitingHello, wire::stream_events::Reset, wire::stream_events::Gap, wire::stream_events::Heartbeat,
        wire::stream_events::Bye, wire::events::MessageChanged, wire::events::Reaction, wire::events::MemberJoined, wire::events::MemberLeft, wire::events::MemberUpdated, wire::events::ChatUpdated, wire::events::ChatClosed, wire::sessions::SignedOut,
        wire::events::Knocked, wire::events::KnockDecided, wire::events::LinkChanged, wire::account_events::AccountHello,
        wire::account_events::AccountState, wire::account_events::FriendRequestChanged, wire::account_events::FriendshipChanged,
        wire::account_events::MeUpdated, wire::account_events::ChatAdded, wire::account_events::ChatRemoved, wire::receipts::ReceiptMoved, wire::typing::Typing,
        wire::presence::ChatPresence, wire::presence::FriendPresence,
        wire::socket::SocketEvent, wire::socket::SocketAnswer, wire::socket::Authenticate, wire::socket::SubscribeChat, wire::socket::SubscribeAccount,
        wire::socket::Unsubscribe, wire::socket::EditMessage, wire::socket::DeleteMessage, wire::socket::React, wire::socket::SubscriptionEnded,
    )),
)]
struct Outline;

/// Returns the document without its operations.
pub(in crate::http) fn outline() -> Document {
    Outline::openapi()
}

/// Completes the document generated from the handlers with constraints, security schemes, links and problems.
pub(in crate::http) fn complete(document: &Document) -> Value {
    let mut document = serde_json::to_value(document).expect("the document is JSON");
    document["components"]["securitySchemes"] = json!({
        "bearer": {"type": "http", "scheme": "bearer", "description": "An owner's `author_id`, a guest's `client_id`, or the access token of your account."},
        "ticket": {"type": "apiKey", "in": "query", "name": "ticket", "description": "A ticket for a stream, for clients that cannot send a header."}
    });
    constraints::write(&mut document["components"]["schemas"]);
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                complete_operation(path, method, operation);
            }
        }
    }
    document
}

/// Returns the routes of `/docs` and of the document at `/openapi.json`.
///
/// `base` is the path prefix of a reverse proxy: URLs for browsers contain it, requests arrive without it.
pub(in crate::http) fn pages(document: &'static Value, base: &str) -> Router<AppState> {
    let swagger = SwaggerUi::new("/docs").config(Config::from(format!("{base}/openapi.json")));
    let base = base.to_owned();
    let text = Arc::new(LazyLock::new({
        let base = base.clone();
        move || served(document, &base)
    }));
    Router::new()
        .merge(swagger)
        .layer(map_response(move |response: Response| ready(page(response, &base))))
        .route("/openapi.json", get(async move || ([(header::CONTENT_TYPE, "application/json")], (**text).clone()).into_response()))
}

/// Renders the document of a server at this path prefix.
fn served(document: &Value, base: &str) -> Bytes {
    let mut document = document.clone();
    document["servers"] = json!([{"url": if base.is_empty() { "/" } else { base }}]);
    Bytes::from(document.to_string())
}

/// Adds headers to a response of Swagger UI, and `base` to its redirects.
fn page(mut response: Response, base: &str) -> Response {
    let succeeds = response.status().is_success();
    let headers = response.headers_mut();
    let below = headers.get(header::LOCATION).and_then(|location| location.to_str().ok()).map(|location| format!("{base}{location}"));
    if let Some(location) = below.and_then(|location| HeaderValue::try_from(location).ok()) {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    if succeeds {
        headers.insert(header::CACHE_CONTROL, PUBLIC_CACHE);
    }
    response
}

/// Adds to an operation what follows from its row and its request: security, idempotency key, links, problems.
fn complete_operation(path: &str, method: &str, described: &mut Value) {
    let id = described["operationId"].as_str().unwrap_or_default();
    let operation = operations::by_id(id).unwrap_or_else(|| panic!("{id} has a row among the operations"));
    assert!(operation.path == path && operation.method.eq_ignore_ascii_case(method), "the row of {id} has its path and method");
    described["security"] = match operation.credential {
        CredentialUse::Ignored => json!([]),
        CredentialUse::Optional => json!([{}, {"bearer": []}]),
        CredentialUse::Expected => json!([{"bearer": []}, {}]),
        CredentialUse::Account => json!([{"bearer": []}]),
    };
    let takes_ticket = described["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == "ticket"));
    if let Some(security) = described["security"].as_array_mut().filter(|_| takes_ticket) {
        security.push(json!({"ticket": []}));
    }
    constraints::complete(operation.id, described);
    if operation.idempotent {
        add_idempotency_key(operation, described);
    }
    links::add(operation, described);
    for code in problems(operation, described) {
        add_problem(described, code);
    }
}

fn add_idempotency_key(operation: &Operation, described: &mut Value) {
    let min_length = if operation.credential == CredentialUse::Ignored { IdempotencyKey::MIN_LEN_ANONYMOUS } else { 1 };
    let schema = json!({"type": "string", "minLength": min_length, "maxLength": IdempotencyKey::MAX_LEN, "pattern": constraints::VISIBLE});
    let key = json!({
        "name": "Idempotency-Key", "in": "header", "required": false, "schema": schema,
        "description": "The same key repeats the first answer for 10 minutes; without a credential it needs at least 22 characters.",
    });
    match described["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(key),
        None => described["parameters"] = json!([key]),
    }
}

/// Returns every problem that an operation can respond with.
fn problems(operation: &Operation, described: &Value) -> Vec<Code> {
    let mut codes = vec![Code::Internal, Code::BadHost, Code::UriTooLong, Code::TooManyConnections];
    if operation.is_versioned() {
        codes.extend([Code::BadRequest, Code::TooManyRequests, Code::Overloaded]);
    }
    codes.extend(operation.writes.then_some(Code::ShuttingDown));
    codes.extend(operation.is_versioned().then_some(Code::Unauthenticated));
    codes.extend((operation.credential != CredentialUse::Ignored).then_some(Code::NotFound));
    codes.extend((operation.credential != CredentialUse::Ignored).then_some(Code::InvalidToken));
    if !described["requestBody"].is_null() {
        codes.extend([
            Code::BadJson,
            Code::BadRequest,
            Code::TooSlow,
            Code::TooLarge,
            Code::UnsupportedMediaType,
            Code::TransferCodingNotImplemented,
            Code::Invalid,
        ]);
    }
    let has_query = described["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["in"] == "query"));
    codes.extend(has_query.then_some(Code::Invalid));
    codes.extend(operation.idempotent.then_some(Code::TooManyKeys));
    codes.extend_from_slice(operation.problems);
    codes.sort_by_key(|code| code.status());
    codes.dedup();
    codes
}

/// Adds a problem to the responses of an operation, as an example under its status.
fn add_problem(operation: &mut Value, code: Code) {
    let response = &mut operation["responses"][code.status().as_str()];
    if response.is_null() {
        *response = json!({
            "description": "", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
        });
        let headers = match code.status().as_u16() {
            429 | 503 => Some(("Retry-After", "When to retry, in seconds")),
            401 => Some(("WWW-Authenticate", "The authentication scheme")),
            415 => Some(("Accept-Encoding", "The supported content codings, if the coding is the problem")),
            _ => None,
        };
        if let Some((name, description)) = headers {
            response["headers"] = json!({name: {"description": description, "schema": {"type": "string"}}});
        }
    }
    let description = response["description"]
        .as_str()
        .filter(|description| !description.is_empty())
        .map(|description| format!("{description} · "))
        .unwrap_or_default();
    response["description"] = json!(format!("{description}`{}`: {}", code.name(), code.detail()));
    let examples = &mut response["content"]["application/problem+json"]["examples"];
    let mut example = Map::new();
    for (key, value) in [
        ("type", json!(format!("urn:parlor:problem:{}", code.name()))),
        ("title", json!(code.title())),
        ("status", json!(code.status().as_u16())),
        ("detail", json!(code.detail())),
        ("code", json!(code.name())),
        ("request_id", json!("7d4f0a52-0d5e-4f5c-9a43-3f1f6d0c2b8e")),
    ] {
        example.insert(key.into(), value);
    }
    examples[code.name()] = json!({"value": example});
}
