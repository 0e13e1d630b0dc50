//! What sends a push: the body, sealed, and the headers that push services read.

use std::fmt::{self, Debug};
use std::sync::Arc;

use tokio::sync::watch;

use super::outbound::{OutboundClient, OutboundRequest, OutboundResult};
use super::web_push::seal::seal;
use super::web_push::vapid::Vapid;
use crate::domain::clock::Timestamp;
use crate::domain::push::{Push, PushSubject};
use crate::domain::push_service::PushServices;
use crate::domain::push_subscription::PushKeys;
use crate::domain::random::RandomSource;
use crate::domain::vapid_key::VapidKey;
use crate::store::push_subscriptions::{ClaimedPush, PushOutcome};

/// Writes the bodies of pushes.
pub trait PushBodies: Send + Sync + Debug {
    /// Writes a push as the page of the browser reads it.
    fn body(&self, push: &Push) -> Vec<u8>;
}

/// What the service sends pushes with.
pub struct PushSender {
    client: Arc<dyn OutboundClient>,
    bodies: Arc<dyn PushBodies>,
    random: Arc<dyn RandomSource>,
    pub(in crate::service) services: PushServices,
    pub(in crate::service) vapid: Vapid,
    /// How many pushes are being sent.
    pub(in crate::service) in_flight: watch::Sender<usize>,
}

impl Debug for PushSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushSender").field("services", &self.services).field("vapid", &self.vapid).finish_non_exhaustive()
    }
}

impl PushSender {
    /// Creates a sender to these push services.
    #[must_use]
    pub fn new(
        client: Arc<dyn OutboundClient>,
        bodies: Arc<dyn PushBodies>,
        random: Arc<dyn RandomSource>,
        services: PushServices,
        vapid: Vapid,
    ) -> Self {
        Self { client, bodies, random, services, vapid, in_flight: watch::Sender::new(0) }
    }

    /// Sends a push; `wall` is the time that its push service compares with its own.
    pub(in crate::service) async fn send(&self, claimed: &ClaimedPush, wall: Timestamp) -> PushOutcome {
        let endpoint = &claimed.subscription.endpoint;
        let body = self.sealed(&claimed.subscription.keys, &self.bodies.body(&claimed.push));
        let (Some(body), Some(authorization)) = (body, self.vapid.authorization(endpoint.origin(), wall)) else { return PushOutcome::Rejected };
        let headers = vec![
            ("content-type", "application/octet-stream".to_owned()),
            ("content-encoding", "aes128gcm".to_owned()),
            ("ttl", claimed.lifetime.as_secs().to_string()),
            ("topic", self.vapid.topic(&claimed.push.subject)),
            ("urgency", urgency(&claimed.push.subject).to_owned()),
            ("authorization", authorization),
        ];
        outcome(self.client.post(OutboundRequest { url: endpoint.as_str().into(), headers, body }).await)
    }

    /// Seals a body with a key and a salt that are used for nothing else.
    fn sealed(&self, keys: &PushKeys, body: &[u8]) -> Option<Vec<u8>> {
        let (private, mut salt) = (VapidKey::random(self.random.as_ref()), [0; 16]);
        self.random.fill(&mut salt);
        seal(keys, private.expose(), salt, body).ok()
    }
}

/// Returns how soon a device should wake for it: at once where somebody waits.
const fn urgency(subject: &PushSubject) -> &'static str {
    match subject {
        PushSubject::Messages(_) | PushSubject::Knocks(_) | PushSubject::Admission(_) => "high",
        PushSubject::FriendRequest(..) => "normal",
    }
}

const fn outcome(result: OutboundResult) -> PushOutcome {
    match result {
        OutboundResult::Answered { status: 200..=299, .. } => PushOutcome::Accepted,
        OutboundResult::Answered { status: 404 | 410, .. } => PushOutcome::Gone,
        OutboundResult::Answered { status: 408 | 429 | 500..=599, retry_after } => PushOutcome::Failed(retry_after),
        OutboundResult::Answered { .. } => PushOutcome::Rejected,
        OutboundResult::Unanswered => PushOutcome::Failed(None),
        OutboundResult::Busy(wait) => PushOutcome::Postponed(wait),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn sec_173_404_and_410_end_a_subscription_and_only_what_may_pass_is_tried_again() {
        let answered = |status| outcome(OutboundResult::Answered { status, retry_after: Some(Duration::from_secs(9)) });
        assert!([200, 201, 202, 204].into_iter().all(|status| answered(status) == PushOutcome::Accepted));
        assert!([404, 410].into_iter().all(|status| answered(status) == PushOutcome::Gone));
        assert!([408, 429, 500, 502, 503, 599].into_iter().all(|status| answered(status) == PushOutcome::Failed(Some(Duration::from_secs(9)))));
        assert!([100, 301, 302, 307, 400, 401, 403, 413].into_iter().all(|status| answered(status) == PushOutcome::Rejected));
        assert_eq!(outcome(OutboundResult::Unanswered), PushOutcome::Failed(None));
        assert_eq!(outcome(OutboundResult::Busy(Duration::from_secs(1))), PushOutcome::Postponed(Duration::from_secs(1)));
    }
}
