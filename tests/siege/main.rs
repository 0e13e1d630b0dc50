//! Sieges: thousands of connections at one time against the program in a process of its own. They run one after the other.

#![expect(clippy::unwrap_used, reason = "a test fails where it is surprised")]

#[path = "../world/mod.rs"]
mod world;

mod crowd;
mod slow;
mod parting;
mod stuck;

use tokio::sync::{Mutex, MutexGuard};

static FIELD: Mutex<()> = Mutex::const_new(());

/// Waits until no other siege goes on, and makes sure that enough files may be open.
async fn alone() -> MutexGuard<'static, ()> {
    let guard = FIELD.lock().await;
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    assert!(files >= 12_000, "a siege needs 12,000 open files, and {files} may be");
    guard
}

#[expect(clippy::disallowed_methods, reason = "a siege is told how long it took, in real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
