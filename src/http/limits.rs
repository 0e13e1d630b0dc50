//! What every request is held to before it is looked at: who asks, how often, how long its address is, whether there is time for it.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hyper::body::{Frame, SizeHint};
use ipnet::IpNet;

use super::load::Load;
use super::places::{Place, Places};
use super::problem::{Code, Problem};
use super::worth::Worth;
use super::{App, address, answer};
use crate::config::Config;
use crate::domain::address::ClientAddress;

/// The most bytes of path and query (SEC-102).
pub const URI: usize = 2 << 10;
/// The most streams of a client address at one time.
pub const STREAMS: u32 = 64;

/// What is counted here and not in the service.
#[derive(Debug)]
pub struct Limits {
    trusted: Vec<IpNet>,
    streams: Arc<Places<ClientAddress>>,
    /// How much there is to do.
    pub load: Load,
}

impl Limits {
    /// As the settings say.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { trusted: config.trusted_proxy.clone(), streams: Places::new(config.times_factor(STREAMS)), load: Load::default() }
    }
}

/// Lets a request pass, with the client's address in it, unless something is exceeded.
pub(super) async fn hold(app: &App, mut request: Request, next: Next) -> Response {
    let Some(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip()) else {
        return Problem::new(Code::Internal).into_response();
    };
    let address = address::client(peer, request.headers(), &app.limits.trusted);
    let counted = is_counted(&request);
    let place = match admit(app, &request, address) {
        Ok(place) => place,
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(address);
    let response = answer::handled(request, next).await;
    if counted && response.status() == StatusCode::NOT_FOUND {
        app.service.charge_miss(address);
    }
    match place {
        Some(place) if response.status() == StatusCode::OK => response.map(|body| Body::new(Held { body, place: Some(place) })),
        _ => response,
    }
}

/// The request's place among the streams, where it asks for one.
fn admit(app: &App, request: &Request, address: ClientAddress) -> Result<Option<Place<ClientAddress>>, Problem> {
    if is_counted(request) {
        app.service.admit_request(address)?;
    }
    if request.uri().path_and_query().is_some_and(|uri| uri.as_str().len() > URI) {
        return Err(Problem::new(Code::UriTooLong));
    }
    let Some(route) = route(request) else { return Ok(None) };
    if Worth::of(request.method(), route, request.headers()).is_some_and(|worth| !app.limits.load.takes(worth)) {
        return Err(later(app, Code::Overloaded));
    }
    if !route.ends_with("/events") {
        return Ok(None);
    }
    app.limits.streams.take(address).map(Some).ok_or_else(|| later(app, Code::TooManyStreams))
}

/// A problem that goes away, and not for all at the same moment.
fn later(app: &App, code: Code) -> Problem {
    Problem::new(code).after(Duration::from_millis(app.service.retry()))
}

/// Whether a request counts against its address: the API does, and so does what nothing serves; pages with their files, documents, health do not.
fn is_counted(request: &Request) -> bool {
    route(request).is_none_or(|route| route.starts_with("/v1/"))
}

fn route(request: &Request) -> Option<&str> {
    request.extensions().get::<MatchedPath>().map(MatchedPath::as_str)
}

/// A stream's body, with its place, which is left where the stream ends or is dropped.
struct Held {
    body: Body,
    place: Option<Place<ClientAddress>>,
}

impl hyper::body::Body for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.place = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
