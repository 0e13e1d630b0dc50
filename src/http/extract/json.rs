//! JSON bodies.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body as _;
use serde::de::DeserializeOwned;

use super::headers::single;
use super::json_limits::{self, JsonLimitError};
use crate::http::respond::problem::{Code, Problem};
use crate::transport::body::BodyTooSlow;

/// Maximum size of a request body.
pub(in crate::http) const MAX_BODY_BYTES: usize = 64 << 10;

/// Extracts a JSON body.
#[derive(Debug)]
pub(in crate::http) struct Json<T> {
    pub(in crate::http) value: T,
    pub(in crate::http) raw: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let raw = read_body(request.into_body()).await?;
        Ok(Self { value: parse(without_bom(&raw))?, raw })
    }
}

/// Extracts a JSON body that may be empty; the content type is required.
#[derive(Debug)]
pub(in crate::http) struct JsonOrDefault<T>(pub(in crate::http) Json<T>);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for JsonOrDefault<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let raw = read_body(request.into_body()).await?;
        let json = without_bom(&raw);
        let value = if json.is_empty() { T::default() } else { parse(json)? };
        Ok(Self(Json { value, raw }))
    }
}

/// Extracts a JSON body that may be omitted together with its content type.
#[derive(Debug)]
pub(in crate::http) struct OptionalJson<T>(pub(in crate::http) Json<T>);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let typed = request.headers().contains_key(header::CONTENT_TYPE);
        if typed {
            return JsonOrDefault::from_request(request, state).await.map(|JsonOrDefault(json)| Self(json));
        }
        let raw = read_body(request.into_body()).await?;
        if raw.is_empty() { Ok(Self(Json { value: T::default(), raw })) } else { Err(Problem::new(Code::UnsupportedMediaType)) }
    }
}

/// Rejects a body that is not JSON or is compressed: a small body could expand into a large one (SEC-115).
fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let problem = Problem::new(Code::UnsupportedMediaType);
    if !is_json(headers) {
        return Err(problem);
    }
    let codings = headers.get_all(header::CONTENT_ENCODING).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>();
    let mut codings = codings.iter().flat_map(|value| value.split(',')).map(str::trim);
    let unsupported = codings.find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"));
    match unsupported {
        None => Ok(()),
        Some(coding) => {
            let detail = format!("The content coding {} is not supported: send the body without one.", excerpt(coding, 20));
            Err(problem.with_detail(detail).with_accept_encoding("identity"))
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Ok(Some(value)) = single(headers, &header::CONTENT_TYPE) else { return false };
    let Some((kind, subtype)) = value.split(';').next().and_then(|essence| essence.trim().split_once('/')) else { return false };
    let suffix = subtype.rsplit_once('+').map_or(subtype, |(_, suffix)| suffix);
    kind.eq_ignore_ascii_case("application") && suffix.eq_ignore_ascii_case("json")
}

/// Strips a leading byte order mark (RFC 8259, 8.1).
fn without_bom(raw: &[u8]) -> &[u8] {
    raw.strip_prefix("\u{feff}".as_bytes()).unwrap_or(raw)
}

/// Reads the whole body, up to [`MAX_BODY_BYTES`]. A body in one frame is not copied.
async fn read_body(body: Body) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(Problem::new(Code::TooLarge));
    }
    let body = Limited::new(body, MAX_BODY_BYTES).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Problem::new(Code::TooLarge)
        } else if BodyTooSlow::is_behind(error.as_ref()) {
            Problem::new(Code::TooSlow)
        } else {
            Problem::new(Code::BadRequest).with_detail("The body could not be read completely.")
        }
    })?;
    Ok(body.to_bytes())
}

/// Parses a JSON object. An error names the field.
pub(in crate::http) fn parse<T: DeserializeOwned>(raw: &[u8]) -> Result<T, Problem> {
    // The whole body must be JSON within the structural limits before any field is validated.
    let text = str::from_utf8(raw).map_err(|error| {
        let detail = format!("The body is not JSON: it is not UTF-8 after {} bytes.", error.valid_up_to());
        Problem::new(Code::BadJson).with_detail(detail)
    })?;
    json_limits::check(text).map_err(|error| match error {
        JsonLimitError::NotJson { reason, line, column } => not_json(text, &reason, line, column),
        JsonLimitError::TooDeep => Problem::new(Code::BadJson).with_detail("The body is nested deeper than 16 levels."),
        JsonLimitError::TooLarge { field, reason } => Problem::invalid(field, reason),
    })?;
    // Serde would accept a list as fields in order, and its error for other values would name internal types.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Problem::invalid("body", "must be an object"));
    }
    serde_json::from_str(text).or_else(|_| typed_error(text))
}

/// Returns the problem of invalid JSON, with its position in characters.
fn not_json(text: &str, reason: &str, line: usize, column: usize) -> Problem {
    let before = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default().as_bytes();
    let column = String::from_utf8_lossy(&before[..column.min(before.len())]).chars().count();
    let detail = format!("The body is not JSON: {}, at line {line}, column {column}.", excerpt(reason, 100));
    Problem::new(Code::BadJson).with_detail(detail)
}

/// Parses again to find the invalid field: tracking the path costs more than parsing.
fn typed_error<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner().to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
        let field = if path == "." { "body".to_owned() } else { excerpt(&path, 100) };
        Problem::invalid(field, &format!("is invalid: {}", excerpt(reason, 300)))
    })
}

/// Returns up to `max` characters of client text, escaped so that neither a page nor a terminal interprets any of it (SEC-088).
fn excerpt(text: &str, max: usize) -> String {
    let plain = |c: char| c == ' ' || (c.is_ascii_graphic() && !matches!(c, '<' | '>' | '&'));
    let show = |c: char| if plain(c) { c.to_string() } else { c.escape_unicode().to_string() };
    text.chars().take(max).map(show).collect()
}
