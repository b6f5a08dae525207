//! Which tests were skipped and why. A test records it here; `tests/summary.rs`, which cargo runs after `it`, prints the
//! list, because the output of a test that passes is not shown.

use std::collections::BTreeMap;
use std::fs;
use std::fs::OpenOptions;
use std::io::Write;
use std::panic::Location;
use std::path::Path;
use std::path::PathBuf;

/// The tests that were skipped, by reason.
pub(crate) type ByReason = BTreeMap<String, Vec<String>>;

fn file() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped.txt")
}

/// Names this run of cargo: the test binaries of one run have the same parent. Records of other runs are ignored.
fn run() -> u32 {
    #[cfg(unix)]
    return std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    return 0;
}

/// Records that the running test is skipped, or what it leaves out, and says so on standard error.
#[track_caller]
pub(crate) fn record(reason: &str) {
    eprintln!("skipped: {reason}");
    let thread = std::thread::current();
    // libtest names a test's thread after the test, except with RUST_TEST_THREADS=1.
    let test = thread.name().filter(|name| *name != "main");
    let test = test.map_or_else(|| Location::caller().to_string(), str::to_owned);
    let line = format!("{}\t{}\t{test}\n", run(), reason.replace(['\n', '\t'], " "));
    let opened = OpenOptions::new().create(true).append(true).open(file());
    opened.and_then(|mut it| it.write_all(line.as_bytes())).expect("cargo's folder for tests can be written");
}

/// What this run recorded. The records are then removed.
pub(crate) fn take() -> ByReason {
    let text = fs::read_to_string(file()).unwrap_or_default();
    // Nothing was skipped if the file does not exist.
    let _ = fs::remove_file(file());
    let mut found = ByReason::new();
    for line in text.lines() {
        let mut fields = line.splitn(3, '\t');
        let (Some(id), Some(reason), Some(test)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        if id == run().to_string() {
            found.entry(reason.to_owned()).or_default().push(test.to_owned());
        }
    }
    for tests in found.values_mut() {
        tests.sort();
        tests.dedup();
    }
    found
}
