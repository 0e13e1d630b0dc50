//! One request of a connection and its response: what handlers learn of the connection, and what may follow the response on it.

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::extract::{ConnectInfo, Request};
use axum::http::{StatusCode, header};
use axum::response::Response;
use hyper::Version;
use hyper::body::Incoming;
use tower::{Service, ServiceExt as _};

use super::admission::{ConnectionPermits, OverConnectionLimit};
use super::body::{RequestBody, ResponseBody};
use super::handover::Handover;
use super::peer::PeerKind;
use super::state::{ConnectionState, HttpVersion, RequestGuard};
use super::upgrade::UpgradeSlot;

/// A service that answers requests.
pub trait RequestService: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static {}

impl<S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static> RequestService for S {}

/// What may follow the response to a request on the same connection.
pub(super) enum Next {
    Stream(Handover),
    Session(UpgradeSlot),
}

/// Returns the slot for the session that follows a request to upgrade.
pub(super) fn upgrade_slot(request: &Request<Incoming>, slot: &OnceLock<UpgradeSlot>) -> Option<UpgradeSlot> {
    request.headers().contains_key(header::UPGRADE).then(|| slot.get_or_init(UpgradeSlot::default).clone())
}

/// Who is at the other end of a connection, and its state.
pub(super) struct Client {
    pub(super) address: SocketAddr,
    pub(super) permits: ConnectionPermits,
    pub(super) state: Arc<ConnectionState>,
}

impl Client {
    /// Begins a request: adds what handlers need to know about the connection.
    pub(super) fn prepare(&self, request: Request<Incoming>) -> (Request, RequestGuard) {
        let version = if request.version() == Version::HTTP_2 { HttpVersion::Http2 } else { HttpVersion::Http1 };
        let guard = self.state.begin_request(version);
        let mut request = request.map(|body| RequestBody::watched(body, self.state.clone()));
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(self.address));
        if let Some(permit) = self.permits.unrecognised() {
            extensions.insert(permit);
        }
        if self.permits.peer == PeerKind::OverLimit {
            extensions.insert(OverConnectionLimit);
        }
        (request, guard)
    }
}

/// Answers a request. If its handler hands over a stream, the response stays pending, and the connection is taken from hyper; if it upgrades the
/// connection, that is taken after the response.
pub(super) async fn answer<S: RequestService>(
    service: S,
    (mut request, guard): (Request, RequestGuard),
    next: Option<Next>,
) -> Result<Response<ResponseBody>, Infallible> {
    match &next {
        Some(Next::Stream(handover)) => drop(request.extensions_mut().insert(handover.clone())),
        Some(Next::Session(slot)) => drop(request.extensions_mut().insert(slot.clone())),
        None => {}
    }
    let response = service.oneshot(request).await?;
    let response = match next {
        None => Some(response),
        Some(Next::Stream(handover)) => handover.park(response),
        Some(Next::Session(slot)) => {
            slot.settle(response.status() == StatusCode::SWITCHING_PROTOCOLS, &guard);
            Some(response)
        }
    };
    let Some(response) = response else {
        guard.connection().await_flush();
        return pending().await;
    };
    Ok(response.map(|body| ResponseBody::new(body, guard)))
}
