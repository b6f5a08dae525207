//! Work on several cores. Results never depend on how many there are.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::thread;
use std::thread::JoinHandle;
use std::vec;

use crate::switches::Mechanism;

/// More threads than this bring little, and each needs memory of its own.
const MAX_THREADS: usize = 16;

/// The number of threads that work at the same time. Read once, because asking the system opens several files.
static CORES: LazyLock<usize> =
    LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS));

/// With fewer items than this, starting a thread takes as long as what it saves, unless they are large.
const MIN_ITEMS: usize = 8;

thread_local! {
    /// Whether this thread is one of several workers. Work that a worker splits again runs on that worker alone.
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

fn as_worker<R>(work: impl FnOnce() -> R) -> R {
    let outer = IS_WORKER.replace(true);
    let result = work();
    IS_WORKER.set(outer);
    result
}

/// Splits `0..len` into one range for each core, but none shorter than `min_len`, and runs `work` on all of them at once. Returns the
/// results in order. A panic of a worker is passed on; if the system refuses a thread, the caller does its work.
pub(crate) fn par_chunks<R: Send>(
    len: usize,
    min_len: usize,
    work: impl Fn(Range<usize>) -> R + Sync,
) -> Vec<R> {
    let chunks = match len / min_len.max(1) {
        0 | 1 => 1,
        _ if IS_WORKER.get() || !Mechanism::Cores.is_on() => 1,
        most => most.min(*CORES),
    };
    if chunks == 1 {
        return vec![work(0..len)];
    }
    let bound = |chunk: usize| len / chunks * chunk + (len % chunks).min(chunk);
    let work = |chunk: usize| as_worker(|| work(bound(chunk)..bound(chunk + 1)));
    thread::scope(|scope| {
        let work = &work;
        let spawn =
            |chunk| thread::Builder::new().spawn_scoped(scope, move || work(chunk)).map_err(|_| chunk);
        let others: Vec<_> = (1..chunks).map(spawn).collect();
        let mut results = vec![work(0)];
        for other in others {
            results.push(match other {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(chunk) => work(chunk),
            });
        }
        results
    })
}

/// Maps items in parallel and returns the results in order. Workers take the next item as soon as they are free, the last item first:
/// the last snapshot of a series is usually the largest, and what starts last should be small.
pub fn par_map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    if items.len() < MIN_ITEMS {
        return items.into_iter().map(work).collect();
    }
    let items = Mutex::new(items.into_iter().enumerate().rev());
    let next = || lock(&items).next();
    let take = || std::iter::from_fn(next).map(|(at, item)| (at, work(item))).collect::<Vec<_>>();
    let mut results: Vec<(usize, R)> = par_per_core(usize::MAX, take).into_iter().flatten().collect();
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Runs the same work once on each core, on at most `max_workers` of them.
pub(crate) fn par_per_core<R: Send>(max_workers: usize, work: impl Fn() -> R + Sync) -> Vec<R> {
    par_chunks(max_workers.min(*CORES), 1, |_| work())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Maps items on all cores while the caller uses the earlier results, which come in order. At most `depth` items are started and not
/// yet taken. Dropping the iterator stops each worker after the item it has in hand. A panic of a worker is passed on.
///
/// Two items are enough for two workers if they are large, that is, if each takes much longer than starting a thread.
pub fn prefetch<T, R, W>(items: Vec<T>, are_large: bool, depth: usize, work: W) -> impl Iterator<Item = R>
where
    T: Send + 'static,
    R: Send + 'static,
    W: Fn(T) -> R + Send + Sync + 'static,
{
    let is_small = items.len() < if are_large { 2 } else { MIN_ITEMS } || IS_WORKER.get();
    let workers = if is_small || !Mechanism::Cores.is_on() { 0 } else { items.len().min(*CORES) };
    let (jobs, queue) = mpsc::channel::<Job<T, R>>();
    let (queue, work) = (Arc::new(Mutex::new(queue)), Arc::new(work));
    let spawn = |_| {
        let (queue, work) = (queue.clone(), work.clone());
        // A closure, so that the queue is not locked during the work.
        let next = move || lock(&queue).recv();
        let run = move || {
            while let Ok((item, result)) = next() {
                // The caller may want no more results.
                let _ = result.send(catch_unwind(AssertUnwindSafe(|| work(item))));
            }
        };
        thread::Builder::new().spawn(|| as_worker(run)).ok()
    };
    let threads = (0..workers).filter_map(spawn).collect();
    let (items, depth, jobs) = (items.into_iter(), depth.max(1), Some(jobs));
    let mut results = Prefetch { items, depth, jobs, queue, work, started: VecDeque::new(), threads };
    results.start_more();
    results
}

/// An item, and where its result goes.
type Job<T, R> = (T, Sender<thread::Result<R>>);

struct Prefetch<T, R, W> {
    items: vec::IntoIter<T>,
    depth: usize,
    /// `None` ends the workers.
    jobs: Option<Sender<Job<T, R>>>,
    queue: Arc<Mutex<Receiver<Job<T, R>>>>,
    work: Arc<W>,
    /// The results of the items that were started, in order.
    started: VecDeque<Receiver<thread::Result<R>>>,
    threads: Vec<JoinHandle<()>>,
}

impl<T, R, W> Prefetch<T, R, W> {
    fn start_more(&mut self) {
        let Some(jobs) = self.jobs.as_ref().filter(|_| !self.threads.is_empty()) else { return };
        let free = self.depth.saturating_sub(self.started.len());
        for item in self.items.by_ref().take(free) {
            let (sender, result) = mpsc::channel();
            if jobs.send((item, sender)).is_ok() {
                self.started.push_back(result);
            }
        }
    }
}

impl<T, R, W: Fn(T) -> R> Iterator for Prefetch<T, R, W> {
    type Item = R;

    fn next(&mut self) -> Option<R> {
        if self.threads.is_empty() {
            return self.items.next().map(&*self.work);
        }
        let result = self.started.pop_front()?;
        self.start_more();
        Some(result.recv().ok()?.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

impl<T, R, W> Drop for Prefetch<T, R, W> {
    fn drop(&mut self) {
        self.jobs = None;
        lock(&self.queue).try_iter().for_each(drop);
        for thread in self.threads.drain(..) {
            // A panic was passed on, or the caller wants no more results.
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
    fn chunks_cover_all_in_order() {
        for (len, min_len) in [(0, 1), (1, 1), (7, 2), (100, 3), (1000, 1)] {
            let numbers: Vec<usize> = par_chunks(len, min_len, |range| range.collect::<Vec<_>>()).concat();
            assert!(numbers.into_iter().eq(0..len), "{len} in chunks of {min_len}");
        }
        let inner = |range: Range<usize>| range.map(|_| par_chunks(8, 1, |_| ()).len()).collect::<Vec<_>>();
        if *CORES > 1 {
            assert_eq!(par_chunks(3, 1, inner).concat(), [1, 1, 1], "a worker does not split again");
        }
        let words: Vec<String> = (0..100).map(|number| format!("{number}")).collect();
        assert_eq!(par_map(words.clone(), |word| word), words);
    }

    #[test]
    fn prefetched_results_come_in_order_and_not_too_early() {
        for (items, depth) in [(0, 4), (1, 1), (5, 0), (500, 1), (500, 7), (500, 1000)] {
            let started = Arc::new(AtomicUsize::new(0));
            let counter = started.clone();
            let work = move |number: usize| {
                counter.fetch_add(1, Ordering::SeqCst);
                number * 2
            };
            for (taken, result) in prefetch((0..items).collect(), true, depth, work).enumerate() {
                assert_eq!(result, taken * 2);
                assert!(started.load(Ordering::SeqCst) <= taken + 1 + depth.max(1), "{items} {depth}");
            }
            assert_eq!(started.load(Ordering::SeqCst), items);
        }
    }

    #[test]
    fn dropping_stops_the_workers() {
        let started = Arc::new(AtomicUsize::new(0));
        let counter = started.clone();
        let work = move |_: u32| counter.fetch_add(1, Ordering::SeqCst);
        assert_eq!(prefetch((0..1000).collect(), false, 8, work).take(3).count(), 3);
        assert!(started.load(Ordering::SeqCst) <= 3 + 8);
    }

    #[test]
    fn a_panic_is_passed_on() {
        let work = |number: u32| assert!(number != 40, "forty");
        let taken = AtomicUsize::new(0);
        let all = catch_unwind(AssertUnwindSafe(|| {
            prefetch((0..1000).collect(), false, 8, work)
                .for_each(|()| _ = taken.fetch_add(1, Ordering::SeqCst));
        }));
        assert_eq!(all.expect_err("it panics").downcast_ref::<&str>(), Some(&"forty"));
        assert!(taken.load(Ordering::SeqCst) <= 40);
    }
}
