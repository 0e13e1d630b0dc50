//! Deliveries of webhooks: each entry once, in order, retried by the schedule, without a queue that grows.

use std::collections::BTreeSet;
use std::time::Duration;

use parlor::domain::event_log::Event;
use parlor::domain::id::MemberId;
use parlor::domain::webhook::{MAX_WAITING, RETRY_DELAYS};
use parlor::store::webhooks::{CLAIM_LIFETIME, Delivery, DeliveryOutcome, Settled};

use crate::backends::Backend;
use crate::fixture::Fixture;
use crate::webhooks::{ALL, MESSAGES};

const FAILED: DeliveryOutcome = DeliveryOutcome::Failed(None);

impl Fixture {
    /// Claims what is due.
    async fn claims(&self) -> Vec<Delivery> {
        self.store.claim_deliveries(100, self.now()).await.unwrap().deliveries
    }

    /// Claims the only delivery that is due.
    async fn claims_one(&self) -> Delivery {
        let mut claimed = self.claims().await;
        assert_eq!(claimed.len(), 1, "{claimed:?}");
        claimed.remove(0)
    }

    async fn settles(&self, delivery: &Delivery, outcome: DeliveryOutcome) -> Settled {
        self.store.settle_delivery(delivery.key, outcome, self.now()).await.unwrap()
    }

    /// Returns how long it takes until something is due.
    async fn due_in(&self) -> Duration {
        self.store.claim_deliveries(0, self.now()).await.unwrap().next.since(self.now())
    }
}

/// Returns what a delivery is about.
fn text(delivery: &Delivery) -> String {
    match &delivery.entry.event {
        Event::Message(message) => message.text.as_ref().unwrap().as_str().into(),
        Event::Knock(knock) => format!("knock of {}", knock.display_name().as_str()),
        other => panic!("{other:?} is no event of webhooks"),
    }
}

async fn entries_are_delivered_once_in_order_from_the_webhook_on(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    fixture.says(&chat, "before").await;
    fixture.knocks(&link, "Early").await;
    let webhook = fixture.hooks(&chat, ALL).await;
    assert!(fixture.claims().await.is_empty());
    fixture.enters(&link, "Ben").await;
    for said in ["one", "two", "three"] {
        fixture.says(&chat, said).await;
    }
    let mut delivered = Vec::new();
    loop {
        let claimed = fixture.claims().await;
        assert!(fixture.claims().await.is_empty(), "what is claimed is claimed once");
        let Some(delivery) = claimed.first() else { break };
        assert_eq!((delivery.key.webhook, delivery.key.seq, delivery.chat), (webhook.id, delivery.entry.seq, chat.id));
        delivered.push(text(delivery));
        assert_eq!(fixture.settles(delivery, DeliveryOutcome::Accepted).await, Settled::Done);
        assert_eq!(fixture.settles(delivery, DeliveryOutcome::Accepted).await, Settled::Void, "it is settled once");
    }
    assert_eq!(delivered, ["knock of Ben", "one", "two", "three"]);
}

async fn retries_follow_the_schedule_and_then_the_webhook_is_disabled(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(30 * 86_400).await;
    fixture.hooks(&chat, MESSAGES).await;
    fixture.says(&chat, "Hello").await;
    let mut delivery = fixture.claims_one().await;
    let key = delivery.key;
    for delay in RETRY_DELAYS {
        assert_eq!(fixture.settles(&delivery, FAILED).await, Settled::Waits);
        assert_eq!(fixture.due_in().await, delay);
        fixture.later(delay.saturating_sub(Duration::from_millis(1)));
        assert!(fixture.claims().await.is_empty());
        fixture.later(Duration::from_millis(1));
        delivery = fixture.claims_one().await;
        assert_eq!(delivery.key, key, "a retry has the key of the first attempt");
    }
    assert_eq!(fixture.webhooks(&chat).await[0].disabled_at, None);
    assert_eq!(fixture.settles(&delivery, FAILED).await, Settled::Disabled);
    assert_eq!(fixture.webhooks(&chat).await[0].disabled_at, Some(fixture.now()));
    fixture.says(&chat, "Hello?").await;
    fixture.later(Duration::from_hours(24));
    assert!(fixture.claims().await.is_empty());
}

async fn one_entry_that_is_never_accepted_does_not_disable_the_webhook(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(30 * 86_400).await;
    fixture.hooks(&chat, MESSAGES).await;
    fixture.says(&chat, "poison").await;
    fixture.says(&chat, "good").await;
    let mut settled = BTreeSet::new();
    for _ in 0..40 {
        for delivery in fixture.claims().await {
            let outcome = if text(&delivery) == "poison" { FAILED } else { DeliveryOutcome::Accepted };
            settled.insert(format!("{} {:?}", text(&delivery), fixture.settles(&delivery, outcome).await));
        }
        fixture.later(Duration::from_hours(1));
    }
    assert_eq!(settled.into_iter().collect::<Vec<_>>(), ["good Done", "poison GivenUp", "poison Waits"]);
    fixture.says(&chat, "more").await;
    assert_eq!(text(&fixture.claims_one().await), "more");
}

async fn a_receiver_that_is_gone_disables_the_webhook(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    fixture.hooks(&chat, MESSAGES).await;
    fixture.says(&chat, "Hello").await;
    assert_eq!(fixture.settles(&fixture.claims_one().await, DeliveryOutcome::Gone).await, Settled::Disabled);
    assert!(fixture.webhooks(&chat).await[0].disabled_at.is_some());
}

async fn a_receiver_may_ask_for_up_to_an_hour_and_a_postponed_delivery_does_not_count(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(30 * 86_400).await;
    fixture.hooks(&chat, MESSAGES).await;
    fixture.says(&chat, "Hello").await;
    for (asked, waits) in [(1, 5), (600, 600), (86_400, 3_600)] {
        let delivery = fixture.claims_one().await;
        fixture.settles(&delivery, DeliveryOutcome::Failed(Some(Duration::from_secs(asked)))).await;
        let due = fixture.due_in().await.as_secs();
        assert!(due >= waits && due <= 3_600, "{due}");
        fixture.later(Duration::from_secs(due));
    }
    for _ in 0..30 {
        let delivery = fixture.claims_one().await;
        assert_eq!(fixture.settles(&delivery, DeliveryOutcome::Postponed(Duration::from_secs(7))).await, Settled::Waits);
        assert_eq!(fixture.due_in().await, Duration::from_secs(7));
        fixture.later(Duration::from_secs(7));
    }
    assert_eq!(fixture.settles(&fixture.claims_one().await, FAILED).await, Settled::Waits);
}

async fn a_webhook_that_fails_waits_longer_before_each_new_entry(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    fixture.hooks(&chat, MESSAGES).await;
    for number in 0..30 {
        fixture.says(&chat, &number.to_string()).await;
    }
    for pause in [5, 10, 20, 40, 60, 60] {
        fixture.settles(&fixture.claims_one().await, FAILED).await;
        assert_eq!(fixture.due_in().await, Duration::from_secs(pause));
        fixture.later(Duration::from_secs(pause));
    }
    fixture.settles(&fixture.claims_one().await, DeliveryOutcome::Accepted).await;
    assert_eq!(fixture.due_in().await, Duration::ZERO);
}

async fn what_waits_is_limited_and_nothing_is_missed(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(30 * 86_400).await;
    fixture.hooks(&chat, MESSAGES).await;
    let posts = 2 * MAX_WAITING;
    for number in 0..posts {
        fixture.says(&chat, &number.to_string()).await;
    }
    let (began, mut attempted) = (fixture.now(), BTreeSet::new());
    // Until shortly before the first of them would be given up.
    while fixture.now().since(began) < Duration::from_hours(22) {
        let delivery = fixture.claims_one().await;
        attempted.insert(delivery.key.seq);
        fixture.settles(&delivery, FAILED).await;
        fixture.later(fixture.due_in().await);
    }
    assert_eq!(attempted.len(), MAX_WAITING, "the others wait in the log");
    let mut accepted = BTreeSet::new();
    while accepted.len() < posts {
        let delivery = fixture.claims_one().await;
        assert!(accepted.insert(delivery.key.seq), "accepted twice");
        fixture.settles(&delivery, DeliveryOutcome::Accepted).await;
        fixture.later(fixture.due_in().await);
    }
    assert!(fixture.claims().await.is_empty());
}

async fn a_claim_that_nobody_settles_is_void_after_a_while(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    fixture.hooks(&chat, MESSAGES).await;
    fixture.says(&chat, "Hello").await;
    let lost = fixture.claims_one().await;
    fixture.later(CLAIM_LIFETIME.saturating_sub(Duration::from_millis(1)));
    assert!(fixture.claims().await.is_empty());
    fixture.later(Duration::from_millis(1));
    let found = fixture.claims_one().await;
    assert_eq!(found.key, lost.key);
    assert_eq!(fixture.settles(&found, DeliveryOutcome::Accepted).await, Settled::Done);
}

async fn what_was_deleted_is_not_delivered(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    fixture.hooks(&chat, MESSAGES).await;
    let (first, second) = (fixture.says(&chat, "first").await, fixture.says(&chat, "second").await);
    fixture.says(&chat, "third").await;
    fixture.settles(&fixture.claims_one().await, FAILED).await;
    for seq in [first, second] {
        fixture.unsays(&chat, seq, MemberId::OWNER).await.unwrap();
    }
    fixture.later(Duration::from_secs(5));
    assert_eq!(text(&fixture.claims_one().await), "third");
}

async fn no_delivery_is_claimed_twice_at_one_time(backend: Backend) {
    let fixture = std::sync::Arc::new(Fixture::set(backend).await);
    let mut expected = BTreeSet::new();
    for chat_number in 0..20 {
        let chat = fixture.opens().await;
        fixture.hooks(&chat, MESSAGES).await;
        for number in 0..10 {
            let said = format!("{chat_number}/{number}");
            fixture.says(&chat, &said).await;
            expected.insert(said);
        }
    }
    let worker = || {
        let fixture = fixture.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for _ in 0..1_000 {
                for delivery in fixture.claims().await {
                    tokio::task::yield_now().await;
                    mine.push(text(&delivery));
                    assert_eq!(fixture.settles(&delivery, DeliveryOutcome::Accepted).await, Settled::Done);
                }
                tokio::task::yield_now().await;
            }
            mine
        })
    };
    let workers = [worker(), worker(), worker(), worker()];
    let mut delivered = Vec::new();
    for worker in workers {
        delivered.extend(worker.await.unwrap());
    }
    assert_eq!(delivered.len(), expected.len());
    assert_eq!(delivered.into_iter().collect::<BTreeSet<_>>(), expected);
}

checks!(
    entries_are_delivered_once_in_order_from_the_webhook_on,
    retries_follow_the_schedule_and_then_the_webhook_is_disabled,
    one_entry_that_is_never_accepted_does_not_disable_the_webhook,
    a_receiver_that_is_gone_disables_the_webhook,
    a_receiver_may_ask_for_up_to_an_hour_and_a_postponed_delivery_does_not_count,
    a_webhook_that_fails_waits_longer_before_each_new_entry,
    what_waits_is_limited_and_nothing_is_missed,
    a_claim_that_nobody_settles_is_void_after_a_while,
    what_was_deleted_is_not_delivered,
    no_delivery_is_claimed_twice_at_one_time,
);
