//! `leakscope goleak-test` run by Go: the test fails on the leak, and passes on the mended package.

#[expect(dead_code, reason = "this test needs a part of it")]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

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
        let output = output.expect("go was there a moment ago");
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

    write("prices.go", &PACKAGE.replace("make(chan int)", "make(chan int, 1)"));
    let (passes, said) = run(&["test", "-count=1", "."]);
    assert!(passes, "{said}");
}
