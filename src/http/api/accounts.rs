//! Handlers of accounts.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::account::{AccountChange, DirectMessages};
use crate::domain::email::EmailAddress;
use crate::domain::search_term::SearchTerm;
use crate::domain::text::Name;
use crate::domain::username::Username;
use crate::http::app::AppState;
use crate::http::extract::pagination::{NamedQuery, named_page};
use crate::http::extract::path::UserPath;
use crate::http::extract::{AccountBearer, Anonymous, IdempotencyHeader, Json, OptionalJson, Path, Query, replay_header};
use crate::http::respond::problem::Problem;
use crate::service::accounts::{Registration, SignUp, SignUpBy};
use crate::service::error::{FieldContext as _, Result};
use crate::wire;
use crate::wire::secret::Secret;

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct SearchQuery {
    /// The beginning of a username, or of a word of a name: 2 to 40 characters, in any case.
    #[param(min_length = 2, max_length = 40)]
    pub(in crate::http) search: Option<String>,
}

/// Reads what this server offers.
///
/// Whether you can sign up, and whether it sends mail and push notifications.
#[utoipa::path(get, path = "/v1/instance", tag = "accounts",
    responses((status = 200, description = "What this server offers", body = wire::accounts::Instance)))]
pub(in crate::http) async fn read_instance(State(app): State<AppState>) -> Answer<wire::accounts::Instance> {
    let registration = match app.service.registration() {
        Registration::Open => wire::accounts::Registration::Open,
        Registration::Code(_) => wire::accounts::Registration::Code,
        Registration::Closed => wire::accounts::Registration::Closed,
    };
    Answer(wire::accounts::Instance { registration, mail: app.service.sends_mail(), push: true })
}

/// Signs up.
///
/// Creates an account, and does not sign in. The username is final: no one else ever gets it.
#[utoipa::path(post, path = "/v1/users", tag = "accounts", request_body = wire::accounts::NewUser,
    responses((status = 201, description = "Your account", body = wire::accounts::Me,
        headers(("Location" = String, description = "The account's URL")))))]
pub(in crate::http) async fn sign_up(
    State(app): State<AppState>,
    Anonymous(caller): Anonymous,
    key: IdempotencyHeader,
    body: Json<wire::accounts::NewUser>,
) -> Result<Response, Problem> {
    let key = key.of(&caller, &body.raw)?;
    let created = app.service.sign_up(new_account(&body.value)?, SignUpBy::Themselves(&caller), key).await?;
    let location = [(header::LOCATION, app.present.user_url(&created.value.username))];
    Ok((StatusCode::CREATED, location, replay_header(&created), Answer(app.present.me(&created.value))).into_response())
}

/// Lists accounts.
///
/// Those that may be found, by username. With `search`, those whose username, or a word of whose name, begins with it.
#[utoipa::path(get, path = "/v1/users", tag = "accounts", params(SearchQuery, NamedQuery),
    responses((status = 200, description = "A page of accounts", body = wire::lists::List<wire::accounts::User>)))]
pub(in crate::http) async fn list_users(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    Query(search): Query<SearchQuery>,
    Query(query): Query<NamedQuery>,
) -> Result<Answer<wire::lists::List<wire::accounts::User>>, Problem> {
    let search = search.search.as_deref().map(SearchTerm::parse).transpose().in_field("search")?;
    let page = app.service.accounts(&caller, search, query.page()?).await?;
    Ok(Answer(named_page(&page, |view| view.username.as_str(), |view| app.present.user(view))))
}

/// Reads an account.
///
/// One that may be found, or your own.
#[utoipa::path(get, path = "/v1/users/{username}", tag = "accounts", params(UserPath),
    responses((status = 200, description = "The account as you see it", body = wire::accounts::User)))]
pub(in crate::http) async fn read_user(
    State(app): State<AppState>,
    Path(path): Path<UserPath>,
    AccountBearer(caller): AccountBearer,
) -> Result<Answer<wire::accounts::User>, Problem> {
    Ok(Answer(app.present.user(&app.service.account(&caller, path.username()).await?)))
}

/// Reads your account.
///
/// With your settings and your e-mail address, which no one else sees.
#[utoipa::path(get, path = "/v1/me", tag = "accounts", responses((status = 200, description = "Your account", body = wire::accounts::Me)))]
pub(in crate::http) async fn read_me(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
) -> Result<Answer<wire::accounts::Me>, Problem> {
    Ok(Answer(app.present.me(&app.service.me(&caller).await?)))
}

/// Updates your account.
///
/// A new e-mail address needs `current_password`, or a sign-in within the last 10 minutes. Beside a verified address it waits until it is verified.
#[utoipa::path(patch, path = "/v1/me", tag = "accounts",
    request_body(content = Option<wire::accounts::MeChange>, content_type = "application/json"),
    responses((status = 200, description = "Your account after the change", body = wire::accounts::Me)))]
pub(in crate::http) async fn update_me(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    OptionalJson(body): OptionalJson<wire::accounts::MeChange>,
) -> Result<Answer<wire::accounts::Me>, Problem> {
    let change = change(&body.value)?;
    let password = body.value.current_password.as_ref().map(Secret::expose);
    Ok(Answer(app.present.me(&app.service.update_account(&caller, change, password).await?)))
}

/// Deletes your account.
///
/// At once and everywhere: your messages become empty places, your name is gone, your sessions end. It needs `current_password`, or a sign-in within the
/// last 10 minutes.
#[utoipa::path(delete, path = "/v1/me", tag = "accounts",
    request_body(content = Option<wire::accounts::MeDeletion>, content_type = "application/json"),
    responses((status = 204, description = "The account is deleted")))]
pub(in crate::http) async fn delete_me(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    OptionalJson(body): OptionalJson<wire::accounts::MeDeletion>,
) -> Result<StatusCode, Problem> {
    app.service.delete_account(&caller, body.value.current_password.as_ref().map(Secret::expose)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes your password.
///
/// All your other sessions end.
#[utoipa::path(put, path = "/v1/me/password", tag = "accounts", request_body = wire::accounts::PasswordChange,
    responses((status = 204, description = "The password is changed")))]
pub(in crate::http) async fn change_password(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    body: Json<wire::accounts::PasswordChange>,
) -> Result<StatusCode, Problem> {
    app.service.change_password(&caller, body.value.current_password.expose(), body.value.new_password.expose()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns what somebody signs up with.
pub(in crate::http) fn new_account(new: &wire::accounts::NewUser) -> Result<SignUp> {
    Ok(SignUp {
        username: Username::parse(&new.username).in_field("username")?,
        password: new.password.expose().into(),
        email: new.email.as_deref().map(EmailAddress::parse).transpose().in_field("email")?,
        name: new.name.as_deref().map(Name::parse).transpose().in_field("name")?,
        code: new.code.as_ref().map(|code| code.expose().into()),
    })
}

fn change(change: &wire::accounts::MeChange) -> Result<AccountChange> {
    let email = |text: &Option<String>| text.as_deref().map(EmailAddress::parse).transpose().in_field("email");
    Ok(AccountChange {
        name: change.name.as_deref().map(Name::parse).transpose().in_field("name")?,
        email: change.email.as_ref().map(email).transpose()?,
        direct_messages: change.direct_messages.map(|setting| match setting {
            wire::accounts::DirectMessages::Friends => DirectMessages::Friends,
            wire::accounts::DirectMessages::Anyone => DirectMessages::Anyone,
            wire::accounts::DirectMessages::Nobody => DirectMessages::Nobody,
        }),
        findable: change.findable,
        read_receipts: change.read_receipts,
        presence: change.presence,
    })
}
