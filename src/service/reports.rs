//! Reports: members make them, the operator reads and closes them.

use std::sync::Arc;

use super::Service;
use super::authorization::Caller;
use super::error::{Capacity, Error, Limit, Result};
use crate::domain::id::{ChatId, ReportId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::person::Person;
use crate::domain::report::{Report, ReportStatus};
use crate::domain::text::Reason;
use crate::store::reports::{NewReport, NoReport, NotReported};

impl Service {
    /// Reports a message, or the chat as a whole. Only members may, within a daily limit.
    pub async fn report(
        self: &Arc<Self>,
        chat: ChatId,
        caller: &Caller,
        seq: Option<u64>,
        reason: Reason,
        key: Option<IdempotencyKey>,
    ) -> Result<Idempotent<ReportId>> {
        let (_, membership) = self.require_member(chat, caller).await?;
        let by = membership.member.id;
        let (person, now) = (caller.account().map_or(Person::Member(chat, by), Person::Account), self.now());
        self.rate_limits.reports.try_acquire(person, now).map_err(|wait| Error::Limit(Limit::Reports, wait))?;
        let new = NewReport { id: ReportId::random(self.random.as_ref()), chat, by, seq, reason, key };
        let created = self.commit(|store, now| async move { store.create_report(new, now).await }).await;
        if !matches!(&created, Ok(created) if !created.replayed) {
            self.rate_limits.reports.refund(person, now);
        }
        created
    }

    /// Lists reports, for the operator.
    pub async fn reports(&self, status: Option<ReportStatus>, page: PageRequest) -> Result<Page<Report>> {
        Ok(self.store.list_reports(status, page, self.now()).await?)
    }

    /// Closes a report, for the operator.
    pub async fn close_report(self: &Arc<Self>, report: ReportId) -> Result<Report> {
        self.commit(move |store, now| async move { store.close_report(report, now).await }).await
    }
}

impl From<NotReported> for Error {
    fn from(refusal: NotReported) -> Self {
        match refusal {
            NotReported::Gone => Self::NotFound,
            NotReported::NoMessage => Self::invalid("seq", "must be the number of a message that you can read"),
            NotReported::NodeFull => Self::Full(Capacity::Node),
            NotReported::KeyReused => Self::key_reused(),
            NotReported::TooManyKeys => Self::too_many_keys(),
        }
    }
}

impl From<NoReport> for Error {
    fn from(_: NoReport) -> Self {
        Self::NotFound
    }
}
