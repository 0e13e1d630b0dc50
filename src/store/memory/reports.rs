//! Reports in memory. One is made with its chat locked, so that no message is erased between reading and quoting it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;

use super::MemoryStore;
use super::allocation::{MemoryCost, block, shared, table_slots, tree};
use super::chat::ChatState;
use super::chat::idempotency::{IdempotencyCache, impl_from_key_error};
use super::counting::NodeData;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Event;
use crate::domain::id::ReportId;
use crate::domain::idempotency::Idempotent;
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::report::{MAX_REPORTS, Report, ReportStatus, ReportedMessage};
use crate::domain::username::Username;
use crate::store::reports::{NewReport, NoReport, NotReported, Reports};
use crate::store::{Committed, StoreResult, WriteResult};

impl_from_key_error!(NotReported);

impl MemoryCost for ReportId {
    fn bytes(&self) -> u64 {
        0
    }
}

impl MemoryCost for Report {
    fn bytes(&self) -> u64 {
        let message = self.message.as_ref().map_or(0, |message| {
            let text = message.text.as_ref().map_or(0, |text| block(text.as_str().len()));
            message.author.as_ref().map_or(0, |author| author.bytes()) + text
        });
        self.by.bytes() + self.reason.as_ref().map_or(0, |reason| shared(reason.as_str())) + message
    }
}

/// All reports of the node.
#[derive(Debug, Default)]
pub(super) struct ReportTable {
    last: u64,
    /// The last report whose text was kept long enough.
    last_without_text: u64,
    reports: BTreeMap<u64, Report>,
    numbers: HashMap<ReportId, u64>,
    closed: BTreeSet<u64>,
    keys: IdempotencyCache<ReportId>,
    /// The heap memory of all reports, in bytes.
    report_bytes: u64,
    counted: u64,
}

impl ReportTable {
    fn insert(&mut self, report: Report) -> Result<(), NotReported> {
        if self.reports.len() >= MAX_REPORTS {
            let oldest = self.closed.pop_first().ok_or(NotReported::NodeFull)?;
            if let Some(dropped) = self.reports.remove(&oldest) {
                self.numbers.remove(&dropped.id);
                self.report_bytes -= dropped.bytes();
            }
        }
        self.last += 1;
        self.report_bytes += report.bytes();
        self.numbers.insert(report.id, self.last);
        self.reports.insert(self.last, Report { number: self.last, ..report });
        Ok(())
    }

    fn close(&mut self, id: ReportId, now: Timestamp) -> Result<Report, NoReport> {
        let number = self.numbers.get(&id).ok_or(NoReport)?;
        let report = self.reports.get_mut(number).ok_or(NoReport)?;
        report.closed_at = report.closed_at.or(Some(now));
        self.closed.insert(*number);
        Ok(report.clone())
    }

    /// Destroys the texts that were kept long enough, and the keys.
    fn expire(&mut self, now: Timestamp) {
        self.keys.expire(now);
        for (number, report) in self.reports.range_mut(self.last_without_text + 1..) {
            if report.text_until() > now {
                break;
            }
            let before = report.bytes();
            report.drop_text();
            self.report_bytes = self.report_bytes + report.bytes() - before;
            self.last_without_text = *number;
        }
    }

    /// Erases a deleted account: its name, and the reasons that it gave.
    pub(super) fn erase(&mut self, username: &Username) {
        for report in self.reports.values_mut() {
            let before = report.bytes();
            if report.by.username.as_ref() == Some(username) {
                (report.by, report.reason) = (report.by.deleted().into(), None);
            }
            let author = report.message.as_mut().and_then(|message| message.author.as_mut());
            if let Some(author) = author.filter(|author| author.username.as_ref() == Some(username)) {
                *author = author.deleted().into();
            }
            self.report_bytes = self.report_bytes + report.bytes() - before;
        }
    }
}

impl NodeData for ReportTable {
    fn memory_bytes(&self) -> u64 {
        let lists = tree::<(u64, Report)>(self.reports.len()) + table_slots::<(ReportId, u64)>(self.numbers.len()) + tree::<u64>(self.closed.len());
        lists + self.report_bytes + self.keys.memory_bytes()
    }

    fn counted(&mut self) -> &mut u64 {
        &mut self.counted
    }
}

#[async_trait]
impl Reports for MemoryStore {
    async fn create_report(&self, new: NewReport, now: Timestamp) -> WriteResult<Idempotent<ReportId>, NotReported> {
        Ok(self.write(new.chat, now, NotReported::Gone, |state| {
            let mut reports = self.reports_mut();
            if let Some(id) = reports.keys.lookup(new.key.as_ref(), now)? {
                return Ok(Idempotent::replayed(id));
            }
            reports.insert(state.report(&new, now)?)?;
            reports.keys.insert(new.key.as_ref(), || new.id, now);
            Ok(Idempotent::new(new.id))
        }))
    }

    async fn list_reports(&self, status: Option<ReportStatus>, page: PageRequest, now: Timestamp) -> StoreResult<Page<Report>> {
        let mut reports = self.reports_mut();
        reports.expire(now);
        let later = reports.reports.range(page.after.saturating_add(1)..).map(|(_, report)| report);
        Ok(Page::first(later.filter(|report| status.is_none_or(|status| report.status() == status)).cloned(), page.limit))
    }

    async fn close_report(&self, report: ReportId, now: Timestamp) -> WriteResult<Report, NoReport> {
        let mut reports = self.reports_mut();
        reports.expire(now);
        Ok(reports.close(report, now).map(|report| Committed::new(report, Vec::new())))
    }

    async fn expire_reports(&self, now: Timestamp) -> StoreResult<()> {
        self.reports_mut().expire(now);
        Ok(())
    }

    async fn count_open_reports(&self) -> StoreResult<u64> {
        let reports = self.reports_mut();
        Ok((reports.reports.len() - reports.closed.len()) as u64)
    }
}

impl ChatState {
    /// Returns a report of a member, with the message as it is now.
    fn report(&self, new: &NewReport, now: Timestamp) -> Result<Report, NotReported> {
        let reporter = self.member(new.by).filter(|_| !self.is_departed(new.by)).ok_or(NotReported::Gone)?;
        let (by, floor) = (reporter.membership.member.clone(), reporter.membership.visible_from);
        let message = new.seq.map(|seq| self.quoted(seq, floor).ok_or(NotReported::NoMessage)).transpose()?;
        let reason = Some(new.reason.clone());
        Ok(Report { id: new.id, number: 0, chat: new.chat, by, reason, message, created_at: now, closed_at: None })
    }

    fn quoted(&self, seq: u64, floor: u64) -> Option<ReportedMessage> {
        match &self.readable_message(floor, seq)?.event {
            Event::Message(message) => Some(ReportedMessage { seq, author: message.member.clone(), text: message.text.clone() }),
            Event::DeletedMessage(message) => Some(ReportedMessage { seq, author: message.member.clone(), text: None }),
            _ => None,
        }
    }
}
