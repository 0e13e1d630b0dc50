//! Stress tests: thousands of connections against the program in its own process. They run one at a time, where enough files may be open.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod clients;
mod slow;
mod shutdown;
mod stalled;

use std::io::Write as _;

use tokio::sync::{Mutex, MutexGuard};

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// The open files that a stress test needs.
const MIN_OPEN_FILES: u64 = 12_000;

/// Waits until no other stress test runs; `None` if too few files may be open, unless `PARLOR_STRESS=must` is set.
#[expect(clippy::disallowed_methods, reason = "the variable controls whether stress tests may be skipped, and is not a setting of the program")]
async fn alone() -> Option<MutexGuard<'static, ()>> {
    let guard = ONE_AT_A_TIME.lock().await;
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    if files >= MIN_OPEN_FILES {
        return Some(guard);
    }
    let must = std::env::var_os("PARLOR_STRESS").is_some_and(|value| value == "must");
    assert!(!must, "a stress test needs {MIN_OPEN_FILES} open files, but the limit is {files}");
    // Written directly to stderr: the test harness hides the output of passing tests.
    std::io::stderr().write_all(format!("skipped: a stress test needs {MIN_OPEN_FILES} open files, but the limit is {files}\n").as_bytes()).unwrap();
    None
}

#[expect(clippy::disallowed_methods, reason = "stress tests measure real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
