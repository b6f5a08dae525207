//! `--state`, `--min-wait` and `--sort`: by what goroutines wait for, and for how long.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support;

/// Four stacks: one sends for 3 to 40 minutes, one receives for 12 minutes or less than one, one selects, one runs.
const DUMP: &str = "\
goroutine 7 [chan send, 3 minutes]:\nmain.send()\n\t/srv/a.go:3 +0x1\ncreated by main.main in goroutine 1\n\t/srv/a.go:9 +0x1\n
goroutine 8 [chan send, 40 minutes]:\nmain.send()\n\t/srv/a.go:3 +0x1\ncreated by main.main in goroutine 1\n\t/srv/a.go:9 +0x1\n
goroutine 9 [chan receive, 12 minutes]:\nmain.receive()\n\t/srv/a.go:4 +0x1\ncreated by main.main in goroutine 1\n\t/srv/a.go:9 +0x1\n
goroutine 10 [chan receive]:\nmain.receive()\n\t/srv/a.go:4 +0x1\ncreated by main.main in goroutine 1\n\t/srv/a.go:9 +0x1\n
goroutine 11 [chan receive]:\nmain.receive()\n\t/srv/a.go:4 +0x1\ncreated by main.main in goroutine 1\n\t/srv/a.go:9 +0x1\n
goroutine 12 [select, 90 minutes]:\nmain.choose()\n\t/srv/a.go:5 +0x1\ncreated by main.main in goroutine 1\n\t/srv/a.go:9 +0x1\n
goroutine 13 [runnable]:\nmain.spin()\n\t/srv/a.go:6 +0x1\ncreated by main.main in goroutine 1\n\t/srv/a.go:9 +0x1\n";

/// The groups that a command reports, as `2 send, 1 choose`.
fn groups(arguments: &[&str], inputs: &[&Path]) -> String {
    let arguments = arguments.iter().map(|it| it.as_ref()).chain(inputs.iter().map(|it| it.as_os_str()));
    let arguments: Vec<_> = arguments.chain(["--format".as_ref(), "json".as_ref()]).collect();
    let output = support::leakscope(&arguments);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)));
    let groups = report["groups"].as_array().expect("it has groups").iter().map(|group| {
        let name = group["key"]["value"].as_str().expect("it has a name");
        let count = group["counts"].as_array().and_then(|it| it.last()).expect("it has counts");
        format!("{count} {}", name.rsplit('.').next().unwrap_or(name))
    });
    groups.collect::<Vec<_>>().join(", ")
}

#[test]
fn filters_and_orders() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let dump = folder.path().join("dump.txt");
    fs::write(&dump, DUMP).expect("a file is written");
    let check = |arguments: &[&str], expected: &str| {
        for (command, inputs) in [("top", &[&*dump][..]), ("diff", &[&*dump, &*dump])] {
            let all: Vec<&str> = [command].into_iter().chain(arguments.iter().copied()).collect();
            assert_eq!(groups(&all, inputs), expected, "{all:?}");
        }
    };
    check(&["--state", "chan"], "3 receive, 2 send");
    check(&["--state", "^channel send$"], "2 send");
    check(&["--state", "chan send|runnable"], "2 send, 1 spin");
    check(&["--state", "lock"], "");
    check(&["--min-wait", "10m"], "1 choose, 1 send, 1 receive");
    check(&["--min-wait", "2m1s"], "2 send, 1 choose, 1 receive");
    check(&["--state", "chan", "--min-wait", "20m"], "1 send");
    check(&["--sort", "wait"], "1 choose, 2 send, 3 receive, 1 spin");
    check(&["--sort", "count"], "3 receive, 2 send, 1 choose, 1 spin");
    check(&["--sort", "wait", "--limit", "1"], "1 choose");
    check(&["--by", "state", "--min-wait", "12m"], "1 chan receive, 1 select, 1 chan send");
}

/// What a command prints to the error stream, and its exit code.
fn errors(arguments: &[&str], input: &Path) -> (String, Option<i32>) {
    let arguments: Vec<_> = arguments.iter().map(|it| it.as_ref()).chain([input.as_os_str()]).collect();
    let output = support::leakscope(&arguments);
    (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
}

#[test]
fn a_form_that_states_no_waits_is_named() {
    let input = support::root("testdata/programs/sendtimeout/go1.27.3/goroutine.pb.gz");
    let other = input.display().to_string();
    let baseline = tempfile::tempdir().expect("a folder is made");
    let baseline = baseline.path().join("baseline").display().to_string();
    let check = |arguments: &[&str], code: i32, expected: &str| {
        let (errors, got) = errors(arguments, &input);
        assert!(errors.contains(expected) && got == Some(code), "{arguments:?}: {got:?} {errors}");
    };
    let refused =
        "goroutine.pb.gz is of the form pprof, which does not state how long goroutines have waited";
    check(&["top", "--min-wait", "10m"], 2, refused);
    check(&["diff", "--min-wait", "10m", &other], 2, refused);
    check(&["gate", "--isolated", "--min-wait", "10m", &other], 2, refused);
    check(&["baseline", "write", "--min-wait", "10m", &baseline], 2, refused);
    check(
        &["top", "--state", "chan send"],
        0,
        "is of the form pprof, which does not state what goroutines wait for",
    );
    check(&["top", "--sort", "wait"], 0, "--sort wait: ");
    assert_eq!(groups(&["top", "--state", "chan send"], &[&input]), "4 func1");
    check(&["top", "--state", "("], 2, "--state: ");
}

#[test]
fn a_capture_is_counted_by_its_traceback() {
    let folder = support::root("testdata/programs/sendtimeout/go1.27.3");
    let files = ["goroutine.pb.gz", "goroutine.debug2.txt", "goroutineleak.pb.gz"].map(|it| folder.join(it));
    let files: Vec<&Path> = files.iter().map(std::path::PathBuf::as_path).collect();
    assert_eq!(groups(&["top", "--state", "chan send"], &files), "4 func1");
    assert_eq!(groups(&["top", "--min-wait", "5m"], &files), "");
}
