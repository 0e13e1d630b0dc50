//! Every route, in one list.

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use serde_json::Value;
use tower::util::MapRequest;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{Code, Problem};
use super::{App, answer, assets, chats, docs, health, knocks, links, members, messages, reporting, streams, tickets, transcript, web};

/// Everything that answers a request.
pub type Root = MapRequest<Router, fn(Request) -> Request>;

/// The API, with its document.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(docs::outline())
        .routes(routes!(chats::open_chat))
        .routes(routes!(chats::read_chat, messages::post_message, chats::update_chat, chats::close_chat))
        .routes(routes!(members::list_members))
        .routes(routes!(members::remove_member))
        .routes(routes!(chats::read_activity))
        .routes(routes!(transcript::export_chat))
        .routes(routes!(links::list_links))
        .routes(routes!(knocks::list_knocks))
        .routes(routes!(streams::follow_chat))
        .routes(routes!(links::create_link))
        .routes(routes!(knocks::exchange_link, links::revoke_link))
        .routes(routes!(knocks::knock))
        .routes(routes!(knocks::withdraw_knock))
        .routes(routes!(streams::wait_for_decision))
        .routes(routes!(knocks::read_approval, knocks::decide_knocks))
        .routes(routes!(tickets::issue_ticket))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

/// The API's document, as it is served and kept in `openapi/parlor.json`.
#[must_use]
pub fn document() -> Value {
    docs::completed(&api().into_openapi())
}

/// The API, its documentation, the pages; what is the same for every answer around them. That is one layer: each layer of a router costs every request
/// several copies of what lies within.
#[must_use]
pub fn root(app: App) -> Root {
    let (api, document) = api().split_for_parts();
    let router = api
        .merge(web::pages())
        .merge(assets::routes())
        .merge(reporting::pages())
        .merge(docs::pages(docs::completed(&document), app.site.base()))
        .fallback(async || Problem::new(Code::NotFound))
        .method_not_allowed_fallback(async || Problem::new(Code::MethodNotAllowed))
        .layer(from_fn_with_state(app.clone(), answer::dress))
        .with_state(app);
    MapRequest::new(router, answer::without_trailing_slash)
}
