//! What other programs test themselves with: gostackparse, panicparse, goleak and google/pprof. Each of their inputs is read here too, and
//! the number of goroutines is compared with the peer's own answer.
//!
//! The modules come from the Go module proxy (`peers/go.mod`); without network or Go the test is skipped. `peers/main.go` collects the
//! inputs and runs the peers. Run it by hand with `cargo test --test it peers::`.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;

use crate::support;

/// Inputs that may be read in another way than by the peer: the peer, the end of the input's name, our number, and why.
const DIFFERENCES: [(&str, &str, i128, &str); 9] = [
    ("gostackparse", "empty_stack.txt", 2, "goroutines that are cut are kept; gostackparse keeps none"),
    ("gostackparse", "partial_createdby.txt", 2, "goroutines that are cut are kept; gostackparse keeps none"),
    ("gostackparse", "partial_stack.txt", 2, "goroutines that are cut are kept; gostackparse keeps none"),
    ("gostackparse", "errorhandling.txt", 3, "a goroutine is kept without the function that cannot be read"),
    (
        "panicparse",
        "context_test.go:519",
        0,
        "a position comes before its function, so the stack is not known",
    ),
    (
        "panicparse",
        "context_test.go:933",
        0,
        "goroutine 0 is the stack of a thread's scheduler and no goroutine",
    ),
    (
        "pprof",
        "pprof.heap.flat.inuse_objects.text",
        150,
        "it does not say that it is of a heap; a warning says so",
    ),
    (
        "pprof",
        "inuse_objects.text.all_frames",
        150,
        "it does not say that it is of a heap; a warning says so",
    ),
    (
        "pprof",
        "pprof.heap_alloc.flat.alloc_objects.text",
        150,
        "it does not say that it is of a heap; a warning says so",
    ),
];

/// Copies a folder's files into another folder, which may have other files.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for path in support::entries(from) {
        let copied = to.join(support::name(&path));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            // Files of the module cache are read-only, and a copy of them would be, too.
            fs::write(&copied, support::read(&path)).expect("a copy can be written");
        }
    }
}

/// Runs the go command in a folder; `None` if it fails.
fn go(folder: &Path, arguments: &[&str]) -> Option<String> {
    let command = support::go()?;
    let output = Command::new(command).args(arguments).current_dir(folder).output().expect("go was found");
    if !output.status.success() {
        return None;
    }
    Some(String::from_utf8(output.stdout).expect("go writes text"))
}

/// The peers, ready to run; `None` if they cannot be downloaded.
fn workspace() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    let sources = support::root("tests/it/peers");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an earlier copy can be removed");
    }
    copy(&sources, &folder);
    let downloaded = go(&folder, &["mod", "download", "-json", "go.uber.org/goleak@v1.3.0"])?;
    let module: serde_json::Value = serde_json::from_str(&downloaded).expect("go writes JSON");
    copy(Path::new(module["Dir"].as_str()?), &folder.join("goleak"));
    copy(&sources.join("goleak"), &folder.join("goleak"));
    go(&folder, &["build", "-o", "pp", "github.com/maruel/panicparse/v2/cmd/pp"])?;
    fs::create_dir(folder.join("inputs")).expect("a folder can be made");
    Some(folder)
}

/// The goroutines that we find; none in what is refused.
fn ours(path: &Path) -> i128 {
    match decode(&support::read(path), &Limits::default()) {
        Ok(Decoded::Goroutines(profile)) => profile.total(),
        Ok(Decoded::Heap(_)) | Err(_) => 0,
    }
}

#[test]
fn inputs_of_peers_are_read_as_by_them() {
    if support::go().is_none() {
        return;
    }
    let Some(folder) = workspace() else {
        support::skipped::record("the Go module proxy cannot be reached");
        return;
    };
    let answers = go(&folder, &["run", ".", "inputs", "./pp"]).expect("the peers run once they are there");
    let (mut inputs, mut wrong) = (0, Vec::new());
    for line in answers.lines() {
        let [peer, name, count, path] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        // The peer reports an error, or is no program that counts goroutines.
        let theirs = count.parse().unwrap_or(0).max(0);
        let ours = ours(&folder.join(path));
        let is_argued = DIFFERENCES
            .iter()
            .any(|(by, end, count, _)| *by == peer && name.ends_with(end) && *count == ours);
        inputs += 1;
        if ours != theirs && !is_argued {
            wrong.push(format!("{peer} {name}: {theirs} goroutines, ours {ours}: {path}"));
        }
    }
    assert!(inputs > 150, "{inputs} inputs only");
    assert!(wrong.is_empty(), "{} of {inputs} differ:\n{}", wrong.len(), wrong.join("\n"));
}
