//! What every request is held to before it is looked at: whom it is counted as, how long its address is, whether there is time for it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use ipnet::IpNet;

use super::connection::admission::AddressPermit;
use super::load::Load;
use super::problem::{Code, Problem};
use super::worth::Worth;
use super::{App, address, answer};
use crate::config::Config;
use crate::service::charge::{Charge, Metering};

/// The most bytes of path and query (SEC-102).
pub const URI: usize = 2 << 10;

/// What no rate refuses to whom it belongs: deciding, removing, revoking, closing (API 5).
const EXEMPT: [(&str, &str); 4] = [
    ("POST", "/v1/approval"),
    ("DELETE", "/v1/chats/{chat_id}/members/{member_id}"),
    ("DELETE", "/v1/links/{link_id}"),
    ("DELETE", "/v1/chats/{chat_id}"),
];
/// Where a credential may stand in the body (API 1, *Who you are*).
const CREDENTIAL_IN_BODY: [&str; 3] = ["/v1/chats/{chat_id}", "/v1/links", "/v1/approval"];

/// What is counted here and not in the service.
#[derive(Debug)]
pub struct Limits {
    trusted: Vec<IpNet>,
    /// How much there is to do.
    pub load: Load,
}

impl Limits {
    /// As the settings say.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { trusted: config.trusted_proxy.clone(), load: Load::default() }
    }
}

/// Lets a request pass, with its account in it, unless something is exceeded.
pub(super) async fn hold(app: &App, mut request: Request, next: Next) -> Response {
    let Some(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip()) else {
        return Problem::new(Code::Internal).into_response();
    };
    let address = address::client(peer, request.headers(), &app.limits.trusted);
    let charge = Charge::new(address, metering(&request));
    let counted = is_counted(&request);
    if let Err(problem) = admit(app, &request, &charge) {
        return problem.into_response();
    }
    let connection = request.extensions_mut().remove::<AddressPermit>();
    request.extensions_mut().insert(charge.clone());
    let response = answer::handled(request, next).await;
    if let (Some(connection), Some(person)) = (connection, charge.person()) {
        connection.recognise(person);
    }
    if counted { settle(app, &charge, response) } else { response }
}

/// Whether anything refuses the request before its caller is known.
fn admit(app: &App, request: &Request, charge: &Charge) -> Result<(), Problem> {
    if is_counted(request) {
        app.service.admit_request(charge)?;
        if !may_show_a_credential(request) {
            app.service.charge_address(charge)?;
        }
    }
    if request.uri().path_and_query().is_some_and(|uri| uri.as_str().len() > URI) {
        return Err(Problem::new(Code::UriTooLong));
    }
    let Some(route) = route(request) else { return Ok(()) };
    if Worth::of(request.method(), route, request.headers()).is_some_and(|worth| !app.limits.load.takes(worth)) {
        return Err(Problem::new(Code::Overloaded).after(Duration::from_millis(app.service.retry())));
    }
    Ok(())
}

/// Counts against its address what turned out to be nobody's. What was refused to an unknown caller is, beyond their budget, told as that: so nothing can be
/// learned from its answer.
fn settle(app: &App, charge: &Charge, response: Response) -> Response {
    if let (true, Err(error)) = (charge.is_open(), app.service.charge_address(charge))
        && response.status().is_client_error()
    {
        return Problem::from(error).into_response();
    }
    if response.status() == StatusCode::NOT_FOUND {
        app.service.charge_not_found(charge);
    }
    response
}

/// Whether a request counts against somebody: the API does, and so does what nothing serves; pages with their files, documents, health do not.
fn is_counted(request: &Request) -> bool {
    route(request).is_none_or(|route| route.starts_with("/v1/"))
}

fn metering(request: &Request) -> Metering {
    let (method, route) = (request.method().as_str(), route(request).unwrap_or_default());
    if EXEMPT.contains(&(method, route)) { Metering::Exempt } else { Metering::Metered }
}

/// Whether whoever serves the request may find a credential in it.
fn may_show_a_credential(request: &Request) -> bool {
    let Some(route) = route(request).filter(|route| *route != "/v1/chats") else { return false };
    let in_query = || request.uri().query().is_some_and(|query| query.contains("client_id=") || query.contains("ticket="));
    let in_body = || request.method() == Method::POST && CREDENTIAL_IN_BODY.contains(&route);
    request.headers().contains_key(header::AUTHORIZATION) || in_query() || in_body()
}

fn route(request: &Request) -> Option<&str> {
    request.extensions().get::<MatchedPath>().map(MatchedPath::as_str)
}
