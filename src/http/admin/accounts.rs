//! Handlers of the admin listener: accounts.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::search_term::SearchTerm;
use crate::http::api::accounts::{SearchQuery, new_account};
use crate::http::app::AppState;
use crate::http::extract::pagination::{NamedQuery, named_page};
use crate::http::extract::path::UserPath;
use crate::http::extract::{Json, Path, Query};
use crate::http::respond::problem::Problem;
use crate::service::accounts::{SignUpBy, Standing};
use crate::service::error::FieldContext as _;
use crate::wire;
use crate::wire::secret::Secret;

/// Lists all accounts by username, optionally those that match a search.
pub(super) async fn list_users(
    State(app): State<AppState>,
    Query(search): Query<SearchQuery>,
    Query(query): Query<NamedQuery>,
) -> Result<Answer<wire::lists::List<wire::accounts::ManagedUser>>, Problem> {
    let search = search.search.as_deref().map(SearchTerm::parse).transpose().in_field("search")?;
    let page = app.service.all_accounts(search, query.page()?).await?;
    Ok(Answer(named_page(&page, |(account, _)| account.username.as_str(), |(account, chats)| app.present.managed_user(account, *chats))))
}

/// Creates an account, also where registration is closed.
pub(super) async fn create_user(State(app): State<AppState>, body: Json<wire::accounts::NewUser>) -> Result<Response, Problem> {
    let created = app.service.sign_up(new_account(&body.value)?, SignUpBy::Operator, None).await?.value;
    let location = [(header::LOCATION, app.present.user_url(&created.username))];
    Ok((StatusCode::CREATED, location, Answer(app.present.me(&created))).into_response())
}

/// Deletes an account and erases it everywhere.
pub(super) async fn delete_user(State(app): State<AppState>, Path(path): Path<UserPath>) -> Result<StatusCode, Problem> {
    app.service.remove_account(path.username()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns a URL where the owner of an account sets a new password.
pub(super) async fn reset_password(
    State(app): State<AppState>,
    Path(path): Path<UserPath>,
) -> Result<Answer<wire::accounts::IssuedPasswordReset>, Problem> {
    let token = app.service.issue_password_reset(path.username()).await?;
    Ok(Answer(wire::accounts::IssuedPasswordReset { url: Secret::new(app.present.reset_url(&token)) }))
}

/// Suspends an account: its sessions end, and no one can sign in to it.
pub(super) async fn suspend_user(State(app): State<AppState>, Path(path): Path<UserPath>) -> Result<StatusCode, Problem> {
    app.service.set_standing(path.username(), Standing::Suspended).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lifts the suspension of an account.
pub(super) async fn reinstate_user(State(app): State<AppState>, Path(path): Path<UserPath>) -> Result<StatusCode, Problem> {
    app.service.set_standing(path.username(), Standing::Active).await?;
    Ok(StatusCode::NO_CONTENT)
}
