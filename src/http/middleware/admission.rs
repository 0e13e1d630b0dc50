//! Admission: charges a request to a person or an address, checks the length of its URL and whether it is shed under load.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::catch_panic::catch_panic;
use super::client_ip;
use crate::http::app::AppState;
use crate::http::operations::{self, CredentialUse, Operation};
use crate::http::respond::problem::{Code, Problem};
use crate::service::charge::{Charge, Metering};
use crate::service::error::Error;
use crate::transport::admission::AddressPermit;

/// Maximum length of path and query in bytes (SEC-102).
pub const MAX_URI_BYTES: usize = 2 << 10;

/// Lets a request pass, with its account in it, unless a limit is exceeded.
pub(in crate::http) async fn admit(app: &AppState, mut request: Request, next: Next) -> Response {
    let Some(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip()) else {
        return Problem::new(Code::Internal).into_response();
    };
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let operation = route.and_then(|route| operations::find(request.method(), route));
    // The API is counted, and so are paths that nothing serves; pages with their files, documents and health checks are not.
    let is_rate_limited = route.is_none_or(|route| route.starts_with("/v1/"));
    let address = client_ip::resolve(peer, request.headers(), &app.trusted_proxies);
    let charge = Charge::new(address, operation.map_or(Metering::Metered, |operation| operation.metering));
    if is_rate_limited && let Err(error) = charge_request(app, &request, operation, &charge) {
        return Problem::from(error).into_response();
    }
    if let Err(problem) = check(app, &request, operation) {
        return problem.into_response();
    }
    let connection = request.extensions_mut().remove::<AddressPermit>();
    request.extensions_mut().insert(charge.clone());
    let response = catch_panic(request, next).await;
    if let (Some(connection), Some(person)) = (connection, charge.person()) {
        connection.recognise(person);
    }
    if is_rate_limited { charge_response(app, &charge, response) } else { response }
}

/// Charges the request to its address at once, where it carries no credential that could name a person.
fn charge_request(app: &AppState, request: &Request, operation: Option<&Operation>, charge: &Charge) -> Result<(), Error> {
    app.service.admit_request(charge)?;
    if may_carry_credential(request, operation) { Ok(()) } else { app.service.charge_address(charge) }
}

/// Refuses URLs that are too long, and operations that are shed under load.
fn check(app: &AppState, request: &Request, operation: Option<&Operation>) -> Result<(), Problem> {
    if request.uri().path_and_query().is_some_and(|uri| uri.as_str().len() > MAX_URI_BYTES) {
        return Err(Problem::new(Code::UriTooLong));
    }
    if operation.is_some_and(Operation::is_versioned) && has_token_in_query(request) {
        return Err(
            Problem::new(Code::BadRequest).with_detail("No token stands in a URL, which ends up in logs: send it in the Authorization header.")
        );
    }
    let priority = operation.and_then(|operation| operation.priority_of(request.headers()));
    if priority.is_some_and(|priority| !app.load.admits(priority)) {
        return Err(Problem::new(Code::Overloaded).retry_after(Duration::from_millis(app.service.reconnect_delay_ms())));
    }
    Ok(())
}

/// Whether the query carries an access token (SEC-054).
fn has_token_in_query(request: &Request) -> bool {
    let named = |pair: &str| matches!(pair.split('=').next(), Some("access_token" | "token"));
    request.uri().query().is_some_and(|query| query.split('&').any(named))
}

fn charge_response(app: &AppState, charge: &Charge, response: Response) -> Response {
    // The session that follows settles the charge.
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return response;
    }
    settle(app, charge, response.status()).map_or(response, Problem::into_response)
}

/// Charges the address for a request whose caller turned out to be unknown. Beyond the budget, a refusal to an unknown caller is answered as a rate limit,
/// so that nothing can be learned from it.
pub(in crate::http) fn settle(app: &AppState, charge: &Charge, status: StatusCode) -> Option<Problem> {
    if let (true, Err(error)) = (charge.is_open(), app.service.charge_address(charge))
        && status.is_client_error()
    {
        return Some(error.into());
    }
    if status == StatusCode::NOT_FOUND {
        app.service.charge_not_found(charge);
    }
    None
}

/// Whether the request may carry a credential: in its header, its query, or its body (API 1, *Who you are*).
fn may_carry_credential(request: &Request, operation: Option<&Operation>) -> bool {
    let Some(operation) = operation.filter(|operation| operation.credential != CredentialUse::Ignored) else { return false };
    let in_query = || request.uri().query().is_some_and(|query| query.contains("client_id=") || query.contains("ticket="));
    request.headers().contains_key(header::AUTHORIZATION) || operation.credential_in_body || in_query()
}
