//! What holds for any input.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::group::By;
use leakscope::model::Profile;
use leakscope::model::Snapshot;
use leakscope::pipeline;
use leakscope::render::Format;
use leakscope::render::raw;
use leakscope::render::render;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::stacks::Filter;
use leakscope::text::ShownLabels;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::Just;
use proptest::prelude::ProptestConfig;
use proptest::prelude::Strategy;
use proptest::prelude::any;
use proptest::prelude::prop_assert;
use proptest::prelude::prop_assert_eq;
use proptest::prelude::prop_oneof;
use proptest::proptest;
use proptest::sample::Index;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::Value;

use crate::support;

/// Some hundred cases of each, the same in every run. No file is kept of those that failed: a fault found becomes a
/// test by hand.
fn config() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(20_260_801);
    ProptestConfig { cases: 256, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

/// Limits at which no case takes long.
fn limits() -> Limits {
    Limits { max_inflated: 4 << 20, ..Limits::default() }
}

/// A capture of each form, to be mutated.
static CAPTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let files = [
        "names/go1.27.3/goroutine.pb.gz",
        "labelled/go1.27.3/goroutine.debug1.txt",
        "labelled/go1.27.3/goroutine.debug2.txt",
        "selectloop/go1.27.3/goroutineleak.debug2.txt",
        "heaphold/go1.27.3/heap.pb.gz",
    ];
    let mut captures: Vec<Vec<u8>> =
        files.iter().map(|file| support::read(&support::root("testdata/programs").join(file))).collect();
    // Without gzip, whose checksum would stop every mutation before the protobuf is looked at.
    for packed in [captures[0].clone(), captures[4].clone()] {
        let mut bare = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*packed), &mut bare)
            .expect("Go wrote it");
        captures.push(bare);
    }
    captures
});

/// Changes to a capture: bytes set, a piece left out, a piece doubled.
#[derive(Clone, Debug)]
enum Mutation {
    Set(Index, u8),
    Cut(Index, usize),
    Double(Index, usize),
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let piece = |at: &Index, len: &usize| {
            let at = at.index(bytes.len());
            at..bytes.len().min(at + len)
        };
        match self {
            _ if bytes.is_empty() => {}
            Mutation::Set(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Mutation::Cut(at, len) => drop(bytes.drain(piece(at, len))),
            Mutation::Double(at, len) => {
                let piece = piece(at, len);
                let copy = bytes[piece.clone()].to_vec();
                bytes.splice(piece.end..piece.end, copy);
            }
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (any::<Index>(), 1usize..200).prop_map(|(at, len)| Mutation::Cut(at, len)),
        (any::<Index>(), 1usize..200).prop_map(|(at, len)| Mutation::Double(at, len)),
    ]
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    (0..CAPTURES.len(), vec(mutation(), 1..6)).prop_map(|(capture, mutations)| {
        let mut bytes = CAPTURES[capture].clone();
        mutations.iter().for_each(|mutation| mutation.apply(&mut bytes));
        bytes
    })
}

/// One goroutine of a traceback.
#[derive(Clone, Debug)]
struct Blocked {
    state: &'static str,
    frames: Vec<String>,
    by: Option<String>,
}

const FUNCTIONS: [&str; 6] = [
    "main.main",
    "main.serve",
    "main.(*cache).evict",
    "net/http.(*conn).serve",
    "main.f.func1",
    "a.b/c%2ed.G[...]",
];
const STATES: [&str; 5] =
    ["chan send", "select, 3 minutes", "running", "IO wait, 9999 minutes", "sync.Mutex.Lock (leaked)"];

fn function() -> impl Strategy<Value = String> {
    select(&FUNCTIONS[..]).prop_map(str::to_owned)
}

fn blocked() -> impl Strategy<Value = Blocked> {
    (select(&STATES[..]), vec(function(), 1..5), option::of(function()))
        .prop_map(|(state, frames, by)| Blocked { state, frames, by })
}

/// A traceback as Go writes it; goroutines are numbered by their place in the list they were made in.
fn traceback(goroutines: &[(usize, Blocked)]) -> String {
    let mut text = String::new();
    for (number, it) in goroutines {
        text.push_str(&format!("goroutine {} [{}]:\n", number + 1, it.state));
        for frame in &it.frames {
            text.push_str(&format!("{frame}(0x1)\n\t/srv/app/x.go:7 +0x1f\n"));
        }
        if let Some(by) = &it.by {
            text.push_str(&format!("created by {by} in goroutine 1\n\t/srv/app/x.go:9 +0x2f\n"));
        }
        text.push('\n');
    }
    text
}

fn numbered(goroutines: Vec<Blocked>) -> Vec<(usize, Blocked)> {
    goroutines.into_iter().enumerate().collect()
}

/// The same goroutines in two orders.
fn in_two_orders() -> impl Strategy<Value = (String, String)> {
    let made = vec(blocked(), 1..20).prop_map(numbered);
    let pair = made.prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()));
    pair.prop_map(|(made, shuffled)| (traceback(&made), traceback(&shuffled)))
}

/// The snapshot of a traceback that is whole.
fn whole(text: &str) -> Profile {
    profile(text.as_bytes()).expect("a traceback is decoded")
}

fn profile(bytes: &[u8]) -> Option<Profile> {
    match decode(bytes, &limits()) {
        Ok(Decoded::Goroutines(profile)) => Some(profile),
        Ok(Decoded::Heap(_)) | Err(_) => None,
    }
}

fn snapshot(profile: Profile) -> Snapshot {
    Snapshot::from_profile("made up".to_owned(), profile)
}

fn report(profiles: impl IntoIterator<Item = Profile>) -> Report {
    let snapshots = profiles.into_iter().map(snapshot);
    pipeline::run(
        snapshots,
        &By::default(),
        &Filter::default(),
        &support::RULES,
        &Options { limit: 0, ..Options::default() },
    )
}

fn counts(report: &Report) -> Vec<(String, i128)> {
    report.groups.iter().map(|group| (group.fingerprint.clone(), group.count())).collect()
}

/// The JSON document.
fn written(report: &Report) -> String {
    let mut out = Vec::new();
    render(report, Format::JSON, &mut out).expect("writing to memory cannot fail");
    String::from_utf8(out).expect("JSON is UTF-8")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in vec(any::<u8>(), 0..2000)) {
        let _ = decode(&bytes, &limits());
    }

    #[test]
    fn any_text_is_decoded_or_refused(text in "(goroutine [0-9]{1,20} \\[[a-z, ()0-9]{0,20}\\]:\n|created by |[a-z./]{1,9}\\(0x|\t/srv/a.go:[0-9]{0,20}|[0-9]{1,20} @ 0x1|#\t|goroutine profile: total 3\n|\\PC{0,9}|\n){0,40}") {
        let _ = decode(text.as_bytes(), &limits());
    }

    #[test]
    fn groups_of_mutated_captures_add_up(bytes in mutated()) {
        if let Some(profile) = profile(&bytes) {
            let _ = raw(&profile, ShownLabels::Raw);
            let total = profile.total();
            let report = report([profile]);
            prop_assert_eq!(report.groups.iter().map(|group| group.count()).sum::<i128>(), total);
            prop_assert_eq!(report.snapshots[0].goroutines, total);
        }
    }

    #[test]
    fn order_of_goroutines_changes_no_group((made, shuffled) in in_two_orders()) {
        prop_assert_eq!(raw(&whole(&made), ShownLabels::Raw), raw(&whole(&shuffled), ShownLabels::Raw));
        prop_assert_eq!(counts(&report([whole(&made)])), counts(&report([whole(&shuffled)])));
    }

    #[test]
    fn order_of_goroutines_changes_no_byte((made, shuffled) in in_two_orders()) {
        prop_assert_eq!(written(&report([whole(&made)])), written(&report([whole(&shuffled)])));
    }

    #[test]
    fn diff_backwards_is_the_mirror(before in vec(blocked(), 1..20), after in vec(blocked(), 1..20)) {
        let gained = i128::try_from(after.len()).expect("it is small") - i128::try_from(before.len()).expect("it is small");
        let [before, after] = [before, after].map(|it| traceback(&numbered(it)));
        let gains = |first: &str, second: &str, sign: i128| {
            let report = report([whole(first), whole(second)]);
            let gains = report.groups.iter().map(|group| (group.fingerprint.clone(), sign * group.gain));
            gains.collect::<BTreeMap<String, i128>>()
        };
        let there = gains(&before, &after, 1);
        prop_assert_eq!(there.values().sum::<i128>(), gained);
        prop_assert_eq!(there, gains(&after, &before, -1));
    }

    #[test]
    fn diff_with_itself_gains_nothing(goroutines in vec(blocked(), 1..20)) {
        let text = traceback(&numbered(goroutines));
        let twice = report([whole(&text), whole(&text)]);
        prop_assert!(twice.groups.iter().all(|group| group.gain == 0));
        prop_assert_eq!(counts(&twice), counts(&report([whole(&text)])));
    }

    #[test]
    fn document_of_hostile_names_parses(names in vec("[\\PC\\p{Cc}\u{202e}\u{2028}</script>\"\\\\]{0,40}", 1..6)) {
        let frames: Vec<String> = names.iter().map(|name| format!("main.{name}")).collect();
        let mut goroutine = Blocked { state: "chan send", frames, by: None };
        goroutine.frames.push("main.main".to_owned());
        if let Some(profile) = profile(traceback(&numbered(vec![goroutine])).as_bytes()) {
            let total = profile.total();
            let document: Value = serde_json::from_str(&written(&report([profile]))).expect("JSON");
            prop_assert_eq!(document["snapshots"][0]["goroutines"].as_i64().map(i128::from), Some(total));
        }
    }
}
