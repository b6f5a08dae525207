//! The entries of `fuzz/` on a stable compiler: seeds as they are, then mutated.
//!
//! A short run is part of `cargo test`. A long one: `LEAKSCOPE_FUZZ_SECONDS=600 cargo test --release --test it fuzz::`, as
//! many seconds for each entry. An input that breaks a promise is named, and belongs into `testdata/broken`.
#![expect(clippy::disallowed_methods, reason = "a run is as long as the environment says")]
#![expect(clippy::print_stderr, reason = "a long run prints its counts")]

#[path = "../../fuzz/entries.rs"]
mod entries;

use std::fs;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use entries::Entry;

use crate::support;

/// Inputs of a short run, for each entry, beside its seeds.
const SHORT: u64 = 300;

/// A seed, or what is made of it, is no longer.
const LONGEST: usize = 32 << 10;

/// How long one input may take; a compiler that does not optimise, and a machine that is busy, are ten times slower.
const SLOWEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });

/// Pieces that the forms are made of.
const WORDS: [&[u8]; 34] = [
    b"\n\ngoroutine 18446744073709551616 [chan receive, 9 minutes, locked to thread]:\n",
    b"goroutine 1 [select (no cases) (leaked) (scan)]:\n",
    b"goroutine profile: total 99999999999999999999\n",
    b"created by main.f in goroutine 0\n",
    b"\t/srv/a.go:4294967296 +0x1\n",
    b"main.(*T[...]).f.func1.2(0x1, {0x2, 0x3}, ...)\n",
    b"...3 frames elided...\n",
    b"# labels: {\"a\":\"b\\u202e\", \"c\":\"\\xff\"}\n",
    b"9223372036854775807 @ 0x1 0x2\n",
    b"-1 @\n",
    b"#\t0x1\tmain.f+0x1\t/srv/a.go:1\n",
    b"[originating from goroutine 7]:\n",
    b"2026-11-24T10:00:00Z stderr F ",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\0",
    b"\x1b[2J\x1b]0;x\x07",
    b"</script><!-- ]]> ::error file=x::y##[error]",
    b"|`*_@everyone",
    b"\xe2\x80\xae\xf3\xa0\x81\x81",
    b"\x1f\x8b\x08\x1c",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x80\x80\x80\x80\x10",
    b"\x0a\x00\x12\x00\x1a\x00\x22\x00\x2a\x00\x32\x00",
    b"\x12\x06\x0a\x01\x01\x12\x01\x01",
    b"HTTP/1.1 200 OK\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Location: //169.254.169.254/\r\n",
    b"Content-Encoding: gzip\r\n",
    b"\r\n\r\n",
    b"[[allow]]\n",
    b"max_growth = -1\n",
    b"{{count}} {site} {",
];

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// One of 0 to `ends`, less the end.
    fn below(&mut self, ends: usize) -> usize {
        usize::try_from(self.roll() % (ends.max(1) as u64)).expect("it is below a usize")
    }
}

/// Changes a few places: bits, bytes, pieces left out, doubled, swapped for a word or a piece of another seed.
fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(80)).min(bytes.len());
        match dice.below(8) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => drop(bytes.splice(at..at, WORDS[dice.below(WORDS.len())].iter().copied())),
            4 => drop(bytes.splice(at..end, WORDS[dice.below(WORDS.len())].iter().copied())),
            5 => {
                let other = &seeds[dice.below(seeds.len())];
                let from = dice.below(other.len() + 1);
                let to = (from + dice.below(400)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            6 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            _ if at < bytes.len() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff, b'\n', b'9', b'('][dice.below(8)],
            _ => {}
        }
    }
    bytes.truncate(LONGEST);
}

/// The files of a folder and those below it.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) = support::entries(folder).into_iter().partition(|it| it.is_dir());
    files.into_iter().chain(folders.iter().flat_map(|it| files_below(it))).collect()
}

/// Inputs that are worth changing.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let own = support::root("fuzz/seeds").join(name);
    let mut files = files_below(&own);
    if files.is_empty() {
        files = files_below(&support::root("testdata/broken"));
        files.retain(|it| !["snapshot", "md"].iter().any(|end| it.extension().is_some_and(|it| it == *end)));
        let captures = support::root("testdata/programs");
        files.extend(
            ["labelled", "names", "heaphold"]
                .iter()
                .flat_map(|it| files_below(&captures.join(it).join("go1.27.3"))),
        );
        if let Some(shared) = support::shared_too() {
            files.extend(files_below(&shared.join("hostile")));
        }
    }
    let fits = |it: &PathBuf| fs::metadata(it).is_ok_and(|it| it.is_file() && it.len() <= LONGEST as u64);
    let seeds: Vec<_> = files.iter().filter(|it| fits(it)).map(|it| support::read(it)).collect();
    assert!(seeds.len() > 2, "{name} has {} seeds", seeds.len());
    seeds
}

/// Runs an entry on one input, and names the input if a promise is broken.
fn run(name: &str, entry: Entry, input: &[u8]) -> Result<(), String> {
    let begun = Instant::now();
    let end = catch_unwind(AssertUnwindSafe(|| entry(input)));
    let took = begun.elapsed();
    if end.is_ok() && took < SLOWEST {
        return Ok(());
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
    fs::write(&file, input).expect("cargo's folder for tests can be written");
    Err(format!("{name}: {took:?}, the input is in {}", file.display()))
}

/// The counts of one entry's run, for people.
fn fuzz(name: &str, entry: Entry) {
    let seeds = seeds(name);
    let seconds = std::env::var("LEAKSCOPE_FUZZ_SECONDS").ok().map(|it| it.parse().expect("whole seconds"));
    let lasts = seconds.map(Duration::from_secs);
    let begun = Instant::now();
    let mut dice = Dice(seconds.unwrap_or(20_261_124).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut runs = 0_u64;
    let mut look = |input: &[u8]| {
        runs += 1;
        run(name, entry, input).unwrap_or_else(|fault| panic!("{fault}"));
        runs
    };
    // A short run has seen enough of the seeds with each third.
    let step = if lasts.is_some() { 1 } else { 3 };
    for seed in seeds.iter().step_by(step) {
        look(seed);
    }
    let mut left = SHORT;
    while lasts.map_or(left > 0, |lasts| begun.elapsed() < lasts) {
        let mut input = seeds[dice.below(seeds.len())].clone();
        mutate(&mut input, &seeds, &mut dice);
        look(&input);
        left = left.saturating_sub(1);
    }
    eprintln!("fuzz {name}: {runs} inputs in {:.0?}, {} seeds", begun.elapsed(), seeds.len());
}

/// Nothing recurses on what an input says: the deepest go through all formats on a stack of 256 KiB.
#[test]
fn deep_inputs_need_little_stack() {
    let frames = |form: fn(usize) -> String| (0..20_000).map(form).collect::<String>();
    let mut inputs = vec![
        frames(|n| format!("main.f{n}(0x1)\n\t/a.go:{n} +0x1\n")),
        frames(|n| format!("main.f{}(0x1)\n\t/a.go:1 +0x1\n", n % 7)),
        format!("main.f{}(0x1)\n\t/a.go:1 +0x1\n", ".func1".repeat(50_000)),
        format!("main.f{}(0x1)\n\t/a.go:1 +0x1\n", ".1".repeat(200_000)),
        format!("main.f{}(0x1)\n\t/a.go:1 +0x1\n", "[".repeat(50_000)),
        format!("main.f{}(0x1)\n\t/a.go:1 +0x1\n", "(".repeat(50_000)),
    ];
    inputs.iter_mut().for_each(|it| it.insert_str(0, "goroutine 1 [select]:\n"));
    inputs.push(frames(|_| "{\"a\":[".to_owned()));
    let counts = frames(|n| format!("#\t0x{n:x}\tmain.f{n}+0x1\t/a.go:{n}\n"));
    inputs.push(format!("goroutine profile: total 1\n1 @ 0x1 0x2\n{counts}"));
    if let Some(shared) = support::shared_too() {
        let nested = files_below(&shared.join("hostile/nest"));
        assert!(nested.len() > 3, "{nested:?}");
        for file in nested {
            let bytes = support::read(&file);
            on_little_stack(move || entries::report(&bytes));
        }
    }
    for input in inputs {
        on_little_stack(move || entries::report(input.as_bytes()));
    }
    // What the user keeps is read by a parser that has a limit of its own, on the usual stack.
    entries::config(format!("a={}", "[".repeat(50_000)).as_bytes());
}

fn on_little_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(work);
    thread.expect("a thread is started").join().expect("its stack is enough");
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            fuzz(stringify!($name), entries::$name);
        })*

        #[test]
        fn each_entry_has_its_test_and_target() {
            let tested = [$(stringify!($name)),*];
            assert_eq!(tested, entries::ENTRIES.map(|(name, _)| name));
            for name in tested {
                let target = support::read(&support::root("fuzz/fuzz_targets").join(format!("{name}.rs")));
                let call = format!("entries::{name}(data)");
                assert!(String::from_utf8_lossy(&target).contains(&call), "{name}");
            }
        }
    };
}

tests! { unpack protobuf counts traceback listings report pair head config }
