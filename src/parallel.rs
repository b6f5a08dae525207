//! Work that is split over the cores of the machine.

mod ahead;
mod start;

use std::cell::Cell;
use std::ops::Range;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

pub(crate) use ahead::ahead;
use start::start;

/// More threads than this bring little, and each holds room of its own.
const MOST_THREADS: usize = 16;

/// Threads that work at the same time. The system tells it in several files, so it is asked once: what is granted to the process
/// later makes no difference.
static CORES: LazyLock<usize> =
    LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS));

thread_local! {
    /// Whether this thread does a part of some work: all cores are busy then, and what it splits it does alone.
    static IN_PART: Cell<bool> = const { Cell::new(false) };
}

/// Does the work on `0..len` in as many parts as there are cores, but in none of fewer than `least`; what the parts gave, in
/// their order. A panic of one is passed on; where the system has no thread left, the caller's does its work.
pub(crate) fn in_parts<R: Send>(len: usize, least: usize, work: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    let parts = match len / least.max(1) {
        0 | 1 => 1,
        _ if IN_PART.get() => 1,
        most => most.min(*CORES),
    };
    let bound = |part: usize| len / parts * part + (len % parts).min(part);
    if parts == 1 {
        return vec![work(0..len)];
    }
    let work = |part: usize| {
        let outer = IN_PART.replace(true);
        let result = work(bound(part)..bound(part + 1));
        IN_PART.set(outer);
        result
    };
    thread::scope(|scope| {
        let work = &work;
        let (start, running) = start();
        let spawn = |part: usize| {
            let start = start.clone();
            let part_of = move || {
                start.begin();
                work(part)
            };
            thread::Builder::new().spawn_scoped(scope, part_of).map_err(|_| part)
        };
        let others: Vec<_> = (1..parts).map(spawn).collect();
        running.wait_for(others.iter().filter(|other| other.is_ok()).count());
        let mut results = vec![work(0)];
        for other in others {
            results.push(match other {
                Ok(other) => other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(part) => work(part),
            });
        }
        results
    })
}

/// Does the same work on each core, but on no more than `most`: all take from one heap. What each gave.
pub(crate) fn on_each_core<R: Send>(most: usize, work: impl Fn() -> R + Sync) -> Vec<R> {
    in_parts(most, 1, |_| work())
}

/// Does the work on each item, whoever is free on the next, the last item first; what it gave for each, in their order. Of moments
/// the last is most often the largest, and what is begun last should be small.
///
/// The largest item takes its time on any number of cores; another core is asked for with each `worth` of the size of the others.
pub(crate) fn each<T: Send, R: Send>(
    items: Vec<T>,
    size: impl Fn(&T) -> u64,
    worth: u64,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let more = usize::try_from(but_the_largest(items.iter().map(size)) / worth).unwrap_or(usize::MAX);
    let most = items.len().min(more.saturating_add(1));
    let items = Mutex::new(items.into_iter().enumerate().rev());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let some = || std::iter::from_fn(next).map(|(at, item)| (at, work(item))).collect::<Vec<_>>();
    let mut results: Vec<(usize, R)> = on_each_core(most, some).into_iter().flatten().collect();
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The sum of all sizes but the largest.
fn but_the_largest(sizes: impl Iterator<Item = u64>) -> u64 {
    let (mut largest, mut others) = (0, 0u64);
    for size in sizes {
        others = others.saturating_add(size.min(largest));
        largest = largest.max(size);
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_all_in_order() {
        for (len, least) in [(0, 1), (1, 1), (7, 2), (100, 3), (1000, 1)] {
            let numbers: Vec<usize> = in_parts(len, least, |range| range.collect::<Vec<_>>()).concat();
            assert!(numbers.into_iter().eq(0..len), "{len} in parts of {least}");
        }
        let inner = |range: Range<usize>| range.map(|_| in_parts(8, 1, |_| ()).len()).collect::<Vec<_>>();
        assert_eq!(in_parts(3, 1, inner).concat(), [1, 1, 1], "parts are not split again");
        let words: Vec<String> = (0..100).map(|number| format!("{number}")).collect();
        for worth in [1, 1000] {
            assert_eq!(each(words.clone(), |word| word.len() as u64, worth, |word| word), words);
        }
    }

    #[test]
    fn sizes_but_the_largest() {
        let check = |sizes: &[u64], expected| {
            assert_eq!(but_the_largest(sizes.iter().copied()), expected, "{sizes:?}");
        };
        check(&[], 0);
        check(&[7], 0);
        check(&[3, 7, 5, 7], 15);
        check(&[u64::MAX, 4, u64::MAX], u64::MAX);
    }
}
