//! Sieges: thousands of connections at one time against the program in a process of its own. They run one after the other, where enough files may be open.

#![expect(clippy::unwrap_used, reason = "a test fails where it is surprised")]

#[path = "../world/mod.rs"]
mod world;

mod crowd;
mod slow;
mod parting;
mod stuck;

use std::io::Write as _;

use tokio::sync::{Mutex, MutexGuard};

static FIELD: Mutex<()> = Mutex::const_new(());

/// How many files a siege has open.
const FILES: u64 = 12_000;

/// Waits until no other siege goes on; none where too few files may be open, unless `PARLOR_SIEGE=must` is set.
#[expect(clippy::disallowed_methods, reason = "the variable says whether a siege may be skipped, and is no setting of the program")]
async fn alone() -> Option<MutexGuard<'static, ()>> {
    let guard = FIELD.lock().await;
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    if files >= FILES {
        return Some(guard);
    }
    let must = std::env::var_os("PARLOR_SIEGE").is_some_and(|siege| siege == "must");
    assert!(!must, "a siege needs {FILES} open files, and {files} may be");
    // Written past the test harness, which shows nothing of tests that pass.
    std::io::stderr().write_all(format!("skipped: a siege needs {FILES} open files, and {files} may be\n").as_bytes()).unwrap();
    None
}

#[expect(clippy::disallowed_methods, reason = "a siege is told how long it took, in real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
