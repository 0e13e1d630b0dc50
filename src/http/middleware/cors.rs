//! CORS: which other origins' pages may use the API from a browser (SEC-132).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::request_id::REQUEST_ID;
use crate::config::Origin;
use crate::http::extract::{IDEMPOTENCY_KEY, REPLAYED};
use crate::http::respond::sse::LAST_EVENT_ID;

/// How long browsers cache a preflight response, and so how long an origin that was removed may still be allowed.
const MAX_AGE: Duration = Duration::from_mins(10);

/// Lets pages of exactly these origins use the API; none, where there are none. Credentials are in headers that the page itself sends, so that a browser
/// adds nothing of its own to a request from elsewhere.
pub(in crate::http) fn layer(origins: &[Origin]) -> Option<CorsLayer> {
    let exact: Vec<_> = origins.iter().filter_map(|origin| HeaderValue::try_from(origin.to_string()).ok()).collect();
    if exact.is_empty() {
        return None;
    }
    let sent: [HeaderName; 4] = [header::AUTHORIZATION, header::CONTENT_TYPE, IDEMPOTENCY_KEY, LAST_EVENT_ID];
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(exact))
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers(sent)
        .expose_headers([header::LOCATION, header::RETRY_AFTER, REPLAYED, REQUEST_ID])
        .vary([header::ORIGIN])
        .max_age(MAX_AGE);
    Some(layer)
}

/// Answers preflight requests, and adds the headers of CORS to what `inner` answers.
pub(super) async fn handle<F, Fut>(layer: &CorsLayer, request: Request, inner: F) -> Response
where
    F: FnMut(Request) -> Fut + Clone,
    Fut: Future<Output = Response>,
{
    let mut inner = inner;
    let service = service_fn(move |request| {
        let response = inner(request);
        async move { Ok::<_, Infallible>(response.await) }
    });
    let Ok(response) = layer.layer(service).oneshot(request).await;
    response
}
