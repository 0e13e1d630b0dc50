//! The router: every route in one list.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use serde_json::Value;
use tower::util::MapRequest;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::{
    account_export, accounts, chat_items, chats, direct_chats, email_verifications, export, friends, group_knocks, groups, health, knocks, links,
    members, messages, password_resets, push, reactions, receipts, reports, sessions, streams, tickets, typing, webhooks,
};
use super::app::AppState;
use super::middleware;
use super::openapi::document;
use super::respond::problem::{Code, Problem};
use super::site::{assets, pages, qr, service_worker, well_known};
use super::socket::upgrade;

/// The root service, which answers every request.
pub type Root = MapRequest<Router, fn(Request) -> Request>;

/// Returns the routes of the API, with their `OpenAPI` document.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(document::outline())
        .routes(routes!(chat_items::list_chats, chats::open_chat))
        .routes(routes!(chats::read_chat, messages::post_message, chats::update_chat, chats::close_chat))
        .routes(routes!(chat_items::mute_chat, chat_items::unmute_chat))
        .routes(routes!(direct_chats::send_message))
        .routes(routes!(direct_chats::read_direct_messages))
        .routes(routes!(members::list_members))
        .routes(routes!(members::remove_member, members::update_member))
        .routes(routes!(groups::list_groups, groups::create_group))
        .routes(routes!(groups::read_group, groups::update_group, groups::close_group))
        .routes(routes!(groups::list_group_members, groups::add_group_member))
        .routes(routes!(groups::update_group_member, groups::remove_group_member))
        .routes(routes!(group_knocks::knock_at_group))
        .routes(routes!(group_knocks::read_group_knock, group_knocks::withdraw_group_knock))
        .routes(routes!(members::bind_membership))
        .routes(routes!(receipts::move_receipt))
        .routes(routes!(receipts::list_receipts))
        .routes(routes!(typing::set_typing))
        .routes(routes!(receipts::list_message_receipts))
        .routes(routes!(chats::read_activity))
        .routes(routes!(messages::read_message, messages::edit_message, messages::delete_message))
        .routes(routes!(reactions::add_reaction, reactions::remove_reaction))
        .routes(routes!(export::export_chat))
        .routes(routes!(reports::report_chat))
        .routes(routes!(links::list_links))
        .routes(routes!(webhooks::list_webhooks, webhooks::create_webhook))
        .routes(routes!(webhooks::delete_webhook))
        .routes(routes!(push::read_push_key))
        .routes(routes!(push::list_push_subscriptions, push::subscribe_to_push))
        .routes(routes!(push::delete_push_subscription))
        .routes(routes!(knocks::list_knocks))
        .routes(routes!(streams::follow_chat))
        .routes(routes!(links::create_link))
        .routes(routes!(knocks::exchange_link, links::revoke_link))
        .routes(routes!(knocks::knock))
        .routes(routes!(knocks::withdraw_knock))
        .routes(routes!(streams::wait_for_decision))
        .routes(routes!(knocks::read_approval, knocks::decide_knocks))
        .routes(routes!(tickets::issue_ticket))
        .routes(routes!(upgrade::open_socket))
        .merge(accounts_api())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

/// Returns the routes of accounts.
fn accounts_api() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(accounts::read_instance))
        .routes(routes!(accounts::list_users, accounts::sign_up))
        .routes(routes!(accounts::read_user))
        .routes(routes!(accounts::read_me, accounts::update_me, accounts::delete_me))
        .routes(routes!(accounts::change_password))
        .routes(routes!(account_export::export_account))
        .routes(routes!(sessions::list_sessions, sessions::sign_in, sessions::end_sessions))
        .routes(routes!(sessions::refresh_session))
        .routes(routes!(sessions::end_session))
        .routes(routes!(friends::list_friend_requests, friends::request_friendship))
        .routes(routes!(friends::answer_friend_request, friends::withdraw_friend_request))
        .routes(routes!(friends::list_friends))
        .routes(routes!(friends::end_friendship))
        .routes(routes!(friends::list_blocks))
        .routes(routes!(friends::block_account, friends::unblock_account))
        .routes(routes!(streams::follow_me))
        .routes(routes!(email_verifications::request_email_verification))
        .routes(routes!(email_verifications::verify_email))
        .routes(routes!(password_resets::request_password_reset))
        .routes(routes!(password_resets::confirm_password_reset))
}

/// The routes of the API and their `OpenAPI` document, built once per process: building them takes most of a server's start.
static API: LazyLock<(Router<AppState>, Value)> = LazyLock::new(|| {
    let (routes, document) = api().split_for_parts();
    (routes, document::complete(&document))
});

/// Returns the `OpenAPI` document, as it is served and checked in at `openapi/parlor.json`.
#[must_use]
pub fn document() -> Value {
    API.1.clone()
}

/// Returns the root service: the API, its documentation and the pages, wrapped in the middleware. The middleware is one layer, because each layer of
/// a router costs every request several copies of the inner service.
#[must_use]
pub fn root(app: AppState) -> Root {
    let (api, document) = &*API;
    let router = api
        .clone()
        .merge(pages::pages())
        .merge(assets::routes())
        .merge(qr::routes())
        .merge(service_worker::routes())
        .merge(well_known::pages())
        .merge(document::pages(document, app.site.base()))
        .fallback(async || Problem::new(Code::NotFound))
        .method_not_allowed_fallback(async || Problem::new(Code::MethodNotAllowed))
        .layer(from_fn_with_state(app.clone(), middleware::handle))
        .with_state(app);
    MapRequest::new(router, middleware::normalize_path)
}
