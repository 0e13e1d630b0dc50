//! A fixed number of threads for work that keeps a core busy and needs much memory.
//!
//! The runtime's own blocking threads are many, and the allocator keeps for each what it once used: a hundred of them that hash passwords in turn hold two
//! gigabytes. These few hold no more than they use at one time. On Linux they have a low priority, so that messages hardly wait for them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread;

use parking_lot::Mutex;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that run jobs in turn. They start with the first job, and end when this is dropped and all jobs are done.
#[derive(Debug)]
pub(super) struct WorkerThreads {
    count: usize,
    jobs: OnceLock<Mutex<Sender<Job>>>,
}

impl WorkerThreads {
    /// Creates `count` threads, and at least one.
    pub(super) fn new(count: usize) -> Self {
        Self { count: count.max(1), jobs: OnceLock::new() }
    }

    /// Queues a job. One that panics ends alone.
    pub(super) fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        let jobs = self.jobs.get_or_init(|| Mutex::new(start(self.count)));
        // It fails only if no thread could be started; then the job is dropped, which its caller notices.
        let _ = jobs.lock().send(Box::new(job));
    }
}

fn start(count: usize) -> Sender<Job> {
    let (sender, receiver) = channel();
    let receiver = Arc::new(Mutex::new(receiver));
    for number in 0..count {
        let receiver = receiver.clone();
        let named = thread::Builder::new().name(format!("hash-{number}"));
        if let Err(error) = named.spawn(move || run(&receiver)) {
            tracing::error!(%error, "a thread for hashing passwords could not be started");
        }
    }
    sender
}

fn run(jobs: &Mutex<Receiver<Job>>) {
    lower_priority();
    loop {
        let next = jobs.lock().recv();
        let Ok(job) = next else { return };
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

/// Gives the calling thread a low priority: beside one other busy thread it has a tenth of the core.
#[cfg(target_os = "linux")]
fn lower_priority() {
    const NICENESS: i32 = 10;
    // A thread id of none is the calling thread.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "threads for hashing passwords keep the priority of others");
    }
}

/// Elsewhere a priority belongs to the process, not to a thread.
#[cfg(not(target_os = "linux"))]
const fn lower_priority() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_panics_takes_no_thread_with_it() {
        let (workers, (sender, receiver)) = (WorkerThreads::new(1), channel());
        workers.spawn(|| panic!("on purpose"));
        workers.spawn(move || sender.send(thread::current().name().map(str::to_owned)).unwrap());
        assert_eq!(receiver.recv().unwrap().as_deref(), Some("hash-0"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn its_threads_have_a_low_priority_and_others_keep_theirs() {
        let (workers, (sender, receiver)) = (WorkerThreads::new(1), channel());
        let own = || rustix::process::getpriority_process(None).unwrap();
        let before = own();
        workers.spawn(move || sender.send(own()).unwrap());
        assert_eq!((receiver.recv().unwrap(), own()), (10, before));
    }
}
