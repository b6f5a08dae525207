//! A gate fails closed: an input that cannot be read never lets it pass, neither as the earlier nor as the later snapshot.

use std::ffi::OsStr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;

use crate::support;

/// How the gate ended that was given two files, if not with exit code 3.
fn fault(before: &Path, after: &Path) -> Option<String> {
    let arguments = [OsStr::new("gate"), OsStr::new("--isolated"), before.as_os_str(), after.as_os_str()];
    let output = support::leakscope(&arguments);
    let err = String::from_utf8_lossy(&output.stderr);
    (output.status.code() != Some(3))
        .then(|| format!("{} {}: {}: {err}", before.display(), after.display(), output.status))
}

fn check(good: &Path, bad: Vec<PathBuf>) {
    let (queue, found) = (Mutex::new(bad), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(bad) = queue.lock().expect("no holder panics").pop() else { break };
                    let faults = [fault(good, &bad), fault(&bad, good)].into_iter().flatten();
                    found.lock().expect("no holder panics").extend(faults);
                }
            });
        }
    });
    let found = found.into_inner().expect("no holder panics");
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}

/// A profile of all goroutines without one is an error in every command that reads one.
#[test]
fn an_empty_profile_is_an_error_everywhere() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let baseline = folder.path().join("baseline.toml");
    let empty = support::root("testdata/broken/no-samples.pb");
    let input = empty.as_os_str();
    let commands: [&[&OsStr]; 6] = [
        &["top".as_ref(), input],
        &["raw".as_ref(), input],
        &["diff".as_ref(), input, input],
        &["gate".as_ref(), "--isolated".as_ref(), input, input],
        &["baseline".as_ref(), "write".as_ref(), baseline.as_os_str(), input],
        &["goleak-test".as_ref(), "--from".as_ref(), input, "0".as_ref()],
    ];
    for arguments in commands {
        let output = support::leakscope(arguments);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {err}");
        assert!(err.contains("it has no goroutines, which no live process has"), "{arguments:?}: {err}");
    }
    assert!(!baseline.exists(), "nothing is accepted");
}

#[test]
fn what_is_broken_never_passes() {
    let broken = [
        "bad-crc.pb.gz",
        "cut-between-frames.debug1.txt",
        "cut-between-frames.debug2.txt",
        "cut-gzip.pb.gz",
        "cut-in-header.debug2.txt",
        "cut-in-name.debug1.txt",
        "cut-protobuf.pb.gz",
        "dangling-location-id.pb",
        "empty",
        "header-only.debug1.txt",
        "heap-as-text.debug1.txt",
        "html-login.html",
        "json-error.json",
        "many-comments.pb",
        "many-lines.pb",
        "no-samples.pb",
        "reordered-lines.txt",
    ];
    let folder = support::root("testdata/broken");
    let good = support::root("testdata/programs/sendtimeout/go1.27.3/goroutine.pb.gz");
    check(&good, broken.map(|name| folder.join(name)).into());
}

#[test]
fn what_must_be_refused_of_the_hostile_set_never_passes() {
    let Some(shared) = support::shared() else { return };
    let folder = shared.join("hostile");
    let manifest = support::json(&folder.join("manifest.json"));
    let entries = manifest["entries"].as_array().expect("the manifest lists its entries");
    let refused = entries.iter().filter(|it| it["expect"] == "error").filter_map(|it| it["file"].as_str());
    // Bombs take long twice over, and are tried by themselves in tests/it/limits.rs.
    let refused = refused.filter(|file| !file.starts_with("bomb/"));
    let files: Vec<PathBuf> = refused.map(|file| folder.join(file)).filter(|it| it.is_file()).collect();
    assert!(files.len() > 120, "{} files", files.len());
    check(&folder.join("pair/t1.pb.gz"), files);
}

/// Where a text states one total and has another, both are said, and no gate passes. Where goroutines are missing, no command that reads
/// it ends with 0.
#[test]
fn a_total_that_is_not_that_of_the_goroutines_is_said() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let goroutine = "goroutine 7 [select]:\nmain.f()\n\t/srv/f.go:3 +0x1\n";
    let record = "2 @ 0x1\n#\t0x0\tmain.f+0x1\t/srv/f.go:3\n";
    let list = "  Goroutine 1 - User: /srv/f.go:3 main.f (0x1) [select]\n";
    let check = |text: &str, said: [&str; 2], codes: [i32; 2]| {
        let file = folder.path().join("dump.txt");
        std::fs::write(&file, text).expect("the file is written");
        let input = file.as_os_str();
        let commands: [(&[&OsStr], i32); 3] = [
            (&["top".as_ref(), input], codes[0]),
            (&["raw".as_ref(), input], codes[0]),
            (&["gate".as_ref(), "--isolated".as_ref(), input, input, input, input], codes[1]),
        ];
        for (arguments, code) in commands {
            let output = support::leakscope(arguments);
            let (out, err) =
                (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert_eq!(output.status.code(), Some(code), "{arguments:?} {text}: {err}");
            let is_said = said.iter().all(|said| out.contains(said) || err.contains(said));
            assert!(is_said, "{arguments:?} {text}: {out}{err}");
        }
    };
    for (claimed, codes) in [(1, [0, 3]), (2, [0, 0]), (3, [3, 3])] {
        let text = format!("goroutine profile: total {claimed}\n{record}");
        let said = format!("declares {claimed} goroutines, the records have 2");
        check(&text, if codes == [0, 0] { ["", ""] } else { [&said, "have 2"] }, codes);
    }
    let one = |claimed: u8| format!("goroutine profile: total {claimed}\n{goroutine}");
    check(&one(12), ["claims 12 goroutines", "1 were read"], [3, 3]);
    check(&one(0), ["claims 0 goroutines", "1 were read"], [0, 3]);
    check(&format!("{list}[1 goroutines]\n"), ["", ""], [0, 0]);
    check(&format!("{list}[4 goroutines]\n"), ["counted 4 goroutines", "lists 1"], [3, 3]);
}
