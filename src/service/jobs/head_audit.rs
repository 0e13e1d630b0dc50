//! The head audit: compares the heads of subscribed logs with the store and repairs notifications that were lost.

use std::sync::Arc;
use std::time::Duration;

use super::log_failure;
use crate::domain::session::SessionEnd;
use crate::service::Service;
use crate::service::error::Result;

/// Interval between audits.
const AUDIT_INTERVAL: Duration = Duration::from_secs(1);
/// Logs compared in one call to the store.
const AUDIT_BATCH: usize = 1_000;

impl Service {
    /// Compares subscribed logs with the store periodically, until the task is dropped.
    pub async fn run_head_audit(self: Arc<Self>) {
        loop {
            self.clock.sleep_until(self.now() + AUDIT_INTERVAL).await;
            log_failure(self.audit_heads().await, "the head audit failed");
            log_failure(self.audit_sessions().await, "the audit of sessions failed");
            log_failure(self.audit_read_receipts().await, "the audit of settings failed");
            log_failure(self.audit_sights().await, "the audit of presence failed");
        }
    }

    /// Compares the heads of all subscribed logs with the store once. Ends the streams of a log that no longer exists.
    pub async fn audit_heads(&self) -> Result<()> {
        for topics in self.hub.topics().chunks(AUDIT_BATCH) {
            let now = self.now();
            let heads = self.store.heads(topics, now).await?;
            for (topic, head) in topics.iter().zip(heads) {
                let repaired = match head {
                    Some(head) => self.hub.repair_head(*topic, head),
                    None => self.hub.mark_ended(*topic, now),
                };
                self.counters.repaired_rings.add(u64::from(repaired));
            }
        }
        Ok(())
    }

    /// Ends the streams of sessions that the store no longer has, although no notification arrived.
    pub async fn audit_sessions(&self) -> Result<()> {
        for sessions in self.hub.watched_sessions().chunks(AUDIT_BATCH) {
            let live = self.store.live_sessions(sessions, self.now()).await?;
            for (session, _) in sessions.iter().zip(live).filter(|(_, live)| !live) {
                self.hub.end_session(*session, SessionEnd::Ended);
            }
        }
        Ok(())
    }

    /// Tells streams whether their account shows what it has read, although no notification of a change arrived.
    pub async fn audit_read_receipts(&self) -> Result<()> {
        for accounts in self.hub.watched_accounts().chunks(AUDIT_BATCH) {
            let shown = self.store.show_read(accounts).await?;
            self.hub.set_read_receipts(&accounts.iter().copied().zip(shown).collect());
        }
        Ok(())
    }

    /// Judges anew whom accounts see and by whom they are seen, although no notification of a change arrived.
    pub async fn audit_sights(&self) -> Result<()> {
        for accounts in self.hub.online_accounts().all().chunks(AUDIT_BATCH) {
            let sights = self.store.sights(accounts).await?;
            for (account, sight) in accounts.iter().zip(sights) {
                self.apply_sight(*account, sight).await?;
            }
        }
        Ok(())
    }
}
