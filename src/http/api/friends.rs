//! Handlers of friend requests, friends and blocks.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::friendship::{Answer as Answered, FriendRequestStatus, RequestDirection};
use crate::domain::text::Note;
use crate::domain::username::Username;
use crate::http::app::AppState;
use crate::http::extract::pagination::{ListQuery, NamedQuery, list_page, named_page};
use crate::http::extract::path::{FriendRequestPath, UserPath};
use crate::http::extract::{AccountBearer, IdempotencyHeader, Json, Path, Query, replay_header};
use crate::http::respond::problem::{Code, Problem};
use crate::service::error::{Error, FieldContext as _};
use crate::service::friends::Sent;
use crate::wire;

/// Which friend requests to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct RequestsQuery {
    /// `incoming` or `outgoing`; both by default.
    #[param(value_type = Option<String>, pattern = "^(incoming|outgoing)$")]
    direction: Option<String>,
    /// Only requests with this status: `pending`, `accepted` or `rejected`; all by default.
    #[param(value_type = Option<String>, pattern = "^(pending|accepted|rejected)$")]
    status: Option<String>,
}

impl RequestsQuery {
    fn direction(&self) -> Result<Option<RequestDirection>, Problem> {
        match self.direction.as_deref() {
            None => Ok(None),
            Some("incoming") => Ok(Some(RequestDirection::Incoming)),
            Some("outgoing") => Ok(Some(RequestDirection::Outgoing)),
            Some(_) => Err(Problem::invalid("direction", "must be incoming or outgoing")),
        }
    }

    fn status(&self) -> Result<Option<FriendRequestStatus>, Problem> {
        match self.status.as_deref() {
            None => Ok(None),
            Some("pending") => Ok(Some(FriendRequestStatus::Pending)),
            Some("accepted") => Ok(Some(FriendRequestStatus::Accepted)),
            Some("rejected") => Ok(Some(FriendRequestStatus::Rejected)),
            Some(_) => Err(Problem::invalid("status", "must be pending, accepted or rejected")),
        }
    }
}

/// Lists your friend requests.
///
/// The newest first. A rejection is listed, and told in no other way.
#[utoipa::path(get, path = "/v1/friend-requests", tag = "friends", params(RequestsQuery, ListQuery),
    responses((status = 200, description = "A page of friend requests", body = wire::lists::List<wire::friends::FriendRequest>)))]
pub(in crate::http) async fn list_friend_requests(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    Query(which): Query<RequestsQuery>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::friends::FriendRequest>>, Problem> {
    let page = app.service.friend_requests(&caller, which.direction()?, which.status()?, query.page()?).await?;
    Ok(Answer(list_page(&page, |view| view.request.position(), |view| app.present.friend_request(view))))
}

/// Asks somebody to be friends.
///
/// The same request again changes nothing. If they have asked you, this accepts their request. After a rejection you must wait for 7 days.
#[utoipa::path(post, path = "/v1/friend-requests", tag = "friends", request_body = wire::friends::NewFriendRequest,
    responses((status = 201, description = "The request", body = wire::friends::FriendRequest),
        (status = 200, description = "The request that was pending, or theirs, which is accepted now", body = wire::friends::FriendRequest)))]
pub(in crate::http) async fn request_friendship(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    key: IdempotencyHeader,
    body: Json<wire::friends::NewFriendRequest>,
) -> Result<Response, Problem> {
    let key = key.of(&caller, &body.raw)?;
    let note = body.value.note.as_deref().map(Note::parse).transpose().in_field("note")?;
    let username = Username::parse(&body.value.username).ok();
    let requested = app.service.request_friendship(&caller, username, note, key).await?;
    let (sent, view) = &requested.value;
    let status = if *sent == Sent::New { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, replay_header(&requested), Answer(app.present.friend_request(view))).into_response())
}

/// Answers a friend request.
///
/// Its receiver may. The same answer again changes nothing.
#[utoipa::path(patch, path = "/v1/friend-requests/{id}", tag = "friends", params(FriendRequestPath),
    request_body = wire::friends::FriendRequestChange,
    responses((status = 200, description = "The request with its answer", body = wire::friends::FriendRequest)))]
pub(in crate::http) async fn answer_friend_request(
    State(app): State<AppState>,
    Path(path): Path<FriendRequestPath>,
    AccountBearer(caller): AccountBearer,
    body: Json<wire::friends::FriendRequestChange>,
) -> Result<Answer<wire::friends::FriendRequest>, Problem> {
    let answer = match body.value.status {
        wire::friends::FriendRequestAnswer::Accepted => Answered::Accept,
        wire::friends::FriendRequestAnswer::Rejected => Answered::Reject,
    };
    let view = app.service.answer_request(&caller, path.id(), answer).await.map_err(problem)?;
    Ok(Answer(app.present.friend_request(&view)))
}

/// Withdraws a friend request.
///
/// Its sender may, while it is pending. It is gone for both.
#[utoipa::path(delete, path = "/v1/friend-requests/{id}", tag = "friends", params(FriendRequestPath),
    responses((status = 204, description = "The request is gone")))]
pub(in crate::http) async fn withdraw_friend_request(
    State(app): State<AppState>,
    Path(path): Path<FriendRequestPath>,
    AccountBearer(caller): AccountBearer,
) -> Result<StatusCode, Problem> {
    app.service.withdraw_request(&caller, path.id()).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists your friends.
///
/// By username.
#[utoipa::path(get, path = "/v1/friends", tag = "friends", params(NamedQuery),
    responses((status = 200, description = "A page of friends", body = wire::lists::List<wire::friends::Friend>)))]
pub(in crate::http) async fn list_friends(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    Query(query): Query<NamedQuery>,
) -> Result<Answer<wire::lists::List<wire::friends::Friend>>, Problem> {
    let page = app.service.friends(&caller, query.page()?).await?;
    Ok(Answer(named_page(&page, |friend| friend.user.username.as_str(), |friend| app.present.friend(friend))))
}

/// Ends a friendship.
///
/// Succeeds also where there was none.
#[utoipa::path(delete, path = "/v1/friends/{username}", tag = "friends", params(UserPath),
    responses((status = 204, description = "You are not friends")))]
pub(in crate::http) async fn end_friendship(
    State(app): State<AppState>,
    Path(path): Path<UserPath>,
    AccountBearer(caller): AccountBearer,
) -> Result<StatusCode, Problem> {
    app.service.unfriend(&caller, path.username()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the accounts that you block.
///
/// By username.
#[utoipa::path(get, path = "/v1/blocks", tag = "friends", params(NamedQuery),
    responses((status = 200, description = "A page of blocked accounts", body = wire::lists::List<wire::friends::Block>)))]
pub(in crate::http) async fn list_blocks(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    Query(query): Query<NamedQuery>,
) -> Result<Answer<wire::lists::List<wire::friends::Block>>, Problem> {
    let page = app.service.blocks(&caller, query.page()?).await?;
    Ok(Answer(named_page(&page, |blocked| blocked.user.username.as_str(), |blocked| app.present.block(blocked))))
}

/// Blocks an account.
///
/// It ends your friendship and withdraws your own request. They are not told that you block them: their requests wait for an answer that never comes,
/// and so do their knocks at knock chats that you own with your account, which you do not see. A knock that they made before stays as it is. An open
/// chat is open to them too.
#[utoipa::path(put, path = "/v1/blocks/{username}", tag = "friends", params(UserPath),
    responses((status = 204, description = "You block the account")))]
pub(in crate::http) async fn block_account(
    State(app): State<AppState>,
    Path(path): Path<UserPath>,
    AccountBearer(caller): AccountBearer,
) -> Result<StatusCode, Problem> {
    app.service.block(&caller, path.username()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a block.
///
/// Succeeds also where there was none. What the account asked meanwhile stays hidden, and so does a knock that it made, until that ends.
#[utoipa::path(delete, path = "/v1/blocks/{username}", tag = "friends", params(UserPath),
    responses((status = 204, description = "You do not block the account")))]
pub(in crate::http) async fn unblock_account(
    State(app): State<AppState>,
    Path(path): Path<UserPath>,
    AccountBearer(caller): AccountBearer,
) -> Result<StatusCode, Problem> {
    app.service.unblock(&caller, path.username()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: Error) -> Problem {
    match error {
        Error::NotAllowed => Problem::new(Code::NotAllowed).with_detail("The receiver answers a friend request, and the sender withdraws it."),
        error => error.into(),
    }
}
