//! Reports: what they quote, for how long, and how many are kept.

use std::time::Duration;

use parlor::domain::chat::HistoryVisibility;
use parlor::domain::id::{MemberId, ReportId};
use parlor::domain::idempotency::{IdempotencyKey, Idempotent};
use parlor::domain::pagination::PageRequest;
use parlor::domain::report::{MAX_REPORTS, REPORTED_TEXT_LIFETIME, Report, ReportStatus};
use parlor::domain::text::Reason;
use parlor::store::reports::{NewReport, NoReport, NotReported};

use crate::assertions::ALL;
use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done, key};

/// In the reason and in the message of each report.
const MARK: &str = "quincunx";

impl Fixture {
    async fn reports_keyed(
        &self,
        chat: &Hosted,
        by: MemberId,
        seq: Option<u64>,
        key: Option<IdempotencyKey>,
    ) -> Result<Idempotent<ReportId>, NotReported> {
        let new = NewReport { id: ReportId::random(&self.dice), chat: chat.id, by, seq, reason: Reason::parse(MARK).unwrap(), key };
        done(self.store.create_report(new, self.now()).await)
    }

    /// Reports a message, or the chat.
    pub(crate) async fn reports(&self, chat: &Hosted, by: MemberId, seq: Option<u64>) -> Result<ReportId, NotReported> {
        self.reports_keyed(chat, by, seq, None).await.map(|once| once.value)
    }

    async fn listed(&self, status: Option<ReportStatus>) -> Vec<Report> {
        self.store.list_reports(status, ALL, self.now()).await.unwrap().items
    }

    async fn close(&self, report: ReportId) -> Result<Report, NoReport> {
        done(self.store.close_report(report, self.now()).await)
    }
}

/// Returns the text that a report quotes.
fn quoted(report: &Report) -> Option<&str> {
    report.message.as_ref()?.text.as_ref().map(parlor::domain::text::MessageText::as_str)
}

async fn a_report_quotes_its_message_and_outlives_the_chat(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let seq = fixture.says(&chat, MARK).await;
    let (first, second) =
        (fixture.reports(&chat, MemberId::OWNER, Some(seq)).await.unwrap(), fixture.reports(&chat, MemberId::OWNER, None).await.unwrap());
    fixture.closes(&chat).await.unwrap();
    let reports = fixture.listed(None).await;
    assert_eq!(reports.iter().map(|report| report.id).collect::<Vec<_>>(), [first, second], "in order of arrival");
    assert_eq!((quoted(&reports[0]), reports[0].chat, reports[0].created_at), (Some(MARK), chat.id, fixture.now()));
    assert_eq!(reports[0].message.as_ref().unwrap().author.as_ref().unwrap().id, MemberId::OWNER);
    assert!(reports[1].message.is_none() && reports[1].reason.as_ref().unwrap().as_str() == MARK);
    assert_eq!(fixture.reports(&chat, MemberId::OWNER, Some(seq)).await.unwrap_err(), NotReported::Gone);
}

async fn only_members_report_and_only_what_they_can_read(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_so(|chat| chat.history = HistoryVisibility::SinceJoin).await;
    let (early, link) = (fixture.says(&chat, "Early").await, fixture.shares(&chat).await);
    let (ben, _) = fixture.enters(&link, "Ben").await;
    let late = fixture.says(&chat, "Late").await;
    fixture.reports(&chat, ben.id, Some(late)).await.unwrap();
    for seq in [0, 1, early, late - 1, late + 1, u64::MAX] {
        assert_eq!(fixture.reports(&chat, ben.id, Some(seq)).await.unwrap_err(), NotReported::NoMessage, "{seq}");
    }
    fixture.removes(&chat, ben.id, ben.id).await.unwrap();
    for stranger in [ben.id, MemberId::NONE, MemberId(99)] {
        assert_eq!(fixture.reports(&chat, stranger, None).await.unwrap_err(), NotReported::Gone);
    }
}

async fn a_text_is_kept_for_thirty_days(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let seq = fixture.says(&chat, MARK).await;
    fixture.reports(&chat, MemberId::OWNER, Some(seq)).await.unwrap();
    fixture.later(Duration::from_hours(1));
    fixture.reports(&chat, MemberId::OWNER, Some(seq)).await.unwrap();
    let texts = async || fixture.listed(None).await.iter().map(|report| quoted(report).is_some()).collect::<Vec<_>>();
    fixture.later(REPORTED_TEXT_LIFETIME.saturating_sub(Duration::from_hours(1) + Duration::from_millis(1)));
    fixture.store.expire_reports(fixture.now()).await.unwrap();
    assert_eq!(texts().await, [true, true]);
    fixture.later(Duration::from_millis(1));
    assert_eq!(texts().await, [false, true], "also before the job ran");
    fixture.later(Duration::from_hours(1));
    fixture.store.expire_reports(fixture.now()).await.unwrap();
    assert_eq!(texts().await, [false, false]);
    assert_eq!(fixture.store.count_open_reports().await.unwrap(), 2, "the reports stay");
}

async fn a_report_is_closed_once(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let (first, second) =
        (fixture.reports(&chat, MemberId::OWNER, None).await.unwrap(), fixture.reports(&chat, MemberId::OWNER, None).await.unwrap());
    let closed_at = fixture.now();
    assert_eq!(fixture.close(first).await.unwrap().closed_at, Some(closed_at));
    fixture.later(Duration::from_hours(1));
    assert_eq!(fixture.close(first).await.unwrap().closed_at, Some(closed_at));
    assert_eq!(fixture.close(ReportId::NIL).await.unwrap_err(), NoReport);
    let ids = async |status| fixture.listed(Some(status)).await.iter().map(|report| report.id).collect::<Vec<_>>();
    assert_eq!((ids(ReportStatus::Open).await, ids(ReportStatus::Closed).await), (vec![second], vec![first]));
    assert_eq!(fixture.store.count_open_reports().await.unwrap(), 1);
}

async fn the_same_key_makes_one_report(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let makes = async |body| fixture.reports_keyed(&chat, MemberId::OWNER, None, Some(key("a", body))).await;
    let (first, again) = (makes("1").await.unwrap(), makes("1").await.unwrap());
    assert_eq!((first.replayed, again.replayed, again.value), (false, true, first.value));
    assert_eq!(makes("2").await.unwrap_err(), NotReported::KeyReused);
    assert_eq!(fixture.listed(None).await.len(), 1);
}

async fn the_oldest_closed_report_gives_way(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let mut ids = Vec::new();
    for _ in 0..MAX_REPORTS {
        ids.push(fixture.reports(&chat, MemberId::OWNER, None).await.unwrap());
    }
    assert_eq!(fixture.reports(&chat, MemberId::OWNER, None).await.unwrap_err(), NotReported::NodeFull, "all are open");
    for closed in [5, 3] {
        fixture.close(ids[closed]).await.unwrap();
    }
    fixture.reports(&chat, MemberId::OWNER, None).await.unwrap();
    assert_eq!(fixture.close(ids[3]).await.unwrap_err(), NoReport);
    fixture.close(ids[5]).await.unwrap();
    let page = fixture.store.list_reports(None, PageRequest { after: 2, limit: 2 }, fixture.now()).await.unwrap();
    assert_eq!((page.items.iter().map(|report| report.number).collect::<Vec<_>>(), page.has_more), (vec![3, 5], true));
    assert_eq!(fixture.listed(None).await.len(), MAX_REPORTS);
}

async fn a_deleted_account_is_erased_but_for_what_was_reported(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben, chat) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await, fixture.opens().await);
    let link = fixture.shares(&chat).await;
    let (anas, bens) = (fixture.enters_as(&link, &ana).await, fixture.enters_as(&link, &ben).await);
    let said = fixture.posts(&chat, Some(&anas), "What Ana said").await.unwrap().seq;
    fixture.reports(&chat, bens.id, Some(said)).await.unwrap();
    fixture.deletes(&ana).await;
    let report = fixture.listed(None).await.remove(0);
    assert_eq!(quoted(&report), Some("What Ana said"));
    let author = report.message.unwrap().author.unwrap();
    assert_eq!((author.id, author.name.as_str(), &author.username), (anas.id, "Deleted account", &None));
    fixture.deletes(&ben).await;
    let report = fixture.listed(None).await.remove(0);
    assert_eq!((report.by.id, report.by.name.as_str(), &report.by.username, &report.reason), (bens.id, "Deleted account", &None, &None));
}

checks!(
    a_report_quotes_its_message_and_outlives_the_chat,
    only_members_report_and_only_what_they_can_read,
    a_text_is_kept_for_thirty_days,
    a_report_is_closed_once,
    the_same_key_makes_one_report,
    the_oldest_closed_report_gives_way,
    a_deleted_account_is_erased_but_for_what_was_reported,
);
