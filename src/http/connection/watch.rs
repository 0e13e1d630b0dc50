//! Watching for a moment that moves.

use std::fmt;
use std::task::{Context, Poll, ready};

use crate::domain::clock::{Alarm, Clock, Timestamp};

/// An alarm for a moment that moves: it is set anew only where the moment came nearer, or it rang too early.
#[derive(Default)]
pub(super) struct Watch(Option<(Timestamp, Alarm)>);

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.0.as_ref().map(|(moment, _)| moment)).finish()
    }
}

impl Watch {
    /// Ready once `until` has come.
    pub(super) fn poll(&mut self, clock: &dyn Clock, until: Timestamp, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let (moment, alarm) = match &mut self.0 {
                Some((moment, alarm)) if *moment <= until => (*moment, alarm),
                other => {
                    let (_, alarm) = other.insert((until, clock.alarm(until)));
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
