//! Goldens of the decoder: each capture and each broken input is next to the text that it should become.
//!
//! `leakscope raw FILE` prints that text. `LEAKSCOPE_WRITE=1 cargo test --test it decode::` writes it anew.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use leakscope::decode::DecodeError;
use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::render::raw;
use leakscope::text::ShownLabels;

use crate::support;

const EXTENSION: &str = ".snapshot";
/// Longer texts are not looked at by anybody.
const LONGEST: usize = 40_000;

/// The text of a file: its snapshot, what a heap profile adds up to, or why it is refused.
fn text(path: &Path) -> String {
    match decode(&support::read(path), &Limits::default()) {
        Ok(Decoded::Goroutines(profile)) => raw(&profile, ShownLabels::default()),
        Ok(Decoded::Heap(heap)) => {
            let bytes: i64 = heap.allocations.iter().map(|it| it.bytes).sum();
            let objects: i64 = heap.allocations.iter().map(|it| it.objects).sum();
            format!("heap of {} stacks, {bytes} bytes, {objects} objects\n", heap.stacks.len())
        }
        Err(error) => refusal(&error),
    }
}

fn refusal(error: &DecodeError) -> String {
    let hint = error.hint().map_or(String::new(), |hint| format!("hint: {hint}\n"));
    format!("error: {error}\n{hint}")
}

fn golden_of(path: &Path) -> PathBuf {
    let mut golden = path.as_os_str().to_owned();
    golden.push(EXTENSION);
    PathBuf::from(golden)
}

/// What a person has to mend, for each file of a folder.
fn faults(folder: &Path) -> Vec<String> {
    let files = support::entries(folder);
    let (goldens, inputs): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|it| support::name(it).ends_with(EXTENSION));
    let inputs: Vec<PathBuf> =
        inputs.into_iter().filter(|it| !["README.md", "truth.json"].contains(&support::name(it))).collect();
    assert!(!inputs.is_empty(), "{}: no input", folder.display());
    let mut faults = Vec::new();
    for golden in goldens.iter().filter(|golden| !inputs.iter().any(|input| golden_of(input) == **golden)) {
        faults.push(format!("{}: its input is gone", golden.display()));
    }
    for input in inputs {
        let text = text(&input);
        if text.len() > LONGEST {
            faults.push(format!("{}: its text has {} bytes; cut the input", input.display(), text.len()));
            continue;
        }
        let golden = golden_of(&input);
        if support::is_writing() {
            fs::write(&golden, &text).expect("a golden can be written beside its input");
        }
        match fs::read_to_string(&golden) {
            Ok(expected) if expected == text => {}
            Ok(expected) => faults.push(difference(&golden, &expected, &text)),
            Err(error) => faults.push(format!("{}: {error}", golden.display())),
        }
    }
    faults
}

/// The first line that differs.
fn difference(golden: &Path, expected: &str, text: &str) -> String {
    let lines = expected.lines().chain(["(end)"]).zip(text.lines().chain(["(end)"])).zip(1..);
    let first = lines.into_iter().find(|((expected, got), _)| expected != got);
    let ((expected, got), line) = first.unwrap_or((("(line ends)", "(line ends)"), 0));
    format!("{}:{line}:\n  golden  {expected}\n  decoded {got}", golden.display())
}

fn check(folders: &[PathBuf]) {
    let faults: Vec<String> = folders.iter().flat_map(|folder| faults(folder)).collect();
    assert!(
        faults.is_empty(),
        "{} to look at; if they are right: LEAKSCOPE_WRITE=1 cargo test --test it decode::\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn captures_become_their_snapshots() {
    check(&support::captures());
}

#[test]
fn broken_inputs_are_refused_or_kept_in_part() {
    check(&[support::root("testdata/broken")]);
}

#[test]
#[cfg(feature = "cli")]
fn raw_prints_that_text() {
    let input = support::root("testdata/programs/sendtimeout/go1.26.8/goroutine.debug2.txt");
    let output = support::leakscope(&["raw".as_ref(), input.as_os_str()]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), text(&input));
}
