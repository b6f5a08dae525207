//! The tests that a package has: which fail, and what goroutines they leave behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use leakscope::code::package_name;
use leakscope::render::COUNT_FILE;
use leakscope::render::CountAt;
use leakscope::render::LEFT_BEHIND;
use leakscope::render::LeftIn;
use leakscope::render::goleak_count_file;
use leakscope::report::GoTest;
use leakscope::report::StepResult;
use leakscope::report::VerificationStep;
use leakscope::text::pluralize;
use serde_json::Value;

use super::child::Ran;
use super::go::Go;
use super::go::go_files;
use super::subject::Subject;
use super::subject::step;
use crate::exit_code::Failure;
use crate::inputs;

/// What the tests of a package show.
pub(super) struct OwnTests {
    /// Names of those that failed, and the number of those that passed.
    failed: BTreeSet<String>,
    passed: usize,
    /// Goroutines left of each subject; empty if they were not counted.
    left: Vec<usize>,
    /// Why no test ran; `None` if some did.
    error: Option<String>,
}

/// Runs the tests of the package in a folder of the copy; `None` if it has none. Goroutines are counted only with goleak.
pub(super) fn run(
    go: &Go<'_>,
    folder: &Path,
    subjects: &[&Subject],
    left_in: LeftIn,
    has_goleak: bool,
) -> Result<Option<OwnTests>, Failure> {
    let files = go_files(folder);
    let mut texts = Vec::new();
    for name in files.iter().filter(|it| it.ends_with("_test.go")) {
        texts.push(inputs::text(&folder.join(name))?);
    }
    if texts.is_empty() {
        return Ok(None);
    }
    let file = folder.join(COUNT_FILE);
    if has_goleak {
        let names: Vec<String> = texts.iter().filter_map(|it| package_name(it)).collect();
        // Tests of the package `x_test` run after those of `x`.
        let outside = names.iter().find(|it| it.ends_with("_test"));
        let has_main = texts.iter().any(|it| it.lines().any(|line| line.starts_with("func TestMain(")));
        let at = if has_main { CountAt::LastTest } else { CountAt::TestMain };
        if let Some(name) = outside.or_else(|| names.first()) {
            let tests: Vec<&GoTest> = subjects.iter().filter_map(|it| it.test.as_ref()).collect();
            go.copy.write(&file, &goleak_count_file(&tests, name, at, left_in))?;
        }
    }
    let ran = go.test(folder, &["-json"])?;
    if has_goleak {
        fs::remove_file(&file)?;
    }
    Ok(Some(parse(&ran, subjects)))
}

/// Reads the events of `go test -json`.
fn parse(ran: &Ran, subjects: &[&Subject]) -> OwnTests {
    let (mut failed, mut passed, mut left) = (BTreeSet::new(), 0, Vec::new());
    for line in ran.output.lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
        match (text("Action"), text("Test")) {
            ("pass", name) if !name.is_empty() => passed += 1,
            ("fail", name) if !name.is_empty() => drop(failed.insert(name.to_owned())),
            ("output", _) => {
                let counted = text("Output").strip_prefix(LEFT_BEHIND).map(str::split_whitespace);
                if let Some(n) = counted.and_then(|mut it| it.nth(1)?.parse::<usize>().ok()) {
                    left.push(n);
                }
            }
            _ => {}
        }
    }
    // The count itself may be a test that passes.
    let none = failed.is_empty() && passed == 0 && left.is_empty();
    let error = (none && !ran.is_done()).then(|| ran.why());
    // A test may print a line like ours: then nothing was counted.
    let with_test = subjects.iter().filter(|it| it.test.is_some()).count();
    let left = if left.len() == with_test { left } else { Vec::new() };
    OwnTests { failed, passed, left, error }
}

impl OwnTests {
    /// The tests that fail here and did not fail before.
    pub(super) fn broken_since(&self, before: &OwnTests) -> BTreeSet<String> {
        self.failed.difference(&before.failed).cloned().collect()
    }

    /// Takes out tests that do not fail in another run.
    pub(super) fn keep_failing_in(&mut self, again: &OwnTests) {
        self.failed.retain(|it| again.failed.contains(it));
    }
}

/// What the two runs of a package's tests show; `folder` is the package, as it is shown.
pub(super) fn compare(
    folder: &str,
    before: &OwnTests,
    after: &OwnTests,
    subjects: &[&Subject],
) -> Vec<VerificationStep> {
    let name = format!("tests of {folder}");
    if let Some(why) = &before.error {
        let why = format!("they do not run before the change: {why}");
        return vec![step(&name, None, StepResult::NotTried, why)];
    }
    if let Some(why) = &after.error {
        return vec![step(
            &name,
            None,
            StepResult::Fails,
            format!("they do not run after the change: {why}"),
        )];
    }
    let broken = after.broken_since(before);
    let mut steps = vec![match broken.first() {
        Some(first) => {
            let others =
                if broken.len() > 1 { format!(", and {} more", broken.len() - 1) } else { String::new() };
            step(&name, None, StepResult::Fails, format!("{first} passes before and fails after{others}"))
        }
        None => {
            let failing = match before.failed.len() {
                0 => String::new(),
                n => format!("; {n} fail before the change, too"),
            };
            let passed = pluralize(after.passed as i128, "test");
            step(&name, None, StepResult::Holds, format!("{passed} pass after the change{failing}"))
        }
    }];
    let tested = subjects.iter().filter(|it| it.test.is_some());
    for ((subject, before), after) in tested.zip(&before.left).zip(&after.left) {
        let goroutines = |n: usize| pluralize(n as i128, "goroutine");
        let left = format!("they leave {} behind before", goroutines(*before));
        let (result, said) = match (*before, *after) {
            // They do not reach it: that is no news.
            (0, 0) => continue,
            (_, 0) => (StepResult::Proves, format!("{left}, none after")),
            (before, after) if after < before => (StepResult::Holds, format!("{left}, {after} after")),
            (_, after) => (StepResult::Fails, format!("{left}, {after} after")),
        };
        steps.push(step(&name, Some(subject), result, said));
    }
    steps
}
