//! `leakscope goleak-test` run by Go: the test fails on the leak, and passes on the mended package.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support;

/// The package of `testdata/programs/sendtimeout`, without its server.
const PACKAGE: &str = "\
package main

import (
	\"errors\"
	\"time\"
)

func priceOf() error {
	answer := make(chan int)
	go func() {
		time.Sleep(15 * time.Millisecond)
		answer <- 1
	}()
	select {
	case <-answer:
		return nil
	case <-time.After(5 * time.Millisecond):
		return errors.New(\"timeout\")
	}
}

// another leaves a goroutine behind too: another leak, which is not what the test is about.
func another() {
	go func() { select {} }()
}

func main() {}
";

/// What the command writes from this input, with these flags.
fn written(from: &Path, arguments: &[&str]) -> String {
    let from = from.to_str().expect("folders of tests are text");
    let made = support::leakscope(&[&["goleak-test", "--from", from], arguments].concat());
    assert!(made.status.success(), "{from}: {}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).expect("Go is UTF-8")
}

#[test]
fn a_report_gives_the_test_that_its_profiles_give() {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let report = folder.path().join("report.json");
    // The programs are the same under each version of Go.
    for capture in support::captures().iter().filter(|it| support::name(it) == "go1.27.3") {
        let text = capture.to_str().expect("folders of tests are text");
        let printed = support::leakscope(&["top", text, "--format", "json", "--limit", "0"]);
        let document = support::document(&printed);
        fs::write(&report, &printed.stdout).expect("the folder was made");
        for group in
            document["groups"].as_array().expect("a list").iter().filter(|it| !it["go_test"].is_null())
        {
            let fingerprint = [group["fingerprint"].as_str().expect("a group has a name")];
            assert_eq!(written(&report, &fingerprint), written(capture, &fingerprint), "{text}");
        }
        if document["findings"].as_array().is_some_and(|it| !it.is_empty()) {
            assert_eq!(written(&report, &[]), written(capture, &[]), "{text}");
        }
    }
}

#[test]
fn the_command_of_a_report_gives_its_test() {
    let series = support::root("testdata/series/shop");
    let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keep.json");
    let report = report.to_str().expect("folders of tests are text");
    let output = format!("json={report}");
    let text = series.to_str().expect("folders of tests are text");
    let gate = support::leakscope(&["gate", "--isolated", text, "--limit", "1", "--output", &output]);
    assert_eq!(gate.status.code(), Some(1));
    let document = support::json(Path::new(report));
    // A test of package main could call little.
    assert!(document["findings"][0]["keep"]["test"].is_null());
    assert!(document["findings"][0]["keep"]["gate"].as_str().is_some_and(|it| it.contains("gate --target")));
}

#[test]
fn a_report_that_somebody_changed_writes_no_go_of_theirs() {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let report = folder.path().join("report.json");
    let capture = support::root("testdata/programs/sendtimeout/go1.27.3/goroutine.pb.gz");
    let text = capture.to_str().expect("folders of tests are text");
    let mut document = support::document(&support::leakscope(&["top", text, "--format", "json"]));
    let hostile = "f`\"\n}\nfunc init() { panic(1) }//";
    for field in ["package", "function", "function_package", "blocked", "blocked_package", "written_in"] {
        document["findings"][0]["go_test"][field] = hostile.into();
    }
    fs::write(&report, document.to_string()).expect("the folder was made");
    assert!(!written(&report, &[]).contains("\nfunc init"));
    document["findings"][0]["fingerprint"] = hostile.into();
    fs::write(&report, document.to_string()).expect("the folder was made");
    let refused = support::leakscope(&["goleak-test", "--from", report.to_str().expect("text")]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(refused.stdout.is_empty());
}

const EXERCISE: &str = "\
package main

import \"testing\"

func init() {
	exercisePriceOf = func(t *testing.T) {
		another()
		_ = priceOf()
	}
}
";

#[test]
fn fails_on_the_leak_and_passes_once_mended() {
    let Some(go) = support::go() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("goleak");
    fs::create_dir_all(&folder).expect("cargo's folder for tests can be written");
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("the folder was made");
    write("go.mod", "module example.com/prices\n\ngo 1.24\n");
    let run = |arguments: &[&str]| {
        let output = Command::new(go).args(arguments).current_dir(&folder).output();
        let output = output.expect("go was found just before");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), said)
    };
    let (has_goleak, said) = run(&["get", "go.uber.org/goleak@v1.3.0"]);
    if !has_goleak {
        support::skip_go(&format!("goleak cannot be had: {said}"));
        return;
    }

    let capture = support::root("testdata/programs/sendtimeout/go1.26.8");
    let file = folder.join("leak_test.go");
    let made = support::leakscope(&[
        "goleak-test".as_ref(),
        "--from".as_ref(),
        capture.as_os_str(),
        "--out".as_ref(),
        file.as_os_str(),
    ]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

    // It compiles as it is, and says what is missing.
    write("prices.go", PACKAGE);
    write("exercise_test.go", "package main\n");
    let (passes, said) = run(&["test", "-count=1", "."]);
    assert!(!passes && said.contains("exercisePriceOf is not set"), "{said}");

    write("exercise_test.go", EXERCISE);
    let (passes, said) = run(&["test", "-count=1", "."]);
    assert!(!passes, "{said}");
    assert!(said.contains("--- FAIL: TestPriceOfLeavesNothingBehind"), "{said}");
    assert!(said.contains("main.priceOf.func1 is left behind"), "{said}");
    assert!(!said.contains("another.func1"), "{said}");

    // It takes longer than goleak waits for it.
    let mended = PACKAGE.replace("make(chan int)", "make(chan int, 1)").replace("15 *", "1500 *");
    write("prices.go", &mended);
    let (passes, said) = run(&["test", "-count=1", "."]);
    assert!(passes, "{said}");
}
