//! Keeps browsers out of the admin listener: it has no password, so a web page must not reach it through the operator's browser.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::header;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::state::AdminState;
use crate::http::middleware;
use crate::http::respond::problem::{Code, Problem};

/// Paths that change nothing and show no personal data; a monitor may reach them by any name.
const OPEN: [&str; 3] = ["/metrics", "/healthz", "/readyz"];
const HTTP_PORT: u16 = 80;

/// Handles a request: refuses it if it came through a web page, else runs the handler.
pub(super) async fn handle(State(state): State<AdminState>, request: Request, next: Next) -> Response {
    let id = state.app.service.request_id();
    let is_open = OPEN.contains(&request.uri().path());
    let response = if is_open || (is_own_host(&request, state.address) && !request.headers().contains_key(header::ORIGIN)) {
        middleware::catch_panic(request, next).await
    } else {
        Problem::new(Code::NotAllowed).with_detail("The admin listener answers to its own address only, and to no web page.").into_response()
    };
    middleware::complete(&state.app, id, response).0
}

/// Returns true if the request names the listener by its own address, or as localhost: any other name may be a web page's (DNS rebinding).
fn is_own_host(request: &Request, own: SocketAddr) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let named = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()),
        (None, _) => request.uri().authority().cloned(),
        (Some(_), Some(_)) => None,
    };
    named.is_some_and(|host| names(&host, own))
}

fn names(host: &Authority, own: SocketAddr) -> bool {
    if host.port_u16().unwrap_or(HTTP_PORT) != own.port() {
        return false;
    }
    let name = host.host();
    match name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        // A listener on all addresses has each of them, and no page's name is an address.
        Ok(ip) => own.ip().is_unspecified() || ip.to_canonical() == own.ip().to_canonical(),
        Err(_) => name.eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_has_its_address_and_localhost() {
        let own = |host: &str, own: &str| names(&host.parse().unwrap(), own.parse().unwrap());
        for right in ["127.0.0.1:9090", "localhost:9090", "LOCALHOST:9090", "[::ffff:127.0.0.1]:9090"] {
            assert!(own(right, "127.0.0.1:9090"), "{right}");
        }
        for wrong in ["127.0.0.1", "127.0.0.2:9090", "127.0.0.1:9091", "localhost", "evil.example:9090", "localhost.evil.example:9090", "[::1]:9090"]
        {
            assert!(!own(wrong, "127.0.0.1:9090"), "{wrong}");
        }
        assert!(own("10.0.0.7:9090", "0.0.0.0:9090") && own("[fd00::7]:9090", "[::]:9090") && own("[::1]", "[::1]:80"));
        assert!(!own("rebound.example:9090", "0.0.0.0:9090"));
    }
}
