//! The Nth call of the system fails, for each N: the old file is whole or the new one, and nothing is left aside.
//!
//! strace makes the calls fail; where there is none, or it may not trace, the test says so.
#![expect(clippy::print_stderr, reason = "what was tried is printed")]

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use leakscope::source::read_folder;

use crate::support;
use crate::support::little::Answer;
use crate::support::little::Little;

const BEFORE: &str = "testdata/programs/pool/go1.27.3/goroutine.pb.gz";
const AFTER: &str = "testdata/programs/sendtimeout/go1.27.3/goroutine.pb.gz";

/// Calls and how they fail. A call that was only interrupted is made again.
const FAULTS: [(&str, &str); 9] = [
    ("write", "EIO"),
    ("write", "ENOSPC"),
    ("write", "EINTR"),
    ("fsync", "EIO"),
    ("rename,renameat,renameat2", "EIO"),
    ("mkdir,mkdirat", "ENOSPC"),
    ("openat", "EMFILE"),
    ("read", "EIO"),
    ("read", "EINTR"),
];

/// More calls than any of the commands makes.
const MOST: u32 = 400;

/// Runs it with one call failing; whether that call was made.
fn run(log: &Path, fault: (&str, &str), nth: u32, arguments: &[&OsStr]) -> (Output, bool) {
    let (calls, error) = fault;
    let output = Command::new("strace")
        .args(["-f", "-qq", "-e", &format!("trace={calls}")])
        .args(["-e", &format!("inject={calls}:error={error}:when={nth}"), "-o"])
        .arg(log)
        .arg(env!("CARGO_BIN_EXE_leakscope"))
        .args(arguments)
        .current_dir(support::root("."))
        .stdin(Stdio::null())
        .output()
        .expect("strace was found just before");
    let made = String::from_utf8_lossy(&support::read(log)).contains("(INJECTED)");
    (output, made)
}

/// Whether strace is there and may trace; says so if not.
fn can_trace() -> bool {
    let traced = Command::new("strace").args(["-qq", "-e", "trace=none", "true"]).output();
    let can = traced.is_ok_and(|output| output.status.success());
    if !can {
        support::skipped::record("strace is not on PATH or may not trace");
    }
    can
}

/// Makes each call of each kind fail in turn, and looks at the outcome after each; gives how many failed.
fn each_call(log: &Path, arguments: &[&OsStr], mut look: impl FnMut(&Output, &str)) -> u32 {
    let mut tried = 0;
    for fault in FAULTS {
        for nth in 1..MOST {
            let (output, made) = run(log, fault, nth, arguments);
            let what = format!("{} {} number {nth}", fault.1, fault.0);
            let said = String::from_utf8_lossy(&output.stderr);
            // The event queue's own wake-up is a write(2) that no kernel fails.
            let wakes = said.contains("failed to wake I/O driver");
            assert!(wakes || output.status.code() != Some(101), "{what}: {said}");
            look(&output, &what);
            // There are no more calls of the kind.
            if !made {
                break;
            }
            tried += 1;
        }
    }
    tried
}

#[test]
fn outputs_are_old_or_new_whichever_call_fails() {
    if !can_trace() {
        return;
    }
    let root = tempfile::tempdir().expect("a temporary folder");
    let log = root.path().join("log");
    let folder = root.path().join("outputs");
    fs::create_dir(&folder).expect("a folder is made");
    let file = folder.join("file");
    let output = format!("json={}", file.display());
    let place = file.to_str().expect("the folder's name is text");
    let commands: [&[&str]; 2] =
        [&["gate", BEFORE, AFTER, "--isolated", "--output", &output], &["baseline", "write", place, AFTER]];
    for command in commands {
        let arguments: Vec<&OsStr> = command.iter().map(OsStr::new).collect();
        let clean = support::leakscope(&arguments).status.code();
        let new = support::read(&file);
        let (mut old_kept, mut new_there) = (0, 0);
        fs::write(&file, "old").expect("a file is written");
        let tried = each_call(&log, &arguments, |output, what| {
            let said = String::from_utf8_lossy(&output.stderr);
            let now = support::read(&file);
            assert!(now == b"old" || now == new, "{what}: the file is torn: {said}");
            // Whatever is reported as done is done.
            assert!(
                output.status.code() != clean || now == new,
                "{what}: {clean:?} without the file: {said}"
            );
            assert_eq!(support::entries(&folder), std::slice::from_ref(&file), "{what}");
            if now == new {
                new_there += 1
            } else {
                old_kept += 1
            }
            fs::write(&file, "old").expect("a file is written");
        });
        assert!(old_kept > 0 && new_there > 0, "{old_kept} old, {new_there} new");
        eprintln!(
            "{}: {tried} calls failed, {old_kept} left the old file, {new_there} the new one",
            command[0]
        );
    }
}

#[test]
fn captures_are_whole_or_not_there_whichever_call_fails() {
    if !can_trace() {
        return;
    }
    let profile = support::read(&support::root(AFTER));
    let answer = profile.clone();
    let server = Little::start(move |_| Answer::Whole("200 OK", answer.clone()));
    let root = tempfile::tempdir().expect("a temporary folder");
    let (log, saved) = (root.path().join("log"), root.path().join("captures"));
    let words = [&["fetch", &server.address], &support::COUNTS_ONLY[..], &["--save"]].concat();
    let mut arguments: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
    arguments.push(saved.as_os_str());
    let (mut none, mut whole) = (0, 0);
    let tried = each_call(&log, &arguments, |output, what| {
        let said = String::from_utf8_lossy(&output.stderr);
        let captures = support::entries(&saved);
        match &captures[..] {
            [] => {
                assert_ne!(output.status.code(), Some(0), "{what}: {said}");
                none += 1;
            }
            [capture] => {
                let read =
                    read_folder(capture, 1 << 20).unwrap_or_else(|error| panic!("{what}: {error}: {said}"));
                assert!(
                    read[0].meta.is_some() && read[0].files.iter().all(|it| it.bytes == profile),
                    "{what}"
                );
                whole += 1;
                fs::remove_dir_all(capture).expect("it is ours");
            }
            more => panic!("{what}: {more:?}"),
        }
    });
    assert!(none > 0 && whole > 0, "{none} without a capture, {whole} with one");
    eprintln!("fetch --save: {tried} calls failed, {none} left nothing, {whole} a whole capture");
}
