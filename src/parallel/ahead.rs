//! Work that is done ahead of whoever takes what comes of it.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread;
use std::thread::JoinHandle;
use std::vec;

use super::CORES;
use super::IN_PART;
use super::start::start;

/// Does the work on each item, on all cores, while the caller is busy with what came of those before; what came of each, in their
/// order. At most `most` are begun that were not taken yet. The caller's thread helps where it has to wait. A panic is passed on.
pub(crate) fn ahead<T, R, W>(items: Vec<T>, most: usize, work: W) -> Ahead<T, R, W>
where
    T: Send + 'static,
    R: Send + 'static,
    W: Fn(T) -> R + Send + Sync + 'static,
{
    let others = if IN_PART.get() { 0 } else { items.len().min(*CORES).saturating_sub(1) };
    let state =
        State { items: items.into_iter(), results: VecDeque::new(), taken: 0, closed: false, panic: None };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), most, work });
    let (start, running) = start();
    let spawn = |_| {
        let (start, shared) = (start.clone(), shared.clone());
        let run = move || {
            start.begin();
            IN_PART.set(true);
            shared.run();
        };
        // Without it there is one less that helps.
        thread::Builder::new().spawn(run).ok()
    };
    let threads: Vec<JoinHandle<()>> = (0..others).filter_map(spawn).collect();
    running.wait_for(threads.len());
    Ahead { shared, threads }
}

/// What comes of the items, in their order.
pub(crate) struct Ahead<T, R, W> {
    shared: Arc<Shared<T, R, W>>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared<T, R, W> {
    state: Mutex<State<T, R>>,
    changed: Condvar,
    most: usize,
    work: W,
}

struct State<T, R> {
    items: vec::IntoIter<T>,
    /// Of the items that were begun and not taken; `None` while they are worked on.
    results: VecDeque<Option<R>>,
    /// How many were taken.
    taken: usize,
    /// Nobody wants what is not begun.
    closed: bool,
    panic: Option<Box<dyn Any + Send>>,
}

impl<T, R> State<T, R> {
    /// The next item and its number, if it may be begun now.
    fn begin(&mut self, most: usize) -> Option<(usize, T)> {
        if self.results.len() >= most.max(1) {
            return None;
        }
        let item = self.items.next()?;
        self.results.push_back(None);
        Some((self.taken + self.results.len() - 1, item))
    }
}

impl<T, R, W> Shared<T, R, W> {
    fn lock(&self) -> MutexGuard<'_, State<T, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, R, W: Fn(T) -> R> Shared<T, R, W> {
    fn wait<'s>(&self, state: MutexGuard<'s, State<T, R>>) -> MutexGuard<'s, State<T, R>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until nothing is left to be begun.
    fn run(&self) {
        let mut state = self.lock();
        while !state.closed && !state.items.as_slice().is_empty() {
            match state.begin(self.most) {
                Some((number, item)) => {
                    drop(state);
                    self.work_on(number, item);
                    state = self.lock();
                }
                None => state = self.wait(state),
            }
        }
    }

    fn work_on(&self, number: usize, item: T) {
        let result = catch_unwind(AssertUnwindSafe(|| (self.work)(item)));
        let mut state = self.lock();
        match result {
            Ok(result) => {
                let place = number - state.taken;
                if let Some(place) = state.results.get_mut(place) {
                    *place = Some(result);
                }
            }
            Err(panic) => {
                state.closed = true;
                state.panic = Some(panic);
            }
        }
        drop(state);
        self.changed.notify_all();
    }
}

impl<T, R, W: Fn(T) -> R> Iterator for Ahead<T, R, W> {
    type Item = R;

    fn next(&mut self) -> Option<R> {
        let shared = &*self.shared;
        let mut state = shared.lock();
        loop {
            if let Some(panic) = state.panic.take() {
                drop(state);
                resume_unwind(panic);
            }
            if let Some(result) = state.results.front_mut().and_then(Option::take) {
                state.results.pop_front();
                state.taken += 1;
                drop(state);
                shared.changed.notify_all();
                return Some(result);
            }
            if state.closed || (state.results.is_empty() && state.items.as_slice().is_empty()) {
                return None;
            }
            state = match state.begin(shared.most) {
                Some((number, item)) => {
                    drop(state);
                    let outer = IN_PART.replace(IN_PART.get() || !self.threads.is_empty());
                    shared.work_on(number, item);
                    IN_PART.set(outer);
                    shared.lock()
                }
                None => shared.wait(state),
            };
        }
    }
}

impl<T, R, W> Drop for Ahead<T, R, W> {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A panic was passed on, or nobody waits for it any more.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn all_come_in_their_order_and_few_ahead() {
        for (items, most) in [(0, 4), (1, 1), (5, 0), (500, 1), (500, 7), (500, 1000)] {
            let begun = Arc::new(AtomicUsize::new(0));
            let counter = begun.clone();
            let work = move |number: usize| {
                counter.fetch_add(1, Ordering::SeqCst);
                number * 2
            };
            for (taken, result) in ahead((0..items).collect(), most, work).enumerate() {
                assert_eq!(result, taken * 2);
                assert!(begun.load(Ordering::SeqCst) <= taken + 1 + most.max(1), "{items} {most}");
            }
            assert_eq!(begun.load(Ordering::SeqCst), items);
        }
    }

    #[test]
    fn who_takes_no_more_waits_for_nothing_else() {
        let begun = Arc::new(AtomicUsize::new(0));
        let counter = begun.clone();
        let work = move |_: u32| counter.fetch_add(1, Ordering::SeqCst);
        assert_eq!(ahead((0..1000).collect(), 8, work).take(3).count(), 3);
        assert!(begun.load(Ordering::SeqCst) <= 3 + 8);
    }

    #[test]
    fn a_panic_is_passed_on() {
        let work = |number: u32| assert!(number != 40, "forty");
        let taken = AtomicUsize::new(0);
        let all = catch_unwind(AssertUnwindSafe(|| {
            ahead((0..1000).collect(), 8, work).for_each(|()| _ = taken.fetch_add(1, Ordering::SeqCst));
        }));
        assert_eq!(all.expect_err("it panics").downcast_ref::<&str>(), Some(&"forty"));
        assert!(taken.load(Ordering::SeqCst) <= 40);
    }
}
