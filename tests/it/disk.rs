//! Disks that are full, pipes that are closed, signals and sudden ends: whole files or none.
#![expect(clippy::disallowed_methods, reason = "the environment says how long these tests run")]
#![expect(clippy::print_stderr, reason = "prints what was tried")]

use std::ffi::OsStr;
use std::fs;
use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use leakscope::source::read_folder;
use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;
use serde_json::Value;

use crate::support;
use crate::support::little::Answer;
use crate::support::little::Little;

const BEFORE: &str = "testdata/programs/pool/go1.27.3/goroutine.pb.gz";
const AFTER: &str = "testdata/programs/sendtimeout/go1.27.3/goroutine.pb.gz";

/// Arguments of a series that is saved and has nothing but counts.
fn series<'a>(address: &'a str, saved: &'a Path, every: &'a str, count: &'a str) -> Vec<&'a OsStr> {
    let series = ["fetch", address, "--every", every, "--count", count];
    let words = [&series, &support::COUNTS_ONLY[..]].concat();
    let mut arguments: Vec<&OsStr> = words.into_iter().map(OsStr::new).collect();
    arguments.extend([OsStr::new("--save"), saved.as_os_str()]);
    arguments
}

fn profile_server() -> Little {
    let profile = support::read(&support::root(AFTER));
    Little::start(move |_| Answer::Whole("200 OK", profile.clone()))
}

fn spawned(arguments: &[&OsStr]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_leakscope"))
        .args(arguments)
        .current_dir(support::root("."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary is built for this test")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names_in(folder: &Path) -> Vec<String> {
    support::entries(folder).iter().map(|path| support::name(path).to_owned()).collect()
}

/// Fails unless each capture below holds what its capture.json says, byte for byte; gives their number.
fn whole_captures(folder: &Path) -> usize {
    let shown: Vec<PathBuf> =
        support::entries(folder).into_iter().filter(|it| !support::name(it).starts_with('.')).collect();
    let expected = support::read(&support::root(AFTER));
    for capture in &shown {
        let read = read_folder(capture, 1 << 20).unwrap_or_else(|error| panic!("{error}"));
        let meta = read[0].meta.as_ref().unwrap_or_else(|| panic!("{}: no capture.json", capture.display()));
        assert_eq!(meta.files.len(), read[0].files.len(), "{}", capture.display());
        for file in &read[0].files {
            assert!(file.bytes == expected, "{}: {} is torn", capture.display(), file.name);
        }
    }
    shown.len()
}

#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    for format in ["text", "json", "markdown", "github", "junit", "sarif"] {
        let full = OpenOptions::new().write(true).open("/dev/full").expect("Linux has /dev/full");
        let output = Command::new(env!("CARGO_BIN_EXE_leakscope"))
            .args(["top", AFTER, "--format", format])
            .current_dir(support::root("."))
            .stdout(full)
            .output()
            .expect("the binary is built for this test");
        let err = said(&output);
        assert_eq!(output.status.code(), Some(3), "{format}: {err}");
        assert!(err.contains("error: standard output: No space left on device"), "{format}: {err}");
    }
}

#[test]
fn a_pipe_that_nobody_reads_ends_it_without_a_word() {
    for arguments in [vec!["top", AFTER], vec!["top", AFTER, "--format", "json"], vec!["raw", AFTER]] {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        let mut child = spawned(&arguments);
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}

/// Runs it where no file can grow beyond this number of blocks of the shell.
fn limited(blocks: u32, arguments: &[&OsStr]) -> Output {
    Command::new("sh")
        .arg("-c")
        .arg(format!("ulimit -f {blocks}; exec \"$0\" \"$@\""))
        .arg(env!("CARGO_BIN_EXE_leakscope"))
        .args(arguments)
        .current_dir(support::root("."))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .expect("there is a shell")
}

#[test]
fn an_output_that_does_not_fit_leaves_the_old_file() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let file = root.path().join("report");
    let place = file.to_str().expect("the folder's name is text");
    let cases: Vec<Vec<String>> = ["json", "junit", "sarif", "text", "markdown"]
        .iter()
        .map(|format| {
            ["gate", BEFORE, AFTER, "--isolated", "--output", &format!("{format}={place}")]
                .map(str::to_owned)
                .to_vec()
        })
        .chain([["baseline", "write", place, AFTER].map(str::to_owned).to_vec()])
        .collect();
    for arguments in cases {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        fs::write(&file, "old").expect("a file is written");
        let output = limited(0, &arguments);
        let err = said(&output);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {err}");
        assert!(err.contains("error: cannot save: writing") && err.contains("File too large"), "{err}");
        assert_eq!(support::read(&file), b"old", "{arguments:?}");
        assert_eq!(names_in(root.path()), ["report"], "{arguments:?}");
    }
}

#[test]
fn a_capture_that_does_not_fit_leaves_nothing() {
    let server = profile_server();
    let root = tempfile::tempdir().expect("a temporary folder");
    let saved = root.path().join("captures");
    // The profile has 1,601 bytes; blocks are of 512 or 1,024. With more blocks the profile fits, and so does the rest.
    for (blocks, code) in [(0, 3), (1, 3), (16, 0)] {
        let output = limited(blocks, &series(&server.address, &saved, "1ms", "2"));
        let err = said(&output);
        assert_eq!(output.status.code(), Some(code), "{blocks}: {err}");
        if code == 0 {
            assert_eq!(whole_captures(&saved), 2);
        } else {
            assert!(err.contains("error: cannot save: writing"), "{err}");
            assert_eq!(names_in(&saved), [""; 0], "{blocks}");
        }
    }
}

#[test]
fn a_folder_that_takes_nothing_is_an_error() {
    let server = profile_server();
    let root = tempfile::tempdir().expect("a temporary folder");
    let closed = root.path().join("closed");
    fs::create_dir(&closed).expect("a folder is made");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).expect("it is ours");
    let file = root.path().join("file");
    fs::write(&file, "x").expect("a file is written");
    let mut places = vec![PathBuf::from("/proc/leakscope"), file.join("captures")];
    // Root may write anywhere.
    if fs::write(closed.join("probe"), "").is_err() {
        places.push(closed.clone());
    } else {
        fs::remove_file(closed.join("probe")).expect("it was just written");
    }
    for place in places {
        let output =
            spawned(&series(&server.address, &place, "1ms", "2")).wait_with_output().expect("it ends");
        let err = said(&output);
        assert_eq!(output.status.code(), Some(3), "{}: {err}", place.display());
        assert!(err.contains("error: cannot save: creating"), "{err}");
    }
    assert_eq!(names_in(&closed), [""; 0]);
    assert_eq!(support::read(&file), b"x");
}

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("ids are small")).expect("it is no zero");
    kill_process(pid, signal).expect("it is our child");
}

#[test]
fn signals_end_a_series_with_its_report_and_leave_nothing_half() {
    let server = profile_server();
    let mut reports = 0;
    for (number, (sent, code)) in
        [(Signal::INT, 130), (Signal::TERM, 143)].iter().cycle().take(24).enumerate()
    {
        let root = tempfile::tempdir().expect("a temporary folder");
        let saved = root.path().join("captures");
        let mut child = spawned(&series(&server.address, &saved, "1ms", "100000"));
        // The handlers are installed once something was printed.
        let mut first = [0];
        let mut stderr = child.stderr.take().expect("it is piped");
        stderr.read_exact(&mut first).expect("the first snapshot is reported");
        let drain = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text)
        });
        thread::sleep(Duration::from_micros(1_700 * number as u64));
        signal(&child, *sent);
        let started = Instant::now();
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(*code), "{sent:?}");
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        let err = drain.join().expect("it only reads").expect("it is text");
        assert!(err.contains("interrupted after "), "{err}");
        reports += usize::from(String::from_utf8_lossy(&output.stdout).contains("goroutine"));
        let names = names_in(&saved);
        assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
        assert!(whole_captures(&saved) > 0);
    }
    assert_eq!(reports, 24);
}

#[test]
fn a_signal_does_not_wait_for_a_server_that_says_nothing() {
    let server = Little::start(|_| Answer::Hold);
    let root = tempfile::tempdir().expect("a temporary folder");
    for (sent, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let saved = root.path().join("captures");
        let seen = server.seen.load(std::sync::atomic::Ordering::SeqCst);
        let child = spawned(&series(&server.address, &saved, "1s", "3"));
        while server.seen.load(std::sync::atomic::Ordering::SeqCst) == seen {
            thread::sleep(Duration::from_millis(1));
        }
        signal(&child, sent);
        let started = Instant::now();
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        assert!(output.stdout.is_empty() && !saved.exists());
    }
}

/// How often a process is killed: 40 times, or as LEAKSCOPE_KILLS says.
fn kills() -> u64 {
    let wanted = std::env::var("LEAKSCOPE_KILLS").ok();
    wanted.map_or(40, |text| text.parse().expect("LEAKSCOPE_KILLS is a number"))
}

/// Numbers without a pattern, the same in each run.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

/// How long the command takes when nobody kills it, so that kills come while it works, on a busy machine too.
fn takes(arguments: &[&OsStr]) -> Duration {
    let begun = Instant::now();
    support::leakscope(arguments);
    begun.elapsed()
}

/// A part of a duration, in hundredths.
fn part(time: Duration, most: u64, seed: &mut u64) -> Duration {
    time * u32::try_from(next(seed) % most).expect("it is small") / 100
}

#[test]
fn no_capture_is_torn_by_a_sudden_end() {
    let server = profile_server();
    let root = tempfile::tempdir().expect("a temporary folder");
    let saved = root.path().join("captures");
    let mut seed = 7;
    let (mut aside, mut captures) = (0, 0);
    let two = takes(&series(&server.address, &root.path().join("two"), "1ms", "2"));
    for _ in 0..kills() {
        let mut child = spawned(&series(&server.address, &saved, "1ms", "100000"));
        thread::sleep(two / 3 + part(two, 200, &mut seed));
        child.kill().expect("it is our child");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), None, "it ended by itself: {}", said(&output));
        captures += whole_captures(&saved);
        // What was being written stays aside, under a hidden name that no command reads.
        aside += usize::from(names_in(&saved).iter().any(|name| name.starts_with('.')));
        for path in support::entries(&saved) {
            fs::remove_dir_all(path).expect("it is ours");
        }
    }
    // Kills that hit no save show nothing.
    assert!(aside > 0 && captures > 0, "no kill came while a capture was written");
    eprintln!("{} kills, {aside} in the middle of a capture, {captures} captures and none torn", kills());
}

#[test]
fn no_output_is_torn_by_a_sudden_end() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let file = root.path().join("report.json");
    let output = format!("json={}", file.display());
    let mut seed = 11;
    let (mut old, mut new) = (0, 0);
    let mut whole = Duration::ZERO;
    let document = |path: &Path| -> Value { support::json(path) };
    for round in 0..kills() {
        // Two reports that differ, in turn, so that old and new can be distinguished.
        let (first, second) = if round % 2 == 0 { (BEFORE, AFTER) } else { (AFTER, BEFORE) };
        let arguments = ["gate", first, second, "--isolated", "--output", &output];
        if round == 0 {
            whole = takes(&arguments.map(OsStr::new));
        }
        let before = document(&file);
        let mut child = spawned(&arguments.map(OsStr::new));
        thread::sleep(part(whole, 150, &mut seed));
        child.kill().expect("it is our child");
        child.wait().expect("it ends");
        if document(&file) == before {
            old += 1
        } else {
            new += 1
        }
        for path in support::entries(root.path()).into_iter().filter(|path| *path != file) {
            fs::remove_file(path).expect("what is left aside is a file");
        }
    }
    assert!(old > 0 && new > 0, "{old} old and {new} new: the kills came at one end");
    eprintln!("{} kills: {old} left the old report whole, {new} the new one", kills());
}
