//! Buses that lose, duplicate, delay and reorder notifications on purpose, and the one that does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use parlor::domain::event_log::LogUpdate;
use parlor::hub::Hub;
use parlor::hub::bus::Bus;
use parlor::hub::bus::in_process::InProcessBus;

/// What a faulty bus delivers instead of one notification, given what it holds back.
type Mischief = fn(&mut Vec<LogUpdate>, u64, LogUpdate) -> Vec<LogUpdate>;

/// A bus that misbehaves.
#[derive(Debug)]
struct FaultyBus {
    live: Arc<Hub>,
    kept: Mutex<Vec<LogUpdate>>,
    rings: AtomicU64,
    mischief: Mischief,
}

impl Bus for FaultyBus {
    fn notify(&self, news: LogUpdate) {
        let number = self.rings.fetch_add(1, Ordering::Relaxed);
        let mut kept = self.kept.lock();
        for news in (self.mischief)(&mut kept, number, news) {
            self.live.apply(news);
        }
    }
}

fn faulty(live: Arc<Hub>, mischief: Mischief) -> Arc<dyn Bus> {
    Arc::new(FaultyBus { live, kept: Mutex::default(), rings: AtomicU64::new(0), mischief })
}

/// Strips the entries from an update, as a bus between nodes does.
fn bare(news: LogUpdate) -> LogUpdate {
    match news {
        LogUpdate::Appended { topic, head, .. } => LogUpdate::Appended { topic, head, entries: Vec::new() },
        other @ (LogUpdate::Rewritten { .. }
        | LogUpdate::Unlogged { .. }
        | LogUpdate::Ended { .. }
        | LogUpdate::Ephemeral { .. }
        | LogUpdate::ReadReceipts { .. }
        | LogUpdate::SightChanged { .. }
        | LogUpdate::SessionEnded(_)
        | LogUpdate::DeliveryDue) => other,
    }
}

/// Holds notifications back until there are `most`, then delivers them in reverse order.
fn backwards(kept: &mut Vec<LogUpdate>, news: LogUpdate, most: usize) -> Vec<LogUpdate> {
    kept.push(news);
    if kept.len() < most { Vec::new() } else { kept.drain(..).rev().collect() }
}

/// The default bus.
pub(crate) fn in_process(live: Arc<Hub>) -> Arc<dyn Bus> {
    Arc::new(InProcessBus::new(live))
}

pub(crate) fn losing_all(live: Arc<Hub>) -> Arc<dyn Bus> {
    faulty(live, |_, _, _| Vec::new())
}

pub(crate) fn losing_two_of_three(live: Arc<Hub>) -> Arc<dyn Bus> {
    faulty(live, |_, number, news| if number % 3 == 1 { vec![news] } else { Vec::new() })
}

pub(crate) fn doubling(live: Arc<Hub>) -> Arc<dyn Bus> {
    faulty(live, |kept, _, news| {
        kept.push(news.clone());
        let again = kept[kept.len() / 2].clone();
        vec![news.clone(), news, again]
    })
}

pub(crate) fn swapping(live: Arc<Hub>) -> Arc<dyn Bus> {
    faulty(live, |kept, _, news| backwards(kept, news, 2))
}

pub(crate) fn ringing_backwards(live: Arc<Hub>) -> Arc<dyn Bus> {
    faulty(live, |kept, _, news| backwards(kept, news, 7))
}

pub(crate) fn ringing_without_entries(live: Arc<Hub>) -> Arc<dyn Bus> {
    faulty(live, |_, _, news| vec![bare(news)])
}

pub(crate) fn doing_all_of_it(live: Arc<Hub>) -> Arc<dyn Bus> {
    faulty(live, |kept, number, news| match (number * 7 + number / 5) % 6 {
        0 => Vec::new(),
        1 => vec![bare(news)],
        2 => vec![news.clone(), bare(news.clone()), news],
        3 => vec![news],
        _ => backwards(kept, news, 5),
    })
}
