//! Files that end early and files with one bit turned: never a panic, never another total without a word.
#![expect(
    clippy::disallowed_methods,
    reason = "a time limit is part of the promise, and a variable widens the test"
)]

use std::io::Read;
use std::panic::catch_unwind;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;

use crate::support;

/// How long a small input may take, on a busy machine and without optimisation.
const SLOWEST: Duration = Duration::from_secs(2);

/// What became of an input.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Refused,
    /// Read, and said to be incomplete.
    Incomplete,
    /// Read as if nothing were missing.
    Whole(i128),
    Panicked,
}

fn end(bytes: &[u8]) -> End {
    let limits = Limits { max_inflated: 4 << 20, ..Limits::default() };
    match catch_unwind(|| decode(bytes, &limits)) {
        Err(_) => End::Panicked,
        Ok(Err(_)) => End::Refused,
        Ok(Ok(Decoded::Goroutines(profile))) if profile.is_incomplete() => End::Incomplete,
        Ok(Ok(decoded)) => End::Whole(total(&decoded)),
    }
}

/// Goroutines, or the objects of a heap profile.
fn total(decoded: &Decoded) -> i128 {
    match decoded {
        Decoded::Goroutines(profile) => profile.total(),
        Decoded::Heap(heap) => heap.allocations.iter().map(|it| i128::from(it.objects)).sum(),
    }
}

fn capture(name: &str) -> Vec<u8> {
    support::read(&support::root("testdata/programs").join(name))
}

fn inflated(packed: &[u8]) -> Vec<u8> {
    let mut bare = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bare).expect("Go wrote it");
    bare
}

/// The total of the whole, and all cuts that are read as if nothing were missing, with the total each shows.
fn silent_cuts(bytes: &[u8]) -> (i128, Vec<(usize, i128)>) {
    let End::Whole(whole) = end(bytes) else { panic!("the whole is not whole: {:?}", end(bytes)) };
    let mut silent = Vec::new();
    for at in 0..bytes.len() {
        match end(&bytes[..at]) {
            End::Refused | End::Incomplete => {}
            End::Whole(total) => silent.push((at, total)),
            End::Panicked => panic!("a panic on the first {at} bytes"),
        }
    }
    (whole, silent)
}

#[test]
fn every_cut_of_a_packed_profile_is_refused() {
    for name in ["timersleep/go1.27.3/goroutine.pb.gz", "selectloop/go1.27.3/goroutineleak.pb.gz"] {
        let (_, silent) = silent_cuts(&capture(name));
        assert_eq!(silent, [], "{name}");
    }
}

#[test]
fn every_cut_of_a_bare_profile_keeps_its_total_or_is_reported() {
    for name in ["labelled/go1.27.3/goroutine.pb.gz", "heaphold/go1.27.3/heap.pb.gz"] {
        let (whole, silent) = silent_cuts(&inflated(&capture(name)));
        let other: Vec<_> = silent.iter().filter(|(_, total)| *total != whole).collect();
        assert!(other.is_empty(), "{name}: {whole} became {other:?}");
    }
}

#[test]
fn every_cut_of_counts_is_reported() {
    for name in ["labelled/go1.27.3/goroutine.debug1.txt", "heaphold/go1.27.3/goroutine.debug1.txt"] {
        let bytes = capture(name);
        let (whole, silent) = silent_cuts(&bytes);
        // Nothing but line ends is missing, or digits of the last line's number: the counts are whole.
        let kept = |at: usize| bytes[at..].iter().all(|byte| *byte == b'\n' || byte.is_ascii_digit());
        let other: Vec<_> = silent.iter().filter(|(at, total)| !kept(*at) || *total != whole).collect();
        assert!(other.is_empty(), "{name}: {whole} became {other:?}");
    }
}

/// A traceback has no total, so one that ends after a whole goroutine cannot be distinguished from a whole one: in the offset of
/// its last position, at its line's end, or at the empty line.
fn is_between_goroutines(bytes: &[u8], at: usize) -> bool {
    let hex = bytes[at..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let line = bytes[..at].trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let rest = bytes[at + hex..].trim_ascii_start();
    let next = rest.is_empty() || rest.starts_with(b"goroutine ");
    next && line.windows(4).any(|it| it == b" +0x") && !line.ends_with(b"+0x")
}

#[test]
fn every_cut_of_a_traceback_but_between_goroutines_is_reported() {
    for name in ["sendtimeout/go1.27.3/goroutine.debug2.txt", "quiet/go1.27.3/goroutine.debug2.txt"] {
        let bytes = capture(name);
        let (whole, silent) = silent_cuts(&bytes);
        let other: Vec<_> = silent.iter().filter(|(at, _)| !is_between_goroutines(&bytes, *at)).collect();
        assert!(other.is_empty(), "{name}: {whole} became {other:?}");
        // The exception is no wider than it must be: some offsets for each goroutine.
        assert!(silent.len() <= 6 * usize::try_from(whole).expect("it is small"), "{name}: {silent:?}");
    }
}

/// The bits that are flipped: each with LEAKSCOPE_CUTS=all, else every fifth, which meets each place in a byte.
fn flipped(bits: std::ops::Range<usize>) -> impl Iterator<Item = usize> {
    let is_whole = std::env::var_os("LEAKSCOPE_CUTS").is_some_and(|it| it == "all");
    bits.step_by(if is_whole { 1 } else { 5 })
}

#[test]
fn a_flipped_bit_of_a_packed_profile_is_refused_or_changes_nothing() {
    for name in ["timersleep/go1.27.3/goroutine.pb.gz", "selectloop/go1.27.3/goroutineleak.pb.gz"] {
        let bytes = capture(name);
        let End::Whole(whole) = end(&bytes) else { panic!("{name} is not whole") };
        let content = inflated(&bytes);
        let flip = |bit: usize| {
            let mut turned = bytes.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            let end = end(&turned);
            // A few bits mean nothing: gzip's time and system, the padding, a shorter way to the same bytes.
            let same = || end == End::Whole(whole) && inflated(&turned) == content;
            (end != End::Refused && !same()).then_some(bit)
        };
        let bits = bytes.len() * 8;
        let (first, second): (Vec<_>, Vec<_>) = thread::scope(|scope| {
            let other = scope.spawn(|| flipped(bits / 2..bits).filter_map(flip).collect());
            (flipped(0..bits / 2).filter_map(flip).collect(), other.join().expect("panics are caught"))
        });
        assert!(first.is_empty() && second.is_empty(), "{name}: bits {first:?} {second:?}");
    }
}

/// Without a checksum a flipped bit may make another sound profile: it is read or refused, and what is read adds up.
#[test]
fn a_flipped_bit_of_a_bare_profile_is_read_or_refused() {
    for name in ["timersleep/go1.27.3/goroutine.pb.gz", "heaphold/go1.27.3/heap.pb.gz"] {
        let bytes = inflated(&capture(name));
        let fault = |bit: usize| {
            let mut turned = bytes.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            let begun = Instant::now();
            let ended = end(&turned);
            (ended == End::Panicked || begun.elapsed() > SLOWEST).then_some(bit)
        };
        let bits = bytes.len() * 8;
        let (first, second): (Vec<_>, Vec<_>) = thread::scope(|scope| {
            let other = scope.spawn(|| flipped(bits / 2..bits).filter_map(fault).collect());
            (flipped(0..bits / 2).filter_map(fault).collect(), other.join().expect("panics are caught"))
        });
        assert!(first.is_empty() && second.is_empty(), "{name}: bits {first:?} {second:?}");
    }
}
