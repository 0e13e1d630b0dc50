//! What is known of each host: how many requests are in flight, and whether it can be reached (SEC-172).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::domain::clock::{Clock, Timestamp};
use crate::service::notify::outbound::MAX_PER_HOST;

/// How many requests in a row must not reach a host before it is left alone.
const FAILURES: u32 = 5;
/// How long a host is left alone. Then one request tries whether it can be reached.
const BREAK: Duration = Duration::from_secs(30);
/// How long to wait for another request to end.
pub(super) const WAIT: Duration = Duration::from_secs(1);
/// The most hosts that are remembered.
const MAX_HOSTS: usize = 10_000;

#[derive(Debug)]
struct Host {
    in_flight: u32,
    /// How many requests in a row did not reach it.
    failures: u32,
    closed_until: Timestamp,
}

/// The hosts with requests in flight, and those that were not reached lately.
#[derive(Debug)]
pub(super) struct Hosts {
    clock: Arc<dyn Clock>,
    hosts: Mutex<HashMap<Box<str>, Host>>,
}

impl Hosts {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock, hosts: Mutex::default() })
    }

    /// Returns a permit for one request, or how long to wait before the next try.
    pub(super) fn enter(self: &Arc<Self>, name: &str) -> Result<HostPermit, Duration> {
        let now = self.clock.now();
        let mut hosts = self.hosts.lock();
        if hosts.len() >= MAX_HOSTS && !hosts.contains_key(name) {
            hosts.retain(|_, host| host.in_flight > 0 || host.closed_until > now);
            if hosts.len() >= MAX_HOSTS {
                return Err(WAIT);
            }
        }
        let host = hosts.entry(name.into()).or_insert(Host { in_flight: 0, failures: 0, closed_until: now });
        if host.closed_until > now {
            return Err(host.closed_until.since(now));
        }
        let max = if host.failures < FAILURES { MAX_PER_HOST } else { 1 };
        if host.in_flight >= max {
            return Err(WAIT);
        }
        host.in_flight += 1;
        Ok(HostPermit { hosts: self.clone(), name: name.into(), reached: None })
    }

    fn leave(&self, name: &str, reached: Option<bool>) {
        let now = self.clock.now();
        let mut hosts = self.hosts.lock();
        let Some(host) = hosts.get_mut(name) else { return };
        host.in_flight -= 1;
        match reached {
            Some(true) => (host.failures, host.closed_until) = (0, now),
            Some(false) => {
                host.failures = host.failures.saturating_add(1);
                host.closed_until = if host.failures < FAILURES { now } else { now + BREAK };
            }
            None => {}
        }
        if host.in_flight == 0 && host.failures == 0 {
            hosts.remove(name);
        }
    }
}

/// Permits one request to a host, until it is dropped.
#[derive(Debug)]
pub(super) struct HostPermit {
    hosts: Arc<Hosts>,
    name: Box<str>,
    reached: Option<bool>,
}

impl HostPermit {
    /// Notes whether the host was reached.
    pub(super) fn finish(mut self, reached: bool) {
        self.reached = Some(reached);
    }
}

impl Drop for HostPermit {
    fn drop(&mut self) {
        self.hosts.leave(&self.name, self.reached);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Sleep;

    #[derive(Debug, Default)]
    struct Hands(Mutex<i64>);

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(*self.0.lock())
        }

        fn wall(&self, moment: Timestamp) -> Timestamp {
            moment
        }

        fn sleep_until(&self, _: Timestamp) -> Sleep {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn sec_172_a_host_has_sixteen_requests_in_flight_at_most() {
        let hosts = Hosts::new(Arc::new(Hands::default()));
        let permits: Vec<_> = (0..16).map(|_| hosts.enter("a:443").unwrap()).collect();
        assert_eq!(hosts.enter("a:443").unwrap_err(), WAIT);
        hosts.enter("b:443").unwrap().finish(true);
        drop(permits);
        assert!(hosts.hosts.lock().is_empty(), "nothing is kept of hosts that are reached");
        hosts.enter("a:443").unwrap().finish(true);
    }

    #[test]
    fn sec_172_a_host_that_cannot_be_reached_is_left_alone_and_tried_again() {
        let clock = Arc::new(Hands::default());
        let hosts = Hosts::new(clock.clone());
        for _ in 0..4 {
            hosts.enter("a:443").unwrap().finish(false);
        }
        hosts.enter("a:443").unwrap().finish(true);
        for _ in 0..5 {
            hosts.enter("a:443").unwrap().finish(false);
        }
        assert_eq!(hosts.enter("a:443").unwrap_err(), BREAK, "five in a row");
        hosts.enter("b:443").unwrap().finish(true);
        *clock.0.lock() += 30_000;
        let probe = hosts.enter("a:443").unwrap();
        assert_eq!(hosts.enter("a:443").unwrap_err(), WAIT, "one request tries");
        probe.finish(false);
        assert_eq!(hosts.enter("a:443").unwrap_err(), BREAK);
        *clock.0.lock() += 30_000;
        hosts.enter("a:443").unwrap().finish(true);
        let _both = [hosts.enter("a:443").unwrap(), hosts.enter("a:443").unwrap()];
    }

    #[test]
    fn sec_172_hosts_are_remembered_up_to_a_limit() {
        let clock = Arc::new(Hands::default());
        let hosts = Hosts::new(clock.clone());
        for number in 0..MAX_HOSTS {
            (0..5).for_each(|_| hosts.enter(&number.to_string()).unwrap().finish(false));
        }
        assert_eq!(hosts.enter("new").unwrap_err(), WAIT);
        *clock.0.lock() += 30_000;
        hosts.enter("new").unwrap().finish(true);
        assert!(hosts.hosts.lock().is_empty());
    }
}
