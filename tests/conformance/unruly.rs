//! Buses that lose, double, delay and reorder rings on purpose, besides the one that does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use parlor::domain::entry::News;
use parlor::live::Live;
use parlor::live::bus::{Bus, InProcess};

/// What a bus does to one ring: what it rings instead, given what it keeps back.
type Mischief = fn(&mut Vec<News>, u64, News) -> Vec<News>;

/// A bus that gets up to mischief.
#[derive(Debug)]
struct Unruly {
    live: Arc<Live>,
    kept: Mutex<Vec<News>>,
    rings: AtomicU64,
    mischief: Mischief,
}

impl Bus for Unruly {
    fn ring(&self, news: News) {
        let number = self.rings.fetch_add(1, Ordering::Relaxed);
        let mut kept = self.kept.lock();
        for news in (self.mischief)(&mut kept, number, news) {
            self.live.hear(news);
        }
    }
}

fn unruly(live: Arc<Live>, mischief: Mischief) -> Arc<dyn Bus> {
    Arc::new(Unruly { live, kept: Mutex::default(), rings: AtomicU64::new(0), mischief })
}

/// The head without the entries, as a bus between nodes has it.
fn bare(news: News) -> News {
    match news {
        News::Grown { topic, head, .. } => News::Grown { topic, head, entries: Vec::new() },
        ended @ News::Ended { .. } => ended,
    }
}

/// Keeps rings back until there are `most`, and hands them out the last first.
fn backwards(kept: &mut Vec<News>, news: News, most: usize) -> Vec<News> {
    kept.push(news);
    if kept.len() < most { Vec::new() } else { kept.drain(..).rev().collect() }
}

/// As it is without any settings.
pub(crate) fn in_process(live: Arc<Live>) -> Arc<dyn Bus> {
    Arc::new(InProcess::new(live))
}

pub(crate) fn losing_all(live: Arc<Live>) -> Arc<dyn Bus> {
    unruly(live, |_, _, _| Vec::new())
}

pub(crate) fn losing_two_of_three(live: Arc<Live>) -> Arc<dyn Bus> {
    unruly(live, |_, number, news| if number % 3 == 1 { vec![news] } else { Vec::new() })
}

pub(crate) fn doubling(live: Arc<Live>) -> Arc<dyn Bus> {
    unruly(live, |kept, _, news| {
        kept.push(news.clone());
        let again = kept[kept.len() / 2].clone();
        vec![news.clone(), news, again]
    })
}

pub(crate) fn swapping(live: Arc<Live>) -> Arc<dyn Bus> {
    unruly(live, |kept, _, news| backwards(kept, news, 2))
}

pub(crate) fn ringing_backwards(live: Arc<Live>) -> Arc<dyn Bus> {
    unruly(live, |kept, _, news| backwards(kept, news, 7))
}

pub(crate) fn ringing_without_entries(live: Arc<Live>) -> Arc<dyn Bus> {
    unruly(live, |_, _, news| vec![bare(news)])
}

pub(crate) fn doing_all_of_it(live: Arc<Live>) -> Arc<dyn Bus> {
    unruly(live, |kept, number, news| match (number * 7 + number / 5) % 6 {
        0 => Vec::new(),
        1 => vec![bare(news)],
        2 => vec![news.clone(), bare(news.clone()), news],
        3 => vec![news],
        _ => backwards(kept, news, 5),
    })
}
