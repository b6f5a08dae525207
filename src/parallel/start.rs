//! Threads that run at once, on cores of their own, and with room of their own.
//!
//! Linux puts a new thread, as often as not, on the core of the one that made it, where it waits until that one has nothing more
//! to do or the balance of cores is looked at, which may take some milliseconds: as long as what it was made for.

use std::sync::mpsc;
use std::time::Duration;

use crate::heap;

/// How long the next of them is waited for: a machine that has no core for them has work for the caller.
const PATIENCE: Duration = Duration::from_millis(1);

/// Where threads are told of that run.
#[derive(Clone)]
pub(super) struct Start {
    /// The core of who made them.
    core: usize,
    running: mpsc::Sender<()>,
}

/// The threads that were told of.
pub(super) struct Running(mpsc::Receiver<()>);

/// For threads that the caller will make.
pub(super) fn start() -> (Start, Running) {
    let (running, told) = mpsc::channel();
    (Start { core: core(), running }, Running(told))
}

impl Start {
    /// The first that a new thread does.
    pub(super) fn begin(self) {
        leave(self.core);
        // Whoever waits no more has begun its own part.
        let _ = self.running.send(());
        heap::make_room();
    }
}

impl Running {
    /// Waits for so many threads.
    pub(super) fn wait_for(self, threads: usize) {
        for _ in 0..threads {
            if self.0.recv_timeout(PATIENCE).is_err() {
                return;
            }
        }
    }
}

/// The core that this thread runs on.
#[cfg(target_os = "linux")]
fn core() -> usize {
    rustix::thread::sched_getcpu()
}

/// Moves this thread away from a core, if it runs there and there is another for it; whether it was moved.
#[cfg(target_os = "linux")]
fn leave(core: usize) -> bool {
    use rustix::thread::CpuSet;
    use rustix::thread::sched_getaffinity;
    use rustix::thread::sched_setaffinity;
    if self::core() != core || core >= CpuSet::MAX_CPU {
        return false;
    }
    let Ok(all) = sched_getaffinity(None) else { return false };
    let mut others = all;
    others.unset(core);
    if others.count() == 0 || sched_setaffinity(None, &others).is_err() {
        return false;
    }
    // Where it runs from now on is the system's matter again.
    let _ = sched_setaffinity(None, &all);
    true
}

#[cfg(not(target_os = "linux"))]
fn core() -> usize {
    0
}

#[cfg(not(target_os = "linux"))]
fn leave(_core: usize) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_waited_for_in_vain() {
        let (start, running) = start();
        std::thread::scope(|scope| {
            scope.spawn(|| start.begin());
            running.wait_for(3);
        });
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_thread_leaves_a_core_and_may_come_back() {
        let all = || rustix::thread::sched_getaffinity(None).expect("it is told");
        let before = all();
        // The system may move it between the two calls, then it is somewhere else already.
        let moved = (0..1000).any(|_| leave(core()));
        assert_eq!(moved, before.count() > 1);
        assert_eq!(all(), before);
        assert!(!leave(usize::MAX), "it does not run there");
    }
}
