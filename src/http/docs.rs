//! The API's own description: the `OpenAPI` document, and Swagger to try it out.

use std::future::ready;

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

use super::problem::Code;
use super::{App, follow_ups, forms};
use crate::domain::key::IdempotencyKey;
use crate::wire;

/// As strict as Swagger UI allows: it styles elements itself, and draws with data URLs.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'",
);

/// The pages are the program's own, and the same for everybody.
const SAME_FOR_ALL: HeaderValue = HeaderValue::from_static("public, max-age=3600");

#[derive(OpenApi)]
#[openapi(
    info(title = "Parlor", description = "Link-based, ephemeral chat that asks before it lets anyone in.\n\nOpen a chat (`POST /v1/chats`) and keep `author_id`; \
        make a link (`POST /v1/links`) and share it; whoever knocks on it (`POST /v1/links/{link_id}/knocks`) waits with their `client_id` until you let them \
        in (`POST /v1/approval`). Your credential goes into the header `Authorization: Bearer …`: press *Authorize* to try it out as one person, then as the \
        other. Whoever does not belong to a chat gets the same 404 everywhere, whether it exists or not."),
    servers((url = "/")),
    tags(
        (name = "chats", description = "Opening, reading, changing, closing"),
        (name = "messages", description = "What people say"),
        (name = "members", description = "Who is in"),
        (name = "links", description = "What people share"),
        (name = "knocks", description = "Asking to be let in, and deciding"),
        (name = "streams", description = "Hearing of it at once"),
        (name = "health", description = "For those who watch over the program"),
    ),
    components(schemas(
        wire::problem::Problem, wire::events::Hello, wire::events::WaitingHello, wire::events::Reset, wire::events::Gap, wire::events::Heartbeat,
        wire::events::Bye, wire::events::MemberJoined, wire::events::MemberLeft, wire::events::ChatUpdated, wire::events::ChatClosed,
        wire::events::Knocked, wire::events::KnockDecided, wire::events::LinkChanged,
    )),
)]
struct Outline;

/// The document without its operations.
pub(super) fn outline() -> Document {
    Outline::openapi()
}

/// The whole document, from what the handlers say: with what follows from the shape of an operation.
pub(super) fn completed(document: &Document) -> Value {
    let mut document = serde_json::to_value(document).expect("the document is JSON");
    document["components"]["securitySchemes"] = json!({
        "bearer": {"type": "http", "scheme": "bearer", "description": "An owner's `author_id` or a guest's `client_id`."}
    });
    forms::write(&mut document["components"]["schemas"]);
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths {
            for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
                complete(path, operation);
            }
        }
    }
    document
}

/// `/docs`, and the document at `/openapi.json`.
///
/// `base` is the path below which a proxy serves all of it: browsers are told of it, and requests come without it.
pub(super) fn pages(mut document: Value, base: &str) -> Router<App> {
    let swagger = SwaggerUi::new("/docs").config(Config::from(format!("{base}/openapi.json")));
    document["servers"] = json!([{"url": if base.is_empty() { "/" } else { base }}]);
    let text = Bytes::from(document.to_string());
    let base = base.to_owned();
    Router::new()
        .merge(swagger)
        .layer(map_response(move |response: Response| ready(page(response, &base))))
        .route("/openapi.json", get(async move || ([(header::CONTENT_TYPE, "application/json")], text.clone()).into_response()))
}

/// What Swagger answers, with our headers; where it sends a browser elsewhere, that stands below `base`.
fn page(mut response: Response, base: &str) -> Response {
    let succeeds = response.status().is_success();
    let headers = response.headers_mut();
    let below = headers.get(header::LOCATION).and_then(|place| place.to_str().ok()).map(|place| format!("{base}{place}"));
    if let Some(place) = below.and_then(|place| HeaderValue::try_from(place).ok()) {
        headers.insert(header::LOCATION, place);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    if succeeds {
        headers.insert(header::CACHE_CONTROL, SAME_FOR_ALL);
    }
    response
}

/// Adds to an operation what follows from its shape: the credential it takes, the key it takes, the problems it answers.
fn complete(path: &str, operation: &mut Value) {
    let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let (reads_header, hides) = (path.starts_with("/v1/"), path.starts_with("/v1/") && name != "open_chat");
    operation["security"] = match name.as_str() {
        _ if !hides => json!([]),
        "exchange_link" | "knock" | "read_approval" => json!([{}, {"bearer": []}]),
        _ => json!([{"bearer": []}, {}]),
    };
    forms::complete(&name, operation);
    if keyed(&name) {
        let fewest = if name == "open_chat" { IdempotencyKey::FEWEST_ALONE } else { 1 };
        let schema = json!({"type": "string", "minLength": fewest, "maxLength": IdempotencyKey::MOST, "pattern": forms::VISIBLE});
        let key = json!({
            "name": "Idempotency-Key", "in": "header", "required": false, "schema": schema,
            "description": "The same key repeats the first answer for 10 minutes; without a credential it needs at least 22 characters.",
        });
        match operation["parameters"].as_array_mut() {
            Some(parameters) => parameters.push(key),
            None => operation["parameters"] = json!([key]),
        }
    }
    follow_ups::add(&name, operation);
    for code in problems(&name, operation, reads_header, hides) {
        add_problem(operation, code);
    }
}

fn keyed(name: &str) -> bool {
    matches!(name, "open_chat" | "post_message" | "create_link" | "knock" | "issue_ticket")
}

/// Whether an operation may change something.
fn writes(name: &str) -> bool {
    !name.starts_with("read_") && !name.starts_with("list_") && !matches!(name, "export_chat" | "follow_chat" | "wait_for_decision" | "healthz")
}

/// Every problem that an operation answers.
fn problems(name: &str, operation: &Value, reads_header: bool, hides: bool) -> Vec<Code> {
    let mut codes = vec![Code::Internal, Code::BadHost, Code::UriTooLong, Code::TooManyConnections];
    if reads_header {
        codes.extend([Code::TooManyRequests, Code::Overloaded]);
    }
    if writes(name) {
        codes.push(Code::ShuttingDown);
    }
    codes.extend(reads_header.then_some(Code::Unauthenticated));
    codes.extend(hides.then_some(Code::NotFound));
    if !operation["requestBody"].is_null() {
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
    let takes_query = operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["in"] == "query"));
    if takes_query {
        codes.push(Code::Invalid);
    }
    if keyed(name) {
        codes.push(Code::TooManyKeys);
    }
    codes.extend_from_slice(match name {
        "open_chat" => &[Code::TooManyChats, Code::NodeFull][..],
        "post_message" => &[Code::TooManyPosts, Code::ChatBusy, Code::ChatFull, Code::NodeFull],
        "update_chat" => &[Code::NotAllowed, Code::SomebodyWasRemoved, Code::ChatFull, Code::NodeFull],
        "close_chat" | "list_links" | "list_knocks" | "read_activity" => &[Code::NotAllowed],
        "remove_member" => &[Code::NotAllowed, Code::OwnerCannotLeave, Code::ChatIsOpen],
        "create_link" => &[Code::NotAllowed, Code::ChatFull, Code::NodeFull],
        "revoke_link" => &[Code::NotAllowed, Code::ChatIsOpen],
        "exchange_link" | "knock" => &[Code::TooManyKnocks, Code::DeclinedRecently, Code::ChatFull, Code::NodeFull],
        "withdraw_knock" => &[Code::AlreadyDecided],
        "decide_knocks" => &[Code::NotAllowed, Code::SeveralKnocked, Code::AlreadyDecided, Code::NobodyKnocked, Code::LinkUsedUp, Code::ChatFull],
        "follow_chat" | "wait_for_decision" => &[Code::TooManyStreams],
        "issue_ticket" => &[Code::TooManyTickets, Code::NodeFull],
        _ => &[],
    });
    codes.sort_by_key(|code| code.status());
    codes.dedup();
    codes
}

/// Adds a problem to the answers of an operation, as an example under its status.
fn add_problem(operation: &mut Value, code: Code) {
    let response = &mut operation["responses"][code.status().as_str()];
    if response.is_null() {
        *response = json!({
            "description": "", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
        });
        let headers = match code.status().as_u16() {
            429 | 503 => Some(("Retry-After", "When to try again, in seconds")),
            401 => Some(("WWW-Authenticate", "How to say who you are")),
            415 => Some(("Accept-Encoding", "Which content codings are taken, where it is the coding that is not")),
            _ => None,
        };
        if let Some((name, description)) = headers {
            response["headers"] = json!({name: {"description": description, "schema": {"type": "string"}}});
        }
    }
    let words = response["description"].as_str().filter(|words| !words.is_empty()).map(|words| format!("{words} · ")).unwrap_or_default();
    response["description"] = json!(format!("{words}`{}`: {}", code.name(), code.detail()));
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
