//! A timer for a deadline that can be extended without re-arming.

use std::fmt;
use std::task::{Context, Poll, ready};

use crate::domain::clock::{Clock, Sleep, Timestamp};

/// A timer that is re-armed only if the deadline came nearer, or when it fires before the deadline.
#[derive(Default)]
pub(super) struct Deadline(Option<(Timestamp, Sleep)>);

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Deadline").field(&self.0.as_ref().map(|(moment, _)| moment)).finish()
    }
}

impl Deadline {
    /// Ready once `until` has passed.
    pub(super) fn poll(&mut self, clock: &dyn Clock, until: Timestamp, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let (moment, alarm) = match &mut self.0 {
                Some((moment, alarm)) if *moment <= until => (*moment, alarm),
                other => {
                    let (_, alarm) = other.insert((until, clock.sleep_until(until)));
                    (until, alarm)
                }
            };
            ready!(alarm.as_mut().poll(cx));
            self.0 = None;
            if moment >= until || clock.now() >= until {
                return Poll::Ready(());
            }
        }
    }
}
