//! Handlers of the admin listener: reports.

use axum::Json as Answer;
use axum::extract::State;
use serde::Deserialize;

use crate::domain::report::ReportStatus;
use crate::http::app::AppState;
use crate::http::extract::pagination::{ListQuery, list_page};
use crate::http::extract::path::ReportPath;
use crate::http::extract::{Json, Path, Query};
use crate::http::respond::problem::Problem;
use crate::wire;

/// Which reports to list.
#[derive(Debug, Deserialize)]
pub(super) struct StatusQuery {
    status: Option<String>,
}

/// Lists reports in order of arrival, optionally those with one status.
pub(super) async fn list_reports(
    State(app): State<AppState>,
    Query(which): Query<StatusQuery>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::reports::Report>>, Problem> {
    let status = match which.status.as_deref() {
        None => None,
        Some("open") => Some(ReportStatus::Open),
        Some("closed") => Some(ReportStatus::Closed),
        Some(_) => return Err(Problem::invalid("status", "must be open or closed")),
    };
    let page = app.service.reports(status, query.page()?).await?;
    Ok(Answer(list_page(&page, |report| report.number, |report| app.present.report(report))))
}

/// Closes a report.
pub(super) async fn update_report(
    State(app): State<AppState>,
    Path(path): Path<ReportPath>,
    body: Json<wire::reports::ReportChange>,
) -> Result<Answer<wire::reports::Report>, Problem> {
    match body.value.status {
        wire::reports::ReportStatus::Closed => Ok(Answer(app.present.report(&app.service.close_report(path.id()).await?))),
        wire::reports::ReportStatus::Open => Err(Problem::invalid("status", "must be closed")),
    }
}
