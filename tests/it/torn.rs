//! Tracebacks that are wrapped, torn at both ends, and have lines of a log between theirs: never more goroutines than were written,
//! never a frame on another goroutine, and what is missing is said.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::model::Profile;
use proptest::collection::vec;
use proptest::prelude::ProptestConfig;
use proptest::prelude::Strategy;
use proptest::prelude::TestCaseError;
use proptest::prelude::any;
use proptest::prelude::prop_assert;
use proptest::prelude::prop_assert_eq;
use proptest::proptest;
use proptest::sample::Index;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use regex_lite::Regex;

/// The same cases in every run.
fn config() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(20_261_130);
    ProptestConfig { cases: 1000, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

const STATES: [&str; 6] = [
    "chan send",
    "select, 3 minutes",
    "running",
    "IO wait, 9999 minutes",
    "sync.Mutex.Lock (leaked)",
    "syscall, locked to thread",
];

const LOG: [&str; 6] = [
    "2026-11-29T10:00:00Z INFO handled GET /v1/items in 3 ms",
    "level=info msg=\"listening (tls)\" addr=:8080",
    "W1129 10:00:00.000001 1 reflector.go:533] watch closed with: too old",
    "read tcp 10.0.0.1:80: connection reset by peer",
    "the goroutine 5 [select]: was stuck",
    "--> served",
];

#[derive(Clone, Copy, Debug)]
enum Wrapper {
    Bare,
    Crlf,
    Quote,
    Prefix,
    Indent,
}

const WRAPPERS: [Wrapper; 5] =
    [Wrapper::Bare, Wrapper::Crlf, Wrapper::Quote, Wrapper::Prefix, Wrapper::Indent];

impl Wrapper {
    fn line(self, number: usize, line: &str) -> String {
        match self {
            Wrapper::Bare => format!("{line}\n"),
            Wrapper::Crlf => format!("{line}\r\n"),
            Wrapper::Quote => format!("> {line}\n"),
            Wrapper::Prefix => {
                format!("2026-11-24T10:{:02}:{:02}Z app-7d9f8b {line}\n", number / 60 % 60, number % 60)
            }
            Wrapper::Indent => format!("    {line}\n"),
        }
    }
}

/// How a text is torn: the share of it that is missing before and after.
#[derive(Clone, Debug)]
enum Tear {
    Nowhere,
    Before(Index),
    After(Index),
    Both(Index, Index),
}

fn tear() -> impl Strategy<Value = Tear> {
    (0u8..4, any::<Index>(), any::<Index>()).prop_map(|(kind, one, other)| match kind {
        0 => Tear::Nowhere,
        1 => Tear::Before(one),
        2 => Tear::After(one),
        _ => Tear::Both(one, other),
    })
}

/// A text with its goroutines: the bytes and the functions of each.
struct Written {
    text: String,
    goroutines: Vec<(Range<usize>, BTreeSet<String>)>,
}

/// Writes goroutines as debug=2 does. The functions of each have its number in their names.
fn write(made: &[(usize, usize)], wrapper: Wrapper, log: &[(Index, usize)]) -> Written {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut functions: Vec<BTreeSet<String>> = vec![BTreeSet::new(); made.len()];
    for (at, (state, frames)) in made.iter().enumerate() {
        let id = at + 1;
        lines.push((at, format!("goroutine {id} [{}]:", STATES[*state])));
        for frame in 0..*frames {
            let function = format!("example.com/shop/api.(*T).g{id}x{frame}");
            lines.push((at, format!("{function}(0xc000012345, {{0x1, 0x2}})")));
            lines.push((at, format!("\t/srv/shop/api/t.go:{} +0x1f", 10 + frame)));
            functions[at].insert(function);
        }
        if id == 1 {
            lines.push((at, "main.main()".to_owned()));
            lines.push((at, "\t/srv/shop/main.go:9 +0x2f".to_owned()));
            functions[at].insert("main.main".to_owned());
        } else {
            let function = format!("example.com/shop/api.(*T).g{id}by");
            lines.push((at, format!("created by {function} in goroutine 1")));
            lines.push((at, "\t/srv/shop/api/by.go:9 +0x2f".to_owned()));
            functions[at].insert(function);
        }
        lines.push((usize::MAX, String::new()));
    }
    for (at, words) in log {
        lines.insert(at.index(lines.len()), (usize::MAX, LOG[*words].to_owned()));
    }
    let mut text = String::new();
    let mut ranges: Vec<Option<Range<usize>>> = vec![None; made.len()];
    for (number, (owner, line)) in lines.iter().enumerate() {
        let wrapped = wrapper.line(number, line);
        let start = text.len() + wrapped.find(line.as_str()).expect("a line is in what wraps it");
        text.push_str(&wrapped);
        if let Some(range) = ranges.get_mut(*owner) {
            *range = Some(range.as_ref().map_or(start, |it| it.start)..text.trim_end().len());
        }
    }
    let ranges = ranges.into_iter().map(|it| it.expect("each has a header"));
    Written { goroutines: ranges.zip(functions).collect(), text }
}

/// The goroutine in the name of a function, which may be torn. Only the first has others.
static OWNER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"g(\d+)(x|by)").expect("it is a pattern"));

/// The functions that a profile shows, by the goroutine that they were written for. Fails if a row mixes goroutines.
fn functions(profile: &Profile) -> Result<BTreeMap<String, BTreeSet<String>>, TestCaseError> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sample in profile.samples_with_details() {
        let frames = profile.stacks.frames(sample.sample.stack).chain(sample.spawn());
        let names: BTreeSet<String> =
            frames.map(|it| profile.symbols.function(it.function).to_owned()).collect();
        let owner = |name: &String| match OWNER.captures(name) {
            Some(found) => found[1].to_owned(),
            None => "1".to_owned(),
        };
        let owners: BTreeSet<String> = names.iter().map(owner).collect();
        prop_assert!(owners.len() <= 1, "{:?} are on one goroutine", names);
        let ids: BTreeSet<String> =
            sample.goroutines.into_iter().flatten().map(|it| it.id.to_string()).collect();
        prop_assert!(
            owners.is_empty() || ids.is_empty() || ids == owners,
            "{:?} are on goroutine {:?}",
            names,
            ids
        );
        if let Some(owner) = owners.into_iter().next() {
            prop_assert_eq!(sample.sample.count, 1, "{:?}", names);
            prop_assert!(all.insert(owner, names).is_none(), "a goroutine counts twice");
        }
    }
    Ok(all)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_missing_is_said(
        made in vec((0..STATES.len(), 1usize..5), 1..9),
        wrapper in select(&WRAPPERS[..]),
        log in vec((any::<Index>(), 0..LOG.len()), 0..4),
        tear in tear(),
    ) {
        let Written { text, goroutines } = write(&made, wrapper, &log);
        let len = text.len();
        let (from, to) = match &tear {
            Tear::Nowhere => (0, len),
            Tear::Before(at) => (at.index(len), len),
            Tear::After(at) => (0, at.index(len)),
            Tear::Both(one, other) => {
                let (one, other) = (one.index(len), other.index(len));
                (one.min(other), one.max(other))
            }
        };
        let torn = &text[from..to];
        // A refusal says it.
        let Ok(Decoded::Goroutines(profile)) = decode(torn.as_bytes(), &Limits::default()) else { return Ok(()) };
        prop_assert!(profile.total() <= made.len() as i128, "{} of {}:\n{}", profile.total(), made.len(), torn);
        let shown = functions(&profile).map_err(|error| TestCaseError::fail(format!("{error} in\n{torn}")))?;
        // Of a goroutine before the tear only a whole line can be known for one; where the text ends, any letter.
        let said = ["no stack has a header", "without frames"];
        let says_so = profile.is_incomplete()
            || profile.warnings.iter().any(|it| said.iter().any(|words| it.text.contains(words)));
        let next_line = torn.find('\n').map_or(to, |at| from + at + 1);
        let begins = if from == 0 { 0 } else { next_line };
        for (number, (range, functions)) in goroutines.iter().enumerate() {
            let id = (number + 1).to_string();
            let is_seen = range.end > begins + 1 && range.start < to;
            let is_whole = shown.get(&id).is_some_and(|it| functions.is_subset(it));
            prop_assert!(
                !is_seen || is_whole || says_so,
                "goroutine {} is not whole, and nothing says so; shown {:?}, torn at {} and {} of {}:\n{}", id, shown.get(&id), from, to, len, torn
            );
        }
    }
}
