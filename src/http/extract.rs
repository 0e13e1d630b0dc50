//! What a request says, as handlers take it; whatever fails is already a problem.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, Uri, header};
use hyper::body::Body as _;
use serde::de::DeserializeOwned;

use super::connection::bodies::TooSlow;
use super::problem::{Code, Problem};
use super::shape::{self, Misshapen};
use crate::domain::address::ClientAddress;
use crate::domain::key::{IdempotencyKey, Once};
use crate::service::access::Caller;
use crate::service::charge::Charge;
use crate::wire::secret::Secret;

/// The most bytes of a request's body.
pub(super) const BODY: usize = 64 << 10;
/// Names a request that must not be carried out twice.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer repeats an earlier one.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Parts of the path, as `T` names them. What cannot be read names nothing, and is judged no earlier than what can.
#[derive(Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Default + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        Ok(path.map_or_else(|_| Self(T::default()), |axum::extract::Path(path)| Self(path)))
    }
}

/// The query, as `T` names it.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        query.map(|axum::extract::Query(query)| Self(query)).map_err(|_| Problem::invalid("query", "must be what this call takes, each at most once"))
    }
}

/// Who asks, as the `Authorization` header says.
#[derive(Debug)]
pub(super) struct Bearer(pub(super) Caller);

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let charge = charge(parts)?;
        let header = single(&parts.headers, &header::AUTHORIZATION).map_err(|()| Problem::new(Code::Unauthenticated))?;
        let Some(header) = header else { return Ok(Self(charge.anonymous())) };
        let token = match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_matches(' '),
            _ => return Err(Problem::new(Code::Unauthenticated)),
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if token.is_empty() || !token.bytes().all(plain) {
            return Err(Problem::new(Code::Unauthenticated));
        }
        Ok(Self(Caller::showing(token, charge)))
    }
}

/// Where the request comes from, as `limits.rs` found out.
#[derive(Debug)]
pub(super) struct Peer(pub(super) ClientAddress);

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        charge(parts).map(|charge| Self(charge.address()))
    }
}

/// The account of the request, as `limits.rs` opened it.
fn charge(parts: &Parts) -> Result<Charge, Problem> {
    parts.extensions.get().cloned().ok_or_else(|| Problem::new(Code::Internal))
}

/// The headers as they are.
#[derive(Debug)]
pub(super) struct Headers(pub(super) HeaderMap);

impl<S: Send + Sync> FromRequestParts<S> for Headers {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.clone()))
    }
}

/// The idempotency key, with what it is for.
#[derive(Debug)]
pub(super) struct Key(Option<Keyed>);

#[derive(Debug)]
struct Keyed {
    text: Secret,
    method: Method,
    uri: Uri,
}

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let wrong = || Problem::invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters, sent once");
        let Some(text) = single(&parts.headers, &IDEMPOTENCY_KEY).map_err(|()| wrong())? else { return Ok(Self(None)) };
        if text.is_empty() || text.len() > IdempotencyKey::MOST || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(wrong());
        }
        Ok(Self(Some(Keyed { text: Secret::new(text), method: parts.method.clone(), uri: parts.uri.clone() })))
    }
}

impl Key {
    /// The key of this caller's request with this body, if there is one. Where no credential tells callers apart, it must be hard to guess.
    pub(super) fn of(self, caller: &Caller, body: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
        let Some(Keyed { text, method, uri }) = self.0 else { return Ok(None) };
        let key = text.reveal();
        let who = caller.credential();
        if who.is_none() && key.len() < IdempotencyKey::FEWEST_ALONE {
            let reason = "must have at least 22 characters where nothing else tells callers apart";
            return Err(Problem::invalid("Idempotency-Key", reason));
        }
        Ok(Some(IdempotencyKey::new(who, method.as_str(), uri.path(), key, body)))
    }
}

/// A JSON body.
#[derive(Debug)]
pub(super) struct Json<T> {
    pub(super) value: T,
    pub(super) raw: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        must_be_json(request.headers())?;
        let raw = read(request.into_body()).await?;
        Ok(Self { value: parse(unmarked(&raw))?, raw })
    }
}

/// A JSON body that may be left out; an empty one says nothing, and is sent as JSON all the same.
#[derive(Debug)]
pub(super) struct JsonOrEmpty<T>(pub(super) Json<T>);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for JsonOrEmpty<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        must_be_json(request.headers())?;
        let raw = read(request.into_body()).await?;
        let json = unmarked(&raw);
        let value = if json.is_empty() { T::default() } else { parse(json)? };
        Ok(Self(Json { value, raw }))
    }
}

/// A JSON body that may be left out, together with its type.
#[derive(Debug)]
pub(super) struct JsonOrNothing<T>(pub(super) Json<T>);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for JsonOrNothing<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let typed = request.headers().contains_key(header::CONTENT_TYPE);
        if typed {
            return JsonOrEmpty::from_request(request, state).await.map(|JsonOrEmpty(json)| Self(json));
        }
        let raw = read(request.into_body()).await?;
        if raw.is_empty() { Ok(Self(Json { value: T::default(), raw })) } else { Err(Problem::new(Code::UnsupportedMediaType)) }
    }
}

/// A keyed creation's answer, marked where it repeats an earlier one.
pub(super) fn mark<T>(once: &Once<T>) -> Option<[(HeaderName, &'static str); 1]> {
    once.replayed.then_some([(REPLAYED, "true")])
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

/// Refuses what is not sent as JSON, or is packed: a small body could unfold into a large one (SEC-115).
fn must_be_json(headers: &HeaderMap) -> Result<(), Problem> {
    let problem = Problem::new(Code::UnsupportedMediaType);
    if !is_json(headers) {
        return Err(problem);
    }
    let codings = headers.get_all(header::CONTENT_ENCODING).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>();
    let mut codings = codings.iter().flat_map(|value| value.split(',')).map(str::trim);
    let packed = codings.find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"));
    match packed {
        None => Ok(()),
        Some(coding) => {
            let detail = format!("The body has the content coding {}, which is not taken: send it without.", shown(coding, 20));
            Err(problem.saying(detail).accepting("identity"))
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Ok(Some(value)) = single(headers, &header::CONTENT_TYPE) else { return false };
    let Some((kind, subtype)) = value.split(';').next().and_then(|essence| essence.trim().split_once('/')) else { return false };
    let suffix = subtype.rsplit_once('+').map_or(subtype, |(_, suffix)| suffix);
    kind.eq_ignore_ascii_case("application") && suffix.eq_ignore_ascii_case("json")
}

/// A body without the byte order mark that some write in front of it (RFC 8259, 8.1).
fn unmarked(raw: &[u8]) -> &[u8] {
    raw.strip_prefix("\u{feff}".as_bytes()).unwrap_or(raw)
}

/// The whole body, which seldom comes in more than one piece.
async fn read(mut body: Body) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > BODY as u64 {
        return Err(Problem::new(Code::TooLarge));
    }
    let (mut first, mut whole) = (Bytes::new(), Vec::new());
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|error| {
            if TooSlow::is_behind(&error) { Problem::new(Code::TooSlow) } else { Problem::new(Code::BadRequest).saying("The body broke off.") }
        })?;
        let Ok(piece) = frame.into_data() else { continue };
        if first.len().max(whole.len()) + piece.len() > BODY {
            return Err(Problem::new(Code::TooLarge));
        }
        if first.is_empty() {
            first = piece;
            continue;
        }
        if whole.is_empty() {
            whole.extend_from_slice(&first);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(if whole.is_empty() { first } else { whole.into() })
}

/// Reads an object. What is JSON but not what it must be is refused with the place where.
fn parse<T: DeserializeOwned>(raw: &[u8]) -> Result<T, Problem> {
    // The whole of it must be JSON of a sane shape before any part is judged.
    let text = str::from_utf8(raw).map_err(|error| {
        let detail = format!("The body is not JSON: it is not UTF-8 after {} bytes.", error.valid_up_to());
        Problem::new(Code::BadJson).saying(detail)
    })?;
    shape::judge(text).map_err(|misshapen| match misshapen {
        Misshapen::NotJson { reason, line, column } => not_json(text, &reason, line, column),
        Misshapen::TooDeep => Problem::new(Code::BadJson).saying("The body is nested deeper than 16 levels."),
        Misshapen::TooLarge { field, reason } => Problem::invalid(field, reason),
    })?;
    // Serde would take a list as the fields in their order, and names our types where it wanted an object.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Problem::invalid("body", "must be an object"));
    }
    serde_json::from_str(text).or_else(|_| explained(text))
}

/// Says what is wrong, and where: in characters, as people count.
fn not_json(text: &str, reason: &str, line: usize, column: usize) -> Problem {
    let before = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default().as_bytes();
    let column = String::from_utf8_lossy(&before[..column.min(before.len())]).chars().count();
    let detail = format!("The body is not JSON: {}, at line {line}, column {column}.", shown(reason, 100));
    Problem::new(Code::BadJson).saying(detail)
}

/// Reads it again, looking where it is not what it must be: to know that costs more than to read.
fn explained<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place = error.path().to_string();
        let reason = error.into_inner().to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
        let field = if place == "." { "body".to_owned() } else { shown(&place, 100) };
        Problem::invalid(field, &format!("is not what it must be: {}", shown(reason, 300)))
    })
}

/// What a client wrote, at most so many characters of it, as it can be shown anywhere: neither a page nor a terminal takes any of it for its own (SEC-088).
fn shown(text: &str, most: usize) -> String {
    let plain = |c: char| c == ' ' || (c.is_ascii_graphic() && !matches!(c, '<' | '>' | '&'));
    let show = |c: char| if plain(c) { c.to_string() } else { c.escape_unicode().to_string() };
    text.chars().take(most).map(show).collect()
}
