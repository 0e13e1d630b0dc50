//! Pages of other origins: which may use the API from a browser, and what of it (SEC-132).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::answer::REQUEST_ID;
use super::extract::{IDEMPOTENCY_KEY, REPLAYED};
use super::sse::LAST_EVENT_ID;
use super::{App, limits};
use crate::config::Origin;

/// How long a browser need not ask again. Whoever takes an origin out of the list waits so long.
const MAX_AGE: Duration = Duration::from_mins(10);

/// Lets pages of exactly these origins use the API; none, where there are none. Credentials are in headers that the page itself sends, so that a browser
/// adds nothing of its own to a request from elsewhere.
pub(super) fn layer(origins: &[Origin]) -> Option<CorsLayer> {
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

/// Answers a request as its origin wants, where other origins' pages may use the API; else as any other.
pub(super) async fn heed(app: App, request: Request, next: Next) -> Response {
    let Some(origins) = app.site.cors() else { return limits::hold(&app, request, next).await };
    let held = service_fn(|request| {
        let (app, next) = (app.clone(), next.clone());
        async move { Ok::<_, Infallible>(limits::hold(&app, request, next).await) }
    });
    let Ok(response) = origins.layer(held).oneshot(request).await;
    response
}
