//! A fixed number of threads for work that keeps a core busy and needs much memory.
//!
//! The runtime's own blocking threads are many, and the allocator keeps for each what it once used: a hundred of them that hash passwords in turn hold two
//! gigabytes. These few hold no more than they use at one time.

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
    loop {
        let next = jobs.lock().recv();
        let Ok(job) = next else { return };
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

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
}
