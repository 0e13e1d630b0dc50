//! Tests of the queue: order, retries, the bound, the end.

use std::collections::VecDeque;
use std::sync::atomic::AtomicI64;

use super::*;
use crate::domain::clock::Sleep;
use crate::domain::email::EmailAddress;

/// A clock that shows what a test sets; what sleeps is woken by the queue's next change.
#[derive(Debug, Default)]
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn wall(&self, moment: Timestamp) -> Timestamp {
        moment
    }

    fn sleep_until(&self, moment: Timestamp) -> Sleep {
        if moment <= self.now() { Box::pin(std::future::ready(())) } else { Box::pin(std::future::pending()) }
    }
}

/// Answers deliveries as it is told, then accepts all.
#[derive(Debug, Default)]
struct Script {
    answers: Mutex<VecDeque<Failure>>,
    tried: Mutex<Vec<String>>,
}

#[async_trait]
impl Delivery for Arc<Script> {
    async fn deliver(&self, mail: &Mail) -> Result<(), Failure> {
        self.tried.lock().push(mail.text.clone());
        self.answers.lock().pop_front().map_or(Ok(()), Err)
    }
}

fn mail(text: &str) -> Mail {
    Mail { to: EmailAddress::parse("ana@example.org").unwrap(), subject: "Hello", text: text.into() }
}

fn later() -> Failure {
    Failure::Temporary("later".into())
}

/// A queue with its clock and what it was told to answer.
struct Fixture {
    queue: MailQueue<Arc<Script>>,
    script: Arc<Script>,
    clock: Arc<SetClock>,
}

impl Fixture {
    fn answering(answers: impl IntoIterator<Item = Failure>) -> Self {
        let (script, clock) = (Arc::new(Script::default()), Arc::new(SetClock::default()));
        script.answers.lock().extend(answers);
        Self { queue: MailQueue::new(script.clone(), clock.clone()), script, clock }
    }

    /// Delivers what is due after this time.
    async fn after(&self, span: Duration) -> usize {
        self.clock.0.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
        while let Ok(queued) = self.queue.take_due() {
            self.queue.deliver(queued).await;
        }
        self.script.tried.lock().len()
    }
}

#[tokio::test]
async fn mails_leave_in_the_order_in_which_they_came() {
    let fixture = Fixture::answering([]);
    for text in ["one", "two", "three"] {
        fixture.queue.send(mail(text));
    }
    fixture.after(Duration::ZERO).await;
    assert_eq!(*fixture.script.tried.lock(), ["one", "two", "three"]);
    assert_eq!(fixture.queue.counts(), MailCounts { sent: 3, failed: 0, dropped: 0 });
}

#[tokio::test]
async fn what_fails_for_now_is_tried_three_times_again() {
    let fixture = Fixture::answering([later(), later(), later(), later()]);
    fixture.queue.send(mail("one"));
    assert_eq!(fixture.after(Duration::ZERO).await, 1);
    for (tries, delay) in (1..).zip(RETRY_DELAYS) {
        assert_eq!(fixture.after(delay.saturating_sub(Duration::from_millis(1))).await, tries, "not before its time");
        assert_eq!(fixture.after(Duration::from_millis(1)).await, tries + 1);
    }
    assert_eq!(fixture.queue.counts(), MailCounts { sent: 0, failed: 1, dropped: 0 });
    assert_eq!(fixture.after(Duration::from_hours(1)).await, 4);
}

#[tokio::test]
async fn a_mail_that_waits_for_a_retry_does_not_hold_up_the_others() {
    let fixture = Fixture::answering([later()]);
    fixture.queue.send(mail("one"));
    fixture.queue.send(mail("two"));
    assert_eq!(fixture.after(Duration::ZERO).await, 2);
    assert_eq!(fixture.after(RETRY_DELAYS[0]).await, 3);
    assert_eq!(*fixture.script.tried.lock(), ["one", "two", "one"]);
    assert_eq!(fixture.queue.counts().sent, 2);
}

#[tokio::test]
async fn what_fails_for_good_is_not_tried_again() {
    let fixture = Fixture::answering([Failure::Permanent("no".into())]);
    fixture.queue.send(mail("one"));
    assert_eq!(fixture.after(Duration::from_hours(1)).await, 1);
    assert_eq!(fixture.queue.counts().failed, 1);
}

#[tokio::test]
async fn beyond_its_bound_the_queue_drops_mails() {
    let fixture = Fixture::answering([later()]);
    fixture.queue.send(mail("one"));
    fixture.after(Duration::ZERO).await;
    (0..MAX_QUEUED).for_each(|_| fixture.queue.send(mail("more")));
    assert_eq!(fixture.queue.counts().dropped, 1, "one that waits for a retry keeps its place");
    fixture.after(RETRY_DELAYS[0]).await;
    assert_eq!(fixture.queue.counts(), MailCounts { sent: 1_000, failed: 0, dropped: 1 });
    fixture.queue.send(mail("again"));
    assert_eq!(fixture.after(Duration::ZERO).await, 1_002);
}

#[tokio::test]
async fn at_the_end_what_waits_is_tried_at_once() {
    let fixture = Fixture::answering([later(), later()]);
    fixture.queue.send(mail("one"));
    let ran = async {
        tokio::select! {
            () = fixture.queue.run() => {}
            () = fixture.queue.drained() => {}
        }
    };
    tokio::time::timeout(Duration::from_secs(30), ran).await.expect("the queue drains");
    assert_eq!(fixture.queue.counts(), MailCounts { sent: 1, failed: 0, dropped: 0 });
}
