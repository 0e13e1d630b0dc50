//! Admission of commands: each is charged, shed and counted as the request of its operation.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::http::StatusCode;
use futures_util::FutureExt as _;

use super::encode::Answer;
use crate::domain::client_address::ClientAddress;
use crate::http::app::AppState;
use crate::http::middleware::admission::settle;
use crate::http::operations::Operation;
use crate::http::respond::problem::{Code, Problem};
use crate::service::charge::{Charge, Metering};

/// Opens the charge of a command of this operation, unless a limit is exceeded.
pub(super) fn admit(app: &AppState, address: ClientAddress, operation: Option<&Operation>) -> Result<Charge, Problem> {
    let charge = Charge::new(address, operation.map_or(Metering::Metered, |operation| operation.metering));
    app.service.admit_request(&charge)?;
    if operation.and_then(|operation| operation.priority).is_some_and(|priority| !app.load.admits(priority)) {
        return Err(Problem::new(Code::Overloaded).retry_after(Duration::from_millis(app.service.reconnect_delay_ms())));
    }
    Ok(charge)
}

/// Completes a command: charges its address if no person was charged, as a request is.
pub(super) fn complete(app: &AppState, charge: &Charge, result: Result<Answer, Problem>) -> Result<Answer, Problem> {
    let status = result.as_ref().map_or_else(|problem| problem.code().status(), |_| StatusCode::OK);
    settle(app, charge, status).map_or(result, Err)
}

/// Awaits a command; a panic is an internal error. The panic's message is dropped, since it may quote text of users.
pub(super) async fn catch_panic<T>(command: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    AssertUnwindSafe(command).catch_unwind().await.unwrap_or_else(|_| Err(Problem::new(Code::Internal)))
}
