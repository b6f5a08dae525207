//! Threads that run at once, on cores of their own, and with room of their own.
//!
//! Linux puts a new thread, as often as not, on the core of the one that made it, where it waits until that one has nothing more
//! to do or the balance of cores is looked at, which may take some milliseconds: as long as what it was made for.

use std::sync::mpsc;
use std::time::Duration;

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

impl Start {
    /// For threads that the caller will make.
    pub(super) fn new() -> (Self, Running) {
        let (running, told) = mpsc::channel();
        (Start { core: core(), running }, Running(told))
    }

    /// The first that a new thread does.
    pub(super) fn begin(self) {
        leave(self.core);
        // Whoever waits no more has begun its own part.
        let _ = self.running.send(());
        reserve();
    }
}

impl Running {
    /// Waits for so many threads.
    pub(super) fn wait_for(self, threads: usize) {
        let mut waits = 0..threads;
        while waits.next().is_some() && self.0.recv_timeout(PATIENCE).is_ok() {}
    }
}

/// Lets glibc make room for this thread at once: it asks the system for more with each block that finds no room, and the system
/// holds all threads meanwhile. Nothing is written to the room, so it costs nothing.
fn reserve() {
    drop([(); 2].map(|()| {
        let mut block = Vec::<u8>::new();
        let _ = std::hint::black_box(&mut block).try_reserve_exact(3 << 20);
        block
    }));
}

/// The core that this thread runs on.
#[cfg(target_os = "linux")]
fn core() -> usize {
    rustix::thread::sched_getcpu()
}

/// Moves this thread away from a core, if there is another for it.
#[cfg(target_os = "linux")]
fn leave(core: usize) {
    use rustix::thread::CpuSet;
    use rustix::thread::sched_getaffinity;
    use rustix::thread::sched_setaffinity;
    if self::core() != core || core >= CpuSet::MAX_CPU {
        return;
    }
    let Ok(all) = sched_getaffinity(None) else { return };
    let mut others = all;
    others.unset(core);
    if others.count() > 0 && sched_setaffinity(None, &others).is_ok() {
        // It was moved. Where it runs from now on is the system's matter again.
        let _ = sched_setaffinity(None, &all);
    }
}

#[cfg(not(target_os = "linux"))]
fn core() -> usize {
    0
}

#[cfg(not(target_os = "linux"))]
fn leave(_core: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_has_left_a_core_may_come_back() {
        let (start, running) = Start::new();
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                start.begin();
                cores()
            });
            running.wait_for(1);
            assert_eq!(thread.join().expect("it ends"), cores());
        });
    }

    #[cfg(target_os = "linux")]
    fn cores() -> Vec<usize> {
        let all = rustix::thread::sched_getaffinity(None).expect("it is told");
        (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).collect()
    }

    #[cfg(not(target_os = "linux"))]
    fn cores() -> Vec<usize> {
        Vec::new()
    }
}
